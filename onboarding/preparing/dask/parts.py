"""The work on one part of the input: functions of values, which any worker can do, and do twice.

A part does not know how many rows come before it. So its rows are counted from its own first row, until the process
that knows all parts says where the part begins.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import SEEK_END
from math import inf
from pathlib import Path
from tempfile import SpooledTemporaryFile, gettempdir
from threading import Lock
from weakref import finalize

import numpy as np
import pandas as pd
import pyarrow as pa

from onboarding.addresses import DomainTypos
from onboarding.exports import Export, ExportFacts
from onboarding.model.choices import DateOrder
from onboarding.model.fingerprints import Seed
from onboarding.model.streams import frame_to_buffer, read_frame
from onboarding.preparing.candidates import Rules, decide_export
from onboarding.preparing.duplicates import (
    ADDRESS_WIDTH,
    EMPLOYEE_WIDTH,
    DuplicateFinder,
    DuplicateMarker,
    Repeats,
    RowRange,
    find_repeats,
    join_repeats,
)
from onboarding.preparing.local_engine import writable_scratch
from onboarding.preparing.partitions import PARTS, Records

MOST_IN_MEMORY = 2**16
"""How many bytes a ``WorkerFile`` holds before it needs a file of the system, of which a process may open few."""

HashedRecords = tuple[tuple[Records, Records], ...]
"""Records of some rows by address and by employee, for each of some neighbouring hashes."""


class WorkerFile:
    """A temporary file without a name, where a worker keeps its results until they are needed.

    So memory stays bounded however much a worker reads, and no address is left behind however its process ends.
    ``TMPDIR`` says on which disk. All parts of a run that a worker reads are in one file. A copy that travels to
    another process is a new, empty file there.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115 - closed with the last reference
        self._lock = Lock()
        finalize(self, self._file.close)

    def append(self, piece: pa.Buffer) -> tuple[int, int]:
        """Write a piece at the end, and return where it starts and stops. Raises ``OSError``."""
        with self._lock:
            start = self._file.seek(0, SEEK_END)
            self._file.write(memoryview(piece).cast("B"))
            return start, self._file.tell()

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes between two places."""
        with self._lock:
            self._file.seek(start)
            return self._file.read(stop - start)

    def __reduce__(self) -> tuple[type["WorkerFile"], tuple[()]]:
        return WorkerFile, ()


class StoredPieces:
    """Pieces of bytes in a ``WorkerFile``. A copy that travels to another process has a file of its own there."""

    def __init__(self, pieces: Iterable[pa.Buffer], file: WorkerFile) -> None:
        """Write the pieces. Raises ``OSError``."""
        self._file = file
        self._bounds = [file.append(piece) for piece in pieces]

    def __getitem__(self, number: int) -> bytes:
        return self._file.read(*self._bounds[number])

    def __iter__(self) -> Iterator[bytes]:
        return (self._file.read(*bounds) for bounds in self._bounds)

    def __sizeof__(self) -> int:
        """Return how many bytes would travel to another process, which Dask asks before it sends them."""
        return sum(stop - start for start, stop in self._bounds)

    def __reduce__(self) -> tuple[type["StoredPieces"], tuple[list[bytes], WorkerFile]]:
        return StoredPieces, (list(self), self._file)


@dataclass(frozen=True, slots=True)
class PackedFrames:
    """Frames of consecutive rows on their way from one process to another, as Arrow streams."""

    streams: tuple[pa.Buffer, ...]

    def frames(self, first_position: int) -> Iterator[pd.DataFrame]:
        """Yield the frames again, indexed by position."""
        for stream in self.streams:
            frame = read_frame(stream, first_position)
            first_position += len(frame)
            yield frame

    def __sizeof__(self) -> int:
        """Return the bytes in memory, by which Dask decides when a worker is full."""
        return sum(stream.size for stream in self.streams)


@dataclass(frozen=True, slots=True)
class PartSummary:
    """The facts of a part that the process with all parts needs. ``domains`` counts rows, in order of appearance."""

    facts: ExportFacts
    ranges: tuple[RowRange, ...]
    domains: dict[str, int]


@dataclass(frozen=True, slots=True)
class ReadPart:
    """The rows of one part, decided by themselves.

    ``frames`` are Arrow streams. ``records`` are those of ``DuplicateRecords``: by address for each of the ``PARTS``
    of hashes, and then by employee.
    """

    summary: PartSummary
    frames: StoredPieces
    records: StoredPieces

    def __sizeof__(self) -> int:
        """Return how many bytes would travel to another process."""
        return self.frames.__sizeof__() + self.records.__sizeof__()


@dataclass(frozen=True, slots=True)
class PartPosition:
    """Where a part begins: the position of its first row, and how many rows of its file come before that."""

    position: int = 0
    rows_before: int = 0

    def move(self, ranges: Iterable[RowRange]) -> Iterator[RowRange]:
        """Yield the ranges of the part, moved to where they are in the whole input."""
        for one in ranges:
            offset = one.offset + self.rows_before - self.position
            yield replace(one, first_position=one.first_position + self.position, offset=offset)


@dataclass(frozen=True, slots=True)
class PartReader:
    """What a worker needs to read any part of a run. Each worker has one, with its own ``file``."""

    rules: Rules
    seed: Seed
    file: WorkerFile


def share(value: object) -> object:
    """Return a value, so that a worker holds it for all tasks that need it."""
    return value


def date_order_of(export: Export, reader: PartReader) -> DateOrder | None:
    """Return the order of an export's dates, for which it may be read. Raises ``InputRefused``."""
    return reader.rules.for_export(export).date_order


