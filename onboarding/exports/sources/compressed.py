"""What is inside a compressed export?

gzip, and a zip archive of one file, are read as if they were not compressed, a block at a time. An archive that unfolds
to what no roster comes to is refused: by its directory where it has one, and while it is read.
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
from typing import IO, BinaryIO, Protocol, cast

from onboarding.exports.sources.local_files import Digest, Source
from onboarding.exports.tables import Unreadable

SAVE_AS_CSV = "save the rows of people as CSV"


HARMLESS = 100 * 2**20
"""Bytes. What unpacks to no more is not suspected, however well it was packed."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may come to; ``directory`` and ``unpacked`` are in bytes.

    ``ratio`` is how many bytes may come out of one. Of sheets with cell references none was seen above 25, of others
    the dullest had 250 and were small; a bomb has 1,000.
    """

    members: int = 10_000
    directory: int = 2 * 2**20
    unpacked: int = 4 * 2**30
    ratio: int = 200


LIMITS = ArchiveLimits(unpacked=64 * 2**30)
"""Bytes: some 600 million rows. A roster is packed 3 to 20 times; one that repeats a single row, 200 times."""

_BAD_ARCHIVE = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError)
_PIECE = 2**18
_GZIP = 16 + zlib.MAX_WBITS
_DAMAGED = "the compressed file is damaged or cut off; get it again"


class Content(Protocol):
    """The bytes of a text as they are to be read, whatever they are packed in."""

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, fewer if there are no more."""

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of at most ``size``; the digest takes in the file as it was handed in."""


@dataclass(frozen=True, slots=True)
class Gzipped:
    """What a gzip file holds. Raises ``Unreadable`` for a damaged or suspicious one."""

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, fewer if there are no more."""
        head = b""
        with closing(self.blocks(size, hashlib.sha256())) as blocks:
            while len(head) < size and (block := next(blocks, b"")):
                head += block
        return head[:size]

    def blocks(self, size: int, digest: Digest) -> Generator[bytes]:
        """Yield all bytes in blocks of at most ``size``; the digest takes in the file as it was handed in."""
        packed = unpacked = 0
        member = zlib.decompressobj(_GZIP)
        for piece in self.source.blocks(_PIECE, digest):
            packed += len(piece)
            rest = piece
            while rest:
                if member.eof:
                    # Files that were compressed apart may follow one another, and zeros may fill up the last block.
                    rest = rest.lstrip(b"\0")
                    member = zlib.decompressobj(_GZIP) if rest else member
                    continue
                with _plainly():
                    block = member.decompress(rest, size)
                rest = member.unconsumed_tail or member.unused_data
                unpacked += len(block)
                if unpacked > min(LIMITS.unpacked, max(HARMLESS, LIMITS.ratio * packed)):
                    raise Unreadable(
                        f"it would unpack to far more than its {packed:,} bytes, as no export does; {SAVE_AS_CSV}"
                    )
                if block:
                    yield block
        if not member.eof:
            raise Unreadable(_DAMAGED)


@dataclass(frozen=True, slots=True)
class Zipped:
    """The one file in a zip archive. Raises ``Unreadable`` for any other archive."""

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, fewer if there are no more."""
        with closing(self._unpacked(size)) as blocks:
            return next(blocks, b"")

    def blocks(self, size: int, digest: Digest) -> Generator[bytes]:
        """Yield all bytes in blocks of at most ``size``; the digest takes in the file as it was handed in."""
        yield from self._unpacked(size)
        for _ in self.source.blocks(_PIECE, digest):
            pass

    def _unpacked(self, size: int) -> Generator[bytes]:
        with self.source.as_file() as path, path.open("rb") as file:
            only = _only(members_of(file, LIMITS))
            with _plainly(), zipfile.ZipFile(file) as archive, archive.open(only) as member:
                # A member never gives more than its directory says, which was looked at.
                while block := member.read(size):
                    yield block


def _only(members: tuple[zipfile.ZipInfo, ...]) -> zipfile.ZipInfo:
    files = [member for member in members if not member.is_dir() and not _is_aside(PurePosixPath(member.filename))]
    match files:
        case [only]:
            return only
        case []:
            raise Unreadable("the zip archive holds no file")
    raise Unreadable(f"the zip archive holds {len(files)} files; unpack it and name those to read")


def _is_aside(path: PurePosixPath) -> bool:
    """Recognise what macOS adds to an archive."""
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith(".")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except (
        zlib.error,
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        lzma.LZMAError,
    ) as error:
        raise Unreadable(_DAMAGED) from error


def members_of(archive: BinaryIO, limits: ArchiveLimits) -> tuple[zipfile.ZipInfo, ...]:
    """Return what the directory of an archive lists, having read nothing else of it.

    Raises ``Unreadable`` if that is no archive, is encrypted, or would unpack to more than the limits. A directory
    may lie about sizes: whoever unpacks a member has to count for himself.
    """
    try:
        members = tuple(zipfile.ZipFile(cast("IO[bytes]", _Bounded(archive, limits.directory))).infolist())
    except (zipfile.BadZipFile, struct.error, NotImplementedError, ValueError):
        raise Unreadable("the file is damaged or cut off; export or copy it again") from None
    unpacked = sum(member.file_size for member in members)
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("protected by a password; save it without one")
    if len(members) > limits.members:
        raise Unreadable(
            f"it has {len(members):,} parts inside, and at most {limits.members:,} are read; {SAVE_AS_CSV}"
        )
    if unpacked > limits.unpacked:
        raise Unreadable(f"it would unpack to {unpacked:,} bytes, more than {limits.unpacked:,}; {SAVE_AS_CSV}")
    if any(member.file_size > max(HARMLESS, limits.ratio * member.compress_size) for member in members):
        raise Unreadable(
            f"it would unpack to more than {limits.ratio} times its size, as no export does; {SAVE_AS_CSV}"
        )
    return members


class _Bounded:
    """Refuse to read a huge directory, which ``zipfile`` does in one go."""

    def __init__(self, archive: BinaryIO, limit: int) -> None:
        self._archive, self._limit = archive, limit
        self.seek, self.tell = archive.seek, archive.tell

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise Unreadable(f"its list of parts inside is longer than {self._limit:,} bytes; {SAVE_AS_CSV}")
        return self._archive.read(size)
