"""Which table of routes does a file hold?

Its first row names columns of the exports, but for the last cell, which may say anything; below, the last cell of each
row is an account. It may be any kind of file that an export may be, of one sheet.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from onboarding.exports.export import refusal
from onboarding.exports.opening import find_sources, open_tables
from onboarding.exports.tables import Table, Unreadable, is_blank
from onboarding.model.employees import BLANK
from onboarding.model.errors import InputRefused
from onboarding.model.routes import ANY_ACCOUNT_PATTERN, Route, Routes, comparable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NEEDED = 2
"""Columns: one of the exports, and the account."""


def read_routes(location: str, *, s3: Callable[[], "S3Client"], account: str = ANY_ACCOUNT_PATTERN) -> Routes:
    """Return the table of routes in a file, whose accounts fit the expression ``account``.

    Raises ``InputRefused`` naming the row that cannot be followed.
    """
    sources = find_sources([location], s3)
    if len(sources) != 1:
        raise InputRefused(f"{location}: {len(sources)} files; name the one that has the table of routes")
    try:
        return _routes(open_tables(sources[0], sheet=None, encoding=None), account)
    except Unreadable as error:
        raise refusal(sources[0].name, error) from error


def _routes(tables: Sequence[Table], fits: str) -> Routes:
    if len(tables) != 1:
        raise Unreadable(f"it has {len(tables)} sheets; leave the one that has the table of routes")
    (table,) = tables
    header = _header(table)
    first: dict[tuple[str, ...], int] = {}
    routes = []
    for number, cells in _rows(table, len(header) + 1):
        *where, account, beyond = (cell.strip(BLANK) for cell in cells)
        compared = tuple(map(comparable, where))
        if not account:
            raise Unreadable("no account; enter one or delete the row", records=number)
        if beyond:
            raise Unreadable("more cells than the first row; quote a cell that has a comma", records=number)
        if not re.fullmatch(fits, account):
            raise Unreadable("no account's name in its last cell; mend it", records=number)
        if (before := first.setdefault(compared, number)) != number:
            raise Unreadable(f"the same cells as row {before + 1}; delete one of them", records=number)
        if before := _before(compared, first):
            raise Unreadable(f"row {before + 1} fits all that this one fits; put this one above it", records=number)
        routes.append(Route(compared, account))
    if not routes:
        raise Unreadable("there is no row after the first")
    return Routes(tuple(header[:-1]), fits, tuple(routes))


def _header(table: Table) -> list[str]:
    """Return the names of the columns, the account's last. Raises ``Unreadable``."""
    header = [cell.strip(BLANK) for cells in table.first_rows(1) for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) < NEEDED or not all(header) or len({*header}) < len(header):
        raise Unreadable(
            "its first row must name one or more columns of the exports and then the account, each once", records=0
        )
    return header


def _before(where: tuple[str, ...], first: Mapping[tuple[str, ...], int]) -> int:
    """Return the earlier row that counts wherever this one would, or 0: its cells are this one's, or empty."""
    asked = [place for place, cell in enumerate(where) if cell]
    fewer = (kept for count in range(len(asked)) for kept in combinations(asked, count))
    wider = (tuple(cell if place in kept else "" for place, cell in enumerate(where)) for kept in fewer)
    return min((first[cells] for cells in wider if cells in first), default=0)


def _rows(table: Table, width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = 1
    for cells in table.cells(1, range(width), width):
        for row in zip(*(column.to_pylist() for column in cells.columns), strict=True):
            if not is_blank(row):
                yield number, row
            number += 1