def read_part(part: Export, reader: PartReader, date_order: DateOrder | None, place: PartPosition) -> ReadPart:
    """Read a part and decide its rows as far as they can be decided by themselves. Raises ``InputRefused``."""
    rules = replace(reader.rules, date_order=date_order)
    suspicions = rules.suspicions(most_domains=inf)
    scratch = Path(gettempdir())
    with writable_scratch(scratch), DuplicateFinder(scratch, budget_bytes=inf, seed=reader.seed) as finder:
        decided = decide_export(part, rules, suspicions, finder, position=place.position, rows_before=place.rows_before)
        frames = StoredPieces((frame_to_buffer(frame) for frame in decided if len(frame)), reader.file)
        found = finder.records()
        records = (one.reshape(-1).view(np.uint8) for one in (*found.by_address, *found.by_employee))
        summary = PartSummary(part.facts, found.ranges, dict(suspicions.domains))
        return ReadPart(summary, frames, StoredPieces(records, reader.file))


def summary_of(part: ReadPart) -> PartSummary:
    """Return the summary of a part, which alone travels at once."""
    return part.summary


def select_records(part: ReadPart, hashes: range) -> HashedRecords:
    """Return the records of a part under some of the ``PARTS`` divisions of hashes."""
    return tuple(
        (
            np.frombuffer(part.records[number], np.uint64).reshape(-1, ADDRESS_WIDTH),
            np.frombuffer(part.records[PARTS + number], np.uint64).reshape(-1, EMPLOYEE_WIDTH),
        )
        for number in hashes
    )


def match_records(parts: Sequence[HashedRecords], positions: Sequence[int]) -> Repeats:
    """Return the repeats among the records of all parts under the same hashes; ``positions`` say where parts begin."""
    by_hash = zip(*parts, strict=True)
    return join_repeats(
        [find_repeats(*(_joined(records, positions) for records in zip(*same, strict=True))) for same in by_hash]
    )


def make_marker(repeats: Sequence[Repeats], ranges: Sequence[RowRange]) -> DuplicateMarker:
    """Return what marks the repeats under all hashes."""
    return DuplicateMarker(join_repeats(repeats), ranges)


def finish_part(part: ReadPart, place: PartPosition, marker: DuplicateMarker, suspects: DomainTypos) -> PackedFrames:
    """Return a part's rows with the columns of ``rows.DECIDED``: numbered, and decided with the whole input known."""
    position = place.position
    finished = []
    for stream in part.frames:
        frame = read_frame(pa.py_buffer(stream), position)
        position += len(frame)
        frame = frame.assign(row=frame["row"] + place.rows_before)
        finished.append(frame_to_buffer(suspects.mark(marker.mark(frame))))
    return PackedFrames(tuple(finished))


def _joined(records: Sequence[Records], positions: Sequence[int]) -> Records:
    """Return the records of all parts, with positions in the whole input."""
    joined = np.concatenate(records)
    lengths = [len(some) for some in records]
    joined[:, -1] += np.repeat(np.array(positions, np.uint64), lengths)
    return joined
