"""How is the reconciliation written as CSV: fast, RFC 4180, and with no cell that a spreadsheet would execute?"""

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from onboarding.reports.folders import Folder
from onboarding.reports.reconcile import COLUMNS

FILE = "reconciliation.csv"

NEUTRALISED = "^[=+\\-@\t\r\n\\x00＝＋－＠]"
"""Cells that a spreadsheet may take for a formula get a leading ``'``, after the advice of OWASP on CSV injection."""

_NUMBERS = {"row", "chunk", "attempts"}
_SUSPICIOUS = np.isin(np.arange(256), list(b"=+-@\t\r\n\0\xef"))
"""Bytes that a live cell begins with; 0xEF is the first of every full-width sign."""

SCHEMA = pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in COLUMNS])


class ReconciliationCsv:
    """Append lines to the report, each frame written by a thread while the next one is made."""

    def __init__(self, writer: pa_csv.CSVWriter, thread: Executor) -> None:
        self._writer = writer
        self._thread = thread
        self._writing: Future[None] | None = None

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them. Raises what writing the last one raised."""
        columns = [_neutralised(pa.array(lines[field.name].array)) for field in SCHEMA]
        self.finish()
        self._writing = self._thread.submit(self._writer.write_table, pa.table(columns, schema=SCHEMA))

    def finish(self) -> None:
        """Wait until all is written, and raise what that raised."""
        if self._writing:
            self._writing.result()


@contextmanager
def open_reconciliation(folder: Folder) -> Iterator[ReconciliationCsv]:
    """Open the report for writing; it appears when the block ends well. Raises ``ReportNotWritten``."""
    with (
        folder.written_whole(FILE) as file,
        pa_csv.CSVWriter(file, SCHEMA) as writer,
        ThreadPoolExecutor(1, "writing") as thread,
    ):
        report = ReconciliationCsv(writer, thread)
        yield report
        report.finish()


def _neutralised(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type) or not _may_be_live(column):
        return column
    live = pc.match_substring_regex(column, NEUTRALISED)
    return pc.if_else(live, pc.binary_join_element_wise("'", column, ""), column)


def _may_be_live(column: pa.Array) -> bool:
    """Look at the first byte of each cell alone: four times as fast as the expression, and nearly always enough."""
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    if not len(column) or bounds[0] == bounds[-1]:
        return False
    filled = bounds[:-1][bounds[1:] > bounds[:-1]]
    return bool(_SUSPICIOUS[np.frombuffer(data, np.uint8)[filled]].any())
