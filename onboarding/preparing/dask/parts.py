"""The tasks of Dask workers (read, match and finish parts of the input), and the values of these tasks.

Dask passes the values from task to task. ``worker_files`` keeps rows and records until a task needs them.
``dask.engine`` submits the tasks, and ``dask.workers`` carries them out. The result of a task depends on its arguments
alone. So any worker can carry out the task, even twice.

The input is divided in two ways. A part of the input is a whole export, or a section of its rows. A hash division is
one of the ``HASH_DIVISIONS`` ranges of hashes (``partitions``), and has records of all parts of the input.

A worker does not know how many rows come before its part of the input. So it counts positions from the first row of the
part. Later the run, which knows all parts, corrects the positions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pandas as pd
import pyarrow as pa

from onboarding.addresses import DomainTypos
from onboarding.exports import Export, ExportFacts
from onboarding.model.choices import DateOrder
from onboarding.model.fingerprints import Seed
from onboarding.model.streams import frame_to_buffer, read_frame
from onboarding.model.values import dataclass
from onboarding.preparing.candidates import Rules, decide_export, finish_rows
from onboarding.preparing.dask.worker_files import StoredPieces, WorkerFile
from onboarding.preparing.duplicates import DuplicateMarker
from onboarding.preparing.filters import FilterMatches
from onboarding.preparing.local_engine import writable_scratch
from onboarding.preparing.partitions import HASH_DIVISIONS, Records
from onboarding.preparing.repeats import ADDRESS_WIDTH, EMPLOYEE_WIDTH, Repeats, find_repeats, join_repeats
from onboarding.preparing.row_ranges import RowRange

HashedRecords = tuple[tuple[Records, Records], ...]
"""Records of several neighbouring hash divisions. Each division has its records by address and by employee."""


@dataclass(frozen=True, slots=True)
class PackedFrames:
    """Frames of consecutive rows, as Arrow streams in memory that one process sends to another."""

    streams: tuple[pa.Buffer, ...]

    def frames(self, first_position: int) -> Iterator[pd.DataFrame]:
        """Yield the frames, indexed by position. The first row has the position ``first_position``."""
        for stream in self.streams:
            frame = read_frame(stream, first_position)
            first_position += len(frame)
            yield frame

    def __sizeof__(self) -> int:
        """Return how many bytes the streams take in memory. Dask uses this to decide when a worker is full."""
        return sum(stream.size for stream in self.streams)


@dataclass(frozen=True, slots=True)
class PartSummary:
    """The facts about one part of the input that the run needs to put all parts together.

    The positions in ``ranges`` are counted from the part's own first row. If the worker knew where the part begins, the
    positions are counted from the first row of the whole input. ``domains`` has the number of rows of each domain, in
    order of first appearance. ``lines`` is the number of rows in the frames. In a frame, one row may describe many
    blank rows. ``matched_rules`` has the numbers of the entries of ``--only`` and ``--skip`` that fit a row
    (``FilterMatches``).
    """

    facts: ExportFacts
    lines: int
    ranges: tuple[RowRange, ...]
    domains: dict[str, int]
    matched_rules: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadPart:
    """The rows of one part of the input, decided without the other parts, and their records for finding duplicates.

    ``frames`` has one Arrow stream for each frame. ``records`` has the arrays of ``DuplicateRecords``: first
    ``by_address`` for all hash divisions, then ``by_employee`` for all hash divisions.
    """

    summary: PartSummary
    frames: StoredPieces
    records: StoredPieces

    def __sizeof__(self) -> int:
        """Return how many bytes a transfer to another process would send."""
        return self.frames.__sizeof__() + self.records.__sizeof__()


@dataclass(frozen=True, slots=True)
class PartPosition:
    """Where a part of the input begins: the position of its first row, and the number of rows before it in the file.

    The defaults are for a part whose place is not known yet.
    """

    position: int = 0
    rows_before: int = 0

    def move(self, ranges: Iterable[RowRange]) -> Iterator[RowRange]:
        """Yield the row ranges of a part, with positions that are counted from the start of the whole input."""
        for one in ranges:
            offset = one.offset + self.rows_before - self.position
            yield replace(one, first_position=one.first_position + self.position, offset=offset)


@dataclass(frozen=True, slots=True)
class PartReader:
    """The values that a worker needs to read parts of the input: the run's rules, the hash seed, and its own file.

    Each worker has one ``PartReader``.
    """

    rules: Rules
    seed: Seed
    file: WorkerFile


def keep_on_worker(value: object) -> object:
    """Return the value unchanged. Dask keeps the value on a worker, as a task's result, for all tasks that need it."""
    return value


