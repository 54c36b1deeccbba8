"""The sheets of the hand-off workbook that list people, and the widths of their columns.

``columns`` has the layouts of these sheets. ``workbook`` writes the file.
"""

import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from unicodedata import east_asian_width

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.handoff_words import HandoffColumn
from onboarding.reports.handoff.answer_lists import AnswerLists
from onboarding.reports.handoff.columns import ANSWER, Cell, ColumnContent, EmptyCell, SheetColumn, SheetLayout
from onboarding.reports.handoff.formats import CellFormats, lines_needed, row_height, set_up_sheet
from onboarding.reports.handoff.wording import HandoffWording

MOST_SHEET_ROWS = 1_048_576
"""The most rows of a sheet in Excel, its header included."""

ROOM_BESIDE_TEXT = 2
"""The width in characters that a cell needs beside its text."""

ROOM_FOR_FILTER = 3
"""The width in characters of the button that filters a column."""

_ALLOWED = {"autofilter": True, "format_columns": True, "format_rows": True, "sort": True}
"""The actions that people may do on a protected sheet, besides filling in cells."""


class PeopleSheet:
    """A sheet of people while it is written. ``most_rows`` is the most rows of the sheet, its header included.

    If the sheet has no room for all rows, the last row says how many rows are left out.
    """

    def __init__(
        self, book: Workbook, layout: SheetLayout, formats: CellFormats, wording: HandoffWording, most_rows: int
    ) -> None:
        self._layout = layout
        self._wording = wording
        self._formats = formats
        self._room = most_rows - 2  # without the header and the row that counts the rest
        self._sheet: Worksheet = book.add_worksheet(wording.text(layout.name))
        self._lines = self._left_out = 0
        self._answers = AnswerLists(wording) if layout.is_answered else None
        titles = [column.title_in(wording) for column in layout.columns]
        self._widths = [
            max(column.least_width, ROOM_FOR_FILTER + max(map(len, title.split())))
            for column, title in zip(layout.columns, titles, strict=True)
        ]
        for at, title in enumerate(titles):
            self._sheet.write_string(0, at, title, formats.heading)
        # Only the job reads a hidden column, so its text needs no lines.
        self._most_widths = [
            sys.maxsize if column.is_hidden else max(column.most_width, width)
            for column, width in zip(layout.columns, self._widths, strict=True)
        ]
        self._cell_formats = [self._format_of(column) for column in layout.columns]
        self._sheet.set_row(0, row_height(2))
        self._sheet.freeze_panes(1, 0)
        set_up_sheet(self._sheet, wording, header_rows=1)

    @property
    def is_empty(self) -> bool:
        """Whether the sheet has no rows."""
        return not self._lines

    def append(self, lines: pd.DataFrame) -> None:
        """Write the lines of the report that belong on this sheet. When the sheet is full, only count these lines."""
        if self._layout.only_changes:
            lines = lines.loc[lines["before"] != ""] if "before" in lines else lines.iloc[:0]
        if self._layout.dispositions:
            lines = lines.loc[lines["disposition"].isin(self._layout.dispositions)]
        fitting = lines.iloc[: self._room - self._lines]
        self._left_out += len(lines) - len(fitting)
        if len(fitting):
            columns = [column.cells(fitting, self._wording) for column in self._layout.columns]
            widths = list(map(width_of, columns))
            self._widths = list(map(max, self._widths, widths))
            tall = [
                at
                for at, each in enumerate(zip(columns, widths, self._most_widths, strict=True))
                if _may_be_tall(*each)
            ]
            for row, row_cells in enumerate(zip(*columns, strict=True), self._lines + 1):
                if tall and (lines_of_row := self._lines_of(row_cells, tall)) > 1:
                    self._sheet.set_row(row, row_height(lines_of_row))
                self._write(row, row_cells)
            if self._answers:
                self._answers.note(self._lines + 1, fitting)
            self._lines += len(fitting)

    def finish(self, *, hide: bool) -> None:
        """Set the widths of the columns, and add a filter to the header of the sheet.

        If rows were left out, add a last row with their number. If ``hide`` is True, hide the sheet.
        """
        last_row, last_column = self._lines, len(self._layout.columns) - 1
        for at, (column, width) in enumerate(zip(self._layout.columns, self._widths, strict=True)):
            self._sheet.set_column(at, at, min(width, self._most_widths[at]), None, {"hidden": column.is_hidden})
        self._sheet.autofilter(0, 0, last_row, last_column)
        if self._layout.unprinted:
            self._sheet.print_area(0, 0, last_row + bool(self._left_out), last_column - self._layout.unprinted)
        self._sheet.conditional_format(0, 0, last_row, last_column, {"type": "no_errors", "format": self._formats.line})
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:Z{MOST_SHEET_ROWS}"})
        if self._answers:
            self._answers.add_to(self._sheet, self._layout.columns.index(ANSWER))
            self._sheet.protect("", _ALLOWED)
        if self._left_out:
            self._sheet.write_string(last_row + 1, self._name_column, self._left_out_words(), self._formats.note)
        if hide:
            self._sheet.hide()

    @property
    def _name_column(self) -> int:
        return [column.title for column in self._layout.columns].index(HandoffColumn.NAME)

    def _left_out_words(self) -> str:
        """Return how many rows are left out, in words that ``exports`` recognises as a footer."""
        return self._wording.text(
            "Total of {total} rows, of which {more} more than a sheet holds are not here; reconciliation.csv has them "
            "all.",
            total=self._lines + self._left_out,
            more=self._left_out,
        )

    def _format_of(self, column: SheetColumn) -> Format:
        match column.kind:
            case ColumnContent.EMPLOYEE_ID:
                return self._formats.employee_id
            case ColumnContent.NUMBER:
                return self._formats.number
            case _:
                return self._formats.text

    def _write(self, row: int, row_cells: Sequence[Cell]) -> None:
        for at, cell in enumerate(row_cells):
            cell_format = self._cell_formats[at]
            if not cell:
                continue
            if isinstance(cell, EmptyCell):
                self._sheet.write_blank(row, at, None, self._formats.to_fill)
            elif isinstance(cell, str):
                self._sheet.write_string(row, at, cell, cell_format)
            else:
                is_moment = self._layout.columns[at].kind is ColumnContent.MOMENT
                self._sheet.write_number(row, at, cell, self._formats.moment if is_moment else cell_format)

    def _lines_of(self, row_cells: Sequence[Cell], tall: Sequence[int]) -> int:
        """Return how many lines a row needs.

        ``tall`` has the indices of the columns whose cells may need more than one line. These columns have their
        largest width.
        """
        lines = 1
        for at in tall:
            cell, width = row_cells[at], self._most_widths[at]
            if isinstance(cell, str) and (len(cell) > width or "\n" in cell):
                lines = max(lines, lines_needed(cell, width))
        return lines


def width_of(cells: Sequence[Cell]) -> int:
    """Return the width in characters that a column with these cells needs, so that no line of a cell wraps."""
    texts = [str(cell) for cell in cells if cell and isinstance(cell, str | int)]
    joined = "".join(texts)
    if joined.isascii() and "\n" not in joined:
        return ROOM_BESIDE_TEXT + max(map(len, texts), default=0)
    lines: Iterable[str] = chain.from_iterable(text.split("\n") for text in texts)
    return ROOM_BESIDE_TEXT + max(map(_width_of_line, lines), default=0)


def _may_be_tall(cells: Sequence[Cell], width: int, most_width: int) -> bool:
    """Return whether a cell of a column may need more than one line.

    ``width`` is the width of the column's widest line, and ``most_width`` is the largest width of the column.
    """
    return width > most_width or any("\n" in cell for cell in cells if isinstance(cell, str))


def _width_of_line(line: str) -> int:
    if line.isascii():
        return len(line)
    return len(line) + sum(east_asian_width(sign) in "WF" for sign in line)
