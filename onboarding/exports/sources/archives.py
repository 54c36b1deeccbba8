"""Unpack zip archives with a single file inside; refuse archives that would unpack to far too many bytes.

The directory of a zip archive states the unpacked size, so ``members_of`` checks the directory first. The module
``workbook_table`` also calls ``members_of``, since workbooks are zip archives. The module ``compressed`` uses the same
limits.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, BinaryIO, cast

from onboarding.exports.sources.documents import AS_WORKBOOK, zipped_document
from onboarding.exports.sources.source import Digest, Source
from onboarding.exports.tables import Unreadable
from onboarding.model.values import dataclass

CSV_ADVICE = "save the rows of people as CSV"


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The limits for unpacking an archive. They protect memory and disk from a file made to harm (a zip bomb).

    ``members`` limits the number of files in an archive. ``directory`` limits the bytes of its directory, and
    ``unpacked`` the bytes of all its unpacked files. ``ratio`` limits the number of unpacked bytes per packed byte,
    except for files of at most ``harmless`` unpacked bytes. The ratio of real sheets is up to 25, of small and
    repetitive sheets up to 250, and of a zip bomb 1,000.
    """

    members: int = 10_000
    directory: int = 2 * 2**20
    unpacked: int = 4 * 2**30
    ratio: int = 200
    harmless: int = 100 * 2**20


LIMITS = ArchiveLimits(unpacked=64 * 2**30, harmless=2**20)
"""The limits for a compressed text, with room for about 600 million rows.

``harmless`` is small, since a report may be a hundred times as large as the text: each row becomes a line, and a row
may be a single byte. A packed roster is usually 3 to 20 times smaller than the roster. A packed roster that repeats the
same row is 200 times smaller.
"""

_BAD_ARCHIVE = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError)
_PIECE = 2**18
DAMAGED = "the compressed file is damaged or cut off; get it again"
_METHODS = MappingProxyType({9: "Deflate64", 93: "Zstandard", 95: "XZ", 96: "JPEG", 97: "WavPack", 98: "PPMd"})
"""The names of packing methods that Python cannot unpack, by the number of the method in a zip archive."""
_KNOWN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@dataclass(frozen=True, slots=True)
class Zipped:
    """The content of the only file in a zip archive.

    The methods raise ``Unreadable`` if the archive contains no file or several files, is damaged, or would unpack to
    far too many bytes.
    """

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first unpacked bytes: ``size`` bytes, or fewer at the end of the file."""
        with closing(self._unpacked(size)) as blocks:
            return next(blocks, b"")

    def blocks(self, size: int, digest: Digest) -> Generator[bytes]:
        """Yield the unpacked bytes in blocks of at most ``size`` bytes, and add the packed bytes to the digest."""
        yield from self._unpacked(size)
        for _ in self.source.blocks(_PIECE, digest):
            pass

    def _unpacked(self, size: int) -> Generator[bytes]:
        with self.source.as_file() as path, path.open("rb") as file:
            only = _only_file(members_of(file, LIMITS))
            if only.compress_type not in _KNOWN_METHODS:
                raise Unreadable(_unknown_method(only.compress_type))
            with refusing_damaged(), zipfile.ZipFile(file) as archive, archive.open(only) as member:
                # A member never yields more bytes than the directory states, and ``members_of`` has checked this
                # number.
                while block := member.read(size):
                    yield block


def _only_file(members: tuple[zipfile.ZipInfo, ...]) -> zipfile.ZipInfo:
    if what := zipped_document([member.filename for member in members]):
        raise Unreadable(f"this is {what}; {AS_WORKBOOK}")
    files = [member for member in members if not member.is_dir() and not _is_of_macos(PurePosixPath(member.filename))]
    match files:
        case [only]:
            return only
        case []:
            raise Unreadable("the zip archive holds no file")
    raise Unreadable(f"the zip archive holds {len(files)} files; unpack it and name those to read")


def _unknown_method(number: int) -> str:
    method = _METHODS.get(number, f"method {number}")
    return f"it is packed with {method}, which cannot be unpacked here; unpack it and hand in the file inside"


def _is_of_macos(path: PurePosixPath) -> bool:
    """Say whether a file in an archive is hidden, or was added by macOS."""
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith(".")


@contextmanager
def refusing_damaged() -> Iterator[None]:
    """Return a context that turns a library's error about a damaged compressed file into ``Unreadable``."""
    try:
        yield
    except _BAD_ARCHIVE as error:
        raise Unreadable(DAMAGED) from error


def members_of(archive: BinaryIO, limits: ArchiveLimits) -> tuple[zipfile.ZipInfo, ...]:
    """Return the members (files) in the directory of a zip archive, and read only this directory.

    Raises ``Unreadable`` if the file is no archive, is encrypted, or exceeds one of the ``limits``. A directory may
    contain wrong sizes, so the caller must count the bytes while it unpacks a member.
    """
    try:
        members = tuple(zipfile.ZipFile(cast("IO[bytes]", _Bounded(archive, limits.directory))).infolist())
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError):
        raise Unreadable("the file is damaged or cut off; export or copy it again") from None
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("protected by a password; save it without one")
    if len(members) > limits.members:
        raise Unreadable(f"it has {len(members):,} parts inside, and at most {limits.members:,} are read; {CSV_ADVICE}")
    if unpacked > limits.unpacked:
        raise Unreadable(f"it would unpack to {unpacked:,} bytes, more than {limits.unpacked:,}; {CSV_ADVICE}")
    if any(member.file_size > max(limits.harmless, limits.ratio * member.compress_size) for member in members):
        raise Unreadable(f"it would unpack to more than {limits.ratio} times its size, as no export does; {CSV_ADVICE}")
    return members


class _Bounded:
    """An archive that raises ``Unreadable`` if ``zipfile`` tries to read more than ``limit`` bytes at once.

    ``zipfile`` reads the archive's directory in one call, so ``limit`` also bounds the size of the directory.
    """

    def __init__(self, archive: BinaryIO, limit: int) -> None:
        self._archive, self._limit = archive, limit
        self.seek, self.tell = archive.seek, archive.tell

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise Unreadable(f"its list of parts inside is longer than {self._limit:,} bytes; {CSV_ADVICE}")
        return self._archive.read(size)
