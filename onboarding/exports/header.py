"""Which row names the columns?"""

from collections.abc import Sequence

from onboarding.exports.columns import is_address
from onboarding.exports.records import is_blank
from onboarding.exports.unreadable import Unreadable

MAX_COLUMNS = 16_384
"""As many as a spreadsheet has."""


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the index of the row that names the columns, the first that is not blank; ``None`` if all are."""
    return next((index for index, row in enumerate(rows) if not is_blank(row)), None)


def check_header(header: Sequence[str], row: int) -> None:
    """Raise ``Unreadable`` if these cannot be column names. ``row`` counts from 1.

    An address among them says that this is a person's record already: the file has no header.
    """
    if len(header) > MAX_COLUMNS:
        raise Unreadable(f"row {row} has {len(header)} cells; more than {MAX_COLUMNS} columns are not read")
    if any(map(is_address, header)):
        raise Unreadable(f"row {row} holds an address where the column names should be; add a header row")
