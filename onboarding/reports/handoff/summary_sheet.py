"""The first sheet of the hand-off workbook: the run, the next steps, and the counts by disposition and export."""

from collections.abc import Mapping, Sequence
from itertools import islice

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.handoff_words import HandoffColumn
from onboarding.model.hr_answers import HrAnswer
from onboarding.reports.handoff.cells import excel_days, safe_text, short_place
from onboarding.reports.handoff.columns import NEEDS_YOU, SHEET_OF
from onboarding.reports.handoff.formats import CellFormats, lines_needed, row_height, set_up_sheet
from onboarding.reports.handoff.wording import HandoffWording
from onboarding.reports.summary import Summary
from onboarding.reports.words import DISPOSITION_WORDS, EXIT_CODE_WORDS, count_rows

SOURCES_IN_WORKBOOK = 1_000
"""The most exports that the first sheet lists. ``summary.json`` has all exports."""

_FIRST_WIDTH, _WIDTH, _WIDE_COLUMNS = 36, 19, 5
_SENTENCE_WIDTH = _FIRST_WIDTH + _WIDTH * (_WIDE_COLUMNS - 1)


class SummarySheet:
    """The first sheet of the workbook. The job writes it after the other sheets."""

    def __init__(self, book: Workbook, formats: CellFormats, wording: HandoffWording) -> None:
        self._sheet: Worksheet = book.add_worksheet(wording.text("Summary"))
        self._formats = formats
        self._wording = wording
        self._row = 0
        self._sheet.set_column(0, 0, _FIRST_WIDTH)
        self._sheet.set_column(1, _WIDE_COLUMNS - 1, _WIDTH)
        self._sheet.set_column(_WIDE_COLUMNS, len(Disposition) + 1, 13)
        set_up_sheet(self._sheet, wording)

    def write(self, summary: Summary) -> None:
        """Write the whole sheet."""
        text = self._wording.text
        self._sheet.set_row(0, row_height(2))
        self._line(text("What became of all people"), style=self._formats.title)
        self._about(summary)
        self._heading_line(text("What to do next"))
        for step in next_steps(summary.counts, self._wording):
            self._sentence(step)
        self._counts(summary)
        self._exports(summary)

    def _about(self, summary: Summary) -> None:
        text = self._wording.text
        self._line(text("Account"), summary.account_in_words)
        self._line(text("Run"), summary.run_id)
        for name, moment in (("Started at (UTC)", summary.started_at), ("Ended at (UTC)", summary.ended_at)):
            self._line(text(name), excel_days(moment), formats=(None, self._formats.moment))
        if summary.exit_code:
            self._line(text("How it ended"), text(EXIT_CODE_WORDS[ExitCode(summary.exit_code)].meaning))
        if summary.news:
            for name, rows in _NEWS.items():
                if number := summary.news.totals[name]:
                    self._line(text(rows), number, formats=(None, self._formats.count))
        if summary.is_rehearsal:
            self._line(text("Mind"), text("This was a rehearsal: nobody was mailed."))

    def _counts(self, summary: Summary) -> None:
        text = self._wording.text
        self._heading_line(*map(text, ("What became of the rows", "Rows", "Share", "See sheet")))
        formats = (None, self._formats.count, self._formats.share, None)
        for disposition in _present(summary.counts):
            count = summary.counts[disposition]
            sheet = text(SHEET_OF[disposition])
            self._line(self._wording.label(disposition), count, count / summary.rows_read, sheet, formats=formats)
        self._line(text("All rows"), summary.rows_read, formats=formats)

    def _exports(self, summary: Summary) -> None:
        text, present = self._wording.text, _present(summary.counts)
        self._heading_line(text("Export"), text("Rows"), *map(self._wording.label, present))
        formats = (self._formats.sentence, *[self._formats.count] * (1 + len(present)))
        for source, counts in islice(summary.counts_by_source.items(), SOURCES_IN_WORKBOOK):
            figures = [counts.get(disposition, 0) for disposition in present]
            self._line(short_place(source, _FIRST_WIDTH), sum(counts.values()), *figures, formats=formats)
        if (more := len(summary.counts_by_source) - SOURCES_IN_WORKBOOK) > 0:
            self._line(text("and {more} more, which summary.json lists", more=more))

    def _sentence(self, sentence: str) -> None:
        """Write a sentence over the width of several columns, in as many lines as it needs."""
        self._sheet.set_row(self._row, row_height(lines_needed(sentence, _SENTENCE_WIDTH)))
        self._sheet.merge_range(self._row, 0, self._row, _WIDE_COLUMNS - 1, "", self._formats.sentence)
        self._line(sentence, style=self._formats.sentence)

    def _heading_line(self, *cells: str) -> None:
        self._row += 1
        self._line(*cells, style=self._formats.section)

    def _line(self, *cells: str | float, formats: Sequence[Format | None] = (), style: Format | None = None) -> None:
        for at, cell in enumerate(cells):
            cell_format = (formats[at] if at < len(formats) else style) or self._formats.plain
            if isinstance(cell, str):
                self._sheet.write_string(self._row, at, safe_text(cell), cell_format)
            else:
                self._sheet.write_number(self._row, at, cell, cell_format)
        self._row += 1


