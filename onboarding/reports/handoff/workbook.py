"""The hand-off workbook ``handoff.xlsx`` for HR: its first sheet with the next steps, and the writing of the file.

``sheets`` has the sheets of people. xlsxwriter writes each sheet row by row to a temporary file, so that a million
lines need no more memory than ten lines. At the end, xlsxwriter puts the sheets together. The temporary files are in a
private folder that is removed afterwards. The workbook appears whole or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pandas as pd
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ReportNotWritten
from onboarding.reports.folder import Folder
from onboarding.reports.handoff.cells import excel_days, safe_text
from onboarding.reports.handoff.sheets import (
    CORRECTED_TITLE,
    LAYOUTS,
    MOST_SHEET_ROWS,
    NEEDS_YOU,
    SHEET_OF,
    CellFormats,
    PeopleSheet,
)
from onboarding.reports.summary import Summary
from onboarding.reports.words import DISPOSITION_WORDS, count_rows, label_of
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.scratch import private_scratch

WORKBOOK = "handoff.xlsx"

SLICE_ROWS = 8_192
"""The most lines that are held as Python objects at a time, to save memory."""

SOURCES_IN_WORKBOOK = 1_000
"""The most exports that the first sheet lists. ``summary.json`` has all exports."""

_NOTHING_LIVE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_SUMMARY_WIDTHS = (34, 16, 12, 18)


class HandoffWorkbook:
    """The hand-off workbook while it is written.

    ``scratch`` is a private folder for temporary files. ``most_rows`` is the most rows of a sheet, its header included.
    """

    name = WORKBOOK

    def __init__(self, folder: Folder, scratch: Path, most_rows: int) -> None:
        self._folder = folder
        self._scratch = scratch
        self._target = _Target()
        options = {"constant_memory": True, "tmpdir": str(scratch), "use_zip64": True, **_NOTHING_LIVE}
        self._book = Workbook(self._target, options)
        formats = CellFormats.of(self._book)
        self._summary = SummarySheet(self._book, formats)
        self._sheets = {layout: PeopleSheet(self._book, layout, formats, most_rows) for layout in LAYOUTS}

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them. Raises ``ReportNotWritten``."""
        with _disk_errors_translated(self._folder, self._scratch.parent):
            for start in range(0, len(lines), SLICE_ROWS):
                part = lines.iloc[start : start + SLICE_ROWS]
                for sheet in self._sheets.values():
                    sheet.append(part)

    def finish(self, summary: Summary) -> None:
        """Write the first sheet, and put the file into the run's folder. Raises ``ReportNotWritten``."""
        # A plan has no invited people, and a run has no planned people. An empty sheet for them would puzzle readers.
        needless = Disposition.INVITED if summary.command == "plan" else Disposition.PLANNED
        with _disk_errors_translated(self._folder, self._scratch.parent):
            for layout, sheet in self._sheets.items():
                sheet.finish(hide=sheet.is_empty and (layout.dispositions == (needless,) or layout.only_changes))
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
def open_handoff(folder: Folder, scratch: Path, *, most_rows: int = MOST_SHEET_ROWS) -> Iterator[HandoffWorkbook]:
    """Open the workbook for writing. The folder shows the workbook only if ``finish`` returns without an error.

    Until then, the sheets are temporary files in a private folder inside the folder ``scratch``. ``most_rows`` is the
    most rows of a sheet, its header included. Raises ``ReportNotWritten``.
    """
    with ExitStack() as stack:
        with _disk_errors_translated(folder, scratch):
            own = stack.enter_context(private_scratch(make_private_folder(scratch)))
            report = HandoffWorkbook(folder, own, most_rows)
        stack.callback(report.close)
        yield report


