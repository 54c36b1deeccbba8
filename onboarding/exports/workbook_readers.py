"""Read the cells of a workbook's sheets with one of two libraries, and turn the cells into text.

The module runs in the child process of ``workbook_child``, where a hostile file can do no harm, and imports nothing of
the package.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})

MergedCells = tuple[int, int, int]
"""The row, the first column and the last column of merged cells. Numbers of rows and columns begin at 0."""

MERGED_WITHIN = 100
"""The number of rows at the top in which merged cells may be titles of columns."""


class WorkbookReader(StrEnum):
    """The library that reads a workbook.

    ``CALAMINE`` is fast. ``OPENPYXL`` is slow and reads only ``.xlsx``, but needs less memory.
    """

    CALAMINE = "calamine"
    OPENPYXL = "openpyxl"


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet of a workbook.

    ``index`` is the place of the sheet among all sheets and sheets of charts, from 0 on. ``rows`` yields all rows from
    row 1 on, with the library's cells. ``merged`` are the merged cells within a single row. ``merged`` is empty before
    the first row of ``rows``, and stays empty if the library does not report merged cells.
    """

    name: str
    visible: bool
    index: int
    rows: Callable[[], Iterator[list[Any]]]
    merged: list[MergedCells] = field(default_factory=list)


def sheets_of(path: str, reader: WorkbookReader) -> AbstractContextManager[list[WorkbookSheet]]:
    """Return a context with the sheets of a workbook, including hidden sheets, but without sheets of charts."""
    return _calamine(path) if reader == WorkbookReader.CALAMINE else _openpyxl(path)


def texts_of(rows: Iterable[list[Any]], blank: str) -> Iterator[list[str]]:
    """Yield rows with their cells as text. Each row ends with its last filled cell.

    A cell is filled if it contains a character that is not in ``blank``.
    """
    for row in rows:
        cells = [cell if type(cell) is str else _TEXT[type(cell)](cell) for cell in row]
        while cells and not cells[-1].strip(blank):
            cells.pop()
        yield cells


@contextmanager
def _calamine(path: str) -> Iterator[list[WorkbookSheet]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    def rows(index: int, merged: list[MergedCells]) -> Iterator[list[Any]]:
        sheet = book.get_sheet_by_index(index)
        merged += _in_single_rows(sheet.merged_cell_ranges or ())
        # Rows begin at the very top, but cells only at the first column that is not empty.
        before: list[Any] = [""] * (sheet.start[1] if sheet.start else 0)
        return (before + row for row in sheet.iter_rows())

    with CalamineWorkbook.from_path(path) as book:
        sheets = [(index, it) for index, it in enumerate(book.sheets_metadata) if it.typ == SheetTypeEnum.WorkSheet]
        merged: dict[int, list[MergedCells]] = {index: [] for index, _ in sheets}
        yield [
            WorkbookSheet(
                it.name,
                it.visible == SheetVisibleEnum.Visible,
                index,
                partial(rows, index, merged[index]),
                merged[index],
            )
            for index, it in sheets
        ]


def _in_single_rows(ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[MergedCells]:
    for (top, left), (bottom, right) in ranges:
        if top == bottom < MERGED_WITHIN and left < right:
            yield top, left, right


@contextmanager
def _openpyxl(path: str) -> Iterator[list[WorkbookSheet]]:
    from openpyxl import load_workbook

    def rows(sheet: Any) -> Iterator[list[Any]]:
        sheet.reset_dimensions()  # a file may state a wrong size
        for row in sheet.iter_rows(values_only=True):
            yield [None if cell in _ERRORS else cell for cell in row]

    with closing(load_workbook(path, read_only=True, data_only=True, keep_links=False)) as book:
        at = {title: index for index, title in enumerate(book.sheetnames)}
        yield [
            WorkbookSheet(it.title, it.sheet_state == "visible", at[it.title], partial(rows, it))
            for it in book.worksheets
        ]


def _number(number: float) -> str:
    # Numbers of a sheet are floats, also where a reader returns int. The sum with 0.0 removes the sign of minus zero.
    return repr(float(number) + 0.0).removesuffix(".0")


def _moment(moment: datetime) -> str:
    # A moment is stored as a fraction of a day, so its seconds are a little off. The year 9999 cannot be rounded up.
    whole = (moment + timedelta(milliseconds=500 if moment.year < 9999 else 0)).replace(microsecond=0)  # noqa: PLR2004
    return (whole.date() if whole.time() == time() else whole).isoformat()


_TEXT: Mapping[type, Callable[[Any], str]] = {
    float: _number,
    int: _number,
    bool: lambda truth: str(truth).upper(),
    datetime: _moment,
    date: date.isoformat,
    time: lambda moment: moment.isoformat("seconds"),
    timedelta: str,
    type(None): lambda _: "",
}
"""For each type of a cell's value, the function that turns the cell into text.

Errors of formulas become empty cells.
"""
