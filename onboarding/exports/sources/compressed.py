"""Unpack gzip files and zip archives of one file, block by block, and refuse archives that unpack to far too much.

``workbook_table`` also uses the check of archives (``members_of``), since workbooks are zip archives.

The directory of a zip archive says how many bytes the archive unpacks to, so the module checks the directory first. A
gzip file has no directory, so the module counts the bytes while it unpacks.
"""

import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from onboarding.exports.sources.local_files import Digest, Source
from onboarding.exports.tables import Unreadable

CSV_ADVICE = "save the rows of people as CSV"

HARMLESS = 100 * 2**20
"""A size in bytes. An archive that unpacks to at most this size is accepted, however strongly it is packed."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The limits of an archive that is unpacked.

    ``members`` is the number of files inside. ``directory`` and ``unpacked`` are sizes in bytes. ``ratio`` is the
    number of bytes that may come out of each packed byte. Real sheets with cell references have ratios up to 25. Sheets
    that are small and repetitive have ratios up to 250. A file made to harm (a zip bomb) has a ratio of 1,000.
    """

    members: int = 10_000
    directory: int = 2 * 2**20
    unpacked: int = 4 * 2**30
    ratio: int = 200


LIMITS = ArchiveLimits(unpacked=64 * 2**30)
"""The limits for a compressed text, with room for about 600 million rows.

Packing makes a roster 3 to 20 times smaller, and a roster that repeats a single row 200 times smaller.
"""

_BAD_ARCHIVE = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError)
_PIECE = 2**18
_GZIP = 16 + zlib.MAX_WBITS
_DAMAGED = "the compressed file is damaged or cut off; get it again"


@dataclass(frozen=True, slots=True)
class Gzipped:
    """The content of a gzip file. Raises ``Unreadable`` if the file is damaged or would unpack to far too much."""

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first unpacked bytes, as many as ``size`` says, or all bytes if there are fewer."""
        head = b""
        with closing(self.blocks(size, hashlib.sha256())) as blocks:
            while len(head) < size and (block := next(blocks, b"")):
                head += block
        return head[:size]

    def blocks(self, size: int, digest: Digest) -> Generator[bytes]:
        """Yield the unpacked bytes in blocks of at most ``size`` bytes, and add the packed bytes to the digest."""
        packed = unpacked = 0
        member = zlib.decompressobj(_GZIP)
        for piece in self.source.blocks(_PIECE, digest):
            packed += len(piece)
            rest = piece
            while rest:
                if member.eof:
                    # A gzip file may hold several compressed files in a row, and zeros may fill up its last block.
                    rest = rest.lstrip(b"\0")
                    member = zlib.decompressobj(_GZIP) if rest else member
                    continue
                with _refusing_damaged():
                    block = member.decompress(rest, size)
                rest = member.unconsumed_tail or member.unused_data
                unpacked += len(block)
                if unpacked > min(LIMITS.unpacked, max(HARMLESS, LIMITS.ratio * packed)):
                    raise Unreadable(
                        f"it would unpack to far more than its {packed:,} bytes, as no export does; {CSV_ADVICE}"
                    )
                if block:
                    yield block
        if not member.eof:
            raise Unreadable(_DAMAGED)


@dataclass(frozen=True, slots=True)
class Zipped:
    """The content of the only file in a zip archive. Raises ``Unreadable`` for an archive with more files or none."""

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first unpacked bytes, as many as ``size`` says, or all bytes if there are fewer."""
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
            with _refusing_damaged(), zipfile.ZipFile(file) as archive, archive.open(only) as member:
                # A member never yields more bytes than the directory says, and ``members_of`` checked that.
                while block := member.read(size):
                    yield block


def _only_file(members: tuple[zipfile.ZipInfo, ...]) -> zipfile.ZipInfo:
    files = [member for member in members if not member.is_dir() and not _is_of_macos(PurePosixPath(member.filename))]
    match files:
        case [only]:
            return only
        case []:
            raise Unreadable("the zip archive holds no file")
    raise Unreadable(f"the zip archive holds {len(files)} files; unpack it and name those to read")


def _is_of_macos(path: PurePosixPath) -> bool:
    """Say whether macOS added the file to the archive by itself."""
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith(".")


@contextmanager
def _refusing_damaged() -> Iterator[None]:
    try:
        yield
    except _BAD_ARCHIVE as error:
        raise Unreadable(_DAMAGED) from error


def members_of(archive: BinaryIO, limits: ArchiveLimits) -> tuple[zipfile.ZipInfo, ...]:
    """Return the members that the directory of a zip archive lists, and read nothing else of the archive.

    Raises ``Unreadable`` if the file is no archive, is encrypted, or exceeds one of the ``limits``. A directory may lie
    about sizes, so the caller has to count the bytes as it unpacks a member.
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
    if any(member.file_size > max(HARMLESS, limits.ratio * member.compress_size) for member in members):
        raise Unreadable(f"it would unpack to more than {limits.ratio} times its size, as no export does; {CSV_ADVICE}")
    return members


class _Bounded:
    """An archive that raises ``Unreadable`` for a huge directory, which ``zipfile`` would read in one call."""

    def __init__(self, archive: BinaryIO, limit: int) -> None:
        self._archive, self._limit = archive, limit
        self.seek, self.tell = archive.seek, archive.tell

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise Unreadable(f"its list of parts inside is longer than {self._limit:,} bytes; {CSV_ADVICE}")
        return self._archive.read(size)