class SummarySheet:
    """The first sheet of the workbook: the run, the next steps, and the counts by disposition and export.

    This sheet is written last.
    """

    def __init__(self, book: Workbook, formats: CellFormats) -> None:
        self._sheet: Worksheet = book.add_worksheet("Summary")
        self._formats = formats
        self._row = 0
        for at, width in enumerate(_SUMMARY_WIDTHS):
            self._sheet.set_column(at, at, width)

    def write(self, summary: Summary) -> None:
        """Write the whole sheet."""
        self._line("What became of all people", style=self._formats.title)
        self._about(summary)
        self._heading_line("What to do next")
        for step in next_steps(summary.counts):
            self._line(step)
        self._counts(summary)
        self._exports(summary)

    def _about(self, summary: Summary) -> None:
        self._line("Account", summary.account_in_words)
        self._line("Run", summary.run_id)
        for name, moment in (("Started at (UTC)", summary.started_at), ("Ended at (UTC)", summary.ended_at)):
            self._line(name, excel_days(moment), formats=(None, self._formats.moment))
        if summary.message:
            self._line("How it ended", summary.message)
        for sentence in summary.news_in_words:
            self._line("For a person", sentence)
        if summary.is_rehearsal:
            self._line("Mind", "This was a rehearsal: nobody was mailed.")

    def _counts(self, summary: Summary) -> None:
        self._heading_line("What became of the rows", "Rows", "Share", "See sheet")
        formats = (None, self._formats.count, self._formats.share, None)
        for disposition in _present(summary.counts):
            count = summary.counts[disposition]
            self._line(label_of(disposition), count, count / summary.rows_read, SHEET_OF[disposition], formats=formats)
        self._line("All rows", summary.rows_read, formats=formats)

    def _exports(self, summary: Summary) -> None:
        present = _present(summary.counts)
        self._heading_line("Export", "Rows", *map(label_of, present))
        formats = (None, *[self._formats.count] * (1 + len(present)))
        for source, counts in islice(summary.counts_by_source.items(), SOURCES_IN_WORKBOOK):
            figures = [counts.get(disposition, 0) for disposition in present]
            self._line(source, sum(counts.values()), *figures, formats=formats)
        if (more := len(summary.counts_by_source) - SOURCES_IN_WORKBOOK) > 0:
            self._line(f"and {more:,} more, which summary.json lists")

    def _heading_line(self, *cells: str) -> None:
        self._row += 1
        self._line(*cells, style=self._formats.section)

    def _line(self, *cells: str | float, formats: Sequence[Format | None] = (), style: Format | None = None) -> None:
        for at, cell in enumerate(cells):
            cell_format = formats[at] if at < len(formats) else style
            if isinstance(cell, str):
                self._sheet.write_string(self._row, at, safe_text(cell), cell_format)
            else:
                self._sheet.write_number(self._row, at, cell, cell_format)
        self._row += 1


def next_steps(counts: Mapping[Disposition, int]) -> list[str]:
    """Return the steps that HR and IT can take after a run with these counts, each step as a text."""
    steps = []
    if to_correct := count_rows(counts, TO_CORRECT):
        rows = with_noun(to_correct, "row", "rows")
        steps = [
            f'Choose an answer for each row on the sheet "{NEEDS_YOU}": {rows} to look at.',
            f'Enter the right address under "{CORRECTED_TITLE}" where it is wrong. Leave what you do not know empty.',
            "Your answers are remembered, until the row changes. Correct the HR system as well.",
            "You may sort and filter whole rows, and move or add columns, as long as these keep their names.",
            f"Save the workbook and hand it back. IT runs onboard run {WORKBOOK}, which takes the rows you filled in.",
        ]
    for disposition in (Disposition.IN_DOUBT, Disposition.DEFERRED, Disposition.PLANNED):
        if number := counts.get(disposition, 0):
            words = DISPOSITION_WORDS[disposition]
            steps.append(f"{words.label}, {with_noun(number, 'row', 'rows')}. {words.meaning} For IT: {words.remedy}")
    return steps or ["Nothing: every row is settled."]


def _present(counts: Mapping[Disposition, int]) -> list[Disposition]:
    return [disposition for disposition in Disposition if counts.get(disposition)]


class _Target:
    """The target to which xlsxwriter writes the workbook. Writes reach a file only while the block of ``is_file`` runs.

    Writes at any other time are dropped. If xlsxwriter has failed to write a workbook, it tries again when Python frees
    the workbook's object. This second attempt would fail too, and would print an error to stderr.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    @contextmanager
    def is_file(self, file: BinaryIO) -> Iterator[None]:
        """While the block runs, let xlsxwriter write to this file."""
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
