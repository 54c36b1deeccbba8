"""Sort records of numbers into hash divisions that each fit in memory, with temporary files for many records.

A record is a tuple of unsigned numbers. Its first number is a hash. The highest bits of the hash choose one of the
``HASH_DIVISIONS`` divisions for the record. So all records with one hash are in one division, in the order in which
they were added. Records stay in memory up to a budget. Beyond the budget they are written to temporary files
(``unnamed_file``), which leave nothing behind. ``dask.parts`` explains how the parts of the input differ from hash
divisions.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from onboarding.model.values import dataclass
from onboarding.runtime.scratch import unnamed_file

HASH_DIVISIONS = 64
_SHIFT = np.uint64(64 - HASH_DIVISIONS.bit_length() + 1)

SMALL_BYTES = 1_000_000
"""The most bytes of records in one array of ``Partitions.groups``. Such an array fits in a processor's cache."""

Records = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class DividedRecords:
    """Some records, sorted by hash division, in the order in which they were given within each division.

    The records of the division ``number`` are ``ordered[bounds[number] : bounds[number + 1]]``.
    """

    ordered: Records
    bounds: npt.NDArray[np.intp]

    def of(self, number: int) -> Records:
        """Return the records of the hash division with a number."""
        return self.ordered[self.bounds[number] : self.bounds[number + 1]]


def divide(columns: Sequence[npt.NDArray[np.uint64]], chosen: npt.NDArray[np.intp]) -> DividedRecords:
    """Return the records with the indices ``chosen``, sorted by hash division.

    ``columns`` has an array for each number of a record. Any thread may call the function.
    """
    division = (columns[0][chosen] >> _SHIFT).astype(np.uint8)
    order = np.argsort(division, kind="stable")
    bounds = np.searchsorted(division[order], np.arange(HASH_DIVISIONS + 1))
    places = chosen[order]
    ordered = np.empty((len(chosen), len(columns)), np.uint64)
    for number, column in enumerate(columns):
        ordered[:, number] = column[places]
    return DividedRecords(ordered, bounds)


class Partitions(ExitStack):
    """Records divided by the hash in their first number. The context manager removes its temporary files at the end.

    ``width`` is the number of numbers in each record. When the records in memory exceed ``budget_bytes``, they are
    written to temporary files in the folder ``scratch``.
    """

    def __init__(self, width: int, *, scratch: Path, budget_bytes: float) -> None:
        super().__init__()
        self._width = width
        self._scratch = scratch
        self._budget_bytes = budget_bytes
        self._held: list[list[Records]] = [[] for _ in range(HASH_DIVISIONS)]
        self._held_bytes = 0
        self._files: list[IO[bytes]] = []

    def append(self, records: DividedRecords) -> None:
        """Add records, which follow the records of earlier calls. Raises ``OSError`` if the disk is full or fails."""
        for number, held in enumerate(self._held):
            if len(division := records.of(number)):
                held.append(division)
        self._held_bytes += records.ordered.nbytes
        if self._held_bytes > self._budget_bytes:
            self._spill()

    def divisions(self) -> Iterator[Records]:
        """Yield an array for each hash division: its records, in the order in which they were added."""
        for number, held in enumerate(self._held):
            spilled = [self._read(self._files[number])] if self._files else []
            yield np.concatenate([*spilled, *held]) if spilled or held else np.empty((0, self._width), np.uint64)

    def groups(self) -> Iterator[Records]:
        """Yield all records: few records in a single array, and many records in the arrays of ``divisions``.

        A single array is faster to read. In both cases, all records with one hash are in one array, in the order in
        which they were added.
        """
        if self._files or self._held_bytes > SMALL_BYTES:
            yield from self.divisions()
        else:
            yield np.concatenate([np.empty((0, self._width), np.uint64), *chain(*self._held)])

    def _spill(self) -> None:
        if not self._files:
            self._files = [self.enter_context(unnamed_file(self._scratch)) for _ in range(HASH_DIVISIONS)]
        for file, held in zip(self._files, self._held, strict=True):
            for records in held:
                file.write(records.data)
            held.clear()
        self._held_bytes = 0

    def _read(self, file: IO[bytes]) -> Records:
        file.flush()
        file.seek(0)
        return np.frombuffer(file.read(), np.uint64).reshape(-1, self._width)
