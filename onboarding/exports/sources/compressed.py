"""Unpack files of gzip, bzip2, xz and Zstandard; refuse files that would unpack to far too many bytes.

Files of these formats do not state their unpacked size. So the module counts the bytes while it unpacks a file. The
module ``archives`` contains the limits, and unpacks zip archives.
"""

import hashlib
import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

from onboarding.exports.sources.archives import CSV_ADVICE, DAMAGED, LIMITS, refusing_damaged
from onboarding.exports.sources.packed_streams import FIRST_WINDOW, OPEN_STREAM, PIECE, PackedBytes, Unpacker
from onboarding.exports.sources.source import Digest, Source
from onboarding.exports.tables import Unreadable
from onboarding.model.values import dataclass

_ZEROS = re.compile(rb"\0*")
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class PackedContent(ABC):
    """The content of a packed file.

    The methods raise ``Unreadable`` if the file is damaged or would unpack to far too many bytes.
    """

    source: Source

    def head(self, size: int) -> bytes:
        """Return the first unpacked bytes: ``size`` bytes, or fewer at the end of the file."""
        head = b""
        with closing(self.blocks(size, hashlib.sha256())) as blocks:
            while len(head) < size and (block := next(blocks, b"")):
                head += block
        return head[:size]

    def blocks(self, size: int, digest: Digest) -> Generator[bytes]:
        """Yield the unpacked bytes in blocks of at most ``size`` bytes, and add the packed bytes to the digest."""
        yield from _in_blocks(self._unpacked(size, digest), size)

    @abstractmethod
    def _unpacked(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield the unpacked bytes in pieces of at most ``size`` bytes, and add the packed bytes to the digest."""


@dataclass(frozen=True, slots=True)
class Gzipped(PackedContent):
    """The content of a gzip file."""

    def _unpacked(self, size: int, digest: Digest) -> Iterator[bytes]:
        packed = unpacked = 0
        member = _GzipMember()
        for piece in self.source.blocks(PIECE, digest):
            rest = memoryview(piece)
            while rest:
                if member.is_whole:
                    # A gzip file may contain several compressed files, and zeros at the end of its last block.
                    rest = rest[_zeros_at_start(rest) :]
                    member = _GzipMember() if rest else member
                    continue
                with refusing_damaged():
                    block, used = member.decompress(rest, size)
                rest = rest[used:]
                packed, unpacked = packed + used, unpacked + len(block)
                _check_amount(self.source, packed, unpacked)
                if block:
                    yield block
        if not member.is_whole:
            raise Unreadable(DAMAGED)


def _in_blocks(pieces: Iterable[bytes], size: int) -> Generator[bytes]:
    """Join small pieces of bytes into blocks of at most ``size`` bytes. No piece is larger than a block."""
    joined: list[bytes] = []
    length = 0
    for piece in pieces:
        if length + len(piece) > size:
            yield b"".join(joined)
            joined, length = [], 0
        joined.append(piece)
        length += len(piece)
    if length:
        yield b"".join(joined)


def _zeros_at_start(rest: memoryview) -> int:
    found = _ZEROS.match(rest)
    return found.end() if found else 0


class _GzipMember:
    """One compressed member of a gzip file. A gzip file may contain several members, one after another.

    ``zlib`` copies the bytes after the end of a member. In a file of many small members, these copies would take much
    time. So the first call of ``decompress`` gives few bytes to ``zlib``, and each later call twice as many.
    """

    def __init__(self) -> None:
        self._unpacker = zlib.decompressobj(_GZIP)
        self._window = FIRST_WINDOW

    @property
    def is_whole(self) -> bool:
        """Whether the calls of ``decompress`` have reached the end of the member."""
        return self._unpacker.eof

    def decompress(self, packed: memoryview, size: int) -> tuple[bytes, int]:
        """Return the next unpacked bytes, at most ``size``, and the number of packed bytes that the method has used.

        Raises ``zlib.error`` if the bytes are damaged.
        """
        given = packed[: self._window]
        self._window = min(2 * self._window, PIECE)
        block = self._unpacker.decompress(given, size)
        return block, len(given) - len(self._unpacker.unconsumed_tail or self._unpacker.unused_data)


@dataclass(frozen=True, slots=True)
class Packed(PackedContent):
    """The content of a file of bzip2, xz or Zstandard.

    ``open_stream`` takes a stream of packed bytes, and returns a stream of the unpacked bytes.
    """

    open_stream: "Callable[[PackedBytes], Unpacker]"

    def _unpacked(self, size: int, digest: Digest) -> Iterator[bytes]:
        packed, unpacked = PackedBytes(self.source.blocks(PIECE, digest)), 0
        with refusing_damaged():
            stream = self.open_stream(packed)
        while True:
            with refusing_damaged():
                block = stream.read(size)
            if not block:
                return
            unpacked += len(block)
            _check_amount(self.source, packed.count, unpacked)
            yield block


SIGNATURE_BYTES = 10
"""The number of first bytes that show how a file is packed."""


def packing_of(start: bytes) -> str:
    """Return the name of a file's packing from its first bytes, or an empty text for an unpacked file."""
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    return next((name for name, (signature, _) in OPEN_STREAM.items() if signature.match(start)), "")


def unpack(source: Source, packing: str) -> PackedContent:
    """Return the content of a packed file. ``packing`` is the name that ``packing_of`` has returned."""
    return Gzipped(source) if packing == "gzip" else Packed(source, OPEN_STREAM[packing][1])


def _check_amount(source: Source, packed: int, unpacked: int) -> None:
    """Raise ``Unreadable`` if a file unpacks to more bytes than the limits allow.

    ``packed`` is the number of packed bytes so far, and ``unpacked`` the number of unpacked bytes.
    """
    if unpacked > min(LIMITS.unpacked, max(LIMITS.harmless, LIMITS.ratio * packed)):
        raise Unreadable(f"it would unpack to far more than its {source.size:,} bytes, as no export does; {CSV_ADVICE}")
