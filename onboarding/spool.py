"""Where are rows between two passes over them?

In a temporary file without a name: memory stays bounded, and nothing with an address in it is left behind however the
process ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa

from onboarding.rows import TEXT, as_array, said_by_all, whole


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is not in the file of a frame: its place and size, its columns, and the text of those that say but one."""

    first_position: int
    rows: int
    names: tuple[str, ...]
    same: Mapping[str, str]


class Spool:
    """Keep frames of one schema in the order in which they came, and give them back as they were.

    ``folder`` is on a disk with room for the rows; some 100 bytes for each. A context manager.
    """

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._kept: list[_Kept] = []

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
        columns = {str(name): as_array(frame[name]) for name in frame}
        said = {name: said_by_all(column) for name, column in columns.items() if pa.types.is_string(column.type)}
        same = {name: word for name, word in said.items() if word is not None}
        batch = pa.record_batch({name: column for name, column in columns.items() if name not in same})
        with pa.ipc.new_stream(pa.PythonFile(self._file, "w"), batch.schema) as writer:
            writer.write_batch(batch)
        self._kept.append(_Kept(int(frame.index[0]), len(frame), tuple(columns), same))

    def frames(self) -> Iterator[pd.DataFrame]:
        """Yield the frames, one in memory at a time. Call it once, after the last was taken in."""
        self._file.seek(0)
        for kept in self._kept:
            with pa.ipc.open_stream(pa.PythonFile(self._file, "r")) as stream:
                batch = stream.read_all()
            columns = {
                name: pa.repeat(kept.same[name], kept.rows) if name in kept.same else whole(batch[name])
                for name in kept.names
            }
            frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.string(): TEXT}.get)
            frame.index = pd.RangeIndex(kept.first_position, kept.first_position + kept.rows)
            yield frame
