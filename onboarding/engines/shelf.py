"""Where is what a worker has made until it is asked for?

In a temporary file without a name: memory stays bounded however much the worker has made, and nothing with an address
in it is left behind however the process ends. ``TMPDIR`` says on which disk.
"""

import os
from collections.abc import Iterable
from tempfile import TemporaryFile
from weakref import finalize

import pyarrow as pa


class Shelf:
    """Some pieces of bytes, by number. A copy of it in another process has a file of its own there."""

    def __init__(self, pieces: Iterable[pa.Buffer]) -> None:
        """Put the pieces there. Raises ``OSError``."""
        self._file = TemporaryFile()  # noqa: SIM115 - closed when nobody needs the shelf any more
        finalize(self, self._file.close)
        self._bounds = [0]
        for piece in pieces:
            self._file.write(piece)
            self._bounds.append(self._bounds[-1] + len(piece))
        self._file.flush()

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @property
    def nbytes(self) -> int:
        """How many bytes there are."""
        return self._bounds[-1]

    def get(self, number: int) -> bytes:
        """Return a piece."""
        start, stop = self._bounds[number : number + 2]
        # The system may read less than was asked for, above 2 GiB always.
        found = b""
        while len(found) < stop - start:
            found += os.pread(self._file.fileno(), stop - start - len(found), start + len(found))
        return found

    def __reduce__(self) -> tuple[type["Shelf"], tuple[list[pa.Buffer]]]:
        return Shelf, ([pa.py_buffer(self.get(number)) for number in range(len(self))],)