def date_order_of(export: Export, reader: PartReader) -> DateOrder | None:
    """Return the order of day, month and year in an export's dates, or None if they can be read in several orders.

    To find the order, the worker may have to read the export. Raises ``InputRefused`` if the export cannot be read
    safely.
    """
    return reader.rules.for_export(export).date_order


def read_part(part: Export, reader: PartReader, date_order: DateOrder | None, place: PartPosition) -> ReadPart:
    """Read a part of the input, and decide its rows as far as that is possible without the other parts.

    Raises ``InputRefused`` if a row cannot be read or decided safely. Raises ``ScratchFailed`` if the worker's file
    cannot be written.
    """
    policy = replace(reader.rules.policy, matches=FilterMatches())
    rules = replace(reader.rules, policy=policy, date_order=date_order)
    suspicions = rules.suspicions(most_domains=inf)
    scratch = Path(gettempdir())
    with writable_scratch(scratch), rules.duplicates(scratch, budget_bytes=inf, seed=reader.seed) as finder:
        decided = decide_export(part, rules, suspicions, finder, position=place.position, rows_before=place.rows_before)
        lengths: list[int] = []

        def streams() -> Iterator[pa.Buffer]:
            for frame in decided:
                frame.note_in(suspicions, finder)
                if frame.rows:
                    lengths.append(frame.rows)
                    yield frame.stream

        frames = StoredPieces(streams(), reader.file)
        found = finder.records()
        records = (one.reshape(-1).view(np.uint8) for one in (*found.by_address, *found.by_employee))
        summary = PartSummary(
            part.facts, sum(lengths), found.ranges, dict(suspicions.domain_counts), frozenset(policy.matches.numbers)
        )
        return ReadPart(summary, frames, StoredPieces(records, reader.file))


def summary_of(part: ReadPart) -> PartSummary:
    """Return the summary of a part of the input. Dask sends the summary to the run, and the rows stay on the worker."""
    return part.summary


def select_records(part: ReadPart, hashes: range) -> HashedRecords:
    """Return the records that a part of the input has in some hash divisions. ``hashes`` has the divisions' numbers."""
    return tuple(
        (
            np.frombuffer(part.records[number], np.uint64).reshape(-1, ADDRESS_WIDTH),
            np.frombuffer(part.records[HASH_DIVISIONS + number], np.uint64).reshape(-1, EMPLOYEE_WIDTH),
        )
        for number in hashes
    )


def match_records(parts: Sequence[HashedRecords], positions: Sequence[int]) -> Repeats:
    """Return the repeated rows of the whole input whose records are in some hash divisions.

    ``parts`` has the records of each part in these divisions. ``positions`` has the position of each part's first row.
    """
    by_hash = zip(*parts, strict=True)
    return join_repeats(
        [find_repeats(*(_joined(records, positions) for records in zip(*same, strict=True))) for same in by_hash]
    )


def make_marker(repeats: Sequence[Repeats], ranges: Sequence[RowRange], reader: PartReader) -> DuplicateMarker:
    """Return a marker that knows all repeated rows of the input.

    ``repeats`` has the repeated rows of all hash divisions. ``ranges`` has the row ranges of the whole input.
    ``reader`` has the rules of the run.
    """
    return DuplicateMarker(join_repeats(repeats), ranges, reader.rules.holds)


def finish_part(
    part: ReadPart, place: PartPosition, marker: DuplicateMarker, suspects: DomainTypos, reader: PartReader
) -> PackedFrames:
    """Return the rows of a part of the input, with their final row numbers and decisions.

    Frames have the columns of ``rows.DECIDED``. ``marker`` marks duplicates, and ``suspects`` marks domain typos. Both
    know the rows of the whole input.
    """
    position = place.position
    finished = []
    for stream in part.frames:
        frame = read_frame(pa.py_buffer(stream), position)
        position += len(frame)
        frame = frame.assign(row=frame["row"] + place.rows_before)
        finished.append(frame_to_buffer(finish_rows(frame, marker, suspects, reader.rules.answers)))
    return PackedFrames(tuple(finished))


def _joined(records: Sequence[Records], positions: Sequence[int]) -> Records:
    """Return the records of all parts of the input as one array, with positions in the whole input."""
    joined = np.concatenate(records)
    lengths = [len(some) for some in records]
    joined[:, -1] += np.repeat(np.array(positions, np.uint64), lengths)
    return joined