_NEWS: Mapping[str, str] = {
    "new": "Rows that need a person for the first time",
    "old": "Rows that still wait for a person",
    "gone": "Rows that were open, and are corrected or gone",
}
"""The words for the numbers of rows that a person must correct, by their names in ``News.totals``."""


def next_steps(counts: Mapping[Disposition, int], wording: HandoffWording) -> list[str]:
    """Return the steps that HR and IT can do after a run with these counts, in the language of ``wording``."""
    steps = []
    if count_rows(counts, TO_CORRECT):
        corrected, suggestion = (wording.titles[each] for each in (HandoffColumn.CORRECTED, HandoffColumn.SUGGESTION))
        steps = [
            wording.text(CHOOSE_AN_ANSWER, sheet=wording.text(NEEDS_YOU)),
            wording.text(ENTER_THE_ADDRESS, column=corrected),
            wording.text(TAKE_THE_SUGGESTION, column=suggestion, answer=wording.answers[HrAnswer.CORRECTED]),
            *map(wording.text, (ANSWERS_ARE_REMEMBERED, CELLS_ARE_PROTECTED, HAND_IT_BACK)),
        ]
    for disposition in (Disposition.IN_DOUBT, Disposition.DEFERRED, Disposition.PLANNED):
        if counts.get(disposition):
            words = DISPOSITION_WORDS[disposition]
            for_it = wording.text("For IT: {remedy}", remedy=wording.text(words.remedy))
            steps.append(f"{wording.label(disposition)}: {wording.text(words.meaning)} {for_it}")
    return steps or [wording.text("Nothing: every row is settled.")]


CHOOSE_AN_ANSWER = 'Choose an answer for each row on the sheet "{sheet}". You can fill in the yellow cells.'
ENTER_THE_ADDRESS = 'Enter the right address under "{column}" where it is wrong. Leave what you do not know empty.'
TAKE_THE_SUGGESTION = (
    'Where the address under "{column}" is right, choose the answer "{answer}". You need not enter it.'
)
ANSWERS_ARE_REMEMBERED = "Your answers are remembered until the row changes. Correct the HR system as well."
CELLS_ARE_PROTECTED = (
    "The other cells of that sheet are protected without a password, so that no row is damaged by mistake. You may "
    "filter. Take the protection off to sort whole rows, or to move or add columns; the columns must keep their names."
)
HAND_IT_BACK = (
    "Save the workbook and hand it back. IT adds it to the next onboard run, which takes the rows you filled in."
)


def _present(counts: Mapping[Disposition, int]) -> list[Disposition]:
    return [disposition for disposition in Disposition if counts.get(disposition)]
