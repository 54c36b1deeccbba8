"""Which sheets of people does the hand-off workbook have, and how is a line written into one?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from onboarding.model.columns import as_array, as_mask
from onboarding.model.dispositions import Disposition
from onboarding.reports.changes import NEW
from onboarding.reports.handoff import cells
from onboarding.reports.words import TO_CORRECT, label_of, why

NEEDS_YOU = "Needs you"
CORRECTED = "Corrected address"
"""The column to fill in. ``exports`` finds it by this name when the workbook comes back."""

AS_GIVEN = "Address as given"
"""In every sheet of people: by this name ``exports`` knows a sheet of the workbook."""

MOST_SHEET_ROWS = 1_048_576
"""Of a sheet, its header among them."""


class EmptyCell(Enum):
    """A cell that somebody is to fill in."""

    TO_FILL = "to fill in"


Cell: TypeAlias = str | float | EmptyCell | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet; ``cells`` takes what it says from lines, ``width`` is in characters."""

    title: str
    width: int
    cells: Callable[[pd.DataFrame], Sequence[Cell]]
    is_moment: bool = False


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """What a sheet is called, whose rows it holds (``None``: all), and its columns."""

    name: str
    holds: frozenset[Disposition] | None
    columns: tuple[SheetColumn, ...]
    of_changes: bool = False
    """Whether it holds those alone of whom the column ``before`` says that they had another fate."""


@dataclass(frozen=True, slots=True)
class CellFormats:
    """The formats of the workbook."""

    heading: Format
    moment: Format
    to_fill: Format
    note: Format

    @classmethod
    def of(cls, book: Workbook) -> "CellFormats":
        """Give a workbook its formats."""
        return cls(
            heading=book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "valign": "top"}),
            moment=book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
            # As text, so that Excel takes nothing that is typed there for a number or a formula.
            to_fill=book.add_format({"bg_color": "#FFF2CC", "border": 1, "border_color": "#BF9000", "num_format": "@"}),
            note=book.add_format({"italic": True}),
        )


def _text(name: str) -> Callable[[pd.DataFrame], Sequence[Cell]]:
    return lambda lines: cells.texts(lines[name])


def _what(lines: pd.DataFrame) -> Sequence[Cell]:
    return [label_of(disposition) for disposition in cells.texts(lines["disposition"])]


def _before(fate: str) -> Cell:
    return "Not in the exports" if fate == NEW else label_of(fate)


def _why(lines: pd.DataFrame) -> Sequence[Cell]:
    told = (cells.texts(lines[name]) for name in ("disposition", "reason", "detail"))
    return [why(*of_row) for of_row in zip(*told, strict=True)]


def _to_fill(lines: pd.DataFrame) -> Sequence[Cell]:
    return [
        EmptyCell.TO_FILL if disposition in TO_CORRECT else None for disposition in cells.texts(lines["disposition"])
    ]


_NAME = SheetColumn("Name", 28, _text("name"))
_WHERE = (
    SheetColumn("Source", 28, _text("source")),
    SheetColumn("Sheet", 12, _text("sheet")),
    SheetColumn("Row", 8, lambda lines: cells.numbers(lines["row"])),
)
_WHO = (
    *_WHERE,
    SheetColumn("Employee ID", 14, _text("employee_id")),
    _NAME,
    SheetColumn(AS_GIVEN, 34, _text("email_as_given")),
)
_ADDRESS = SheetColumn("Address", 34, _text("email"))
_WHAT = SheetColumn("What became of it", 24, _what)
_WHY = SheetColumn("Why", 60, _why)
_BEFORE = SheetColumn("What it was before", 24, lambda lines: [_before(fate) for fate in cells.texts(lines["before"])])
_DUPLICATE_OF = SheetColumn("Merged into", 34, _text("duplicate_of"))
_DECIDED_AT = SheetColumn("Decided at (UTC)", 20, lambda lines: cells.moments(lines["decided_at"]), is_moment=True)

