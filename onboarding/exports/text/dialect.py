"""Which characters separate the cells and enclose them?"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.columns import best_address_share, count_known_names
from onboarding.exports.layout.layout import MAX_COLUMNS, find_header
from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import CP932, ENCODING_FLAG, Encoding
from onboarding.exports.text.records import Dialect, first_records

DELIMITERS = (",", ";", "\t", "|")
"""Those that are tried; the first wins where there is nothing to tell them apart, as in a file of one column."""

ROWS_TRIED = 200

_STATED = re.compile(rb'"?sep=([\t !#-&(-/:-?\[-^`{-~])\1*"?(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """A dialect, and the bytes before the first record: ``sep=;`` tells a spreadsheet what separates the cells.

    A spreadsheet swallows that line and counts its rows from the next one, and so does this job.
    """

    dialect: Dialect
    start: int


def dialect_of(head: bytes, encoding: Encoding, *, whole: bool) -> DetectedDialect:
    """Return the dialect of a text from its beginning in UTF-8, or raise ``Unreadable``.

    It is the one by which the header looks most like a header and a column is fullest of addresses.
    """
    if stated := _STATED.match(head):
        delimiter, start = stated[1].decode(), stated.end()
    else:
        delimiter, start = max(DELIMITERS, key=lambda tried: _evidence(head, tried, whole=whole)), 0
    if delimiter == "|" and encoding.guessed and encoding.name == CP932:
        # Half of a Japanese character may be this byte: here alone a guess could move a cell.
        raise Unreadable(f'the encoding seems to be {CP932}, and "|" separates the cells; name it with {ENCODING_FLAG}')
    return DetectedDialect(_with_quote(head[start:], delimiter, whole=whole), start)


def _evidence(head: bytes, delimiter: str, *, whole: bool) -> tuple[float, int]:
    # By a wrong delimiter quotes stand anywhere, which is no reason to refuse the file.
    rows = first_records(head, Dialect(delimiter), limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        header = find_header(rows)
    except Unreadable:
        return best_address_share(rows), max(map(len, rows))
    if header is None:
        # All that is written here is this delimiter: any other would take it for text.
        return inf, 0
    names = header.names[:MAX_COLUMNS]
    return count_known_names(names) + best_address_share(rows[header.first_record :]), len(names)


def _with_quote(head: bytes, delimiter: str, *, whole: bool) -> Dialect:
    """Take ``'`` for the quote only if that explains more: in ``'t Hooft`` it is a letter of a name."""
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
    """Count the records that have other numbers of cells than most."""
    return len(rows) - max(Counter(map(len, rows)).values(), default=0)


def _addresses(rows: Sequence[Sequence[str]]) -> int:
    return sum(looks_like_address(cell) for row in rows for cell in row)
