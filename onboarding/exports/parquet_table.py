"""Read a Parquet file as a table, or cut it into parts of neighbouring row groups for several workers.

``parquet_text`` turns typed values into text. The column names are the first record, row 1, as a spreadsheet would show
them. The first person is in row 2. The module reads at most ``ROWS_AT_A_TIME`` records at a time. It reads columns that
are not requested only if a record may be blank.
"""

import hashlib
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onboarding.exports.parquet_text import NotText, column_as_text
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.compressed import CSV_ADVICE
from onboarding.exports.sources.local_files import LocalFile, Source
from onboarding.exports.tables import CellColumns, TableMetadata, Unreadable, are_empty

ROWS_AT_A_TIME = 2**16

MOST_ROWS_OF_A_BYTE = 100
"""The most rows for each byte of the file. Rosters have several bytes a row. Hostile files may claim more rows."""

USUAL_ROW_BYTES = 8
"""The most bytes for each row of a file whose texts are read as dictionaries.

In a larger file most texts differ, and dictionaries of different texts take time.
"""

FEW_ROWS = 2**20
"""The number of rows that any file may have, however few bytes the file has."""

_BOUNDED = MappingProxyType({"buffer_size": 2**20, "pre_buffer": False})
"""The options to read a column in small blocks. Without these options, a whole row group would be in memory at once."""


class ParquetTable:
    """A Parquet file as a ``RecordTable`` that may be cut into parts."""

    sheet = ""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.metadata = TableMetadata(format="parquet")
        self.sha256: str | None = None

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the column names as the first row, and then the first records: at most ``limit`` rows in all.

        Cells are empty in a column that cannot be turned into text.
        """
        with self._source.as_file() as path, _opened(path) as file:
            rows = [list(file.schema_arrow.names)]
            if limit > 1 and (batch := next(file.iter_batches(limit - 1), None)) is not None:
                columns = [_text_or_empty(column).to_pylist() for column in batch.columns]
                rows += map(list, zip(*columns, strict=True))
        return rows

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip as many records as ``records_before`` says, and yield the requested columns of all later records.

        A batch has at most ``ROWS_AT_A_TIME`` records. ``shape`` does not matter here. Raises ``Unreadable`` if a
        requested column holds values that cannot be turned into text, and if the file is damaged.
        """
        del shape  # all records have all cells
        with self._source.as_file() as path, _opened(path) as file:
            with path.open("rb") as whole:
                digest = hashlib.file_digest(whole, "sha256")
            names = file.schema_arrow.names
            top = CellColumns(
                tuple(pa.array([names[index]], pa.string()) for index in columns), pa.array([not any(names)])
            )
            groups = range(file.metadata.num_row_groups)
            nuls = yield from _without_nuls(_skip_records(records_before, chain([top], _cells(file, columns, groups))))
        self.metadata, self.sha256 = replace(self.metadata, nuls_dropped=nuls), digest.hexdigest()

    def parts(self, records_before: int, *, part_bytes: int) -> "list[ParquetPart]":
        """Return the table as parts, each with neighbouring row groups, or no parts if the table should stay whole.

        A part has about ``part_bytes`` bytes of the file. ``records_before`` is the number of records to skip. The
        table stays whole unless this number is 1: the parts skip the record of column names and no other record. The
        table also stays whole if one part would hold all records. It stays whole, too, if the file is not on a local
        disk, because each part would need a copy of the file.
        """
        if not isinstance(self._source, LocalFile) or records_before != 1:
            return []
        with self._source.as_file() as path, _opened(path) as file:
            rows = round(part_bytes / self._source.size * file.metadata.num_rows)
            groups = range(file.metadata.num_row_groups)
            runs = list(_runs(file.metadata, groups, max(ROWS_AT_A_TIME, rows)))
        return [ParquetPart(self._source, run) for run in runs] if len(runs) > 1 else []


@dataclass
class ParquetPart:
    """The records of neighbouring row groups of a Parquet file, as a ``TablePart``."""

    source: Source
    groups: Sequence[int]
    metadata: TableMetadata = TableMetadata(format="parquet")  # noqa: RUF009 - it is frozen
    sheet: str = ""
    sha256: None = None

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Yield the requested columns of all records of the part; the two other arguments do not matter here."""
        del records_before, shape
        with self.source.as_file() as path, _opened(path) as file:
            nuls = yield from _without_nuls(_cells(file, columns, self.groups))
        self.metadata = replace(self.metadata, nuls_dropped=nuls)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file for a ``with`` block, and turn the library's errors in the block into ``Unreadable``."""
    try:
        # A path that is not valid text has to reach Arrow as bytes.
        with pa.OSFile(os.fsencode(path)) as raw, pq.ParquetFile(raw, **_BOUNDED) as file:
            texts = _texts(file, raw.size())
        with (
            pa.OSFile(os.fsencode(path)) as raw,
            pq.ParquetFile(raw, **_BOUNDED, read_dictionary=texts, page_checksum_verification=True) as file,
        ):
            yield file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise Unreadable(_explanation(error)) from error