LAYOUTS = (
    SheetLayout(
        NEEDS_YOU,
        frozenset({*TO_CORRECT, Disposition.IN_DOUBT}),
        (*_WHO, SheetColumn("What is wrong", 60, _why), SheetColumn(CORRECTED, 34, _to_fill)),
    ),
    SheetLayout("Changed", None, (*_WHO, _ADDRESS, _BEFORE, _WHAT, _WHY), of_changes=True),
    SheetLayout(label_of(Disposition.PLANNED), frozenset({Disposition.PLANNED}), (*_WHO, _ADDRESS)),
    SheetLayout(label_of(Disposition.INVITED), frozenset({Disposition.INVITED}), (*_WHO, _ADDRESS, _DECIDED_AT)),
    SheetLayout(label_of(Disposition.ALREADY), frozenset({Disposition.ALREADY}), (*_WHO, _ADDRESS, _WHY)),
    SheetLayout("Not sent", frozenset({Disposition.EXCLUDED, Disposition.DEFERRED}), (*_WHO, _WHAT, _WHY)),
    SheetLayout(label_of(Disposition.DUPLICATE), frozenset({Disposition.DUPLICATE}), (*_WHO, _DUPLICATE_OF, _WHY)),
    SheetLayout("Everything", None, (*_WHO, _ADDRESS, _WHAT, _WHY, _DUPLICATE_OF, _DECIDED_AT)),
)
"""The sheets of people, in their order. Rows that are no records are in the last one only."""

WHERE: Mapping[Disposition, str] = {
    disposition: next(
        layout.name
        for layout in LAYOUTS
        if not layout.of_changes and (layout.holds is None or disposition in layout.holds)
    )
    for disposition in Disposition
}
"""The sheet on which rows of a disposition are to be looked for."""


class PeopleSheet:
    """A sheet of people. At most ``most_rows`` are written, and the last one then says how many more there are."""

    def __init__(self, book: Workbook, layout: SheetLayout, formats: CellFormats, most_rows: int) -> None:
        self._layout = layout
        self._formats = formats
        self._room = most_rows - 2  # beside the header and what is said of the rows that are left out
        self._sheet: Worksheet = book.add_worksheet(layout.name)
        self._lines = self._left_out = 0
        for at, column in enumerate(layout.columns):
            self._sheet.set_column(at, at, column.width)
            self._sheet.write_string(0, at, column.title, formats.heading)
        self._sheet.freeze_panes(1, 0)

    @property
    def is_empty(self) -> bool:
        """Whether it holds nobody."""
        return not self._lines

    def append(self, lines: pd.DataFrame) -> None:
        """Write those of the lines that belong here."""
        if self._layout.of_changes:
            lines = lines.loc[lines["before"] != ""] if "before" in lines else lines.iloc[:0]
        if self._layout.holds is not None:
            wanted = pa.array(sorted(self._layout.holds), pa.string())
            lines = lines.loc[as_mask(pc.is_in(_decoded(as_array(lines["disposition"])), wanted))]
        fitting = lines.iloc[: self._room - self._lines]
        self._left_out += len(lines) - len(fitting)
        if len(fitting):
            for row, of_row in enumerate(self._rows(fitting), self._lines + 1):
                self._write(row, of_row)
            self._lines += len(fitting)

    def finish(self, *, hide: bool) -> None:
        """Say what is left out, and let people filter the rest."""
        last_row, last_column = self._lines, len(self._layout.columns) - 1
        self._sheet.autofilter(0, 0, last_row, last_column)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:Z{MOST_SHEET_ROWS}"})
        if self._left_out:
            at = self._layout.columns.index(_NAME)
            self._sheet.write_string(last_row + 1, at, _left_out(self._lines, self._left_out), self._formats.note)
        if hide:
            self._sheet.hide()

    def _rows(self, lines: pd.DataFrame) -> Iterator[tuple[Cell, ...]]:
        return zip(*(column.cells(lines) for column in self._layout.columns), strict=True)

    def _write(self, row: int, of_row: Sequence[Cell]) -> None:
        for at, cell in enumerate(of_row):
            if not cell:
                continue
            if isinstance(cell, str):
                self._sheet.write_string(row, at, cell)
            elif isinstance(cell, EmptyCell):
                self._sheet.write_blank(row, at, None, self._formats.to_fill)
            else:
                self._sheet.write_number(row, at, cell, self._formats.moment if self._is_moment(at) else None)

    def _is_moment(self, at: int) -> bool:
        return self._layout.columns[at].is_moment


def _left_out(lines: int, left_out: int) -> str:
    """Say how many rows are left out, in words that ``exports`` knows for a footer."""
    return (
        f"Total of {lines + left_out:,} rows, of which {left_out:,} more than a sheet holds are not here; "
        "reconciliation.csv has them all."
    )


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
