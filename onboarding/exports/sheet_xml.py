"""Find hidden rows and columns, links, and lost values in the XML of an ``.xlsx``.

The libraries that read cells do not report these facts. A lost value is the value of a formula that no program has
calculated. An ``.xlsx`` is an archive of XML files. The module searches these files for a few tags, block by block. A
parser of XML would take longer than the library that reads the cells. The module runs in the child process of
``workbook_child``, where a hostile file can do no harm, and imports nothing of the package.
"""

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

ROWS = 2**20
"""The most rows of a sheet."""

MOST_LINKS = 2**16
"""The most links that the job reads in a sheet. Excel allows 65,530 links."""

LONGEST_ADDRESS = 320

_BLOCK = 2**20
_LONGEST_ROW = 2**27
_SMALL_PART = 2**26
_CELL_WITHIN = 2**12
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d{1,9})["']""")
_HIDDEN = re.compile(rb"""\shidden\s*=\s*["'](?:1|true)["']""")
_ATTRIBUTE = re.compile(rb"""(?<![\w:])([\w:]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MAIL_FORMULA = re.compile(r"""\s*HYPERLINK\(\s*"mailto:([^"]+)""", re.IGNORECASE)
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s([^<>]*)>")


class SheetXmlTooLong(Exception):
    """The error for a sheet with a row that is longer than any real row."""


@dataclass(slots=True)
class SheetFindings:
    """The facts about a sheet in its XML. Numbers of rows and columns begin at 0.

    ``hidden_rows`` contains a byte for each row up to the last hidden row; the byte of a hidden row is 1.
    ``hidden_columns`` contains the first and the last column of each group of neighbouring hidden columns. ``links``
    maps the row and column of a cell to the address in the cell's link. ``uncalculated`` maps a column to the last row
    with a formula without a value.
    """

    hidden_rows: bytearray = field(default_factory=bytearray)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: dict[int, int] = field(default_factory=dict)


class WorkbookXml:
    """The XML of an ``.xlsx`` workbook. ``findings`` searches the XML of a sheet."""

    def __init__(self, path: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._names = {name.replace("\\", "/").lower(): name for name in self._archive.namelist()}
        book = self._part("xl/workbook.xml")
        targets = self._targets("xl/_rels/workbook.xml.rels", "xl/")
        sheets = re.findall(rb"<(?:\w+:)?sheet\s([^<>]*)>", book)
        ids = (_attributes(sheet) for sheet in sheets)
        self._parts = [targets.get(next((each[name] for name in each if name.endswith(":id")), ""), "") for each in ids]
        # A program that calculates nothing writes this flag, and 0 as the value of each formula.
        self._zero_is_no_value = bool(re.search(rb"""\sfullCalcOnLoad\s*=\s*["'](?:1|true)["']""", book))

    def findings(self, index: int) -> SheetFindings:
        """Return the facts about the sheet at this index.

        Raises ``SheetXmlTooLong`` if a row is too long, and ``LookupError`` if there is no such sheet. Errors of
        ``zipfile`` and ``zlib`` reach the caller unchanged.
        """
        part = self._parts[index]
        folder, _, name = part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels"
        links = self._targets(rels, "") if rels.lower() in self._names else {}
        search = _SheetSearch(links, zero_is_no_value=self._zero_is_no_value)
        with self._archive.open(self._names[part.lower()]) as file:
            while block := file.read(_BLOCK):
                search.take(block)
        search.end()
        return search.found

    def _part(self, name: str) -> bytes:
        with self._archive.open(self._names[name]) as file:
            return file.read(_SMALL_PART)

    def _targets(self, rels: str, folder: str) -> dict[str, str]:
        """Return the targets of the relationships in the archive's file ``rels``, by id.

        The result begins with ``folder`` if a target inside the archive is a relative path.
        """
        found = {}
        for relationship in _RELATIONSHIP.findall(self._part(rels.lower())):
            values = _attributes(relationship)
            target = values.get("Target", "")
            is_outside = values.get("TargetMode") == "External"
            found[values.get("Id", "")] = (
                target if is_outside or not folder else target[1:] if target.startswith("/") else folder + target
            )
        return found


@dataclass(frozen=True, slots=True)
class _Tags:
    """Regular expressions for the tags of a sheet, with the prefix of the tags' names, such as ``x:``."""

    start: bytes
    rows: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    column: re.Pattern[bytes]
    link: re.Pattern[bytes]


@lru_cache(maxsize=8)
def _tags(prefix: bytes) -> _Tags:
    name = re.escape(prefix)
    empty = rb"<NAMEv\s*/>|<NAMEv(?:\s[^<>]*)?>\s*(?:(?P<zero>0)\s*)?</NAMEv>|(?P<none></NAMEc>)".replace(b"NAME", name)
    formula = rb"<NAMEf(?:\s[^<>]*)?(?:/>|>(?P<text>[^<]*)</NAMEf>)\s*(?P<empty>EMPTY)?".replace(b"NAME", name)
    return _Tags(
        b"<" + prefix,
        re.compile(b"<" + name + rb"row(?=[\s/>])([^<>]*)>"),
        re.compile(b"<" + name + rb"c(?=[\s/>])([^<>]*)>"),
        re.compile(formula.replace(b"EMPTY", empty)),
        re.compile(b"<" + name + rb"col\s([^<>]*)>"),
        re.compile(b"<" + name + rb"hyperlink\s([^<>]*)>"),
    )


class _SheetSearch:
    """A search through the XML of one sheet, block by block."""

    def __init__(self, links: dict[str, str], *, zero_is_no_value: bool) -> None:
        self.found = SheetFindings()
        self._links = links
        self._zero_is_no_value = zero_is_no_value
        self._rest = b""
        self._row = 0
        self._is_below = False
        self._tags: _Tags | None = None

    def take(self, block: bytes) -> None:
        """Search a block, but keep its last row, which may be incomplete, for the next call.

        Raises ``SheetXmlTooLong`` if a row is too long, and ``LookupError`` if the XML is in UTF-16.
        """
        block = self._rest + block
        if self._tags is None:
            if block.startswith(_UTF_16):
                raise LookupError("the XML is UTF-16")
            opening = re.search(rb"<(\w+:)?worksheet[\s>]", block)
            self._tags = _tags(opening[1] or b"" if opening else b"")
        last_row = block.rfind(self._tags.start + b"row")
        self._is_below = self._is_below or b"/sheetData>" in block or b"sheetData/>" in block
        is_above = not self._row and last_row < 0
        cut = max(0, block.rfind(b"<") if self._is_below or is_above else last_row)
        self._rest = block[cut:]
        if len(self._rest) > _LONGEST_ROW:
            raise SheetXmlTooLong
        self._search(block[:cut], self._tags)

    def end(self) -> None:
        """Search the rest after the last block."""
        self._search(self._rest, self._tags or _tags(b""))

    def _search(self, block: bytes, tags: _Tags) -> None:
        if b"hidden" in block:
            if not self._row:
                self.found.hidden_columns += self._hidden_columns(block, tags)
            self._mark_hidden_rows(block, tags)
        else:
            self._count_rows(block, tags)
        if tags.start + b"f" in block:
            self._search_formulas(block, tags)
        if b"hyperlink" in block:
            self._search_links(block, tags)

    def _hidden_columns(self, block: bytes, tags: _Tags) -> Iterator[tuple[int, int]]:
        for column in tags.column.findall(block):
            if _HIDDEN.search(b" " + column):
                values = _attributes(column)
                yield int(values.get("min", "1")[:6]) - 1, int(values.get("max", "1")[:6]) - 1

    def _mark_hidden_rows(self, block: bytes, tags: _Tags) -> None:
        for row in tags.rows.findall(block):
            number = _NUMBER.search(row)
            self._row = int(number[1]) if number else self._row + 1
            if _HIDDEN.search(row) and 0 < self._row <= ROWS:
                self.found.hidden_rows.extend(bytes(max(0, self._row - len(self.found.hidden_rows))))
                self.found.hidden_rows[self._row - 1] = 1

    def _count_rows(self, block: bytes, tags: _Tags) -> None:
        last = block.rfind(tags.start + b"row")
        tag = tags.rows.match(block, last) if last >= 0 else None
        number = _NUMBER.search(tag[1]) if tag else None
        self._row = int(number[1]) if number else self._row + block.count(tags.start + b"row")

    def _search_formulas(self, block: bytes, tags: _Tags) -> None:
        for formula in tags.formula.finditer(block):
            text = formula["text"] or b""
            is_mail = b"mailto:" in text
            if not is_mail and formula["empty"] is None:
                continue
            start = block.rfind(tags.start + b"c", max(0, formula.start() - _CELL_WITHIN), formula.start())
            cell = tags.cell.match(block, start) if start >= 0 else None
            if cell is None:
                continue
            values = _attributes(cell[1])
            place = _place(values.get("r", ""))
            if place is None:
                continue
            if is_mail and (link := _MAIL_FORMULA.match(html.unescape(text.decode("utf-8", "replace")))):
                self._add_link(place, link[1])
            elif formula["empty"] is not None and self._is_no_value(formula, values.get("t", "")):
                row, column = place
                self.found.uncalculated[column] = max(row, self.found.uncalculated.get(column, 0))

    def _is_no_value(self, formula: re.Match[bytes], kind: str) -> bool:
        if formula["zero"]:
            return self._zero_is_no_value
        return formula["none"] is not None or kind != "str"  # the value of a formula may be an empty text

    def _search_links(self, block: bytes, tags: _Tags) -> None:
        for link in tags.link.findall(block):
            values = _attributes(link)
            target = self._links.get(next((values[name] for name in values if name.endswith(":id")), ""), "")
            place = _place(values.get("ref", "").partition(":")[0])
            if place and target[:7].lower() == "mailto:":
                self._add_link(place, target[7:])

    def _add_link(self, place: tuple[int, int], target: str) -> None:
        address = unquote(target.partition("?")[0]).strip()
        if "@" in address and len(address) <= LONGEST_ADDRESS and len(self.found.links) < MOST_LINKS:
            self.found.links[place] = address


def _attributes(tag: bytes) -> dict[str, str]:
    found = _ATTRIBUTE.findall(tag)
    return {name.decode(): html.unescape((one or other).decode("utf-8", "replace")) for name, one, other in found}


def _place(reference: str) -> tuple[int, int] | None:
    """Return the row and the column of a cell's reference, counted from 0: ``AB3`` is ``(2, 27)``."""
    match = _REFERENCE.fullmatch(reference.replace("$", "").upper())
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1
