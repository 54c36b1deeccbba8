"""The routes of a run to many accounts: the table that assigns rows to accounts.

The module ``exports.operator_files`` reads the table from a file.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from unicodedata import normalize

from onboarding.model.blank import BLANK
from onboarding.model.destinations import ANY_ACCOUNT_PATTERN, canonical_account
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a table of routes: the cells that a row must contain, and the account of these rows.

    ``where`` contains one cell for each column of the table, in the form of ``comparable``. An empty cell in ``where``
    fits any cell of a row.
    """

    where: tuple[str, ...]
    account: str


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of a run, which assign each row to an account by the row's cells in certain columns of the exports.

    ``columns`` are the names of these columns. The first line of ``table`` that fits a row names the row's account. The
    comparison ignores outer white space and case. If ``table`` is None, the only column contains the account itself.
    ``account_pattern`` is the regular expression that an account's whole name must match.
    """

    columns: tuple[str, ...]
    account_pattern: str = ANY_ACCOUNT_PATTERN
    table: tuple[Route, ...] | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that the table names, each once, in the table's order; empty if there is no table."""
        return tuple(dict.fromkeys(route.account for route in self.table or ()))

    def account_for(self, cells: Sequence[str]) -> str:
        """Return the account for a row, or the empty text if no route fits the row.

        ``cells`` are the row's cells as given, in the order of ``columns``.
        """
        if self.table is None:
            return canonical_account(cells[0].strip(BLANK), self.account_pattern)
        row = [comparable(cell) for cell in cells]
        numbers = [
            lines[key] for is_asked, lines in _lines_by_columns(self.table) if (key := _only(row, is_asked)) in lines
        ]
        return self.table[min(numbers)].account if numbers else ""


@lru_cache(maxsize=1)
def _lines_by_columns(table: Sequence[Route]) -> Sequence[tuple[tuple[bool, ...], dict[tuple[str, ...], int]]]:
    """Group the lines of a table by the columns in which their cells are not empty.

    Each group is a pair: a mask of these columns, and a dictionary from a line's cells in these columns to the line's
    number. Of several lines with the same cells, the dictionary contains the first.
    """
    found: dict[tuple[bool, ...], dict[tuple[str, ...], int]] = {}
    for number, line in enumerate(table):
        is_asked = tuple(map(bool, line.where))
        found.setdefault(is_asked, {}).setdefault(_only(line.where, is_asked), number)
    return tuple(found.items())


def _only(cells: Sequence[str], is_asked: Sequence[bool]) -> tuple[str, ...]:
    return tuple(cell for cell, asked in zip(cells, is_asked, strict=True) if asked)


def comparable(cell: str) -> str:
    """Return a cell in the form for comparisons by routes and filters, without outer white space and letter case.

    Full-width letters and split accents become the usual letters (Unicode's NFKC).
    """
    return cell.strip(BLANK).casefold() if cell.isascii() else _usual(_usual(cell).casefold()).strip(BLANK)


_usual = partial(normalize, "NFKC")
