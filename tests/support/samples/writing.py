"""The writers of sample files, which make the same bytes of the same records every time."""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import xlsxwriter
import xlwt

from samples.sample import Cell, Line

MADE_AT = datetime(2026, 1, 9, 8, 15, tzinfo=UTC)
"""The time of creation that all workbooks state."""

TITLE_COLUMNS = 6
"""How many columns a title is merged over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A delimited text; ``opening`` stands before the first record."""

    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    quote: str = '"'
    quote_all: bool = False
    opening: str = ""
    last_line_end: bool = True

    def write(self, lines: Sequence[Line]) -> bytes:
        """Return the file."""
        text = io.StringIO(newline="")
        text.write(self.opening)
        writer = csv.writer(
            text,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            quotechar=self.quote,
            quoting=csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL,
        )
        writer.writerows(line.cells for line in lines)
        content = text.getvalue()
        return (content if self.last_line_end else content.removesuffix(self.line_end)).encode(self.encoding)

    def write_gzipped(self, lines: Sequence[Line]) -> bytes:
        """Return the file compressed, without a time."""
        return gzip.compress(self.write(lines), mtime=0)


@dataclass(frozen=True, slots=True)
class Workbook:
    """An .xlsx with the lines on ``sheet``. ``before`` and ``hidden`` are sheets of plain text before and after it."""

    sheet: str
    before: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hidden: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def write(self, lines: Sequence[Line]) -> bytes:
        """Return the file.

        A single cell above the people becomes a merged title, an address with ``mailto:`` a link, ``#N/A`` an error,
        and a date a real one.
        """
        content = io.BytesIO()
        book = xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": MADE_AT})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, texts in self.before.items():
            book.add_worksheet(name).write_column(0, 0, texts)
        people = book.add_worksheet(self.sheet)
        for at, line in enumerate(lines):
            if line.fate is None and len(line.cells) == 1:
                people.merge_range(at, 0, at, TITLE_COLUMNS - 1, line.cells[0])
                continue
            for column, cell in enumerate(line.cells):
                _write_cell(people, at, column, cell, day)
        for name, texts in self.hidden.items():
            secret = book.add_worksheet(name)
            secret.write_column(0, 0, texts)
            secret.hide()
        book.close()
        return content.getvalue()


@dataclass(frozen=True, slots=True)
class OldWorkbook:
    """An .xls of one sheet."""

    sheet: str

    def write(self, lines: Sequence[Line]) -> bytes:
        """Return the file, its dates real ones."""
        book = xlwt.Workbook(encoding="utf-8")
        people = book.add_sheet(self.sheet)
        day = xlwt.easyxf(num_format_str="MM/DD/YYYY")
        for at, line in enumerate(lines):
            for column, cell in enumerate(line.cells):
                people.write(at, column, cell, *([day] if isinstance(cell, date) else []))
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, at: int, column: int, cell: Cell, day: object) -> None:
    match cell:
        case date():
            sheet.write_datetime(at, column, cell, day)
        case "#N/A":
            sheet.write_formula(at, column, "=NA()", value="#N/A")
        case str() if cell.startswith("mailto:"):
            sheet.write_url(at, column, cell, string=cell.removeprefix("mailto:"))
        case str():
            sheet.write_string(at, column, cell)
        case _:
            sheet.write_number(at, column, cell)
