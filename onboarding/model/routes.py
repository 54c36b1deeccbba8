"""TODO."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from onboarding.model.employees import BLANK

ANY_ACCOUNT_PATTERN = "[0-9A-Za-z][!-?A-~]{0,99}"
"""What an account may be called, as an expression: so it is no address, no formula, and nothing that breaks a line."""

ACCOUNT_PATTERNS = MappingProxyType({"chime": ANY_ACCOUNT_PATTERN, "wickr": "[0-9]{8}"})
"""What an account of each destination is called: what else stands where one should be is none."""


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
    account: str = ANY_ACCOUNT_PATTERN
    table: tuple[Route, ...] | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the table names, each once, in its order; none where the exports name them."""
        return tuple(dict.fromkeys(route.account for route in self.table or ()))

    def account_for(self, cells: Sequence[str]) -> str:
        """Return the account for a row with these cells as given, or the empty string."""
        if self.table is None:
            found = cells[0].strip(BLANK)
            return found if re.fullmatch(self.account, found) else ""
        wanted = [comparable(cell) for cell in cells]
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


def comparable(cell: str) -> str:
    """Return a cell as it is compared."""
    return cell.strip(BLANK).casefold()
