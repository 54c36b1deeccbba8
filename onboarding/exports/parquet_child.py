"""The script that reads a Parquet file in a child process, where a hostile file can do no harm.

A file of 5 kB may contain gigabytes of text in a column that the job does not even need. The parent, ``parquet_table``,
starts the script with bounded memory and time (``confined``). The script reads the file from standard input, and writes
batches of text as an Arrow IPC stream to standard output. Its exit code is a ``ParquetOutcome``.
"""

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import reduce
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from onboarding.exports.parquet_text import NotText, column_as_text
from onboarding.model.values import dataclass
from onboarding.runtime.descriptors import can_reopen, reopened_path

ROWS_AT_A_TIME = 2**16

MOST_ROWS_OF_A_BYTE = 100
"""The most rows of a file for each of its bytes. In a roster, each row takes several bytes."""

USUAL_ROW_BYTES = 8
"""The most bytes per row with which the child uses Arrow's dictionaries. For longer rows, dictionaries are slow."""

FEW_ROWS = 2**20
"""The rows that even a tiny file may contain. For more rows, ``MOST_ROWS_OF_A_BYTE`` is the limit."""

LONGEST_SAMPLE = 2_000
"""The longest cell in the sample of the first rows, in characters. The child cuts longer cells."""

ABOUT = b"about"
"""The name of JSON in the metadata of a batch: the number of dropped NUL bytes, and the columns without text.

The number is the sum over all batches so far. In a sample, the JSON contains the rows of each row group instead.
"""

_BOUNDED = {"buffer_size": 2**20, "pre_buffer": False}
"""The options to read a column in small blocks. By default, a whole row group would be in memory at once."""


class ParquetOutcome(IntEnum):
    """How the reading ended. The values are exit codes of the child."""

    READ = 0
    DAMAGED = 10
    ENCRYPTED = 11
    NOT_SUPPORTED = 12
    TOO_MUCH_MEMORY = 13
    TOO_MANY_ROWS = 14


@dataclass(frozen=True, slots=True)
class ParquetRequest:
    """The parent's request: which records and columns to read.

    ``columns`` are indices of columns. If ``columns`` is ``None``, the child sends a sample: all columns of at most
    ``rows`` records. ``groups`` are numbers of row groups; ``None`` means all row groups. A cell is empty if all its
    characters are in ``blank``.
    """

    blank: str
    columns: Sequence[int] | None = None
    groups: Sequence[int] | None = None
    rows: int = 0


class _TooManyRows(Exception):
    """The error for a file that claims far more rows than its bytes can contain."""


