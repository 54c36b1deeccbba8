"""Detect which characters separate and enclose the cells of a text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.column_roles import best_address_share, count_known_names
from onboarding.exports.layout.layout import MAX_COLUMNS, find_header
from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import CP932, ENCODING_FLAG, Encoding
from onboarding.exports.text.record_blocks import Dialect, first_records

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters that are tried. The first one wins where nothing shows the right one, as in a file of one column."""

ROWS_TRIED = 200

_STATED = re.compile(rb'"?sep=([\t !#-&(-/:-?\[-^`{-~])\1*"?(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """A dialect, and the offset of the first record.

    A first line such as ``sep=;`` tells a spreadsheet what separates the cells. Spreadsheets swallow that line and
    count rows from the next one, and so does this job.
    """

    dialect: Dialect
    start: int


def dialect_of(head: bytes, encoding: Encoding, *, whole: bool) -> DetectedDialect:
    """Return the dialect of a text from its beginning in UTF-8, or raise ``Unreadable``.

    With the right delimiter, the header looks most like a header, and one column has most addresses.
    """
    if stated := _STATED.match(head):
        delimiter, start = stated[1].decode(), stated.end()
    else:
        delimiter, start = max(DELIMITERS, key=lambda tried: _evidence(head, tried, whole=whole)), 0
    if delimiter == "|" and encoding.guessed and encoding.name == CP932:
        # This byte may be half of a Japanese character. Here alone a guess could move a cell.
        raise Unreadable(f'the encoding seems to be {CP932}, and "|" separates the cells; name it with {ENCODING_FLAG}')
    return DetectedDialect(_with_quote(head[start:], delimiter, whole=whole), start)


def _evidence(head: bytes, delimiter: str, *, whole: bool) -> tuple[float, int]:
    # With a wrong delimiter, quotes stand anywhere. That is no reason to refuse the file.
    rows = first_records(head, Dialect(delimiter), limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        header = find_header(rows)
    except Unreadable:
        return best_address_share(rows), max(map(len, rows))
    if header is None:
        # The file holds nothing but this delimiter. With any other it would hold text.
        return inf, 0
    names = header.names[:MAX_COLUMNS]
    return count_known_names(names) + best_address_share(rows[header.first_record :]), len(names)


def _with_quote(head: bytes, delimiter: str, *, whole: bool) -> Dialect:
    """Return the dialect with ``'`` for the quote only if that explains more: in ``'t Hooft`` it is part of a name."""
    double, single = Dialect(delimiter), Dialect(delimiter, "'")
    if not re.search(rb"(?:^|[\r\n" + re.escape(delimiter.encode()) + rb"])'", head):
        return double
    by_double = first_records(head, double, limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        by_single = first_records(head, single, limit=ROWS_TRIED, whole=whole).rows
    except Unreadable:
        return double
    explains_more = any(map(_is_enclosed, by_double)) or _irregular(by_single) < _irregular(by_double)
    return single if explains_more and _addresses(by_single) >= _addresses(by_double) else double


def _is_enclosed(row: Sequence[str]) -> bool:
    return bool(row) and all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in row)


def _irregular(rows: Sequence[Sequence[str]]) -> int:
    """Count the records whose number of cells differs from the usual one."""
    return len(rows) - max(Counter(map(len, rows)).values(), default=0)


def _addresses(rows: Sequence[Sequence[str]]) -> int:
    return sum(looks_like_address(cell) for row in rows for cell in row)
