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

from onboarding.addresses import SuspicionScan
from onboarding.exports import Export
from onboarding.model.errors import InputRefused, OnboardingError
from onboarding.model.fingerprints import Seed
from onboarding.preparing.candidates import Rules
from onboarding.preparing.dask.parts import (
    Place,
    Told,
    date_order_of,
    digest_of,
    find,
    look,
    match,
    piece,
    placed,
    same,
    settle,
    survey,
    told,
)
from onboarding.preparing.duplicates import Stretch
from onboarding.preparing.local import OnRead, no_rows
from onboarding.preparing.partitions import PARTS

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
    survey: Any
    told: Any
    place: Place = Place()  # noqa: RUF009 - it is frozen
    rows: int = 0


@dataclass(slots=True)
class _Surveyed:
    """An export whose parts are being surveyed, or why it cannot be cut into any."""

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
    """Yield every row of the exports in input order, as ``local.prepare`` does, and raise as it does."""
    common = _Common(workers.submit(same, rules), Seed.random(), workers)
    suspicions = rules.suspicions()
    stretches: list[Stretch] = []
    parts: list[_Part] = []
    position = 0
    for surveyed in _surveys(exports, common, part_bytes):
        if surveyed.refused:
            raise surveyed.refused
        rows_before, facts = 0, []
        for part in surveyed.parts:
            part.place = Place(position, rows_before)
            found = _told(part, surveyed, common)
            rows = part.rows = found.facts.rows or 0
            suspicions.take(surveyed.export.source, found.facts.sheet, found.domains)
            stretches += placed(found.stretches, part.place)
            facts.append(found.facts)
            position, rows_before = position + rows, rows_before + rows
            on_read(rows, surveyed.export.source)
        order, digest = (None if one is None else workers.result(one) for one in (surveyed.date_order, surveyed.digest))
        surveyed.export.adopt_facts(facts, digest, date_order="" if rules.date_order else order)
        log.info("export.read", parts=len(facts), **surveyed.export.facts.as_log())
        parts += surveyed.parts
    if not position:
        raise no_rows(exports)
    yield from _settled(parts, stretches, suspicions, workers)


@dataclass(frozen=True, slots=True)
class _Common:
    """What all surveys have in common; ``rules`` is what stands for them where workers are."""

    rules: Any
    seed: Seed
    workers: Workers

    def survey(self, part: Export, date_order: Any, place: Place) -> _Part:
        found = self.workers.submit(survey, part, self.rules, date_order, self.seed, place)
        return _Part(part, found, self.workers.submit(told, found))


def _surveys(exports: Sequence[Export], common: _Common, part_bytes: int) -> list[_Surveyed]:
    """Have every part of every export surveyed, up to the first one that cannot be cut into any."""
    size = max(part_bytes, sum(export.size for export in exports) // MOST_PARTS)
    submit = common.workers.submit
    looked = []
    for export in exports:
        spans = export.spans(size)
        looked.append((export, spans, [submit(look, span) for span in spans]))
    surveyed: list[_Surveyed] = []
    for export, spans, scans in looked:
        try:
            cut = export.parts(size, spans, [common.workers.result(scan) for scan in scans])
        except InputRefused as error:
            # What is wrong with those before it comes first, as it does where they are read one after the other.
            return [*surveyed, _Surveyed(export, refused=error)]
        order = submit(date_order_of, export, common.rules)
        parts = [common.survey(part, order, Place()) for part in cut]
        surveyed.append(_Surveyed(export, order, parts, submit(digest_of, export) if len(cut) > 1 else None))
    return surveyed


def _told(part: _Part, surveyed: _Surveyed, common: _Common) -> Told:
    try:
        found: Told = common.workers.result(part.told)
    except InputRefused as refused:
        if part.place.rows_before:
            # Now that it is known where it stands, it is read once more for the number of the row that is refused.
            common.workers.result(common.survey(part.export, surveyed.date_order, part.place).told)
        raise refused from None
    return found


def _settled(
    parts: Sequence[_Part], stretches: Sequence[Stretch], suspicions: SuspicionScan, workers: Workers
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
    suspects = workers.submit(same, suspicions.find())
    most_ahead = AHEAD_PER_WORKER * workers.count
    settled: list[Any] = []
    for number, part in enumerate(parts):
        for coming in parts[len(settled) : number + 1 + most_ahead]:
            settled.append(workers.submit(settle, coming.survey, coming.place, found, suspects))
            coming.survey = coming.told = None
        yield from workers.result(settled[number]).frames(part.place.position)
        settled[number] = None