def main(argument: str) -> ParquetOutcome:
    """Carry out the request in ``argument``, a ``ParquetRequest`` as JSON, and return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C, the parent decides when this child ends
    request = ParquetRequest(**json.loads(argument))
    try:
        (_send_sample if request.columns is None else _send_cells)(request, sys.stdout.buffer)
    except MemoryError:
        return ParquetOutcome.TOO_MUCH_MEMORY
    except _TooManyRows:
        return ParquetOutcome.TOO_MANY_ROWS
    except pa.ArrowNotImplementedError:
        return ParquetOutcome.NOT_SUPPORTED
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        return ParquetOutcome.ENCRYPTED if "crypt" in str(error) else ParquetOutcome.DAMAGED
    return ParquetOutcome.READ


def _send_sample(request: ParquetRequest, sink: BinaryIO) -> None:
    """Send the first records of all columns to the parent as one batch. The cells of columns without text are empty."""
    with _opened(every_text=True) as file:
        schema = file.schema_arrow
        readable = [index for index, field in enumerate(schema) if not _no_text(field.type)]
        rows = min(request.rows, file.metadata.num_rows)
        found = next(_batches(file, None, readable, rows), None) if rows else None
        rows = found.num_rows if found else 0
        columns = [pa.repeat("", rows)] * len(schema)
        for index in readable if found else ():
            columns[index] = _sample_of(_raw(found, schema.names, index))
        groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    named = pa.schema([pa.field(name, pa.string()) for name in schema.names])
    with pa.ipc.new_stream(sink, named) as stream:
        stream.write_batch(pa.record_batch(columns, named), custom_metadata={ABOUT: json.dumps(groups)})
    sink.flush()


def _send_cells(request: ParquetRequest, sink: BinaryIO) -> None:
    """Send the requested columns of all requested records to the parent, and a mask of blank records as last column."""
    fields = [pa.field(str(number), pa.string()) for number in range(len(request.columns or ()))]
    schema = pa.schema([*fields, pa.field("blank", pa.bool_())])
    nuls = 0
    with _opened() as file, pa.ipc.new_stream(sink, schema) as stream:
        groups = range(file.num_row_groups) if request.groups is None else request.groups
        for columns, no_text, blank in _cells(file, request, groups):
            nuls += sum(pc.sum(pc.count_substring(column, "\0")).as_py() or 0 for column in columns)
            texts = [pc.replace_substring(column, "\0", "") for column in columns] if nuls else columns
            about = json.dumps({"nuls": nuls, "no_text": no_text})
            stream.write_batch(pa.record_batch([*texts, blank], schema), custom_metadata={ABOUT: about})
    sink.flush()


@contextmanager
def _opened(*, every_text: bool = False) -> Iterator[pq.ParquetFile]:
    """Open the file on standard input. If ``every_text`` is true, read all text as Arrow's dictionaries."""
    size = os.fstat(0).st_size
    with pa.OSFile(str(reopened_path(0))) if can_reopen() else pa.PythonFile(sys.stdin.buffer) as raw:
        with pq.ParquetFile(raw, **_BOUNDED) as file:
            texts = _texts(file, 0 if every_text else size)
            # The child reads nothing else here: to ask for damaged metadata of a column would end the process.
            if _rows_of(file) > max(FEW_ROWS, MOST_ROWS_OF_A_BYTE * size):
                raise _TooManyRows
        with pq.ParquetFile(raw, **_BOUNDED, read_dictionary=texts, page_checksum_verification=True) as file:
            yield file


def _rows_of(file: pq.ParquetFile) -> int:
    return sum(file.metadata.row_group(number).num_rows for number in range(file.num_row_groups))


def _texts(file: pq.ParquetFile, size: int) -> list[str]:
    """Return the names of the text columns to read as Arrow's dictionaries; no names if a row has many bytes.

    A dictionary may contain one very long text for all rows, so the child must check the text's length before it
    decodes the text. ``size`` is the size of the file in bytes.
    """
    if size > USUAL_ROW_BYTES * _rows_of(file):
        return []
    texts = {pa.string(), pa.binary()}
    return [field.name for field in file.schema_arrow if field.type in texts and "." not in field.name]


def _cells(
    file: pq.ParquetFile, request: ParquetRequest, groups: Sequence[int]
) -> Iterator[tuple[list[pa.Array], dict[int, str], pa.Array]]:
    """Yield for each batch its requested columns, the content of columns without text, and a mask of blank records."""
    columns = list(request.columns or ())
    types = file.schema_arrow.types
    readable = [index for index in columns if not _no_text(types[index])]
    others = [index for index in range(len(types)) if index not in readable]
    rows = [file.metadata.row_group(group).num_rows for group in groups]
    for run in row_group_runs(groups, rows, ROWS_AT_A_TIME):
        first = 0
        blank_elsewhere = None
        for batch in _batches(file, run, readable, ROWS_AT_A_TIME):
            found, no_text = _texts_of(batch, file.schema_arrow, columns)
            blank = _all((_are_empty(column, request.blank) for column in found), batch.num_rows)
            if pc.any(blank).as_py():
                if blank_elsewhere is None:
                    unread = sorted({*others, *(columns[at] for at in no_text)})
                    blank_elsewhere = _blank_elsewhere(file, run, unread, request.blank)
                blank = pc.and_(blank, blank_elsewhere.slice(first, batch.num_rows))
            yield found, no_text, blank
            first += batch.num_rows


