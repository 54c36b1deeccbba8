"""Find the files at the locations that a user names, and open the tables in them.

The content of a file says which kind of file it is. Its name does not matter.
"""

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from onboarding.exports.parquet import ParquetTable
from onboarding.exports.sources.compressed import ArchiveLimits, Gzipped, Zipped
from onboarding.exports.sources.local_files import Source, files_at
from onboarding.exports.sources.s3_objects import objects_at
from onboarding.exports.tables import Table
from onboarding.exports.text.text_table import TextTable
from onboarding.exports.workbook import open_workbook, workbook_format_of
from onboarding.model.errors import ConfigurationError
from onboarding.runtime.memory import USUAL_FOOTPRINT
from onboarding.runtime.s3 import SCHEME

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK_BYTES = 1 << 20

GZIP = b"\x1f\x8b"
PARQUET = (b"PAR1", b"PARE")
"""The second one's footer is encrypted."""
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""A zip archive, an empty one, and Microsoft's older kind; workbooks are archives too."""


def find_sources(locations: Sequence[str], s3: Callable[[], "S3Client"]) -> tuple[Source, ...]:
    """Return the files at the given locations, each once, in the order given and sorted within a location.

    ``files_at`` and ``objects_at`` say what a location may be; ``s3`` is called for those that are in S3. Raises
    ``InputRefused``, and ``AccessRefused`` where S3 does.
    """
    found: dict[Hashable, Source] = {}
    for location in locations:
        at = objects_at(location, s3) if location.startswith(SCHEME) else files_at(location)
        for source in at:
            found.setdefault(source.identity, source)
    if not found:
        raise ConfigurationError("no export was named: give a file, a folder, a pattern or an s3:// URI")
    return tuple(found.values())


def file_digests(locations: Sequence[str], s3: Callable[[], "S3Client"]) -> dict[str, str]:
    """Return the SHA-256 of each file at the given locations, by its name. Raises as ``find_sources`` does."""
    return {source.name: sha256_of(source) for source in find_sources(locations, s3)}


def sha256_of(source: Source) -> str:
    """Return the SHA-256 of a file. Raises ``InputRefused``."""
    digest = hashlib.sha256()
    for _ in source.blocks(BLOCK_BYTES, digest):
        pass
    return digest.hexdigest()


def open_tables(
    source: Source, *, sheet: str | None, encoding: str | None, block_bytes: int = USUAL_FOOTPRINT.block_bytes
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
            kind = workbook_format_of(file, ArchiveLimits())
        if kind is not None:
            return open_workbook(path, source.name, sheet=sheet)
    return (TextTable(Zipped(source), compression="zip", encoding=encoding, block_bytes=block_bytes),)
