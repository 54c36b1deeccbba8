"""The columns of the sheets that list people, and the layouts of these sheets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import TypeAlias

import pandas as pd

from onboarding.model.changes import NEW
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.handoff_words import HandoffColumn
from onboarding.model.news import NEW_COLUMN
from onboarding.model.suggestions import suggestions_of
from onboarding.model.values import dataclass
from onboarding.reports.changes import NOT_IN_EXPORTS
from onboarding.reports.handoff import cells
from onboarding.reports.handoff.answer_lists import question_cells
from onboarding.reports.handoff.wording import HandoffWording
from onboarding.reports.words import label_of

NEEDS_YOU = "Needs you"
WIDTH_OF_PLACE = 34


class ColumnContent(Enum):
    """The kind of values in a column, such as numbers. The format of the cells depends on it."""

    TEXT = "text"
    EMPLOYEE_ID = "employee id"
    NUMBER = "number"
    MOMENT = "moment"


class EmptyCell(Enum):
    """A cell that is empty, so that HR can fill it in."""

    TO_FILL = "to fill in"


Cell: TypeAlias = str | float | EmptyCell | None
MakeCells: TypeAlias = Callable[[pd.DataFrame, HandoffWording], Sequence[Cell]]
"""A function that makes the cells of a column from lines of the report, in the words of a language."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet.

    ``title`` is an English text of the table of words, or a ``HandoffColumn``, which the job reads back. ``cells``
    makes the cells. ``most_width`` is the largest width in characters: longer text is wrapped. ``least_width`` leaves
    room for text that people fill in. ``is_hidden`` is True if only the job reads the column.
    """

    title: str
    cells: MakeCells
    most_width: int
    least_width: int = 6
    kind: ColumnContent = ColumnContent.TEXT
    is_hidden: bool = False

    def title_in(self, wording: HandoffWording) -> str:
        """Return the title in the language of ``wording``."""
        if isinstance(self.title, HandoffColumn):
            return wording.titles[self.title]
        return wording.text(self.title)


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The layout of a sheet: its name, the dispositions that it shows, and its columns.

    An empty ``dispositions`` means that the sheet shows all dispositions.
    """

    name: str
    dispositions: tuple[Disposition, ...]
    columns: tuple[SheetColumn, ...]
    only_changes: bool = False
    """Whether the sheet shows only people with a new disposition since an earlier run (column ``before``)."""
    unprinted: int = 0
    """The number of last columns that are not printed, so that the text of the other columns is large enough."""

    @property
    def is_answered(self) -> bool:
        """Whether HR fills in cells of the sheet. All other cells of such a sheet are protected."""
        return ANSWER in self.columns


def _text_of(name: str) -> MakeCells:
    return lambda lines, _: cells.safe_texts(lines[name])


def _place_of(name: str, most: int) -> MakeCells:
    return lambda lines, _: [cells.short_place(cell, most) for cell in cells.safe_texts(lines[name])]


def _disposition(lines: pd.DataFrame, wording: HandoffWording) -> Sequence[Cell]:
    return [wording.label(disposition) for disposition in cells.safe_texts(lines["disposition"])]


def _before(lines: pd.DataFrame, wording: HandoffWording) -> Sequence[Cell]:
    absent = wording.text(NOT_IN_EXPORTS)
    before = cells.safe_texts(lines["before"])
    return [absent if each == NEW else each and wording.label(each) for each in before]


def _why(lines: pd.DataFrame, wording: HandoffWording) -> Sequence[Cell]:
    words = [lines[name].tolist() for name in ("disposition", "reason", "detail")]
    sentences = pd.Series([wording.explain(*row) for row in zip(*words, strict=True)], dtype="string[pyarrow]")
    return cells.safe_texts(sentences)


def _suggestion(lines: pd.DataFrame, _: HandoffWording) -> Sequence[Cell]:
    return cells.safe_texts(pd.Series(suggestions_of(lines), dtype="string[pyarrow]"))


def _new(lines: pd.DataFrame, wording: HandoffWording) -> Sequence[Cell]:
    new = wording.text("new")
    return [new if is_new else None for is_new in lines[NEW_COLUMN]] if NEW_COLUMN in lines else [None] * len(lines)


def _to_fill(lines: pd.DataFrame, _: HandoffWording) -> Sequence[Cell]:
    return [
        EmptyCell.TO_FILL if disposition in TO_CORRECT else None
        for disposition in cells.safe_texts(lines["disposition"])
    ]


