"""Which delimiter separates the cells?"""

from math import inf

from onboarding.exports.columns import best_share, known_names
from onboarding.exports.header import MAX_COLUMNS, header_at
from onboarding.exports.records import first_records

DELIMITERS = (",", ";", "\t")
"""Those that are tried; the first wins where there is nothing to tell them apart, as in a file of one column."""

ROWS_TRIED = 200


def delimiter_of(head: bytes, *, whole: bool) -> str:
    """Return the delimiter by which the header looks most like a header and a column is fullest of addresses."""
    return max(DELIMITERS, key=lambda delimiter: _evidence(head, delimiter, whole=whole))


def _evidence(head: bytes, delimiter: str, *, whole: bool) -> tuple[float, int]:
    # By a wrong delimiter quotes stand anywhere, which is no reason to refuse the file.
    rows = first_records(head, delimiter, limit=ROWS_TRIED, whole=whole, strict=False).rows
    at = header_at(rows)
    if at is None:
        # All that is written here is this delimiter: any other would take it for text.
        return inf, 0
    header = rows[at][:MAX_COLUMNS]
    return known_names(header) + best_share(rows[at + 1 :]), len(header)
