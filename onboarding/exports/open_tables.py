"""Find the files at the locations that a user names, and open the tables in them.

The content of a file says which kind of file it is. Its name does not matter.
"""

import hashlib
from collections.abc import Hashable, Sequence

from onboarding.exports.parquet_table import ParquetTable
from onboarding.exports.sources.compressed import Gzipped, Zipped
from onboarding.exports.sources.local_files import Source, files_at
from onboarding.exports.sources.s3_objects import objects_at
from onboarding.exports.tables import Table
from onboarding.exports.text.text_table import TextTable
from onboarding.exports.workbook_table import open_workbook
from onboarding.model.choices import USUAL_FOOTPRINT
from onboarding.model.errors import ConfigurationError
from onboarding.runtime.aws import LazyS3Client, OpenS3
from onboarding.runtime.s3 import SCHEME

BLOCK_BYTES = 2**20

GZIP = b"\x1f\x8b"
PARQUET = (b"PAR1", b"PARE")
"""The first bytes of a Parquet file, and of a Parquet file with an encrypted footer."""
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""The first bytes of a zip archive, an empty zip archive, and Microsoft's older archives. Workbooks are archives
too."""


def find_sources(locations: Sequence[str], s3: OpenS3 | None = None) -> tuple[Source, ...]:
    """Return the files at the given locations, each once, in the order given and sorted within a location.

    ``files_at`` and ``objects_at`` say what a location may be. ``s3`` is called for locations in S3; without it, boto3
    finds its own credentials. Raises ``InputRefused``, ``AccessRefused`` where S3 refuses access, and
    ``ConfigurationError`` if there is no location.
    """
    s3 = s3 or LazyS3Client()
    found: dict[Hashable, Source] = {}
    for location in locations:
        for source in objects_at(location, s3) if location.startswith(SCHEME) else files_at(location):
            found.setdefault(source.identity, source)
    if not found:
        raise ConfigurationError("no export was named: give a file, a folder, a pattern or an s3:// URI")
    return tuple(found.values())


def file_digests(locations: Sequence[str], s3: OpenS3) -> dict[str, str]:
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

    ``sheet`` names the sheet of a workbook to read; ``encoding`` is that of a text, which is read ``block_bytes`` at a
    time. Raises ``Unreadable`` and ``InputRefused``, and ``ConfigurationError`` for an unknown encoding.
    """
    start = source.head(8)
    if start.startswith(GZIP):
        return (TextTable(Gzipped(source), compression="gzip", encoding=encoding, block_bytes=block_bytes),)
    if start.startswith(PARQUET):
        return (ParquetTable(source),)
    if start.startswith(ARCHIVES):
        with source.as_file() as path:
            if sheets := open_workbook(path, sheet=sheet):
                return sheets
        return (TextTable(Zipped(source), compression="zip", encoding=encoding, block_bytes=block_bytes),)
    return (TextTable(source, encoding=encoding, block_bytes=block_bytes),)
