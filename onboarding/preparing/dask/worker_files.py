"""The temporary files in which Dask workers keep rows and records until a task needs them."""

from collections.abc import Iterable, Iterator
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from threading import Lock
from weakref import finalize

import pyarrow as pa

MOST_IN_MEMORY = 2**16
"""The most bytes that a ``WorkerFile`` keeps in memory. With more bytes, it opens a file on disk.

The system limits the number of open files of a process.
"""


class WorkerFile:
    """A temporary file without a name, where a worker keeps rows and records until they are needed.

    With the file, the worker needs little memory even for a large input. The file vanishes when the process ends, even
    after a crash, so no address is left behind. ``TMPDIR`` chooses the disk of the file. One file contains all parts of
    the input that a worker reads in a run. If a ``WorkerFile`` is sent to another process, this process gets a new,
    empty file.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115 - closed with the last reference
        self._lock = Lock()
        finalize(self, self._file.close)

    def append(self, piece: pa.Buffer) -> tuple[int, int]:
        """Write bytes at the end of the file, and return where they start and stop. Raises ``OSError``."""
        with self._lock:
            start = self._file.seek(0, SEEK_END)
            self._file.write(memoryview(piece).cast("B"))
            return start, self._file.tell()

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes between two places in the file."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(stop - start)

    def __reduce__(self) -> tuple[type["WorkerFile"], tuple[()]]:
        return WorkerFile, ()


class StoredPieces:
    """Byte strings that are stored in a ``WorkerFile``, and are read by number or in order, as from a list.

    If a ``StoredPieces`` is sent to another process, its bytes are sent along, into a new ``WorkerFile``.
    """

    def __init__(self, pieces: Iterable[pa.Buffer], file: WorkerFile) -> None:
        """Write the byte strings to the file. Raises ``OSError`` if the disk is full or fails."""
        self._file = file
        self._bounds = [file.append(piece) for piece in pieces]

    def __getitem__(self, number: int) -> bytes:
        return self._file.read(*self._bounds[number])

    def __iter__(self) -> Iterator[bytes]:
        return (self._file.read(*bounds) for bounds in self._bounds)

    def __sizeof__(self) -> int:
        """Return how many bytes a transfer to another process would send. Dask asks for this before a transfer."""
        return sum(stop - start for start, stop in self._bounds)

    def __reduce__(self) -> tuple[type["StoredPieces"], tuple[list[bytes], WorkerFile]]:
        return StoredPieces, (list(self), self._file)
