"""What is found out about one part of the input by itself, and what becomes of its rows once all parts are known?

These are functions of values that can be done on any machine. No part knows how many rows come before it, so its rows
are counted from its own first one until somebody who knows all parts says where it stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from onboarding.addresses import FoundTypos
from onboarding.exports import Export, ExportFacts, Span, SpanScan
from onboarding.model.choices import DateOrder
from onboarding.model.fingerprints import Seed
from onboarding.model.streams import packed, read
from onboarding.preparing.candidates import Rules, candidates
from onboarding.preparing.dask.storage import Shelf
from onboarding.preparing.duplicates import (
    ADDRESS_WIDTH,
    EMPLOYEE_WIDTH,
    Duplicates,
    Found,
    Pairs,
    Stretch,
    gathered,
    pairs_of,
)
from onboarding.preparing.local import writable
from onboarding.preparing.partitions import PARTS, Records

Piece = tuple[tuple[Records, Records], ...]
"""Records of some rows by address and by employee, for each of some neighbouring hashes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Frames of consecutive rows on their way from one process to another, as Arrow streams."""

    streams: tuple[pa.Buffer, ...]

    def frames(self, first_position: int) -> Iterator[pd.DataFrame]:
        """Yield the frames again, indexed by position."""
        for stream in self.streams:
            frame = read(stream, first_position)
            first_position += len(frame)
            yield frame

    def __sizeof__(self) -> int:
        """Tell what it takes in memory, by which a worker knows when to use its disk."""
        return sum(stream.size for stream in self.streams)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one part holds.

    ``rows`` are its frames as Arrow streams, ``noted`` what ``duplicates.Noted`` has: the records by address of each
    division of hashes, and then those by employee. ``domains`` has the rows of each, in the order in which they first
    appear.
    """

    facts: ExportFacts
    rows: Shelf
    noted: Shelf
    stretches: tuple[Stretch, ...]
    domains: dict[str, int]

    def __sizeof__(self) -> int:
        """Tell how much would have to be sent if somebody else wanted it."""
        return self.rows.nbytes + self.noted.nbytes


@dataclass(frozen=True, slots=True)
class Told:
    """What whoever knows all parts must know of one."""

    facts: ExportFacts
    stretches: tuple[Stretch, ...]
    domains: dict[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands: the position of its first row, and how many rows of its file come before that."""

    position: int = 0
    rows_before: int = 0


def look(span: Span) -> SpanScan:
    """Return what some bytes of a file look like to whoever wants to cut it. Raises ``InputRefused``."""
    return span.scan()


def same(value: Any) -> Any:
    """Return a value, which is there once then for all that need it."""
    return value


def date_order_of(export: Export, rules: Rules) -> DateOrder | None:
    """Return in which order an export's dates are written, for which it may be read. Raises ``InputRefused``."""
    return rules.of(export).date_order


def digest_of(export: Export) -> str:
    """Return the SHA-256 of a whole export. Raises ``InputRefused``."""
    return export.digest()


def survey(part: Export, rules: Rules, date_order: DateOrder | None, seed: Seed, place: Place) -> Survey:
    """Read a part and decide its rows as far as they decide it by themselves. Raises ``InputRefused``."""
    rules = replace(rules, date_order=date_order)
    suspicions = rules.suspicions(most_domains=inf)
    scratch = Path(gettempdir())
    with writable(scratch), Duplicates(scratch, budget_bytes=inf, seed=seed) as duplicates:
        found = candidates(part, rules, suspicions, duplicates, position=place.position, rows_before=place.rows_before)
        rows = Shelf(packed(frame) for frame in found if len(frame))
        noted = duplicates.noted()
        records = Shelf(one.reshape(-1).view(np.uint8) for one in (*noted.by_address, *noted.by_employee))
        return Survey(part.facts, rows, records, noted.stretches, dict(suspicions.domains))


def told(found: Survey) -> Told:
    """Return the little that is to be said of a part at once."""
    return Told(found.facts, found.stretches, found.domains)


def piece(found: Survey, hashes: range) -> Piece:
    """Return what was noted of a part's rows under some of the ``PARTS`` divisions of hashes."""
    return tuple(
        (
            np.frombuffer(found.noted.get(number), np.uint64).reshape(-1, ADDRESS_WIDTH),
            np.frombuffer(found.noted.get(PARTS + number), np.uint64).reshape(-1, EMPLOYEE_WIDTH),
        )
        for number in hashes
    )


def match(pieces: Sequence[Piece], positions: Sequence[int]) -> Pairs:
    """Return who is there twice under the same hashes; there is a piece of each part, and where the part begins."""
    by_hash = zip(*pieces, strict=True)
    return gathered(
        [pairs_of(*(_joined(records, positions) for records in zip(*same, strict=True))) for same in by_hash]
    )


def find(pairs: Sequence[Pairs], stretches: Sequence[Stretch]) -> Found:
    """Return who is there twice under any hash."""
    return Found(gathered(pairs), stretches)


def settle(survey: Survey, place: Place, found: Found, suspects: FoundTypos) -> Packed:
    """Return a part's rows as ``rows.DECIDED`` has them, with their numbers and with what only the whole tells."""
    position = place.position
    settled = []
    for number in range(len(survey.rows)):
        frame = read(pa.py_buffer(survey.rows.get(number)), position)
        position += len(frame)
        frame = frame.assign(row=frame["row"] + place.rows_before)
        settled.append(packed(suspects.mark(found.mark(frame))))
    return Packed(tuple(settled))


def placed(stretches: Iterable[Stretch], place: Place) -> Iterator[Stretch]:
    """Yield the stretches of a part where they stand in the whole input."""
    for one in stretches:
        offset = one.offset + place.rows_before - place.position
        yield replace(one, first_position=one.first_position + place.position, offset=offset)


def _joined(records: Sequence[Records], positions: Sequence[int]) -> Records:
    """Return the records of all parts, with positions in the whole input."""
    joined = np.concatenate(records)
    lengths = [len(some) for some in records]
    joined[:, -1] += np.repeat(np.array(positions, np.uint64), lengths)
    return joined
