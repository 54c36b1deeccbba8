"""Find the files at the locations that a user names, open the tables in a file, and compute a file's SHA-256.

``open_tables`` recognises the format of a file by its first bytes. The file's name does not matter. The module
``export``, which uses this module, finds the layout of an export and reads its rows. A reader of another format than
text is imported only when a file needs it, since most runs read only texts.
"""

import hashlib
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from onboarding.exports.sheet_choice import NO_CHOICE, SheetChoice
from onboarding.exports.sources.archives import Zipped
from onboarding.exports.sources.compressed import SIGNATURE_BYTES, packing_of, unpack
from onboarding.exports.sources.local_files import files_at
from onboarding.exports.sources.source import Source, TextContent
from onboarding.exports.sources.standard_input import standard_input
from onboarding.exports.tables import RecordTable
from onboarding.exports.text.address_list import open_address_list
from onboarding.exports.text.text_table import TextTable
from onboarding.model.choices import STANDARD_INPUT, USUAL_FOOTPRINT, Footprint
from onboarding.model.errors import ConfigurationError, InputRefused
from onboarding.runtime.aws import LazyS3Client, OpenS3
from onboarding.runtime.s3 import SCHEME

BLOCK_BYTES = 2**20

PARQUET = (b"PAR1", b"PARE")
"""The first bytes of a Parquet file, and of a Parquet file with an encrypted footer."""
ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""The first bytes of a zip archive, of an empty zip archive, and of a compound file.

Most workbooks are zip archives, and an ``.xls`` workbook is a compound file.
"""
_ELSEWHERE = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)", re.IGNORECASE)


def find_sources(locations: Sequence[str] | Mapping[str, str], s3: OpenS3 | None = None) -> tuple[Source, ...]:
    """Return the files at the given locations, each file once, in the order of the locations.

    The files of one location are sorted. ``files_at`` and ``objects_at`` explain locations. The location ``-`` is the
    standard input. If ``locations`` is a mapping, each key is the location of a local file, and its value is the file's
    name in messages and reports. ``s3`` opens a client for locations in S3. If ``s3`` is ``None``, the client uses the
    credentials that boto3 finds. Raises ``InputRefused`` if there is no file at a location, or if a file is empty or
    cannot be read. Raises ``AccessRefused`` if S3 refuses access, and ``ConfigurationError`` if ``locations`` is empty.
    """
    s3 = s3 or LazyS3Client()
    found: dict[Hashable, Source] = {}
    for location in locations:
        if isinstance(locations, Mapping):
            sources: Sequence[Source] = [replace(file, name=locations[location]) for file in files_at(location)]
        else:
            sources = _sources_at(location, s3)
        for source in sources:
            found.setdefault(source.identity, source)
    if not found:
        raise ConfigurationError("no export was named: give a file, a folder, a pattern or an s3:// URI")
    return tuple(found.values())


def _sources_at(location: str, s3: OpenS3) -> Sequence[Source]:
    if location == STANDARD_INPUT:
        return [standard_input()]
    if location.startswith(SCHEME):
        from onboarding.exports.sources.s3_objects import objects_at

        return objects_at(location, s3)
    _refuse_web_addresses(location)
    return files_at(location)


def _refuse_web_addresses(location: str) -> None:
    """Raise ``InputRefused`` if a location is the URL of a web page.

    The error's message leaves out secrets in the URL.
    """
    if not (found := _ELSEWHERE.match(location)) or Path(location).exists():
        return
    scheme, host = found[1].lower(), found[2].rpartition("@")[2]
    place = f"{scheme}://{host}/…"
    if scheme in ("http", "https"):
        raise InputRefused(f"{place}: web addresses are not read; download the file, and name it or pipe it in")
    raise InputRefused(f"{place}: of places elsewhere, only {SCHEME} is read; copy the file here, and name it")


def file_digests(locations: Sequence[str], s3: OpenS3) -> dict[str, str]:
    """Return the SHA-256 of each file at the given locations, by the file's name.

    ``s3`` opens a client for locations in S3.

    Raises ``InputRefused`` if there is no file at a location, or if a file is empty or cannot be read. Raises
    ``AccessRefused`` if S3 refuses access, and ``ConfigurationError`` if ``locations`` is empty.
    """
    return {source.name: sha256_of(source) for source in find_sources(locations, s3)}


def sha256_of(source: Source) -> str:
    """Read a whole file and return its SHA-256 in hexadecimal digits. Raises ``InputRefused`` if reading fails."""
    digest = hashlib.sha256()
    for _ in source.blocks(BLOCK_BYTES, digest):
        pass
    return digest.hexdigest()


def open_tables(
    source: Source,
    *,
    sheets: SheetChoice = NO_CHOICE,
    encoding: str | None,
    footprint: Footprint = USUAL_FOOTPRINT,
) -> Sequence[RecordTable]:
    """Return the tables in a file: a table for each sheet of a workbook, and a single table for other files.

    ``sheets`` says which sheets of a workbook to read, by default all visible sheets. ``encoding`` is the encoding of a
    text; with ``None``, the reader detects the encoding. ``footprint`` is the size of the blocks in which the reader
    reads a text, and the number of threads that parse these blocks. Raises ``Unreadable`` if the file's content cannot
    be read safely. Raises ``InputRefused`` if the file is gone or changed, and ``ConfigurationError`` for an unknown
    encoding.
    """
    start = source.head(SIGNATURE_BYTES)
    if packing := packing_of(start):
        return (_text(unpack(source, packing), packing, encoding, footprint),)
    if start.startswith(PARQUET):
        from onboarding.exports.parquet_table import ParquetTable

        return (ParquetTable(source),)
    if start.startswith(ARCHIVES):
        from onboarding.exports.workbook_table import open_workbook

        with source.as_file() as path:
            wanted = sheets.sheets_of(source.name)
            if found := open_workbook(path, wanted=wanted, reads_hidden=sheets.reads_hidden):
                return found
        return (_text(Zipped(source), "zip", encoding, footprint),)
    return (_text(source, "", encoding, footprint),)


def _text(content: TextContent, compression: str, encoding: str | None, footprint: Footprint) -> RecordTable:
    pasted = open_address_list(content, compression=compression, encoding=encoding)
    return pasted or TextTable(
        content,
        compression=compression,
        encoding=encoding,
        block_bytes=footprint.block_bytes,
        threads=footprint.threads,
    )
