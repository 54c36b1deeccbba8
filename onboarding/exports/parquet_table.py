"""Read a Parquet file as a table, or cut it into parts of neighbouring row groups for several workers.

A child process reads the file (``parquet_child``), since a bad file may end the process that reads it. The parent
process gets only text. The column names are the first record and row 1, as in a spreadsheet, so the first person is in
row 2. A batch is at most ``ROWS_AT_A_TIME`` records. The child reads other columns than the requested columns in two
cases only: for the sample of the first rows, and to recognise blank records.
"""

import hashlib
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from subprocess import Popen, TimeoutExpired  # only their names  # nosec B404

import pyarrow as pa

from onboarding.exports import parquet_child
from onboarding.exports.confined import PIPE, Confinement, confined_child
from onboarding.exports.parquet_child import ABOUT, ROWS_AT_A_TIME, ParquetOutcome, ParquetRequest, row_group_runs
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.archives import CSV_ADVICE
from onboarding.exports.sources.local_files import LocalFile
from onboarding.exports.sources.source import Source
from onboarding.exports.tables import NO_MARKS, CellColumns, TableMetadata, Unreadable
from onboarding.model.blank import BLANK

MEMORY_BYTES = 2 * 2**30
"""The limit on the memory of the child in bytes. A batch of a usual roster takes 50 MB."""

SECONDS = 600
BYTES_A_SECOND = 2**20
"""The bytes for which the child process gets a further second, in addition to ``SECONDS``.

A child usually needs a fiftieth of its time.
"""

SECONDS_TO_END = 10

_WHY = {
    ParquetOutcome.DAMAGED: "this Parquet file is damaged or cut off; export or copy it again",
    ParquetOutcome.ENCRYPTED: "this Parquet file is encrypted; save it again without encryption",
    ParquetOutcome.NOT_SUPPORTED: (
        "this Parquet file is written in a way that is not supported; save it again, or as CSV"
    ),
    ParquetOutcome.TOO_MANY_ROWS: f"it says that it holds far more rows than fit into its size; {CSV_ADVICE}",
}


class ParquetTable:
    """A Parquet file as a ``RecordTable`` that may be cut into parts."""

    sheet = ""
    marks = NO_MARKS

    def __init__(self, source: Source, *, memory_bytes: int = MEMORY_BYTES) -> None:
        """``memory_bytes`` is the most memory of the child process that reads ``source``, in bytes."""
        self._source = source
        self._memory_bytes = memory_bytes
        self.metadata = TableMetadata(format="parquet")
        self.sha256: str | None = None

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the column names as the first row, and then the first records: at most ``limit`` rows in all.

        The cells of a column are empty if its values cannot become text. The method cuts long cells.
        """
        sample, _ = self._sample(limit - 1)
        columns = [column.to_pylist() for column in sample.columns]
        return [list(sample.schema.names), *map(list, zip(*columns, strict=True))]

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip ``records_before`` records, and yield the requested columns of all later records.

        The method ignores ``shape``. A batch is at most ``ROWS_AT_A_TIME`` records. Raises ``Unreadable`` if the file
        is damaged, or if the child needs too much memory.
        """
        del shape  # no record lacks a cell
        if not records_before:
            yield _names_as_cells(self._sample(0)[0].schema.names, columns)
        with self._source.as_file() as path:
            with path.open("rb") as whole:
                digest = hashlib.file_digest(whole, "sha256")
            received = _cells(path, ParquetRequest(BLANK, columns), self._memory_bytes)
            nuls = yield from _skip_records(max(0, records_before - 1), received)
        self.metadata, self.sha256 = replace(self.metadata, nuls_dropped=nuls), digest.hexdigest()

    def parts(self, records_before: int, *, part_bytes: int) -> "list[ParquetPart]":
        """Return the table as parts, each with neighbouring row groups, or no parts if the table should stay whole.

        A part is about ``part_bytes`` bytes of the file. ``records_before`` is the number of records to skip. The table
        stays whole in three cases:

        - One part would contain all records.
        - The file is not on a local disk, so that each part would need a copy of the file.
        - ``records_before`` is not 1. Parts never contain the record of column names, so the caller must skip exactly
          this record.
        """
        if not isinstance(self._source, LocalFile) or records_before != 1:
            return []
        _, rows = self._sample(0)
        least = max(ROWS_AT_A_TIME, round(part_bytes / self._source.size * sum(rows)))
        runs = list(row_group_runs(range(len(rows)), rows, least))
        return [ParquetPart(self._source, run) for run in runs] if len(runs) > 1 else []

    def _sample(self, rows: int) -> tuple[pa.RecordBatch, list[int]]:
        """Return the first records (at most ``rows``) with all columns as text, and the rows of each row group."""
        with self._source.as_file() as path:
            ((sample, about),) = _received(path, ParquetRequest(BLANK, rows=rows), self._memory_bytes)
        return sample, json.loads(about)


