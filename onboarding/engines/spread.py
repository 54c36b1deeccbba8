"""How are the rows of all exports decided by many workers, and why is the answer the same as that of one machine?

::

    look where to cut ──▶ survey each part ──▶ bring together what has the same hash ──▶ settle each part ──▶ in order
          workers              workers                       workers                          workers         here

A part is as many bytes of a file as were asked for, cut between two records, or a file that cannot be cut. What must be
known of all rows is known of them as numbers: which address and which employee, by hash, and at which position. Whoever
is first is told by the order of the input alone, so that it does not matter how it was cut or who was ready first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd
import structlog

from onboarding.duplicates import Stretch
from onboarding.engines.candidates import Rules
from onboarding.engines.local import OnRead, no_rows
from onboarding.engines.parts import (
    Place,
    Told,
    find,
    look,
    match,
    piece,
    placed,
    settle,
    survey,
    told,
)
from onboarding.errors import InputRefused
from onboarding.exports import Export
from onboarding.fingerprints import Seed
from onboarding.partitions import PARTS
from onboarding.suspicions import Suspicions

log = structlog.get_logger()

MOST_PARTS = 2000
"""Where there were more, they become larger."""

ROWS_OF_A_GROUP = 2**20
"""How many rows, about, of all parts are brought together by one worker; each is some 60 bytes."""

AHEAD_PER_WORKER = 1
"""How many parts are settled before they are asked for."""


class Workers(Protocol):
    """Do pure functions of values elsewhere, each as often as it takes."""

    @property
    def count(self) -> int:
        """How many things can be done at a time."""

    def submit(self, function: Callable[..., Any], *given: Any) -> Any:
        """Have something done; return what stands for its result, also as one of the values ``given`` to another."""

    def result(self, submitted: Any) -> Any:
        """Return the result. Raises what the function raised, if that is for the user, and ``ClusterLost``."""


@dataclass(slots=True)
class _Part:
    """A part of an export, what stands for its survey and for what is told of that, and where the part stands."""

    export: Export
    rules: Rules
    survey: Any
    told: Any
    place: Place = Place()  # noqa: RUF009 - it is frozen
    rows: int = 0


def prepare(
    exports: Sequence[Export],
    rules: Rules,
    workers: Workers,
    *,
    part_bytes: int,
    on_read: OnRead = lambda _rows, _source: None,
) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports in input order, as ``local.prepare`` does, and raise as it does."""
    seed = Seed.random()
    suspicions = rules.suspicions()
    stretches: list[Stretch] = []
    parts: list[_Part] = []
    position = 0
    for export, submitted, digest in _surveys(exports, rules, seed, workers, part_bytes):
        rows_before, facts = 0, []
        for part in submitted:
            part.place = Place(position, rows_before)
            found = _told(part, seed, workers)
            rows = part.rows = found.facts.rows or 0
            suspicions.take(export.source, found.facts.sheet, found.domains)
            stretches += placed(found.stretches, part.place)
            facts.append(found.facts)
            position, rows_before = position + rows, rows_before + rows
            on_read(rows, export.source)
        export.learn(facts, workers.result(digest) if digest is not None else None)
        log.info("export.read", parts=len(facts), **export.facts.as_log())
        parts += submitted
    if not position:
        raise no_rows(exports)
    yield from _settled(parts, stretches, suspicions, workers)


def _surveys(
    exports: Sequence[Export], rules: Rules, seed: Seed, workers: Workers, part_bytes: int
) -> list[tuple[Export, list[_Part], Any]]:
    """Have every part of every export surveyed; return with each export its parts, and its digest if it was cut."""
    size = max(part_bytes, sum(export.size for export in exports) // MOST_PARTS)
    looked = []
    for export in exports:
        spans = export.spans(size)
        looked.append((export, spans, [workers.submit(look, span) for span in spans]))
    surveyed = []
    for export, spans, sights in looked:
        of_export = rules.of(export)
        cut = export.parts(size, spans, [workers.result(sight) for sight in sights])
        parts = [_survey(part, of_export, seed, workers) for part in cut]
        surveyed.append((export, parts, workers.submit(Export.digest, export) if len(cut) > 1 else None))
    return surveyed


def _survey(part: Export, rules: Rules, seed: Seed, workers: Workers) -> _Part:
    found = workers.submit(survey, part, rules, seed, Place())
    return _Part(part, rules, found, workers.submit(told, found))


def _told(part: _Part, seed: Seed, workers: Workers) -> Told:
    try:
        found: Told = workers.result(part.told)
    except InputRefused:
        if not part.place.rows_before:
            raise
        # Now that it is known where it stands, it is read once more for the number of the row that is refused.
        again = workers.submit(survey, part.export, part.rules, seed, part.place)
        found = workers.result(workers.submit(told, again))
    return found


def _settled(
    parts: Sequence[_Part], stretches: Sequence[Stretch], suspicions: Suspicions, workers: Workers
) -> Iterator[pd.DataFrame]:
    rows = sum(part.rows for part in parts)
    count = min(PARTS, max(workers.count, rows // ROWS_OF_A_GROUP))
    groups = [range(PARTS * number // count, PARTS * (number + 1) // count) for number in range(count)]
    positions = [part.place.position for part in parts]
    pairs = [
        workers.submit(match, [workers.submit(piece, part.survey, group) for part in parts], positions)
        for group in groups
    ]
    found = workers.submit(find, pairs, stretches)
    del pairs  # what is not held here, no worker need hold
    suspects = suspicions.find()
    most_ahead = AHEAD_PER_WORKER * workers.count
    settled: list[Any] = []
    for number, part in enumerate(parts):
        for coming in parts[len(settled) : number + 1 + most_ahead]:
            settled.append(workers.submit(settle, coming.survey, coming.place, found, suspects))
            coming.survey = coming.told = None
        yield from workers.result(settled[number]).frames(part.place.position)
        settled[number] = None
