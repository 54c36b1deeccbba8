"""Read the files that operators write by hand: lists of people to exclude, and tables of routes to accounts.

A list contains the addresses or employee ids of people whom a run does not invite. A table of routes says to which
account a row of an export goes. Each of these files may have any format of an export.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.frames import are_beyond_ascii, frame_of
from onboarding.exports.layout.column_roles import Role, choose_list_columns
from onboarding.exports.layout.corrections import is_neutralised
from onboarding.exports.layout.layout import ROWS_LOOKED_AT, find_header
from onboarding.exports.layout.named_columns import column_letter, count_known_names
from onboarding.exports.layout.table_choice import uncalculated_error
from onboarding.exports.open_tables import find_sources, open_tables
from onboarding.exports.record_shape import RecordShape, shape_of
from onboarding.exports.tables import CellColumns, RecordTable, Unreadable, is_blank, refusing_unreadable
from onboarding.exports.text.encoding import UTF_8_ADVICE
from onboarding.model.blank import BLANK
from onboarding.model.destinations import ANY_ACCOUNT_PATTERN, canonical_account
from onboarding.model.dispositions import Reason
from onboarding.model.errors import InputRefused
from onboarding.model.neutralising import read_back
from onboarding.model.routes import Route, Routes, comparable
from onboarding.model.values import dataclass
from onboarding.runtime.aws import OpenS3


@dataclass(frozen=True, slots=True)
class _ListLayout:
    """The layout of a list: the first row, and the columns of addresses and employee ids.

    ``first_record`` is the index of the first row after the header. ``columns`` maps each role to the index of its
    column. ``shape`` says whether the cells of a record line up with the header. ``mixed`` is true if a single column
    contains both addresses and ids. ``neutralised`` is true if the list is a report of this program, which wrote an
    apostrophe in front of cells that look like formulas.
    """

    first_record: int
    columns: Mapping[Role, int]
    shape: RecordShape
    mixed: bool
    neutralised: bool = False


def read_lists(locations: Sequence[str], *, s3: OpenS3 | None = None) -> Iterator[pd.DataFrame]:
    """Yield the entries of lists, addresses or employee ids, as frames with the columns of ``rows.AS_READ``.

    A list with a single column needs no header: a cell with an ``@`` is an address, and any other cell is an id. A list
    with several columns needs a header that names a column of addresses or of ids. The function reads all visible
    sheets of a workbook.

    A location is a file, a folder, a pattern or an ``s3://`` URI. ``s3`` opens a client for locations in S3. Raises
    ``InputRefused`` with the file's name if a file cannot be read, contains a doubtful entry, or contains no column of
    addresses or ids.
    """
    for source in find_sources(locations, s3) if locations else ():
        with refusing_unreadable(source.name):
            for table in open_tables(source, encoding=None):
                yield from _frames(table, source.name)


def _frames(table: RecordTable, source: str) -> Iterator[pd.DataFrame]:
    layout = _layout_of(table.first_rows(ROWS_LOOKED_AT))
    row = layout.first_record + 1
    columns = sorted(set(layout.columns.values()))
    _refuse_uncalculated(table.marks.uncalculated, layout)
    for cells in table.cells(layout.first_record, columns, layout.shape):
        _refuse_misfits(cells, layout.shape, row)
        _refuse_guessed_addresses(cells, columns.index(layout.columns.get(Role.EMAIL, columns[0])), row)
        reasons = pc.if_else(cells.blank, Reason.BLANK_ROW.value, "")
        for text in _readings(_text(cells, columns, layout), layout):
            yield frame_of(text, reasons, source=source, sheet=table.sheet, first_row=row)
        row += len(cells.blank)


def _refuse_uncalculated(uncalculated: Mapping[int, int], layout: _ListLayout) -> None:
    """Raise ``Unreadable`` if an entry of a list is a formula that no program has calculated.

    Without the formula's value, the job does not know whom the run must exclude.
    """
    used = sorted(set(layout.columns.values()))
    if lost := [index for index in used if uncalculated.get(index, -1) >= layout.first_record]:
        raise uncalculated_error([column_letter(index) for index in range(max(used) + 1)], lost)


def _readings(text: Mapping[str, pa.Array], layout: _ListLayout) -> Iterator[Mapping[str, pa.Array]]:
    """Yield the cells of a list. If the list is a report of this program, also yield the cells without apostrophes.

    This program wrote an apostrophe in front of some cells, but a spreadsheet may have removed the apostrophe when a
    person saved the report. So the list excludes both the cell with the apostrophe and the cell without it.
    """
    yield text
    if layout.neutralised:
        yield {role: read_back(column) for role, column in text.items()}


def _layout_of(rows: Sequence[Sequence[str]]) -> _ListLayout:
    filled = {index for row in rows for index, cell in enumerate(row) if cell.strip(BLANK)}
    only = max(filled, default=0)
    if len(filled) <= 1 and not _is_named(rows, only):
        shape = RecordShape(max(map(len, rows), default=1))
        return _ListLayout(0, {Role.EMAIL: only, Role.EMPLOYEE_ID: only}, shape, mixed=True)
    header = find_header(rows)
    columns = choose_list_columns(header.names, rows[header.first_record :]) if header else {}
    if not header or not columns:
        raise Unreadable("no column of addresses or employee ids; call one Email or Employee ID")
    shape = shape_of(header.names, rows[header.first_record :])
    return _ListLayout(header.first_record, columns, shape, mixed=False, neutralised=is_neutralised(header.names))


def _refuse_misfits(cells: CellColumns, shape: RecordShape, first_row: int) -> None:
    """Raise ``Unreadable`` if the cells of a record do not line up with the header.

    Otherwise the run might invite the record's person. ``first_row`` is the number of the first record, for the
    message.
    """
    if cells.misfits is not None:
        at = int(np.flatnonzero(cells.misfits.to_numpy())[0])
        count = cells.misfits[at].as_py()
        raise Unreadable(
            f"it has {count} cells, and the header names {shape.names:.0f} columns; quote a cell that has a comma",
            records=first_row + at - 1,
        )


def _refuse_guessed_addresses(cells: CellColumns, column: int, first_row: int) -> None:
    """Raise ``Unreadable`` if an address depends on a guess of the encoding, since it may belong to another person.

    ``column`` is the index of the column of addresses. ``first_row`` is the number of the first record, for the
    message.
    """
    if cells.doubtful is not None:
        guessed = np.flatnonzero(are_beyond_ascii(cells.columns[column]))
        if len(guessed):
            why = "the address has letters beyond ASCII, and the encoding of the list is a guess"
            raise Unreadable(f"{why}; {UTF_8_ADVICE}", records=first_row + int(guessed[0]) - 1)


def _is_named(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Say whether a column's cell in the first filled row is a known name of a column, such as ``Email``."""
    return count_known_names(next(([row[index]] for row in rows if not is_blank(row)), [])) > 0


