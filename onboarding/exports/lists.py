"""Read lists of people: addresses and employee ids.

A list is simpler than an export. A list of one column needs no header: a cell with an ``@`` is an address, any other
cell an id. A list of several columns needs a header, and in it a name for addresses or for ids. A list may be any kind
of file that an export may be; all visible sheets of a workbook are read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.frames import frame_of
from onboarding.exports.layout.column_roles import Role, choose_list_columns, count_known_names
from onboarding.exports.layout.layout import ROWS_LOOKED_AT, find_header
from onboarding.exports.open_tables import find_sources, open_tables
from onboarding.exports.tables import Cells, Table, Unreadable, is_blank, refusing
from onboarding.model.dispositions import Reason
from onboarding.model.employees import BLANK
from onboarding.runtime.aws import OpenS3


@dataclass(frozen=True, slots=True)
class _ListLayout:
    """Which columns hold addresses and ids. ``mixed`` says that one column holds both."""

    first_record: int
    columns: Mapping[Role, int]
    width: int
    mixed: bool


def read_lists(locations: Sequence[str], *, s3: OpenS3 | None = None) -> Iterator[pd.DataFrame]:
    """Yield the entries of lists as frames of ``rows.AS_READ``: addresses as given, and employee ids.

    ``find_sources`` says what a location may be, and when ``s3`` is called. Raises ``InputRefused``, with the name of
    the file, if one cannot be read or has no column of addresses or ids.
    """
    for source in find_sources(locations, s3) if locations else ():
        with refusing(source.name):
            for table in open_tables(source, sheet=None, encoding=None):
                yield from _frames(table, source.name)


def _frames(table: Table, source: str) -> Iterator[pd.DataFrame]:
    layout = _layout_of(table.first_rows(ROWS_LOOKED_AT))
    row = layout.first_record + 1
    columns = sorted(set(layout.columns.values()))
    for cells in table.cells(layout.first_record, columns, layout.width):
        reasons = pc.if_else(cells.blank, Reason.BLANK_ROW.value, "")
        yield frame_of(_text(cells, columns, layout), reasons, source=source, sheet=table.sheet, first_row=row)
        row += len(cells.blank)


def _layout_of(rows: Sequence[Sequence[str]]) -> _ListLayout:
    width = max(map(len, rows), default=1)
    filled = {index for row in rows for index, cell in enumerate(row) if cell.strip(BLANK)}
    only = max(filled, default=0)
    if len(filled) <= 1 and not _is_named(rows, only):
        return _ListLayout(0, {Role.EMAIL: only, Role.EMPLOYEE_ID: only}, width, mixed=True)
    header = find_header(rows)
    columns = choose_list_columns(header.names, rows[header.first_record :]) if header else {}
    if not header or not columns:
        raise Unreadable("no column of addresses or employee ids; call one Email or Employee ID")
    return _ListLayout(header.first_record, columns, width, mixed=False)


def _is_named(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Say whether the first cell of a column is a name of columns of addresses or ids."""
    return count_known_names(next(([row[index]] for row in rows if not is_blank(row)), [])) > 0


def _text(cells: Cells, columns: Sequence[int], layout: _ListLayout) -> Mapping[Role, pa.Array]:
    text = {role: cells.columns[columns.index(index)] for role, index in layout.columns.items()}
    if layout.mixed:
        both = text[Role.EMAIL]
        is_address = pc.match_substring_regex(both, "[@\uff20]")
        return {Role.EMAIL: pc.if_else(is_address, both, ""), Role.EMPLOYEE_ID: pc.if_else(is_address, "", both)}
    return {Role.EMAIL: pa.repeat(pa.scalar("", pa.string()), len(cells.blank)), **text}
