"""Streams of the unpacked bytes of bzip2, xz and Zstandard files.

The module ``compressed`` limits the number of bytes.
"""

import bz2
import lzma
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO, Protocol, cast

import pyarrow as pa

MOST_MEMORY_OF_XZ = 128 * 2**20
"""The most memory to unpack an ``.xz`` file, in bytes. A file of ``xz -9`` needs 65 MiB."""

PIECE = 2**18
FIRST_WINDOW = 2**9
"""The most packed bytes that a decompressor gets in any call (``PIECE``) and in its first call (``FIRST_WINDOW``)."""


class Unpacker(Protocol):
    """The interface of a stream of unpacked bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most ``size``. At the end of the stream, return no bytes."""


class _MemberUnpacker(Protocol):
    """The interface of the decompressors of ``bz2`` and ``lzma``."""

    @property
    def eof(self) -> bool:
        """Whether the decompressor has reached the end of the compressed stream."""

    @property
    def needs_input(self) -> bool:
        """Whether the decompressor needs more packed bytes."""

    @property
    def unused_data(self) -> bytes:
        """The bytes after the end of the compressed stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return the next unpacked bytes, at most ``max_length``."""


@dataclass(slots=True)
class PackedBytes:
    """A stream of the packed bytes of a file. ``count`` is the number of bytes read so far."""

    pieces: Iterator[bytes] = field(repr=False)
    count: int = 0
    closed: bool = False
    _rest: memoryview = field(default=memoryview(b""), repr=False)
    _back: bytes = field(default=b"", repr=False)

    def read(self, size: int = PIECE) -> bytes:
        """Return the next bytes, at most ``size``. At the end of the file, return no bytes."""
        if self._back:
            block, self._back = self._back[:size], self._back[size:]
        else:
            self._rest = self._rest or memoryview(next(self.pieces, b""))
            block, self._rest = bytes(self._rest[:size]), self._rest[size:]
        self.count += len(block)
        return block

    def put_back(self, rest: bytes) -> None:
        """Put bytes back, so that the next call of ``read`` returns them first."""
        self.count -= len(rest)
        self._back = rest + self._back

    def close(self) -> None:
        """Do nothing, since the file is closed after its last byte."""


class _StreamOfMembers:
    """The unpacked bytes of a file that may contain several compressed streams, with zeros after each stream.

    ``new_unpacker`` makes a decompressor for one stream. A decompressor copies the bytes after the end of its stream.
    In a file of many small streams, these copies would take much time. So a decompressor gets few bytes at first, and
    then more and more. Unlike Arrow's reader, this class accepts several empty bzip2 streams, one after another.
    """

    def __init__(self, packed: PackedBytes, new_unpacker: "Callable[[], _MemberUnpacker]") -> None:
        self._packed, self._new_unpacker = packed, new_unpacker
        self._unpacker, self._window = new_unpacker(), FIRST_WINDOW

    def read(self, size: int, /) -> bytes:
        """Return the next unpacked bytes, at most ``size``.

        Raises an error if the file is damaged or cut off; the context ``refusing_damaged`` turns this error into
        ``Unreadable``.
        """
        while True:
            if self._unpacker.eof and not self._next_stream():
                return b""
            piece = b""
            if self._unpacker.needs_input:
                piece, self._window = self._packed.read(self._window), min(2 * self._window, PIECE)
                if not piece:
                    raise EOFError
            if block := self._unpacker.decompress(piece, size):
                return block

    def _next_stream(self) -> bool:
        """Begin the next stream, and say whether there is a next stream."""
        rest = self._unpacker.unused_data.lstrip(b"\0")
        while not rest and (piece := self._packed.read()):
            rest = piece.lstrip(b"\0")
        if rest:
            self._unpacker, self._window = self._new_unpacker(), FIRST_WINDOW
            self._packed.put_back(rest)
        return bool(rest)


def _xz_unpacker() -> lzma.LZMADecompressor:
    # The header of an .xz file states the memory for its reader, and a hostile file may demand far too much.
    # ``lzma.LZMAFile`` cannot limit this memory.
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY_OF_XZ)


def _bzip2_stream(packed: PackedBytes) -> Unpacker:
    return _StreamOfMembers(packed, bz2.BZ2Decompressor)


def _xz_stream(packed: PackedBytes) -> Unpacker:
    return _StreamOfMembers(packed, _xz_unpacker)


def _zstd_stream(packed: PackedBytes) -> Unpacker:
    stream: Unpacker = pa.CompressedInputStream(pa.PythonFile(cast("BinaryIO", packed), "r"), "zstd")
    return stream


OPEN_STREAM: Mapping[str, tuple[re.Pattern[bytes], Callable[[PackedBytes], Unpacker]]] = MappingProxyType(
    {
        "bzip2": (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), _bzip2_stream),
        "xz": (re.compile(rb"\xfd7zXZ\0"), _xz_stream),
        "zstd": (re.compile(rb"\x28\xb5\x2f\xfd"), _zstd_stream),
    }
)
"""For each packing, the regular expression for a file's first bytes, and the function that opens the unpacked stream.

The table leaves out gzip.
"""