def _text(cells: CellColumns, columns: Sequence[int], layout: _ListLayout) -> Mapping[str, pa.Array]:
    text = {str(role): cells.columns[columns.index(index)] for role, index in layout.columns.items()}
    if layout.mixed:
        both = text[Role.EMAIL]
        is_address = pc.match_substring_regex(both, "[@\uff20]")
        return {Role.EMAIL: pc.if_else(is_address, both, ""), Role.EMPLOYEE_ID: pc.if_else(is_address, "", both)}
    return {Role.EMAIL: pa.repeat(pa.scalar("", pa.string()), len(cells.blank)), **text}


FEWEST_COLUMNS = 2
"""The least number of columns in a table of routes: a column of the exports, and the account."""


def read_routes(location: str, *, s3: OpenS3, account: str = ANY_ACCOUNT_PATTERN) -> Routes:
    """Return the table of routes in a file, which must have a single sheet.

    The first row names columns of the exports. The last cell of the first row is the title of the accounts, and may be
    any text. In each later row, the last cell is an account, and the regular expression ``account`` must match the
    whole cell.

    Raises ``InputRefused`` if the file contains no valid table of routes. If a single row is wrong, the message names
    the row's number.
    """
    sources = find_sources([location], s3)
    if len(sources) != 1:
        raise InputRefused(f"{location}: {len(sources)} files; name the one that has the table of routes")
    with refusing_unreadable(sources[0].name):
        return _routes(open_tables(sources[0], encoding=None), account)


def _routes(tables: Sequence[RecordTable], account: str) -> Routes:
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
    if not (known := canonical_account(to, account)):
        raise Unreadable("no account's name in its last cell; mend it", records=number)
    return Route(tuple(map(comparable, where)), known)


def _header(table: RecordTable) -> list[str]:
    """Return the names of the columns of a table of routes; the last column contains the accounts.

    Raises ``Unreadable`` if the first row is no valid header.
    """
    header = [cell.strip(BLANK) for cells in table.first_rows(1) for cell in cells]
    while header and not header[-1]:
        header.pop()
    if len(header) < FEWEST_COLUMNS or not all(header) or len({*header}) < len(header):
        raise Unreadable(
            "its first row must name one or more columns of the exports and then the account, each once", records=0
        )
    return header


def _earlier_match(where: Sequence[str], row_of: Mapping[tuple[str, ...], int]) -> int:
    """Return the index of the first earlier route that makes a later route useless, or 0 without such a route.

    The job takes the first route that fits a row of an export, and an empty cell of a route fits any cell. So a route
    is useless if, in each column, an earlier route contains an empty cell or the same cell. ``where`` are the cells of
    the later route. ``row_of`` maps the cells of each earlier route to its index.
    """
    filled = [index for index, cell in enumerate(where) if cell]
    fewer = (kept for count in range(len(filled)) for kept in combinations(filled, count))
    wider = (tuple(cell if index in kept else "" for index, cell in enumerate(where)) for kept in fewer)
    return min((row_of[cells] for cells in wider if cells in row_of), default=0)


def _rows(table: RecordTable, width: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = 1
    for cells in table.cells(1, range(width), RecordShape(width)):
        for row in zip(*(column.to_pylist() for column in cells.columns), strict=True):
            if not is_blank(row):
                yield number, row
            number += 1
