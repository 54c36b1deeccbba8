"""How is the workbook written that HR works in: whole or not at all, in bounded memory, and harmless?

xlsxwriter writes each sheet row by row to a temporary file of its own, so that a million lines need no more memory
than a few, and puts them together at the end. These files are in a private folder that is gone afterwards.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO

import pandas as pd
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ReportNotWritten
from onboarding.reports.folders import Folder
from onboarding.reports.handoff.cells import text
from onboarding.reports.handoff.sheets import LAYOUTS, MOST_SHEET_ROWS, CellFormats, PeopleSheet
from onboarding.reports.handoff.summary import WORKBOOK, SummarySheet
from onboarding.reports.report import Report
from onboarding.reports.summary import Summary

PART = 8_192
"""Lines that are Python objects at a time."""

_NOTHING_LIVE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class HandoffWorkbook:
    """Sort lines into sheets; ``scratch`` is a private folder, ``most_rows`` are those of a sheet with its header."""

    def __init__(self, folder: Folder, scratch: str, most_rows: int) -> None:
        self._folder = folder
        self._target = _Target()
        options = {"constant_memory": True, "tmpdir": scratch, "use_zip64": True, **_NOTHING_LIVE}
        self._book = Workbook(self._target, options)
        self._summary = SummarySheet(self._book)
        formats = CellFormats.of(self._book)
        self._sheets = {layout: PeopleSheet(self._book, layout, formats, most_rows) for layout in LAYOUTS}

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them. Raises ``ReportNotWritten``."""
        with _plainly(self._folder):
            for start in range(0, len(lines), PART):
                part = lines.iloc[start : start + PART]
                for sheet in self._sheets.values():
                    sheet.append(part)

    def finish(self, summary: Summary) -> None:
        """Write the first sheet, and put the file into its folder. Raises ``ReportNotWritten``."""
        # A plan invites nobody and anything else plans nobody: that sheet would only puzzle people.
        needless = frozenset({Disposition.INVITED if summary.command == "plan" else Disposition.PLANNED})
        with _plainly(self._folder):
            for layout, sheet in self._sheets.items():
                sheet.finish(hide=sheet.is_empty and (layout.holds == needless or layout.of_changes))
            self._summary.write(summary)
        self._book.set_properties({"title": text(f"Onboarding {summary.run_id}"), "created": summary.ended_at})
        with self._folder.atomic_write(WORKBOOK) as file, self._target.is_file(file):
            self._put_together()

    def close(self) -> None:
        """Let go of the temporary files, whatever has become of the workbook."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # what could not be written is of no use any more
                sheet.row_data_fh.close()

    def _put_together(self) -> None:
        try:
            self._book.close()
        except XlsxWriterException as error:
            match error.args:
                case (OSError() as cause,):  # which whoever has opened the file puts into words
                    raise cause from None
            raise _not_written(self._folder, "xlsxwriter cannot put it together") from None


@contextmanager
def open_handoff(folder: Folder, *, most_rows: int = MOST_SHEET_ROWS) -> Iterator[Report]:
    """Open the workbook for writing; it appears when ``finish`` ends well. Raises ``ReportNotWritten``."""
    with ExitStack() as stack:
        with _plainly(folder):
            scratch = stack.enter_context(TemporaryDirectory(prefix="onboarding-"))
            report = HandoffWorkbook(folder, scratch, most_rows)
        stack.callback(report.close)
        yield report


class _Target:
    """The file that the archive is written to, while there is one; at any other time, what is written is lost.

    An archive that could not be written is ended when it is forgotten, which would fail once more, and noisily.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    @contextmanager
    def is_file(self, file: BinaryIO) -> Iterator[None]:
        """Write to that file while the block runs."""
        self._file = file
        try:
            yield
        finally:
            self._file = None

    def write(self, data: bytes) -> int:
        return self._file.write(data) if self._file else len(data)

    def seek(self, offset: int) -> int:
        return self._file.seek(offset) if self._file else offset

    def tell(self) -> int:
        return self._file.tell() if self._file else 0

    def flush(self) -> None:
        if self._file:
            self._file.flush()


@contextmanager
def _plainly(folder: Folder) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = f"{error.strerror or 'input/output error'} in {gettempdir()!r}; make room or set TMPDIR"
        raise _not_written(folder, why) from None


def _not_written(folder: Folder, why: str) -> ReportNotWritten:
    return ReportNotWritten(f"'{folder.name}/{WORKBOOK}' could not be written ({why}). What was sent is in the ledger.")
