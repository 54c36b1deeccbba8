"""Detect the dialect of a text from its beginning: the delimiter between cells, and the quote around cells."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.address_columns import best_address_share
from onboarding.exports.layout.layout import MAX_COLUMNS, find_header
from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import ENCODING_FLAG, Encoding
from onboarding.exports.text.foreign_formats import refuse_wrapped_lines
from onboarding.exports.text.record_blocks import Dialect, first_records
from onboarding.exports.text.unusual_delimiters import refuse_glued_cells, unusual_delimiter
from onboarding.model.values import dataclass

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters that ``dialect_of`` tries.

If the text contains no delimiter, as in a file of one column, the function takes the comma.
"""

ROWS_TRIED = 200

MOST_OF_ONE_COLUMN = 2
"""The highest possible score of a text of one column: 1 for the column's known name, and 1 for the addresses."""

_LONGER_THAN_PIPE = re.compile(rb"[^\w\s\"'|\x80-\xff]\||\|[^\w\s\"'|\x80-\xff]")
"""The regular expression for a ``|`` beside another sign. Such signs may separate cells together, as in ``~|~``."""

_STATED = re.compile(rb'"?sep=([\t !#-&(-/:-?\[-^`{-~])\1*"?(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """The dialect of a text, and the offset in bytes at which its first record begins (``start``).

    A first line such as ``sep=;`` names the delimiter for a spreadsheet. Spreadsheets do not show this line, and begin
    row 1 at the next line. The job does the same.
    """

    dialect: Dialect
    start: int


def dialect_of(head: bytes, encoding: Encoding, *, whole: bool) -> DetectedDialect:
    """Return the dialect of a text from its beginning in UTF-8 (``head``).

    The function tries each delimiter. The right delimiter leads to the most known names in the header, and to the
    highest share of addresses in a single column. ``encoding`` is the encoding of the file. If ``whole`` is true,
    ``head`` is the whole text. Raises ``Unreadable`` if the delimiter is uncertain because the encoding is a guess, or
    if the job cannot separate the cells.
    """
    if stated := _STATED.match(head):
        delimiter, start = stated[1].decode(), stated.end()
    else:
        delimiter, start = _delimiter(head, whole=whole), 0
    refuse_hidden_delimiter(encoding, delimiter)
    dialect = _with_quote(head[start:], delimiter, whole=whole)
    refuse_wrapped_lines(first_records(head, dialect, limit=ROWS_TRIED, whole=whole, strict=False).rows, DELIMITERS)
    return DetectedDialect(dialect, start)


def refuse_hidden_delimiter(encoding: Encoding, delimiter: str) -> None:
    """Raise ``Unreadable`` if the delimiter may be half of a character in the guessed encoding.

    With a wrong guess, cells would move to other columns.
    """
    if encoding.may_hide(delimiter):
        names = " or ".join(encoding.readings[:3])
        why = f'the encoding may be {names}, in which half a character may look like the "{delimiter}" between cells'
        raise Unreadable(f"{why}; name the encoding with {ENCODING_FLAG}")


def best_delimiter(evidence: Mapping[str, tuple[float, int]]) -> str:
    """Return the delimiter with the best evidence. If several delimiters have equal evidence, return the first."""
    return max(evidence, key=lambda delimiter: evidence[delimiter])


def delimiter_evidence(head: bytes, *, whole: bool) -> dict[str, tuple[float, int]]:
    """Return the evidence for each delimiter that may be the best, in the order of ``DELIMITERS``.

    If ``whole`` is true, ``head`` is the whole text. A delimiter that is missing in the text leaves rows of a single
    cell. So the function tries at most one missing delimiter, and none if the evidence for another delimiter is higher
    than for any text of one column.
    """
    found = {each: evidence_for(head, each, whole=whole) for each in DELIMITERS if each.encode() in head}
    absent = next((each for each in DELIMITERS if each not in found), None)
    if absent and not any(MOST_OF_ONE_COLUMN < score < inf for score, _ in found.values()):
        found[absent] = evidence_for(head, absent, whole=whole)
    return {each: found[each] for each in DELIMITERS if each in found}


def evidence_for(head: bytes, delimiter: str, *, whole: bool) -> tuple[float, int]:
    """Return the evidence that a delimiter separates the cells: the delimiter's score, and the number of columns.

    The score is the number of known names in the header, plus the highest share of addresses in a column. The score is
    infinite if the text consists only of delimiters. If ``whole`` is true, ``head`` is the whole text.
    """
    # With a wrong delimiter, quotes may be anywhere. This is no reason to refuse the file.
    rows = first_records(head, Dialect(delimiter), limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        header = find_header(rows)
    except Unreadable:
        return best_address_share(rows), max(map(len, rows))
    if header is None:
        # The file contains only this delimiter. With any other delimiter, the file would contain text.
        return inf, 0
    names = header.names[:MAX_COLUMNS]
    return count_known_names(names) + best_address_share(rows[header.first_record :]), len(names)


def _delimiter(head: bytes, *, whole: bool) -> str:
    evidence = delimiter_evidence(head, whole=whole)
    best = best_delimiter(evidence)
    score, columns = evidence[best]
    if score < 1:  # neither a known name nor a column of addresses
        columns = 1
    if columns > 1 and not (best == "|" and _LONGER_THAN_PIPE.search(head)):
        return best
    text = head.decode(errors="replace")
    unusual = unusual_delimiter(text, columns=max(columns, 2))
    if not unusual and columns <= 1:
        refuse_glued_cells(text)
    return unusual or best


def _with_quote(head: bytes, delimiter: str, *, whole: bool) -> Dialect:
    """Return the dialect with the quote ``"``, or with ``'`` if the text fits the quote ``'`` better.

    In ``'t Hooft`` the sign ``'`` belongs to a name and is no quote. If ``whole`` is true, ``head`` is the whole text.
    """
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
    """Return the number of records with more or fewer cells than most records."""
    return len(rows) - max(Counter(map(len, rows)).values(), default=0)


def _addresses(rows: Sequence[Sequence[str]]) -> int:
    return sum(looks_like_address(cell) for row in rows for cell in row)
