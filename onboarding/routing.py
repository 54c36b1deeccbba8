"""To which account does a row go, where there are many?

A table of routes says it: all its columns but the last are columns of the exports, the last has accounts. A line of it
is meant for a row if each of its cells says what the row says there, or nothing at all; the first such line counts.
Or a column of the exports has the account itself, which is a table of routes in which every line is its own.

Cells are compared without outer white space and without case. A row whose fate is open and that no line is meant for
is ``held``: who would be invited nowhere is nobody's to forget.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.rows import ROUTED_BY, Disposition, Reason, are_open, as_array, put, text
from onboarding.words import BLANK

ACCOUNT = "account"
"""The column of a frame whose rows were routed; empty where no account is known."""

SHOWN = 40
"""How many characters of a cell a detail quotes, at most."""

ANY_ACCOUNT = "[0-9A-Za-z][!-?A-~]{0,99}"
"""What an account may be called, as an expression: so it is no address, no formula, and nothing that breaks a line."""

ACCOUNT_IDS = MappingProxyType({"chime": ANY_ACCOUNT, "wickr": "[0-9]{8}"})
"""What an account of each destination is called: what else stands where one should be is none."""

_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Route:
    """The account of the rows whose cells are those of ``where``, one for each column; an empty one is any."""

    where: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Routes:
    """A table of routes by some ``columns`` of the exports; without a table their only one has the accounts.

    ``account`` is the expression that the whole of an account's name fits; what stands in its place and does not fit
    is no account.
    """

    columns: tuple[str, ...]
    account: str = ANY_ACCOUNT
    table: tuple[Route, ...] | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the table names, each once, in its order; none where the exports name them."""
        return tuple(dict.fromkeys(route.account for route in self.table or ()))

    def of(self, cells: Sequence[str]) -> str:
        """Return the account for a row with these cells as given, or the empty string."""
        if self.table is None:
            found = cells[0].strip(BLANK)
            return found if re.fullmatch(self.account, found) else ""
        wanted = [plain(cell) for cell in cells]
        numbers = [
            lines[key]
            for is_asked, lines in _by_cells_asked_for(self.table)
            if (key := _only(wanted, is_asked)) in lines
        ]
        return self.table[min(numbers)].account if numbers else ""


@lru_cache(maxsize=1)
def _by_cells_asked_for(table: Sequence[Route]) -> Sequence[tuple[tuple[bool, ...], dict[tuple[str, ...], int]]]:
    """Return the numbers of lines by their cells, apart for those that ask for the same columns."""
    found: dict[tuple[bool, ...], dict[tuple[str, ...], int]] = {}
    for number, line in enumerate(table):
        is_asked = tuple(map(bool, line.where))
        found.setdefault(is_asked, {}).setdefault(_only(line.where, is_asked), number)
    return tuple(found.items())


def _only(cells: Sequence[str], is_asked: Sequence[bool]) -> tuple[str, ...]:
    return tuple(cell for cell, asked in zip(cells, is_asked, strict=True) if asked)


def plain(cell: str) -> str:
    """Return a cell as it is compared."""
    return cell.strip(BLANK).casefold()


def route(frame: pd.DataFrame, routes: Routes) -> pd.DataFrame:
    """Return the frame with the column ``ACCOUNT``; an open row that no account is known for becomes ``held``.

    ``frame`` has the columns of ``rows.AS_READ``, and each of the routes' columns: its name after ``ROUTED_BY``.
    """
    given = (pc.replace_substring(as_array(frame[ROUTED_BY + name]), _BETWEEN, " ") for name in routes.columns)
    encoded = pc.binary_join_element_wise(*given, _BETWEEN).dictionary_encode()
    found = [cells.split(_BETWEEN) for cells in encoded.dictionary.to_pylist()]
    accounts = [routes.of(cells) for cells in found]
    codes = encoded.indices.to_numpy()
    unknown = are_open(frame) & np.array([not account for account in accounts], np.bool_)[codes]
    details = pa.array([_detail(routes.columns, cells) for cells in found], pa.string())
    verdict = {
        "disposition": pa.repeat(Disposition.HELD.value, int(unknown.sum())),
        "reason": pa.repeat(Reason.NO_ACCOUNT.value, int(unknown.sum())),
        "detail": details.take(pa.array(codes[unknown])),
    }
    columns = {name: put(as_array(frame[name]), (unknown, values)) for name, values in verdict.items()}
    columns[ACCOUNT] = pa.array(accounts, pa.string()).take(encoded.indices)
    return frame.assign(**{name: text(column) for name, column in columns.items()})


def _detail(columns: Sequence[str], cells: Sequence[str]) -> str:
    """Say which cells no account is known for, without an address that may stand in them."""
    told = ", ".join(f'{name} "{_shown(cell)}"' for name, cell in zip(columns, cells, strict=True))
    return f"No account is known for {told}; mend the row or the table of routes."


def _shown(cell: str) -> str:
    words = " ".join("…" if "@" in word else word for word in cell.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