def _texts_of(
    batch: pa.RecordBatch, schema: pa.Schema, columns: Sequence[int]
) -> tuple[list[pa.Array], dict[int, str]]:
    """Return columns as text, and a description of each column that contains no text.

    The cells of a column without text are empty.
    """
    found, no_text = [], {}
    for at, index in enumerate(columns):
        try:
            found.append(_text_of(batch, schema, index))
        except NotText as error:
            no_text[at] = error.what
            found.append(pa.repeat("", batch.num_rows))
    return found, no_text


def _text_of(batch: pa.RecordBatch, schema: pa.Schema, index: int) -> pa.Array:
    if what := _no_text(schema.types[index]):
        raise NotText(what)
    return column_as_text(_raw(batch, schema.names, index))


def row_group_runs(groups: Iterable[int], rows: Iterable[int], least: int) -> Iterator[list[int]]:
    """Yield lists of neighbouring row groups. The row groups of a list have at least ``least`` rows together.

    The last list may have fewer rows. ``rows`` contains the number of rows of each group.
    """
    run: list[int] = []
    found = 0
    for group, count in zip(groups, rows, strict=True):
        run.append(group)
        found += count
        if found >= least:
            yield run
            run, found = [], 0
    if run:
        yield run


def _batches(
    file: pq.ParquetFile, groups: Sequence[int] | None, columns: Sequence[int], rows: int
) -> Iterator[pa.RecordBatch]:
    # Arrow accepts only names of columns, so the batches may contain further columns of the same names.
    names = [file.schema_arrow.names[index] for index in columns]
    return iter(file.iter_batches(rows, row_groups=groups, columns=names))


def _raw(batch: pa.RecordBatch, names: Sequence[str], index: int) -> pa.Array:
    same = [position for position, name in enumerate(batch.schema.names) if name == names[index]]
    return batch.column(same[names[:index].count(names[index])])


def _sample_of(column: pa.Array) -> pa.Array:
    try:
        if isinstance(column, pa.DictionaryArray):
            words = column_as_text(column.dictionary)
            column = pa.DictionaryArray.from_arrays(column.indices, pc.utf8_slice_codeunits(words, 0, LONGEST_SAMPLE))
        return column_as_text(column)
    except NotText:
        return pa.repeat("", len(column))


def _no_text(kind: pa.DataType) -> str:
    """Return the name of a type whose values are never text, or the empty text for any other type."""
    is_wide = pa.types.is_fixed_size_binary(kind) and kind.byte_width > LONGEST_SAMPLE
    return str(kind) if pa.types.is_nested(kind) or is_wide else ""


def _blank_elsewhere(file: pq.ParquetFile, groups: Sequence[int], columns: Sequence[int], blank: str) -> pa.Array:
    """Return a mask of the records in the given row groups that are empty in all given columns."""
    names = file.schema_arrow.names
    marks = [
        _all((_are_empty_or_null(_raw(batch, names, index), blank) for index in columns), batch.num_rows)
        for batch in _batches(file, groups, columns, ROWS_AT_A_TIME)
    ]
    return pa.concat_arrays(marks)


def _all(marks: Iterable[pa.Array], rows: int) -> pa.Array:
    return reduce(pc.and_, marks, pa.repeat(True, rows))  # noqa: FBT003 - the value that is repeated


def _are_empty(column: pa.Array, blank: str) -> pa.Array:
    return pc.equal(pc.utf8_trim(column, blank), "")


def _are_empty_or_null(column: pa.Array, blank: str) -> pa.Array:
    try:
        return _are_empty(column_as_text(column), blank)
    except NotText:
        return pc.is_null(column)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