def _texts(file: pq.ParquetFile, size: int) -> list[str]:
    """Return the names of the columns of text if the file is small for its number of rows, or else no names.

    The caller reads these columns as dictionaries, which hold each different text only once. A small file may hold one
    very long text for all its rows, so the caller must check the length before it decodes a dictionary. ``size`` is the
    size of the file in bytes. Raises ``Unreadable`` if the file says that it has far more rows than its size allows.
    """
    # No more may be asked about a damaged file: the library ends the process if the metadata of a column is wrong.
    rows = sum(file.metadata.row_group(number).num_rows for number in range(file.num_row_groups))
    if rows > max(FEW_ROWS, MOST_ROWS_OF_A_BYTE * size):
        raise Unreadable(f"it says that it holds far more rows than fit into {size:,} bytes; {CSV_ADVICE}")
    if size > USUAL_ROW_BYTES * rows:
        return []
    return [field.name for field in file.schema_arrow if pa.types.is_string(field.type) and "." not in field.name]


def _explanation(error: Exception) -> str:
    if isinstance(error, pa.ArrowNotImplementedError):
        return "this Parquet file is written in a way that is not supported; save it again, or as CSV"
    if "crypt" in str(error):
        return "this Parquet file is encrypted; save it again without encryption"
    return "this Parquet file is damaged or cut off; export or copy it again"


def _skip_records(skipped: int, batches: Iterable[CellColumns]) -> Iterator[CellColumns]:
    for cells in batches:
        here = min(skipped, len(cells.blank))
        skipped -= here
        if here < len(cells.blank):
            yield CellColumns(tuple(column.slice(here) for column in cells.columns), cells.blank.slice(here))


def _without_nuls(batches: Iterable[CellColumns]) -> Generator[CellColumns, None, int]:
    """Drop the NUL bytes in the cells of all records, yield the records, and return the number of dropped bytes."""
    nuls = 0
    for cells in batches:
        nuls += sum(pc.sum(pc.count_substring(column, "\0")).as_py() or 0 for column in cells.columns)
        yield CellColumns(tuple(pc.replace_substring(column, "\0", "") for column in cells.columns), cells.blank)
    return nuls


def _cells(file: pq.ParquetFile, columns: Sequence[int], groups: Sequence[int]) -> Iterator[CellColumns]:
    names = file.schema_arrow.names
    for run in _runs(file.metadata, groups, ROWS_AT_A_TIME):
        first = 0
        blank_elsewhere = None
        for batch in _batches(file, run, columns):
            found = tuple(_column(batch, names, index) for index in columns)
            blank = _all(map(are_empty, found), batch.num_rows)
            if pc.any(blank).as_py():
                if blank_elsewhere is None:
                    others = [index for index in range(len(names)) if index not in set(columns)]
                    blank_elsewhere = _blank_elsewhere(file, run, others)
                blank = pc.and_(blank, blank_elsewhere.slice(first, batch.num_rows))
            yield CellColumns(found, blank)
            first += batch.num_rows


def _runs(metadata: pq.FileMetaData, groups: Iterable[int], least: int) -> Iterator[list[int]]:
    """Yield runs of neighbouring row groups. A run has at least ``least`` rows, but the last run may have fewer."""
    run: list[int] = []
    rows = 0
    for group in groups:
        run.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= least:
            yield run
            run, rows = [], 0
    if run:
        yield run


def _batches(file: pq.ParquetFile, groups: Sequence[int], columns: Sequence[int]) -> Iterator[pa.RecordBatch]:
    # Arrow takes only the names of columns, so the batches may have further columns of the same names.
    names = [file.schema_arrow.names[index] for index in columns]
    return iter(file.iter_batches(ROWS_AT_A_TIME, row_groups=groups, columns=names))


def _column(batch: pa.RecordBatch, names: Sequence[str], index: int) -> pa.Array:
    name = names[index]
    try:
        return column_as_text(_raw(batch, names, index))
    except NotText as error:
        raise Unreadable(f'its column "{name}" holds no text ({error.what}); save the rows of people as CSV') from None


def _raw(batch: pa.RecordBatch, names: Sequence[str], index: int) -> pa.Array:
    same = [position for position, name in enumerate(batch.schema.names) if name == names[index]]
    return batch.column(same[names[:index].count(names[index])])


def _blank_elsewhere(file: pq.ParquetFile, groups: Sequence[int], columns: Sequence[int]) -> pa.Array:
    """Mark the records of the given row groups whose cells are empty in all given columns."""
    names = file.schema_arrow.names
    marks = [
        _all((_are_empty_or_null(_raw(batch, names, index)) for index in columns), batch.num_rows)
        for batch in _batches(file, groups, columns)
    ]
    return pa.concat_arrays(marks)


def _all(marks: Iterable[pa.Array], rows: int) -> pa.Array:
    return reduce(pc.and_, marks, pa.repeat(True, rows))  # noqa: FBT003 - the value that is repeated


def _are_empty_or_null(column: pa.Array) -> pa.Array:
    try:
        return are_empty(column_as_text(column))
    except NotText:
        return pc.is_null(column)


def _text_or_empty(column: pa.Array) -> pa.Array:
    try:
        return column_as_text(column)
    except NotText:
        return pa.repeat("", len(column))
