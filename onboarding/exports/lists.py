"""Whom does a list of addresses and employee ids name?

A list is less than an export. One column needs no name: what has an ``@`` is an address, anything else an id. Several
need names, of which one is for addresses or for ids. It may be any kind of file that an export may be; of a
workbook, all visible sheets are read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.export import refusal
from onboarding.exports.frames import frame_of
from onboarding.exports.layout.columns import Role, choose_list_columns, count_known_names
from onboarding.exports.layout.layout import ROWS_LOOKED_AT, find_header
from onboarding.exports.opening import find_sources, open_tables
from onboarding.exports.tables import Cells, Table, Unreadable, is_blank
from onboarding.model.dispositions import Reason
from onboarding.model.employees import BLANK
from onboarding.runtime.aws import S3AtNeed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where addresses and ids stand. ``mixed`` says that one column has both."""

    first_record: int
    columns: Mapping[Role, int]
    width: int
    mixed: bool


def read_lists(locations: Sequence[str], *, s3: Callable[[], "S3Client"] | None = None) -> Iterator[pd.DataFrame]:
    """Yield the entries of lists as frames of ``rows.AS_READ``: addresses as given, and employee ids.

    ``find_sources`` says what a location may be, and when ``s3`` is called. Raises ``InputRefused`` naming the file
    that cannot be read, or of which nobody can tell whom it means.
    """
    for source in find_sources(locations, s3 or S3AtNeed()) if locations else ():
        try:
            for table in open_tables(source, sheet=None, encoding=None):
                yield from _frames(table, source.name)
        except Unreadable as error:
            raise refusal(source.name, error) from error


def _frames(table: Table, source: str) -> Iterator[pd.DataFrame]:
    layout = _layout_of(table.first_rows(ROWS_LOOKED_AT))
    row = layout.first_record + 1
    columns = sorted(set(layout.columns.values()))
    for cells in table.cells(layout.first_record, columns, layout.width):
        reasons = pc.if_else(cells.blank, Reason.BLANK_ROW.value, "")
        yield frame_of(_text(cells, columns, layout), reasons, source=source, sheet=table.sheet, first_row=row)
        row += len(cells.blank)


def _layout_of(rows: Sequence[Sequence[str]]) -> _Layout:
    width = max(map(len, rows), default=1)
    filled = {index for row in rows for index, cell in enumerate(row) if cell.strip(BLANK)}
    only = max(filled, default=0)
    if len(filled) <= 1 and not _is_named(rows, only):
        return _Layout(0, {Role.EMAIL: only, Role.EMPLOYEE_ID: only}, width, mixed=True)
    header = find_header(rows)
    columns = choose_list_columns(header.names, rows[header.first_record :]) if header else {}
    if not header or not columns:
        raise Unreadable("no column of addresses or employee ids; call one Email or Employee ID")
    return _Layout(header.first_record, columns, width, mixed=False)


def _is_named(rows: Sequence[Sequence[str]], only: int) -> bool:
    """Say whether the first cell of a column is the name of such a column."""
    return count_known_names(next(([row[only]] for row in rows if not is_blank(row)), [])) > 0


def _text(cells: Cells, columns: Sequence[int], layout: _Layout) -> Mapping[Role, pa.Array]:
    text = {role: cells.columns[columns.index(index)] for role, index in layout.columns.items()}
    nothing = pa.repeat(pa.scalar("", pa.string()), len(cells.blank))
    if layout.mixed:
        is_address = pc.match_substring_regex(text[Role.EMAIL], "[@\uff20]")
        email, employee_id = pc.if_else(is_address, text[Role.EMAIL], ""), pc.if_else(is_address, "", text[Role.EMAIL])
        return {Role.EMAIL: email, Role.EMPLOYEE_ID: employee_id}
    return {Role.EMAIL: nothing, **text}
