"""Write rosters as files, as HR systems and spreadsheets write them, and say where each cell stands."""

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

import xlsxwriter
from rosters import Roster

ENCODINGS = {
    "latin": ("cp1252", "mac-roman", "iso8859-15"),
    "central": ("cp1250", "iso8859-2"),
    "turkish": ("cp1254",),
    "cyrillic": ("cp1251",),
    "japanese": ("cp932",),
    "chinese": ("gb18030",),
    "korean": ("cp949",),
}
"""The older encodings of each script."""

MARKS = {"utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE}

TITLES = (
    ["Employee Roster"],
    ["All Workers - Corp"],
    ["Report run: 2026-02-27 08:00"],
    ["Headcount report", "", "as of 02/27/2026"],
    [],
)
FOOTERS = (["Total"], ["Grand Total"], ["Report generated 27/02/2026 by HR"], ["Page 1 of 1"], ["Confidential"])

FEWEST_WHOLE = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of a file in order; ``first`` is the index of the first record, and ``records`` is their number."""

    rows: tuple[tuple[str, ...], ...]
    first: int
    records: int
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster as a file, and the end of each cell as an offset in bytes, by row."""

    name: str
    content: bytes = field(repr=False)
    layout: Layout
    cell_ends: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    told: str = ""

    def cell_at(self, offset: int) -> tuple[int, int] | None:
        """Return the row and the column of the cell with a byte; ``None`` for delimiters, line ends and marks."""
        for row, ends in enumerate(self.cell_ends):
            for column, (start, end) in enumerate(zip(ends[0::2], ends[1::2], strict=True)):
                if start <= offset < end:
                    return row, column
        return None


def layout_of(roster: Roster, random: Random, *, plain: bool = False) -> Layout:
    """Return the rows of a file; unless it is to be plain, with titles, footers and short rows as systems make them."""
    header = [roster.header, *([roster.labels] if roster.labels else [])]
    titles: list[Sequence[str]] = []
    footers: list[Sequence[str]] = []
    records: list[Sequence[str]] = list(roster.rows)
    if not plain:
        if random.random() < 0.2:
            titles = random.sample(TITLES, random.randint(1, 2))
        if random.random() < 0.2:
            footers = [random.choice(FOOTERS), *random.choice(((), ([f"TOTAL, {len(records)} employees"],)))]
        if random.random() < 0.2:  # as spreadsheets leave out the empty cells at the end of a row
            records = _without_tails(records, len(roster.header))
        elif random.random() < 0.5:
            titles = [_padded(title, len(roster.header)) for title in titles]
            footers = [_padded(footer, len(roster.header)) for footer in footers]
    rows = (*titles, *header, *records, *footers)
    return Layout(tuple(map(tuple, rows)), len(titles) + len(header), len(records))


def text_file(roster: Roster, random: Random, *, plain: bool = False) -> RosterFile:
    """Return a roster as a text that Python's ``csv`` wrote, with a random delimiter, encoding and style of quotes."""
    layout = layout_of(roster, random, plain=plain)
    delimiter = random.choices((",", ";", "\t", "|"), (6, 3, 2, 1))[0]
    encoding = _encoding(layout, roster.script, random)
    if encoding == "utf-16-le":
        delimiter = "\t"
    if roster.script in ("japanese", "chinese", "korean") and encoding in ENCODINGS[roster.script]:
        delimiter = random.choice((",", ";", "\t"))
    quoting = random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
    quote = "'" if roster.system == "UKG" and random.random() < 0.3 else '"'
    terminator = random.choice(("\r\n", "\n"))
    mark = MARKS.get(encoding, b"")
    encoding = encoding.removesuffix("-sig")
    content, ends, at = bytearray(mark), [], len(mark)
    for row in layout.rows:
        line = _line(row, delimiter, quoting, quote, terminator)
        cells = [_line([cell, ""], delimiter, quoting, quote, "\n") for cell in row]
        tail = (
            len(_line(["x", ""], delimiter, quoting, quote, "\n"))
            - len(_line(["x"], delimiter, quoting, quote, "\n"))
            + 1
        )
        pieces = [cell[: len(cell) - tail].encode(encoding) for cell in cells]
        between = len(delimiter.encode(encoding))
        starts = list(accumulate((len(piece) + between for piece in pieces), initial=at))
        ends.append(
            tuple(edge for start, piece in zip(starts, pieces, strict=False) for edge in (start, start + len(piece)))
        )
        written = line.encode(encoding)
        content += written
        at += len(written)
    told = f"{roster.system}, {delimiter!r}, {encoding}, quoting {quoting} {quote}, {terminator!r}"
    return RosterFile("staff.csv", bytes(content), layout, tuple(ends), told)


def workbook(roster: Roster, random: Random) -> RosterFile:
    """Return a roster as a workbook, perhaps with a sheet of instructions before it."""
    layout = layout_of(roster, random)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        if roster.system == "HiBob" or random.random() < 0.1:
            guide = book.add_worksheet("How To")
            guide.write_string(0, 0, "How to read this report")
            guide.write_string(2, 0, "Ask hr@corp.example")
        sheet = book.add_worksheet(random.choice(("Sheet1", "1", "Data", "Employees")))
        for row, cells in enumerate(layout.rows):
            for column, cell in enumerate(cells):
                if cell and cell.isdigit() and random.random() < 0.9:
                    sheet.write_number(row, column, int(cell))
                elif cell:
                    sheet.write_string(row, column, cell)
    return RosterFile("staff.xlsx", content.getvalue(), layout, told=f"{roster.system}, workbook")


def _line(row: Sequence[str], delimiter: str, quoting: int, quote: str, terminator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, quotechar=quote, lineterminator=terminator).writerow(row)
    return out.getvalue()


def _encoding(layout: Layout, script: str, random: Random) -> str:
    text = "".join(cell for row in layout.rows for cell in row)
    wanted = random.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16-le", *ENCODINGS[script]))
    try:
        text.encode(wanted)
    except UnicodeEncodeError:
        return "utf-8"
    return wanted


def _without_tails(records: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """Return the records without the empty cells at their ends, unless so few remain whole that nothing shows it."""
    short = [_without_tail(record) for record in records]
    return short if sum(len(record) == width for record in short) >= FEWEST_WHOLE else list(records)


def _without_tail(row: Sequence[str]) -> Sequence[str]:
    filled = max((index + 1 for index, cell in enumerate(row) if cell), default=0)
    return row[:filled]


def _padded(row: Sequence[str], width: int) -> Sequence[str]:
    return [*row, *[""] * (width - len(row))]
