"""The sheets of the hand-off workbook that list people: their layouts, the formats of cells, and the writing of rows.

``workbook`` writes the first sheet and the file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.changes import NEW
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.news import NEW_COLUMN
from onboarding.reports.changes import NOT_IN_EXPORTS
from onboarding.reports.handoff import cells
from onboarding.reports.handoff.answer_lists import (
    ANSWER_TITLE,
    COMMENT_TITLE,
    QUESTION_TITLE,
    AnswerLists,
    question_cells,
)
from onboarding.reports.words import explain_disposition, label_of

NEEDS_YOU = "Needs you"
CORRECTED_TITLE = "Corrected address"
"""The title of the column that HR fills in. ``exports`` finds the column by this title when the workbook comes back."""

AS_GIVEN_TITLE = "Address as given"
"""The title of the column by which ``exports`` recognises a sheet of people."""

MOST_SHEET_ROWS = 1_048_576
"""The most rows that a sheet of Excel holds, its header included."""


class EmptyCell(Enum):
    """A cell that HR is to fill in."""

    TO_FILL = "to fill in"


Cell: TypeAlias = str | float | EmptyCell | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet.

    ``width`` is in characters. ``cells`` makes the cells from lines of the report. ``is_moment`` says whether the
    numbers among the cells are moments. ``is_hidden`` says whether only the job reads the column.
    """

    title: str
    width: int
    cells: Callable[[pd.DataFrame], Sequence[Cell]]
    is_moment: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The layout of a sheet: its name, the dispositions that it shows, and its columns.

    An empty ``dispositions`` means that the sheet shows all dispositions.
    """

    name: str
    dispositions: tuple[Disposition, ...]
    columns: tuple[SheetColumn, ...]
    only_changes: bool = False
    """Whether the sheet shows only people whose disposition has changed since an earlier run (column ``before``)."""


@dataclass(frozen=True, slots=True)
class CellFormats:
    """The formats of the cells in the workbook."""

    heading: Format
    moment: Format
    to_fill: Format
    note: Format
    title: Format
    section: Format
    count: Format
    share: Format

    @classmethod
    def of(cls, book: Workbook) -> "CellFormats":
        """Add the formats to a workbook and return them."""
        return cls(
            heading=book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "valign": "top"}),
            moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
            # The format of text ("@"), so that Excel makes no number or formula of what HR types.
            to_fill=book.add_format({"bg_color": "#FFF2CC", "border": 1, "border_color": "#BF9000", "num_format": "@"}),
            note=book.add_format({"italic": True}),
            title=book.add_format({"bold": True, "font_size": 16}),
            section=book.add_format({"bold": True, "bottom": 1, "align": "left"}),
            count=book.add_format({"num_format": "#,##0", "align": "left"}),
            share=book.add_format({"num_format": "0.0%", "align": "left"}),
        )


def _text_of(name: str) -> Callable[[pd.DataFrame], Sequence[Cell]]:
    return lambda lines: cells.safe_texts(lines[name])


def _disposition(lines: pd.DataFrame) -> Sequence[Cell]:
    return [label_of(disposition) for disposition in cells.safe_texts(lines["disposition"])]


def _before(lines: pd.DataFrame) -> Sequence[Cell]:
    return [
        NOT_IN_EXPORTS if before == NEW else before and label_of(before) for before in cells.safe_texts(lines["before"])
    ]


def _why(lines: pd.DataFrame) -> Sequence[Cell]:
    words = (cells.safe_texts(lines[name]) for name in ("disposition", "reason", "detail"))
    return [explain_disposition(*row) for row in zip(*words, strict=True)]


def _new(lines: pd.DataFrame) -> Sequence[Cell]:
    return ["new" if is_new else None for is_new in lines[NEW_COLUMN]] if NEW_COLUMN in lines else [None] * len(lines)


def _to_fill(lines: pd.DataFrame) -> Sequence[Cell]:
    return [
        EmptyCell.TO_FILL if disposition in TO_CORRECT else None
        for disposition in cells.safe_texts(lines["disposition"])
    ]


_NAME = SheetColumn("Name", 28, _text_of("name"))
_WHERE = (
    SheetColumn("Source", 28, _text_of("source")),
    SheetColumn("Sheet", 12, _text_of("sheet")),
    SheetColumn("Row", 8, lambda lines: lines["row"].tolist()),
)
_WHO = (
    *_WHERE,
    SheetColumn("Employee ID", 14, _text_of("employee_id")),
    _NAME,
    SheetColumn(AS_GIVEN_TITLE, 34, _text_of("email_as_given")),
)
_ADDRESS = SheetColumn("Address", 34, _text_of("email"))
_WHAT = SheetColumn("What became of it", 24, _disposition)
_WHY = SheetColumn("Why", 60, _why)
_ANSWER = SheetColumn(ANSWER_TITLE, 20, _to_fill)
_QUESTION = SheetColumn(QUESTION_TITLE, 12, question_cells, is_hidden=True)
_BEFORE = SheetColumn("What it was before", 24, _before)
_DUPLICATE_OF = SheetColumn("Merged into", 34, _text_of("duplicate_of"))
_DECIDED_AT = SheetColumn(
    "Decided at (UTC)", 20, lambda lines: cells.excel_moments(lines["decided_at"]), is_moment=True
)


def _layout_of(disposition: Disposition, *columns: SheetColumn) -> SheetLayout:
    return SheetLayout(label_of(disposition), (disposition,), (*_WHO, *columns))


LAYOUTS = (
    SheetLayout(
        NEEDS_YOU,
        (*TO_CORRECT, Disposition.IN_DOUBT),
        (
            *_WHO,
            SheetColumn("What is wrong", 60, _why),
            SheetColumn(CORRECTED_TITLE, 34, _to_fill),
            *(_ANSWER, SheetColumn(COMMENT_TITLE, 40, _to_fill)),
            *(SheetColumn("New", 8, _new), _QUESTION),
        ),
    ),
    SheetLayout("Changed", (), (*_WHO, _ADDRESS, _BEFORE, _WHAT, _WHY), only_changes=True),
    _layout_of(Disposition.PLANNED, _ADDRESS),
    _layout_of(Disposition.INVITED, _ADDRESS, _DECIDED_AT),
    _layout_of(Disposition.ALREADY, _ADDRESS, _WHY),
    SheetLayout("Not sent", (Disposition.EXCLUDED, Disposition.DEFERRED), (*_WHO, _WHAT, _WHY)),
    _layout_of(Disposition.DUPLICATE, _DUPLICATE_OF, _WHY),
    SheetLayout("Everything", (), (*_WHO, _ADDRESS, _WHAT, _WHY, _DUPLICATE_OF, _DECIDED_AT)),
)
"""The layouts of the sheets of people, in order. Rows that are not records are on the last sheet only."""

SHEET_OF: Mapping[Disposition, str] = {
    disposition: layout.name
    for layout in reversed(LAYOUTS)
    if not layout.only_changes
    for disposition in layout.dispositions or Disposition
}
"""For each disposition, the name of the sheet that shows its rows."""


class PeopleSheet:
    """A sheet of people while it is written. ``most_rows`` is the most rows of the sheet, its header included.

    If more rows belong on the sheet, the last row says how many rows are left out.
    """

    def __init__(self, book: Workbook, layout: SheetLayout, formats: CellFormats, most_rows: int) -> None:
        self._layout = layout
        self._formats = formats
        self._room = most_rows - 2  # without the header and the row that counts the rest
        self._sheet: Worksheet = book.add_worksheet(layout.name)
        self._lines = self._left_out = 0
        self._answers = AnswerLists() if _ANSWER in layout.columns else None
        for at, column in enumerate(layout.columns):
            self._sheet.set_column(at, at, column.width, None, {"hidden": column.is_hidden})
            self._sheet.write_string(0, at, column.title, formats.heading)
        self._sheet.freeze_panes(1, 0)

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
            columns = (column.cells(fitting) for column in self._layout.columns)
            for row, row_cells in enumerate(zip(*columns, strict=True), self._lines + 1):
                self._write(row, row_cells)
            if self._answers:
                self._answers.note(self._lines + 1, fitting)
            self._lines += len(fitting)

    def finish(self, *, hide: bool) -> None:
        """Add a filter to the header of the sheet.

        If rows were left out, add a last row with their number. If ``hide`` is True, hide the sheet.
        """
        last_row, last_column = self._lines, len(self._layout.columns) - 1
        self._sheet.autofilter(0, 0, last_row, last_column)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:Z{MOST_SHEET_ROWS}"})
        if self._answers:
            self._answers.add_to(self._sheet, self._layout.columns.index(_ANSWER))
        if self._left_out:
            at = self._layout.columns.index(_NAME)
            self._sheet.write_string(last_row + 1, at, _left_out(self._lines, self._left_out), self._formats.note)
        if hide:
            self._sheet.hide()

    def _write(self, row: int, row_cells: Sequence[Cell]) -> None:
        for at, cell in enumerate(row_cells):
            if not cell:
                continue
            if isinstance(cell, str):
                self._sheet.write_string(row, at, cell)
            elif isinstance(cell, EmptyCell):
                self._sheet.write_blank(row, at, None, self._formats.to_fill)
            else:
                is_moment = self._layout.columns[at].is_moment
                self._sheet.write_number(row, at, cell, self._formats.moment if is_moment else None)


def _left_out(lines: int, left_out: int) -> str:
    """Return how many rows are left out, in words that ``exports`` recognises as a footer."""
    return (
        f"Total of {lines + left_out:,} rows, of which {left_out:,} more than a sheet holds are not here; "
        "reconciliation.csv has them all."
    )
