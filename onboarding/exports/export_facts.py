"""The facts about how an export was read (``ExportFacts``)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """The facts about how an export was read, for ``summary.json`` and the log.

    Some facts are ``None`` or empty until the job has read the whole export. ``TableMetadata`` explains the fields that
    are missing in this list:

    - ``source`` is the name by which the user knows the file.
    - ``size`` is the file's size in bytes.
    - ``modified_at`` is the time at which the file was last written, as ISO-8601 text in UTC.
    - ``sheet`` is the name of the workbook's sheet; empty for other files.
    - ``header_row`` and ``second_header_row`` are row numbers from 1, or ``None`` if this row is missing.
    - ``columns`` maps each ``Role`` to the name of its column.
    - ``date_order`` is the order of day, month and year in the cells; empty if the cells do not show the order.
    - ``rows`` is the number of rows after the header.
    - ``ignored`` is the number of rows that are no records, by reason.
    - ``sha256`` is the digest of the file.
    """

    source: str
    size: int
    modified_at: str
    format: str
    compression: str
    encoding: str
    guessed: bool
    delimiter: str
    quote: str
    nuls_dropped: int
    sheet: str
    header_row: int | None
    second_header_row: int | None
    columns: Mapping[str, str]
    date_order: str
    rows: int | None
    ignored: Mapping[str, int]
    sha256: str | None
    hidden_sheets: tuple[str, ...] = ()
    stray_cell: str = ""
    notes: tuple[str, ...] = ()

    def as_log(self) -> dict[str, object]:
        """Return the facts by name, without facts that are ``None``, empty, zero or false."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value not in (None, "", 0, {}, ())}


def joined_facts(parts: Sequence[ExportFacts], sha256: str | None, *, date_order: str) -> ExportFacts:
    """Return the facts about an export from the facts about its parts.

    ``sha256`` is the digest of the export, or ``None`` if there is only one part. ``date_order`` is the order of day,
    month and year in the whole export.
    """
    ignored = sum((Counter(part.ignored) for part in parts), Counter[str]())
    return replace(
        parts[0],
        date_order=date_order,
        rows=sum(part.rows or 0 for part in parts),
        ignored=dict(ignored),
        nuls_dropped=sum(part.nuls_dropped for part in parts),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        sha256=sha256 or parts[0].sha256,
    )
