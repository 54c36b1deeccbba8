"""Read the cells of a delimited text or of a part of it (``TextPart``), with Arrow's fast reader or Python's reader.

Both readers find the same cells. Arrow's reader reads only the requested columns, millions of rows a second. But
Arrow's reader refuses a block if a record contains too few or too many cells. Python's reader reads these blocks, and
the blocks in which the two readers might disagree about a quote. A missing cell becomes empty. The readers leave out a
surplus cell, but a record with a filled surplus cell is not blank.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.source import Source
from onboarding.exports.tables import CellColumns, TableMetadata, Unreadable, are_empty, is_blank
from onboarding.exports.text.record_blocks import Dialect, RecordBlock, all_rows, whole_records
from onboarding.model.columns import single_chunk
from onboarding.model.values import dataclass
from onboarding.runtime.prefetch import map_ahead

FEW_BYTES = 2**13
"""The largest block for Python's reader, in bytes. To start Arrow's reader for so small a block would take longer."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """The records of a plain text between two offsets of the file, as a ``TablePart``.

    The part is the bytes from ``start`` up to ``stop``. ``block_bytes`` is the number of bytes to read at a time.
    """

    source: Source
    metadata: TableMetadata
    dialect: Dialect
    start: int
    stop: int
    block_bytes: int
    sheet: str = ""
    sha256: None = None

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Yield the requested columns of all records of the part, in batches.

        ``shape`` says which records line up with the header. ``records_before`` is the number of the table's records
        before the part, so that an error can name the number of a record in the whole table.
        """
        blocks = self.source.span(self.start, self.stop, self.block_bytes)
        return cells_in(blocks, self.dialect, columns, shape, records_before)


def cells_in(
    blocks: Iterable[bytes],
    dialect: Dialect,
    columns: Sequence[int],
    shape: RecordShape,
    records_before: int,
    *,
    threads: int = 1,
) -> Iterator[CellColumns]:
    """Yield the requested cells of all records in blocks of UTF-8.

    ``shape`` says which records line up with the header. ``records_before`` is the number of the table's records before
    the first block. The error ``Unreadable`` uses this number to name the place of a record in the whole table.
    ``threads`` is the number of threads that parse blocks at the same time.
    """
    parse = partial(read_cells, dialect=dialect, columns=columns, shape=shape)
    try:
        for cells in map_ahead(parse, whole_records(blocks, dialect), threads=threads, after_first=True):
            records_before += len(cells.blank)
            yield cells
    except Unreadable as error:
        if error.records is None:
            raise
        raise Unreadable(error.why, records=records_before + error.records) from error


def read_cells(
    block: RecordBlock, dialect: Dialect, columns: Sequence[int], shape: RecordShape, *, few_bytes: int = FEW_BYTES
) -> CellColumns:
    """Return the requested cells of a block of whole records. Raises ``Unreadable`` for a bad quote.

    ``shape`` says which records line up with the header. Python's reader reads a block of at most ``few_bytes`` bytes.
    """
    if block.rows is not None:
        return cells_of(block.rows, columns, shape)
    by_arrow = None if len(block.data) <= few_bytes else read_with_arrow(block.data, dialect, columns, shape)
    return by_arrow or cells_of(all_rows(block.data, dialect), columns, shape)


def read_with_arrow(data: bytes, dialect: Dialect, columns: Sequence[int], shape: RecordShape) -> CellColumns | None:
    """Read the requested cells with Arrow, or return ``None`` if only Python's reader can read the block.

    Arrow can read a block if each record is ``shape.width`` cells, without a filled cell beyond the header.
    """
    width = shape.width
    try:
        cells = _columns(data, dialect, columns, width)
        blank = _are_all_blank(cells)
        if pc.any(blank).as_py():
            # These records are empty in the requested columns. A blank record is empty in all columns.
            blank = _are_all_blank(_columns(data, dialect, range(width), width))
        if shape.names < width:
            beyond = range(int(shape.names), width)
            if not pc.all(_are_all_blank(_columns(data, dialect, beyond, width))).as_py():
                return None
    except pa.ArrowInvalid:
        return None
    return CellColumns(cells, blank)


def cells_of(rows: Sequence[Sequence[str]], columns: Sequence[int], shape: RecordShape) -> CellColumns:
    """Return the requested cells of rows that Python's reader has parsed. ``shape`` says which rows line up."""
    cells = (pa.array([row[index] if index < len(row) else "" for row in rows], pa.string()) for index in columns)
    misfits = np.array([0 if shape.fits(row) else len(row) for row in rows], np.int32)
    return CellColumns(
        tuple(cells), pa.array(map(is_blank, rows), pa.bool_()), pa.array(misfits) if misfits.any() else None
    )


def _columns(data: bytes, dialect: Dialect, indices: Sequence[int], width: int) -> tuple[pa.Array, ...]:
    # Arrow drops a byte order mark, but here the mark is a character of the first cell. So Arrow gets a second mark.
    data = codecs.BOM_UTF8 + data if data.startswith(codecs.BOM_UTF8) else data
    # Arrow gets numbers as the names of columns, since names in a header may repeat.
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
            check_utf8=False,  # ``record_blocks`` checked the whole block
        ),
    )
    return tuple(single_chunk(table.column(name)) for name in wanted)


def _are_all_blank(columns: Sequence[pa.Array]) -> pa.Array:
    blank = are_empty(columns[0])
    for column in columns[1:]:
        if not pc.any(blank).as_py():
            break
        blank = pc.and_(blank, are_empty(column))
    return blank