def _moments(lines: pd.DataFrame, _: HandoffWording) -> Sequence[Cell]:
    return cells.excel_moments(lines["decided_at"])


_NEW = SheetColumn("New", _new, 8)
_PERSON = (
    SheetColumn(HandoffColumn.EMPLOYEE_ID, _text_of("employee_id"), 20, kind=ColumnContent.EMPLOYEE_ID),
    SheetColumn(HandoffColumn.NAME, _text_of("name"), 24, least_width=12),
    SheetColumn(HandoffColumn.AS_GIVEN, _text_of("email_as_given"), 36, least_width=16),
)
_PERSON_TO_ANSWER = tuple(
    replace(column, most_width=width) for column, width in zip(_PERSON, (14, 16, 27), strict=True)
)
"""The columns about a person on the sheet that HR fills in: narrow, so that the answers fit on the paper, too."""
_PLACE = (
    SheetColumn("Export", _place_of("source", WIDTH_OF_PLACE), WIDTH_OF_PLACE, least_width=12),
    SheetColumn("Sheet", _text_of("sheet"), 16),
    SheetColumn("Row", lambda lines, _: lines["row"].tolist(), 10, kind=ColumnContent.NUMBER),
)
_ADDRESS = SheetColumn("Address", _text_of("email"), 36, least_width=16)
_WHAT = SheetColumn("What became of it", _disposition, 16)
_WHY = SheetColumn("Why", _why, 50, least_width=16)
_WRONG = SheetColumn("What is wrong", _why, 48, least_width=24)
_SUGGESTION = SheetColumn(HandoffColumn.SUGGESTION, _suggestion, 24, least_width=14)
ANSWER = SheetColumn(HandoffColumn.ANSWER, _to_fill, 19, least_width=19)
_CORRECTED = SheetColumn(HandoffColumn.CORRECTED, _to_fill, 22, least_width=22)
_COMMENT = SheetColumn(HandoffColumn.COMMENT, _to_fill, 26, least_width=26)
_QUESTION = SheetColumn(HandoffColumn.QUESTION, lambda lines, _: question_cells(lines), 12, is_hidden=True)
_NOT_ON_PAPER = (_COMMENT, _NEW, *_PLACE, _QUESTION)
"""The last columns of the sheet that HR fills in. These columns are not printed."""
_BEFORE = SheetColumn("What it was before", _before, 16)
_DUPLICATE_OF = SheetColumn("Merged into", _place_of("duplicate_of", WIDTH_OF_PLACE), WIDTH_OF_PLACE, least_width=12)
_DECIDED_AT = SheetColumn("Decided at (UTC)", _moments, 20, least_width=20, kind=ColumnContent.MOMENT)


def _layout_of(disposition: Disposition, *columns: SheetColumn) -> SheetLayout:
    return SheetLayout(label_of(disposition), (disposition,), (*_PERSON, *columns, *_PLACE))


LAYOUTS = (
    SheetLayout(
        NEEDS_YOU,
        (*TO_CORRECT, Disposition.IN_DOUBT),
        (*_PERSON_TO_ANSWER, _WRONG, _SUGGESTION, ANSWER, _CORRECTED, *_NOT_ON_PAPER),
        unprinted=len(_NOT_ON_PAPER),
    ),
    SheetLayout("Changed", (), (*_PERSON, _ADDRESS, _BEFORE, _WHAT, _WHY, *_PLACE), only_changes=True),
    _layout_of(Disposition.PLANNED, _ADDRESS),
    _layout_of(Disposition.INVITED, _ADDRESS, _DECIDED_AT),
    _layout_of(Disposition.ALREADY, _ADDRESS, _WHY),
    SheetLayout("Not sent", (Disposition.EXCLUDED, Disposition.DEFERRED), (*_PERSON, _WHAT, _WHY, *_PLACE)),
    _layout_of(Disposition.DUPLICATE, _DUPLICATE_OF, _WHY),
    SheetLayout("Everything", (), (*_PERSON, _ADDRESS, _WHAT, _WHY, _DUPLICATE_OF, *_PLACE)),
)
"""The layouts of the sheets of people, in order. Rows that are not records are on the last sheet only."""

SHEET_OF: Mapping[Disposition, str] = {
    disposition: layout.name
    for layout in reversed(LAYOUTS)
    if not layout.only_changes
    for disposition in layout.dispositions or Disposition
}
"""The name of the sheet that shows the rows of each disposition."""
