"""The reader of a run's report for Python programs: the lines of ``reconciliation.csv`` as pandas frames.

``csv`` writes the file. The frames have the cells in the form before they were neutralised. The reader has a few
megabytes of the file in memory at a time. ``csv_reader`` is the reader for a later run, which accepts no changed
report.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from onboarding.model.columns import contains_any
from onboarding.model.errors import ReportNotWritten
from onboarding.model.neutralising import read_back
from onboarding.reports.folder import Folder, written_folder
from onboarding.reports.parts.manifest import MANIFEST
from onboarding.reports.reconcile import COLUMNS
from onboarding.reports.report import RECONCILIATION
from onboarding.runtime.aws import Access, lazy_s3_client

if TYPE_CHECKING:
    from onboarding.reports.summary import Summary

MOST_ROWS = 100_000
"""The most rows of a frame by default."""

_BLOCKS_BYTES = (2**22, 2**28)
"""The sizes of a block in bytes: the part of the file that is read at a time. A line must fit into a block.

The large block is for a report with a line that does not fit into the small block. Wrong quotes in an export may cause
such a line.
"""

_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        **dict.fromkeys(COLUMNS, pa.string()),
        **dict.fromkeys(("row", "chunk", "attempts"), pa.int64()),
        "decided_at": pa.timestamp("us", "UTC"),
    }
)
"""The types of the columns. Columns of text have no nulls."""

_READING = {
    "parse_options": csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
    "convert_options": csv.ConvertOptions(column_types=_TYPES, null_values=[""], strings_can_be_null=False),
}


def frames_of_run(summary: "Summary", *, most_rows: int = MOST_ROWS) -> Iterator[pd.DataFrame]:
    """Yield the lines of a run's report in the order of the input, as frames of at most ``most_rows`` rows.

    ``summary`` is the summary of the run. Raises ``ReportNotWritten`` if the report cannot be read, and ``ValueError``
    if ``most_rows`` is less than 1.
    """
    if most_rows < 1:
        raise ValueError("most_rows must be at least 1")
    profile, region = (str(summary.settings.get(name) or "") or None for name in ("profile", "region"))
    with lazy_s3_client(Access(profile=profile, region=region)) as s3:
        yield from read_frames(written_folder(summary.folder, s3), summary.files, most_rows=most_rows)


def read_frames(folder: Folder, files: Sequence[str], *, most_rows: int = MOST_ROWS) -> Iterator[pd.DataFrame]:
    """Yield the lines of a run's report in the order of the input, as frames of at most ``most_rows`` rows.

    ``folder`` is the folder of the run, and ``files`` are the names of its reports. The frames have the columns
    ``COLUMNS`` with the types of Arrow. The index of each frame continues the index of the frame before. For a report
    without lines, the function yields one empty frame. Raises ``ReportNotWritten`` if the report is missing, cannot be
    read, or has another form.
    """
    count = 0
    for batch in _batches(folder, files):
        for start in range(0, batch.num_rows, most_rows):
            frame = _frame(batch.slice(start, most_rows))
            frame.index += count
            count += len(frame)
            yield frame
    if not count:
        yield _frame(pa.RecordBatch.from_pylist([], schema=pa.schema(_TYPES.items())))


def _frame(batch: pa.RecordBatch) -> pd.DataFrame:
    frame: pd.DataFrame = batch.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def _batches(folder: Folder, files: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for name in _parts(folder, files):
        with folder.read_back(name) as file:
            try:
                yield from _read(file)
            except (pa.ArrowInvalid, ValueError):
                raise _changed(folder, name) from None


def _parts(folder: Folder, files: Sequence[str]) -> Sequence[str]:
    """Return the names of the files that have the lines of the report.

    A run to many accounts has a file for each account, and its manifest names them.
    """
    if RECONCILIATION in files:
        return [RECONCILIATION]
    if MANIFEST not in files:
        raise ReportNotWritten(f"'{folder.name}' has no {RECONCILIATION}: these reports are not those of a run.")
    with folder.read_back(MANIFEST) as file:
        try:
            return [str(part["part"]) for part in json.load(file)["parts"] if part["part"]]
        except (ValueError, TypeError, KeyError):
            raise _changed(folder, MANIFEST) from None


def _read(file: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Yield the lines of a file as batches. Raises ``ValueError`` if the file is no reconciliation."""
    done = 0
    for block_bytes in _BLOCKS_BYTES:
        file.seek(0)
        try:
            for batch in _read_after(file, done, block_bytes):
                done += batch.num_rows
                yield batch
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or block_bytes == _BLOCKS_BYTES[-1]:
                raise
        else:
            return


def _read_after(file: BinaryIO, rows: int, block_bytes: int) -> Iterator[pa.RecordBatch]:
    """Yield the lines of a file after the first ``rows`` lines, read in blocks of ``block_bytes``."""
    read = 0
    with closing(csv.open_csv(file, read_options=csv.ReadOptions(block_size=block_bytes), **_READING)) as reader:
        if tuple(reader.schema.names) != COLUMNS:
            raise ValueError
        for batch in reader:
            after = batch.slice(max(0, rows - read))
            read += batch.num_rows
            if after.num_rows:
                yield pa.record_batch([_as_it_was(column) for column in after.columns], names=list(COLUMNS))


def _as_it_was(column: pa.Array) -> pa.Array:
    """Return the cells without the apostrophes that the report put into cells that looked like formulas."""
    if not pa.types.is_string(column.type) or not contains_any(column, "'"):
        return column
    return read_back(column)


def _changed(folder: Folder, name: str) -> ReportNotWritten:
    return ReportNotWritten(
        f"'{folder.name}/{name}' is not as the run wrote it, perhaps since a spreadsheet has saved it; write it again"
        " with onboard report."
    )
