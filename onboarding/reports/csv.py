"""How is the reconciliation written as CSV: fast, RFC 4180, and with no cell that a spreadsheet would execute?"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from onboarding.reports.files import written_whole
from onboarding.reports.reconcile import COLUMNS

NEUTRALISED = "^[=+\\-@\t\r\n\\x00＝＋－＠]"
"""Cells that a spreadsheet may take for a formula get a leading ``'``, after the advice of OWASP on CSV injection."""

_NUMBERS = {"row", "chunk", "attempts"}
SCHEMA = pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in COLUMNS])


class ReconciliationCsv:
    """Append lines to the report."""

    def __init__(self, writer: pa_csv.CSVWriter) -> None:
        self._writer = writer

    def append(self, lines: pd.DataFrame) -> None:
        """Write the lines of one frame, as ``reconcile`` returns them."""
        columns = [_neutralised(pa.array(lines[field.name].array)) for field in SCHEMA]
        self._writer.write_table(pa.table(columns, schema=SCHEMA))


@contextmanager
def open_reconciliation(path: Path) -> Iterator[ReconciliationCsv]:
    """Open the report for writing; it appears when the block ends well. Raises ``ReportNotWritten``."""
    with written_whole(path) as file, pa_csv.CSVWriter(file, SCHEMA) as writer:
        yield ReconciliationCsv(writer)


def _neutralised(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column
    live = pc.match_substring_regex(column, NEUTRALISED)
    if not pc.any(live).as_py():
        return column
    return pc.if_else(live, pc.binary_join_element_wise("'", column, ""), column)
