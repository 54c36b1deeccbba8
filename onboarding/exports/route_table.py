"""Read a table of routes, which says to which account each row goes.

The first row names columns of the exports; its last cell, above the accounts, may say anything. In each row below, the
last cell is an account. The table may be any kind of file that an export may be, with one sheet.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from onboarding.exports.open_tables import find_sources, open_tables
from onboarding.exports.tables import Table, Unreadable, is_blank, refusing
from onboarding.model.employees import BLANK
from onboarding.model.errors import InputRefused
from onboarding.model.routes import ANY_ACCOUNT_PATTERN, Route, Routes, comparable
from onboarding.runtime.aws import OpenS3

FEWEST_COLUMNS = 2
"""A column of the exports, and the account."""


def read_routes(location: str, *, s3: OpenS3, account: str = ANY_ACCOUNT_PATTERN) -> Routes:
    """Return the table of routes in a file. The expression ``account`` fits the whole name of each account.

    Raises ``InputRefused`` with the number of the row that is wrong.
    """
    sources = find_sources([location], s3)
    if len(sources) != 1:
        raise InputRefused(f"{location}: {len(sources)} files; name the one that has the table of routes")
    with refusing(sources[0].name):
        return _routes(open_tables(sources[0], sheet=None, encoding=None), account)


def _routes(tables: Sequence[Table], account: str) -> Routes:
    if len(tables) != 1:
        raise Unreadable(f"it has {len(tables)} sheets; leave the one that has the table of routes")
    (table,) = tables
    header = _header(table)
    row_of: dict[tuple[str, ...], int] = {}
    routes = []
    for number, cells in _rows(table, len(header) + 1):
        route = _route(cells, account, number)
        if (before := row_of.setdefault(route.where, number)) != number:
            raise Unreadable(f"the same cells as row {before + 1}; delete one of them", records=number)
        if before := _earlier_match(route.where, row_of):
            raise Unreadable(f"row {before + 1} fits all that this one fits; put this one above it", records=number)
        routes.append(route)
    if not routes:
        raise Unreadable("there is no row after the first")
    return Routes(tuple(header[:-1]), account, tuple(routes))


def _route(cells: Sequence[str], account: str, number: int) -> Route:
    *where, to, beyond = (cell.strip(BLANK) for cell in cells)
    if not to:
        raise Unreadable("no account; enter one or delete the row", records=number)
    if beyond:
        raise Unreadable("more cells than the first row; quote a cell that has a comma", records=number)
    if not re.fullmatch(account, to):
        raise Unreadable("no account's name in its last cell; mend it", records=number)
    return Route(tuple(map(comparable, where)), to)


def _header(table: Table) -> list[str]:
    """Return the names of the columns, the account's last. Raises ``Unreadable``."""
    header = [cell.strip(BLANK) for cells in table.first_rows(1) for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) < FEWEST_COLUMNS or not all(header) or len({*header}) < len(header):
        raise Unreadable(
            "its first row must name one or more columns of the exports and then the account, each once", records=0
        )
    return header


def _earlier_match(where: Sequence[str], row_of: Mapping[tuple[str, ...], int]) -> int:
    """Return the earlier row that fits wherever this one does, or 0. Its cells are those of this one, or empty."""
    filled = [index for index, cell in enumerate(where) if cell]
    fewer = (kept for count in range(len(filled)) for kept in combinations(filled, count))
    wider = (tuple(cell if index in kept else "" for index, cell in enumerate(where)) for kept in fewer)
    return min((row_of[cells] for cells in wider if cells in row_of), default=0)


def _rows(table: Table, width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = 1
    for cells in table.cells(1, range(width), width):
        for row in zip(*(column.to_pylist() for column in cells.columns), strict=True):
            if not is_blank(row):
                yield number, row
            number += 1
