"""What do the cells of a delimited text file say?

Two readers give the same answer. Arrow's reads the columns that are used and nothing else, some millions of rows a
second; Python's takes each piece that Arrow's refuses (a record with cells missing or to spare) or in which quotes
stand where the two might disagree. A missing cell is empty; a spare one says only that the record is not blank.
"""

import codecs
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from onboarding.exports.tables import Cells, is_blank
from onboarding.exports.text.records import Dialect, RecordBlock, all_rows
from onboarding.model.columns import single_chunk
from onboarding.model.employees import BLANK


def read_cells(piece: RecordBlock, dialect: Dialect, columns: Sequence[int], width: int) -> Cells:
    """Return the wanted cells of whole records, or raise ``Unreadable``."""
    if piece.rows is not None:
        return cells_of(piece.rows, columns)
    return read_with_arrow(piece.data, dialect, columns, width) or cells_of(all_rows(piece.data, dialect), columns)


def read_with_arrow(data: bytes, dialect: Dialect, columns: Sequence[int], width: int) -> Cells | None:
    """Return the cells, or ``None`` where a record has more cells or fewer than ``width``."""
    try:
        cells = _columns(data, dialect, columns, width)
        blank = _are_all_blank(cells)
        if pc.any(blank).as_py():
            # Nothing in the wanted columns; a blank record has nothing in the others either.
            blank = _are_all_blank(_columns(data, dialect, range(width), width))
    except pa.ArrowInvalid:
        return None
    return Cells(cells, blank)


def cells_of(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> Cells:
    """Return the cells of rows as Python's reader has them, whatever the number of cells in each."""
    cells = (pa.array([row[index] if index < len(row) else "" for row in rows], pa.string()) for index in columns)
    return Cells(tuple(cells), pa.array(map(is_blank, rows), pa.bool_()))


def _columns(data: bytes, dialect: Dialect, indices: Sequence[int], width: int) -> tuple[pa.Array, ...]:
    # Arrow takes a byte order mark for its own; here it is a character of the first cell.
    data = codecs.BOM_UTF8 + data if data.startswith(codecs.BOM_UTF8) else data
    # The header's names do not matter here, and may repeat: columns go by number.
    names = [str(index) for index in range(width)]
    wanted = [str(index) for index in indices]
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=names, block_size=len(data), use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=dialect.delimiter, quote_char=dialect.quote, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=wanted,
            strings_can_be_null=False,
            check_utf8=False,  # the whole piece was checked when it was cut
        ),
    )
    return tuple(single_chunk(table.column(name)) for name in wanted)


def _are_all_blank(columns: Sequence[pa.Array]) -> pa.Array:
    blank = _is_blank(columns[0])
    for column in columns[1:]:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, _is_blank(column))
    return blank


def _is_blank(column: pa.Array) -> pa.Array:
    return pc.equal(pc.utf8_trim(column, BLANK), "")
