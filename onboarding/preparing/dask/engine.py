"""The Dask engine, which cuts the exports into parts and decides their rows on many workers.

The result has the same rows, in the same order, as the result of ``local_engine``. ``engine_choice`` chooses between
the two engines. ``dask.parts`` has the functions that the workers call.

::

    scan where to cut ──▶ read each part ──▶ match records of the same hash ──▶ finish each part ──▶ in order
          workers             workers                   workers                      workers          here

A part of the input is a section of a file with about the wanted size. It begins and ends between two records. A file
that cannot be cut is one part. Workers compare rows of different parts by numbers alone: hashes of the address and of
the employee, and the position. Among equal rows, the row with the lowest position is the first. So the result does not
depend on the cuts, or on which worker is ready first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import pandas as pd

from onboarding.addresses import SuspicionScan
from onboarding.exports import Export, Span
from onboarding.model.errors import InputRefused, OnboardingError
from onboarding.model.fingerprints import Seed
from onboarding.preparing.candidates import Rules
from onboarding.preparing.dask.cluster import dask_workers
from onboarding.preparing.dask.parts import (
    PartPosition,
    PartReader,
    PartSummary,
    date_order_of,
    finish_part,
    keep_on_worker,
    make_marker,
    match_records,
    read_part,
    select_records,
    summary_of,
)
from onboarding.preparing.dask.worker_files import WorkerFile
from onboarding.preparing.local_engine import Engine, EngineContext, OnRead, no_rows, writable_scratch
from onboarding.preparing.partitions import HASH_DIVISIONS
from onboarding.preparing.row_ranges import RowRange
from onboarding.runtime.logs import get_logger

log = get_logger()

MOST_PARTS = 2000
"""The largest number of parts into which the input is cut. A larger input has larger parts, not more parts."""

ROWS_OF_A_GROUP = 2**20
"""About how many rows a group of hash divisions has. One worker matches a whole group, in about 60 bytes a row."""

AHEAD_PER_WORKER = 1
"""The number of parts of the input that each worker finishes before the run asks for them."""


class Workers(Protocol):
    """Calls functions in other processes, perhaps twice. So a function's result depends on its arguments alone."""

    @property
    def threads(self) -> int:
        """The number of threads of all workers together, which is the number of functions at work at a time."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Start a function, and return the future of its result. A future may be an argument of a later function."""

    def result(self, submitted: Any) -> Any:
        """Wait for a future, and return the result.

        Raises the function's error if the error is an ``OnboardingError``. Raises ``ClusterLost`` if the workers are
        lost.
        """


def dask_engine(scheduler: str | None) -> Engine:
    """Return the engine that uses the Dask cluster of ``scheduler``. With None, the engine starts its own cluster."""
    return partial(_prepare_by_dask, scheduler)


def _prepare_by_dask(
    scheduler: str | None, exports: Sequence[Export], rules: Rules, context: EngineContext
) -> Iterator[pd.DataFrame]:
    """Yield the same frames as ``prepare_locally``, but let the workers of a Dask cluster decide the rows.

    Raises ``InputRefused`` if a row cannot be read safely, ``ScratchFailed`` if temporary files cannot be written, and
    ``ClusterLost`` if the cluster fails. Raises ``ConfigurationError`` if the cluster cannot be used.
    """
    scratch, part_bytes, on_read = context.scratch, context.footprint.part_bytes, context.on_read
    cluster = dask_workers(scheduler, scratch, raise_if_stopped=context.raise_if_stopped)
    with writable_scratch(scratch), cluster as workers:
        yield from prepare_on_workers(exports, rules, workers, part_bytes=part_bytes, on_read=on_read)


@dataclass(slots=True)
class _Part:
    """A part of an export, where it begins (``place``), and the number of rows in its frames (``lines``).

    ``read`` and ``summary`` are the futures of the part's rows and of its summary.
    """

    export: Export
    read: Any
    summary: Any
    place: PartPosition = PartPosition()  # noqa: RUF009 - it is frozen
    lines: int = 0


@dataclass(slots=True)
class _ExportInParts:
    """An export with the parts that workers are reading, or with the error for which the run refuses the export.

    ``date_order`` and ``digest`` are futures. ``digest`` is None if the export is a single part. ``refused`` is the
    error, or None if the export could be cut.
    """

    export: Export
    date_order: Any = None
    parts: Sequence[_Part] = ()
    digest: Any = None
    refused: OnboardingError | None = None


