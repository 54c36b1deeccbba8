"""Where is what a worker has made until it is asked for?

In a temporary file without a name: memory stays bounded however much the worker has made, and nothing with an address
in it is left behind however the process ends. ``TMPDIR`` says on which disk. All that a process keeps at a time is in
one file, since the system lets it open few; with the last of it the file goes.
"""

import os
from collections.abc import Iterable
from tempfile import TemporaryFile
from threading import Lock
from weakref import finalize, ref

import pyarrow as pa


class _Store:
    """The file of a process, and where it ends."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed when nobody needs it any more
        self._end = 0
        finalize(self, self._file.close)

    def append(self, piece: pa.Buffer) -> tuple[int, int]:
        """Put a piece at the end, and return where it starts and stops. Not for several threads at once."""
        start = self._end
        left = memoryview(piece).cast("B")
        while left:
            written = os.pwrite(self._file.fileno(), left, self._end)
            self._end += written
            left = left[written:]
        return start, self._end

    def read(self, start: int, stop: int) -> bytes:
        """Return what is there. The system may read less than was asked for, above 2 GiB always."""
        found = b""
        while len(found) < stop - start:
            found += os.pread(self._file.fileno(), stop - start - len(found), start + len(found))
        return found


_appending = Lock()
_latest: "ref[_Store] | None" = None


class Shelf:
    """Some pieces of bytes, by number. A copy of it in another process is in that one's file."""

    def __init__(self, pieces: Iterable[pa.Buffer]) -> None:
        """Put the pieces there. Raises ``OSError``."""
        global _latest  # noqa: PLW0603 - there is one file of a process
        self._bounds = []
        self._store: _Store | None = None
        for piece in pieces:
            with _appending:
                self._store = self._store or (_latest and _latest()) or _Store()
                _latest = ref(self._store)
                self._bounds.append(self._store.append(piece))

    def __len__(self) -> int:
        return len(self._bounds)

    @property
    def nbytes(self) -> int:
        """How many bytes there are."""
        return sum(stop - start for start, stop in self._bounds)

    def get(self, number: int) -> bytes:
        """Return a piece."""
        return self._store.read(*self._bounds[number]) if self._store else b""

    def __reduce__(self) -> tuple[type["Shelf"], tuple[list[pa.Buffer]]]:
        return Shelf, ([pa.py_buffer(self.get(number)) for number in range(len(self))],)
