"""How is an export laid out?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onboarding.exports.columns import Role, choose
from onboarding.exports.dialect import delimiter_of
from onboarding.exports.encoding import encoding_of, mark_of
from onboarding.exports.header import check_header, header_at
from onboarding.exports.records import BLANK, first_records
from onboarding.exports.unreadable import Unreadable

HEAD = 2**20
"""Bytes from the start of a file by which its layout is decided."""

ROWS_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known to read an export.

    ``header_row`` counts from 1 as a spreadsheet does; the first record after it starts ``start`` bytes into the
    file. ``width`` is the number of cells most records have; ``columns`` has the index of each column used.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    start: int
    width: int
    columns: Mapping[Role, int]


def layout_of(head: bytes, *, whole: bool, email_column: str | None) -> Layout:
    """Return the layout of a file from its first bytes; ``whole`` says that they are all it has.

    Raises ``Unreadable``.
    """
    encoding = encoding_of(head, whole=whole)
    mark = len(mark_of(encoding))
    text = head[mark:]
    delimiter = delimiter_of(text, whole=whole)
    records = first_records(text, delimiter, limit=ROWS_LOOKED_AT, whole=whole)
    at = header_at(records.rows)
    if at is None:
        everything = whole and len(records.rows) < ROWS_LOOKED_AT
        raise Unreadable(
            "it holds nothing but blank rows" if everything else "no header in its first 1,000 rows or 1 MiB"
        )
    header, rows = tuple(name.strip(BLANK) for name in records.rows[at]), records.rows[at + 1 :]
    check_header(header, at + 1)
    columns = choose(header, rows, email_column=email_column)
    return Layout(encoding, delimiter, header, at + 1, mark + records.ends[at], _width(header, rows, columns), columns)


def _width(header: Sequence[str], rows: Sequence[Sequence[str]], columns: Mapping[Role, int]) -> int:
    usual = Counter(map(len, rows)).most_common(1)
    return usual[0][0] if usual and usual[0][0] > max(columns.values()) else len(header)