def prepare_on_workers(
    exports: Sequence[Export],
    rules: Rules,
    workers: Workers,
    *,
    part_bytes: int,
    on_read: OnRead = lambda _rows, _source: None,
) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports in input order, as ``prepare_locally`` does, and raise the same errors.

    The parts of the input have about ``part_bytes`` bytes. Also raises the errors of ``workers``.
    """
    reader = workers.submit(keep_on_worker, PartReader(rules, Seed.random(), WorkerFile()))
    suspicions = rules.suspicions()
    ranges: list[RowRange] = []
    parts: list[_Part] = []
    position = 0
    for cut in _start_reading(exports, workers, reader, part_bytes):
        if cut.refused:
            raise cut.refused
        rows_before, facts = 0, []
        for part in cut.parts:
            part.place = PartPosition(position, rows_before)
            summary = _summary(part, cut, workers, reader)
            part.lines = summary.lines
            suspicions.add_domain_counts(cut.export.source, summary.facts.sheet, summary.domains)
            rules.policy.matches.add(summary.matched_rules)
            ranges += part.place.move(summary.ranges)
            facts.append(summary.facts)
            position, rows_before = position + summary.lines, rows_before + (summary.facts.rows or 0)
            on_read(summary.lines, cut.export.source)
        order, digest = (None if one is None else workers.result(one) for one in (cut.date_order, cut.digest))
        cut.export.adopt_facts(facts, digest, date_order="" if rules.date_order else order)
        log.info("export.read", parts=len(facts), **cut.export.facts.as_log())
        parts += cut.parts
    if not position and not rules.may_be_empty:
        raise no_rows(exports)
    yield from _finished(parts, ranges, suspicions, workers, reader)


def _start_reading(exports: Sequence[Export], workers: Workers, reader: Any, part_bytes: int) -> list[_ExportInParts]:
    """Start reading all parts of all exports, and return the exports. Stop at the first refused export."""
    size = max(part_bytes, sum(export.size for export in exports) // MOST_PARTS)
    scanned = []
    for export in exports:
        spans = export.spans(size)
        scanned.append((export, spans, [workers.submit(Span.scan, span) for span in spans]))
    started: list[_ExportInParts] = []
    for export, spans, scans in scanned:
        try:
            cut = export.parts(size, spans, [workers.result(scan) for scan in scans])
        except InputRefused as error:
            # The refusal of an earlier export must come first, as in a run that reads one export after the other.
            return [*started, _ExportInParts(export, refused=error)]
        order = workers.submit(date_order_of, export, reader)
        parts = [_start_part(part, order, PartPosition(), workers, reader) for part in cut]
        digest = workers.submit(Export.digest, export) if len(cut) > 1 else None
        started.append(_ExportInParts(export, order, parts, digest))
    return started


def _start_part(part: Export, date_order: Any, place: PartPosition, workers: Workers, reader: Any) -> _Part:
    """Start reading a part of an export, and return it. ``date_order`` and ``reader`` are futures."""
    read = workers.submit(read_part, part, reader, date_order, place)
    return _Part(part, read, workers.submit(summary_of, read))


def _summary(part: _Part, cut: _ExportInParts, workers: Workers, reader: Any) -> PartSummary:
    try:
        found: PartSummary = workers.result(part.summary)
    except InputRefused as refused:
        if part.place.rows_before:
            # The run now knows where the part begins. So a second reading names the refused row by its right number.
            workers.result(_start_part(part.export, cut.date_order, part.place, workers, reader).summary)
        raise refused from None
    return found


def _finished(
    parts: Sequence[_Part], ranges: Sequence[RowRange], suspicions: SuspicionScan, workers: Workers, reader: Any
) -> Iterator[pd.DataFrame]:
    """Match the records of all parts, and yield the rows of all parts in order. Workers finish parts ahead of time."""
    rows = sum(part.lines for part in parts)
    count = min(HASH_DIVISIONS, max(workers.threads, rows // ROWS_OF_A_GROUP))
    groups = [
        range(HASH_DIVISIONS * number // count, HASH_DIVISIONS * (number + 1) // count) for number in range(count)
    ]
    positions = [part.place.position for part in parts]
    repeats = [
        workers.submit(match_records, [workers.submit(select_records, part.read, group) for part in parts], positions)
        for group in groups
    ]
    marker = workers.submit(make_marker, repeats, ranges, reader)
    del repeats  # a worker may forget a result when this process has dropped its future
    suspects = workers.submit(keep_on_worker, suspicions.find())
    most_ahead = AHEAD_PER_WORKER * workers.threads
    finished: list[Any] = []
    for number, part in enumerate(parts):
        for coming in parts[len(finished) : number + 1 + most_ahead]:
            finished.append(workers.submit(finish_part, coming.read, coming.place, marker, suspects, reader))
            coming.read = coming.summary = None
        yield from workers.result(finished[number]).frames(part.place.position)
        finished[number] = None
