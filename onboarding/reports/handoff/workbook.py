"""The writer of ``handoff.xlsx``, the hand-off workbook for HR.

``summary_sheet`` has the first sheet, with the next steps. ``sheets`` has the sheets of people, and ``legend`` the last
sheet. xlsxwriter writes each sheet row by row to a temporary file, so that a million lines need no more memory than ten
lines. At the end, xlsxwriter joins the sheets. The temporary files are in a private folder, which is removed
afterwards. The run's folder shows a whole workbook or no workbook.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pandas as pd
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook

from onboarding.model.errors import ReportNotWritten
from onboarding.model.handoff_words import HandoffLanguage
from onboarding.reports.folder import Folder
from onboarding.reports.handoff.cells import safe_text
from onboarding.reports.handoff.columns import LAYOUTS, NEEDS_YOU
from onboarding.reports.handoff.formats import CellFormats
from onboarding.reports.handoff.legend import write_legend
from onboarding.reports.handoff.sheets import MOST_SHEET_ROWS, PeopleSheet
from onboarding.reports.handoff.summary_sheet import SummarySheet
from onboarding.reports.handoff.wording import HandoffWording
from onboarding.reports.summary import Summary
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.scratch import private_scratch

WORKBOOK = "handoff.xlsx"

SLICE_ROWS = 8_192
"""The most lines that exist as Python objects at a time, to save memory."""

_NOTHING_LIVE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class HandoffWorkbook:
    """The hand-off workbook while it is written.

    ``scratch`` is a private folder for temporary files. ``most_rows`` is the most rows of a sheet, its header included.
    ``language`` is the language of the workbook's readers.
    """

    name = WORKBOOK

    def __init__(self, folder: Folder, scratch: Path, language: HandoffLanguage, most_rows: int) -> None:
        self._folder = folder
        self._scratch = scratch
        self._target = _Target()
        options = {"constant_memory": True, "tmpdir": str(scratch), "use_zip64": True, **_NOTHING_LIVE}
        self._book = Workbook(self._target, options)
        formats = CellFormats.of(self._book)
        wording = HandoffWording(language)
        self._summary = SummarySheet(self._book, formats, wording)
        self._sheets = {layout: PeopleSheet(self._book, layout, formats, wording, most_rows) for layout in LAYOUTS}
        write_legend(self._book, formats, wording)

    def append(self, lines: pd.DataFrame) -> None:
        """Add the lines of one frame, which ``reconcile`` has returned. Raises ``ReportNotWritten``."""
        with _disk_errors_translated(self._folder, self._scratch.parent):
            for start in range(0, len(lines), SLICE_ROWS):
                part = lines.iloc[start : start + SLICE_ROWS]
                for sheet in self._sheets.values():
                    sheet.append(part)

    def finish(self, summary: Summary) -> None:
        """Write the first sheet, and move the file into the run's folder. Raises ``ReportNotWritten``."""
        # Empty sheets would puzzle readers, and would print as empty pages.
        with _disk_errors_translated(self._folder, self._scratch.parent):
            for layout, sheet in self._sheets.items():
                sheet.finish(hide=sheet.is_empty and layout.name != NEEDS_YOU)
            self._summary.write(summary)
        self._book.set_properties({"title": safe_text(f"Onboarding {summary.run_id}"), "created": summary.ended_at})
        with self._folder.atomic_write(WORKBOOK) as file, self._target.is_file(file):
            self._put_together()

    def close(self) -> None:
        """Release the temporary files, even if the workbook has failed."""
        for sheet in self._book.worksheets():
            with suppress(OSError):  # the file is of no use any more
                sheet.row_data_fh.close()

    def _put_together(self) -> None:
        try:
            self._book.close()
        except XlsxWriterException as error:
            match error.args:
                case (OSError() as cause,):  # the folder translates it
                    raise cause from None
            raise _not_written(self._folder, "xlsxwriter cannot put it together") from None


@contextmanager
def open_handoff(
    folder: Folder,
    scratch: Path,
    *,
    language: HandoffLanguage = HandoffLanguage.ENGLISH,
    most_rows: int = MOST_SHEET_ROWS,
) -> Iterator[HandoffWorkbook]:
    """Open the workbook for writing. The folder shows the workbook only if ``finish`` returns without an error.

    Until then, the sheets are temporary files in a private folder inside the folder ``scratch``. ``language`` is the
    language of the workbook's readers. ``most_rows`` is the most rows of a sheet, its header included. Raises
    ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        with _disk_errors_translated(folder, scratch):
            own = stack.enter_context(private_scratch(make_private_folder(scratch)))
            report = HandoffWorkbook(folder, own, language, most_rows)
        stack.callback(report.close)
        yield report


class _Target:
    """The target to which xlsxwriter writes the workbook. Writes reach a file only in the block of ``is_file``.

    All other writes are dropped. If xlsxwriter has failed to write a workbook, it tries again when Python frees the
    workbook's object. This second attempt would fail too, and would print an error to stderr.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    @contextmanager
    def is_file(self, file: BinaryIO) -> Iterator[None]:
        """Let xlsxwriter write to this file until the block ends."""
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
def _disk_errors_translated(folder: Folder, scratch: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = f"{error.strerror or 'input/output error'} in {str(scratch)!r}; make room there"
        raise _not_written(folder, why) from None


def _not_written(folder: Folder, why: str) -> ReportNotWritten:
    return ReportNotWritten(f"'{folder.name}/{WORKBOOK}' could not be written ({why}). What was sent is in the ledger.")
