"""Where are rows between two passes over them?

In a temporary file without a name: memory stays bounded, and nothing with an address in it is left behind however the
process ends.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa

from onboarding.streams import read, write


class Spool:
    """Keep frames of one schema in the order in which they came, and give them back as they were.

    ``folder`` is on a disk with room for the rows; some 100 bytes for each. A context manager.
    """

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._starts: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, frame: pd.DataFrame) -> None:
        """Take in a frame whose index is a range of positions."""
        if frame.empty:
            return
        write(frame, pa.PythonFile(self._file, "w"))
        self._starts.append(int(frame.index[0]))

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the frames, one in memory at a time. Call it once, after the last was taken in."""
        self._file.seek(0)
        for start in self._starts:
            yield read(pa.PythonFile(self._file, "r"), start)
