"""What does the first sheet of the hand-off workbook say: how many rows became what, and what to do next?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.dispositions import Disposition
from onboarding.reports.handoff import cells
from onboarding.reports.handoff.sheets import CORRECTED, NEEDS_YOU, WHERE
from onboarding.reports.summary import Summary
from onboarding.reports.words import DISPOSITIONS, TO_CORRECT, counted, label_of, sum_of

NAME = "Summary"
WORKBOOK = "handoff.xlsx"

SOURCES_SHOWN = 1_000
"""How many exports it lists; ``summary.json`` has all."""

_WIDTHS = (34, 16, 12, 18)


class SummarySheet:
    """The sheet that is shown first and written last."""

    def __init__(self, book: Workbook) -> None:
        self._sheet: Worksheet = book.add_worksheet(NAME)
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._heading = book.add_format({"bold": True, "bottom": 1, "align": "left"})
        self._count = book.add_format({"num_format": "#,##0", "align": "left"})
        self._share = book.add_format({"num_format": "0.0%", "align": "left"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self._row = 0
        for at, width in enumerate(_WIDTHS):
            self._sheet.set_column(at, at, width)

    def write(self, summary: Summary) -> None:
        """Write all of it."""
        self._line("What became of everybody", style=self._title)
        self._about(summary)
        self._next_steps(summary)
        self._counts(summary)
        self._exports(summary)

    def _about(self, summary: Summary) -> None:
        account = f"{summary.destination} {summary.account}"
        self._line("Account", f"{summary.account_name} ({account})" if summary.account_name else account)
        self._line("Run", summary.run_id)
        for name, moment in (("Started at (UTC)", summary.started_at), ("Ended at (UTC)", summary.ended_at)):
            self._line(name, cells.days(moment), formats=(None, self._moment))
        if summary.message:
            self._line("How it ended", summary.message)
        if summary.is_rehearsal:
            self._line("Mind", "This was a rehearsal: nobody was mailed.")

    def _next_steps(self, summary: Summary) -> None:
        self._heading_line("What to do next")
        for step in next_steps(summary.counts):
            self._line(step)

    def _counts(self, summary: Summary) -> None:
        self._heading_line("What became of the rows", "Rows", "Share", "See sheet")
        formats = (None, self._count, self._share, None)
        for disposition in _present(summary.counts):
            count = summary.counts[disposition]
            share = count / summary.rows_read
            self._line(label_of(disposition), count, share, WHERE[disposition], formats=formats)
        self._line("All rows", summary.rows_read, formats=formats)

    def _exports(self, summary: Summary) -> None:
        present = _present(summary.counts)
        titles = [label_of(disposition) for disposition in present]
        self._heading_line("Export", "Rows", *titles)
        formats = (None, *[self._count] * (1 + len(present)))
        for source, counts in islice(summary.counts_by_source.items(), SOURCES_SHOWN):
            figures = [counts.get(disposition, 0) for disposition in present]
            self._line(source, sum(counts.values()), *figures, formats=formats)
        if (more := len(summary.counts_by_source) - SOURCES_SHOWN) > 0:
            self._line(f"and {more:,} more, which summary.json lists")

    def _heading_line(self, *told: str) -> None:
        self._row += 1
        self._line(*told, style=self._heading)

    def _line(self, *told: str | float, formats: Sequence[Format | None] = (), style: Format | None = None) -> None:
        for at, cell in enumerate(told):
            how = formats[at] if at < len(formats) else style
            if isinstance(cell, str):
                self._sheet.write_string(self._row, at, cells.text(cell), how)
            else:
                self._sheet.write_number(self._row, at, cell, how)
        self._row += 1


def next_steps(counts: Mapping[Disposition, int]) -> list[str]:
    """Return what there is to do after a run with these counts, a sentence for each step."""
    return [*_steps(counts)] or ["Nothing: every row is settled."]


def _steps(counts: Mapping[Disposition, int]) -> Iterator[str]:
    if to_correct := sum_of(counts, TO_CORRECT):
        rows = counted(to_correct, "row", "rows")
        yield f'Enter the right address under "{CORRECTED}" on the sheet "{NEEDS_YOU}": {rows} to look at.'
        yield "Leave it empty where you do not know it."
        yield "Correct it in the HR system as well: its next export is asked about again otherwise."
        yield "You may sort, filter, and move or add columns, as long as these keep their names."
        yield f"Save the workbook and hand it back. IT runs onboard run {WORKBOOK}, which takes the rows you filled in."
    for disposition in (Disposition.IN_DOUBT, Disposition.DEFERRED, Disposition.PLANNED):
        if number := counts.get(disposition, 0):
            words = DISPOSITIONS[disposition]
            yield f"{words.label}, {counted(number, 'row', 'rows')}. {words.meaning} For IT: {words.remedy}"


def _present(counts: Mapping[Disposition, int]) -> list[Disposition]:
    return [disposition for disposition in Disposition if counts.get(disposition)]
