"""Routes: the table that says which account each row belongs to, in a run to many accounts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from onboarding.model.employees import BLANK

ANY_ACCOUNT_PATTERN = "[0-9A-Za-z][!-?A-~]{0,99}"
"""The expression that the name of any account fits. No address, no formula and nothing that breaks a line does."""

ACCOUNT_PATTERNS = MappingProxyType({"chime": ANY_ACCOUNT_PATTERN, "wickr": "[0-9]{8}"})
"""The expression for the accounts of each destination. A cell that does not fit names no account."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a table: the account of the rows with the cells ``where``. An empty cell there fits any cell."""

    where: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Routes:
    """A table of routes by some ``columns`` of the exports.

    The first line with the same cells as a row counts for that row. Outer white space and case do not matter.
    Without a table the exports have one column with the account itself. ``account_pattern`` is the expression that an
    account's whole name must fit.
    """

    columns: tuple[str, ...]
    account_pattern: str = ANY_ACCOUNT_PATTERN
    table: tuple[Route, ...] | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the table names, each once, in its order; none where the exports name them."""
        return tuple(dict.fromkeys(route.account for route in self.table or ()))

    def account_for(self, cells: Sequence[str]) -> str:
        """Return the account for a row with these cells as given, or the empty string."""
        if self.table is None:
            found = cells[0].strip(BLANK)
            return found if re.fullmatch(self.account_pattern, found) else ""
        row = [comparable(cell) for cell in cells]
        numbers = [
            lines[key] for is_asked, lines in _lines_by_columns(self.table) if (key := _only(row, is_asked)) in lines
        ]
        return self.table[min(numbers)].account if numbers else ""


@lru_cache(maxsize=1)
def _lines_by_columns(table: Sequence[Route]) -> Sequence[tuple[tuple[bool, ...], dict[tuple[str, ...], int]]]:
    """Return the numbers of lines by their cells, apart for lines that ask for the same columns."""
    found: dict[tuple[bool, ...], dict[tuple[str, ...], int]] = {}
    for number, line in enumerate(table):
        is_asked = tuple(map(bool, line.where))
        found.setdefault(is_asked, {}).setdefault(_only(line.where, is_asked), number)
    return tuple(found.items())


def _only(cells: Sequence[str], is_asked: Sequence[bool]) -> tuple[str, ...]:
    return tuple(cell for cell, asked in zip(cells, is_asked, strict=True) if asked)


def comparable(cell: str) -> str:
    """Return a cell as routes compare it."""
    return cell.strip(BLANK).casefold()
