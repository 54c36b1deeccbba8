"""Which kind of file is this? Its content tells, never its name."""

from collections.abc import Sequence

from onboarding.exports.parquet.table import ParquetTable
from onboarding.exports.sources.compressed import ArchiveLimits, Gzipped, Zipped
from onboarding.exports.sources.files import Source
from onboarding.exports.tables import Table
from onboarding.exports.text.table import TextTable
from onboarding.exports.workbook.table import kind_of, open_workbook
from onboarding.runtime.memory import USUAL

GZIP = b"\x1f\x8b"
PARQUET = (b"PAR1", b"PARE")
"""The second one's footer is encrypted."""
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""A zip archive, an empty one, and Microsoft's older kind; workbooks are archives too."""


def open_tables(
    source: Source, *, sheet: str | None, encoding: str | None, block_bytes: int = USUAL.block_bytes
) -> Sequence[Table]:
    """Return the tables that a file holds: one for each sheet of a workbook, one for any other file.

    ``sheet`` is the workbook's sheet to read; ``encoding`` is that of text, which is read
    ``block_bytes`` at a time. Raises ``Unreadable`` and ``InputRefused``, and ``ConfigurationError`` if there is no
    such encoding.
    """
    start = source.head(8)
    if start.startswith(GZIP):
        return (TextTable(Gzipped(source), compression="gzip", encoding=encoding, block_bytes=block_bytes),)
    if start.startswith(PARQUET):
        return (ParquetTable(source),)
    if start.startswith(ARCHIVES):
        return _in_archive(source, sheet, encoding, block_bytes)
    return (TextTable(source, encoding=encoding, block_bytes=block_bytes),)


def _in_archive(source: Source, sheet: str | None, encoding: str | None, block_bytes: int) -> Sequence[Table]:
    with source.as_file() as path:
        with path.open("rb") as file:
            kind = kind_of(file, ArchiveLimits())
        if kind is not None:
            return open_workbook(path, source.name, sheet=sheet)
    return (TextTable(Zipped(source), compression="zip", encoding=encoding, block_bytes=block_bytes),)
