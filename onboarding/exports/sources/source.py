"""The interface of an export's file: on a disk (``local_files``), in S3 (``s3_objects``), or unpacked (``compressed``).

The job finds a source first and reads the source later, perhaps twice. A source refuses to read a file that changed in
between. Otherwise the job would read a mixture of the old file and the new file.
"""

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable


class Digest(Protocol):
    """The interface of a hash object of ``hashlib``."""

    def update(self, data: bytes, /) -> None:
        """Add bytes to the digest."""


class TextContent(Protocol):
    """The interface of the content of a text file. The content of a compressed file is the unpacked text."""

    def head(self, size: int) -> bytes:
        """Return the first bytes: ``size`` bytes, or fewer at the end of the content."""

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of at most ``size`` bytes, and add the bytes of the file to the digest.

        For a compressed file, the method yields the unpacked bytes, and adds the packed bytes to the digest.
        """


@runtime_checkable
class Source(TextContent, Protocol):
    """The interface of one file on a disk or in S3. The job reads the file only in the version that it found first.

    The methods that read the file raise ``InputRefused`` if the file is gone, cannot be read, or has changed.
    """

    @property
    def name(self) -> str:
        """The name by which the user knows the file: a path or an ``s3://`` URI."""

    @property
    def size(self) -> int:
        """The size of the file in bytes, at least 1."""

    @property
    def modified_at(self) -> datetime:
        """The time at which the file was last written."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about skipped files in the same folder, such as files of other formats."""

    @property
    def identity(self) -> Hashable:
        """A value that is the same for all names of one file, so that the job reads the file only once."""

    def span(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``stop`` or the file's end, in blocks of at most ``size`` bytes."""

    def as_file(self) -> AbstractContextManager[Path]:
        """Return a context with the path of a local file, for readers that must seek.

        The path is that of the file, or of a private copy. The end of the ``with`` block removes the copy.
        """