@dataclass
class ParquetPart:
    """The records of neighbouring row groups of a Parquet file, as a ``TablePart``."""

    source: Source
    groups: Sequence[int]
    metadata: TableMetadata = TableMetadata(format="parquet")  # noqa: RUF009 - it is frozen
    sheet: str = ""
    sha256: None = None

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Yield the requested columns of all records of the part.

        The method ignores ``records_before`` and ``shape``.
        """
        del records_before, shape
        with self.source.as_file() as path:
            nuls = yield from _skip_records(0, _cells(path, ParquetRequest(BLANK, columns, self.groups), MEMORY_BYTES))
        self.metadata = replace(self.metadata, nuls_dropped=nuls)


def _names_as_cells(names: Sequence[str], columns: Sequence[int]) -> CellColumns:
    return CellColumns(tuple(pa.array([names[index]], pa.string()) for index in columns), pa.array([not any(names)]))


def _received(path: Path, request: ParquetRequest, memory_bytes: int) -> Generator[tuple[pa.RecordBatch, bytes]]:
    """Yield the batches that the child process sends, each with its metadata.

    ``path`` is the path of the file, and ``request`` the records and columns to read. Raises ``Unreadable`` if the
    child fails.
    """
    limits = Confinement(memory_bytes, SECONDS + path.stat().st_size // BYTES_A_SECOND)
    argument = json.dumps(asdict(request))
    with (
        path.open("rb") as file,
        confined_child(parquet_child.__file__, argument, limits, stdin=file, stdout=PIPE) as child,
    ):
        try:
            with pa.ipc.open_stream(child.stdout) as stream:
                for batch, about in stream.iter_batches_with_custom_metadata():
                    batch.validate(full=True)  # a hostile file may have changed the process that sent it
                    yield batch, about[ABOUT]
        except pa.ArrowException:
            raise Unreadable(_why(child, memory_bytes)) from None
        if child.wait():
            raise Unreadable(_why(child, memory_bytes))


def _why(child: Popen[bytes], memory_bytes: int) -> str:
    """Return the reason why a child has failed, as a message.

    The function waits until the child ends, but only for a short time: a child that sent bad data may still be running.
    """
    died = f"reading it fails, or takes more than {memory_bytes:,} bytes of memory; {CSV_ADVICE}"
    if child.stdout:
        child.stdout.close()
    try:
        outcome = child.wait(SECONDS_TO_END)
    except TimeoutExpired:
        return died
    return _WHY[ParquetOutcome(outcome or ParquetOutcome.DAMAGED)] if outcome in (0, *_WHY) else died


def _cells(path: Path, request: ParquetRequest, memory_bytes: int) -> Generator[CellColumns, None, int]:
    """Yield the requested cells, and return the number of NUL bytes that the child has left out."""
    nuls = 0
    with closing(_received(path, request, memory_bytes)) as batches:
        for batch, about in batches:
            said = json.loads(about)
            nuls = said["nuls"]
            no_text = {int(at): what for at, what in said["no_text"].items()}
            *columns, blank = batch.columns
            yield CellColumns(tuple(columns), blank, no_text=no_text)
    return nuls


def _skip_records(skipped: int, batches: Generator[CellColumns, None, int]) -> Generator[CellColumns, None, int]:
    """Skip ``skipped`` records, and yield all later records of ``batches``.

    The function also returns the result of the generator ``batches``.
    """
    with closing(batches):
        while True:
            try:
                cells = next(batches)
            except StopIteration as end:
                return int(end.value)
            here = min(skipped, len(cells.blank))
            skipped -= here
            if here < len(cells.blank):
                yield cells.slice(here, len(cells.blank) - here)
