"""In which order does a file write its dates: day, month or year first?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_

import pyarrow as pa

from onboarding.exports.words.dates import reading_of
from onboarding.model.choices import DateOrder


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which orders all cells can have, whether that ``matters`` to any, and whether any date was ``found``."""

    possible: frozenset[DateOrder] = frozenset(DateOrder)
    matters: bool = False
    found: bool = False

    @property
    def order(self) -> DateOrder | None:
        """The one order that all can have; years come first in a short date only if nothing else is possible."""
        match self.possible - {DateOrder.YEAR_FIRST}:
            case one if len(one) == 1:
                return next(iter(one))
            case none if not none:
                return next(iter(self.possible), None)
        return None

    def __and__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.possible & other.possible, self.matters or other.matters, self.found or other.found)


def evidence_of(cells: Iterable[str], *, today: date) -> Evidence:
    """Return what cells say about the order they are written in."""
    evidence = Evidence()
    for reading in {reading_of(cell, today.year) for cell in cells}:
        possible = frozenset(order for order in DateOrder if reading.by(order))
        first, second = reading.either()
        evidence &= Evidence(possible or frozenset(DateOrder), first != second, found=first is not None)
    return evidence


def order_of(batches: Iterable[Sequence[pa.Array]], *, today: date) -> DateOrder | None:
    """Return the order that the cells of a file's columns of dates agree on; take no more batches than that needs."""
    by_column: list[Evidence] = []
    together = Evidence()
    for columns in batches:
        latest = [evidence_of(column.unique().to_pylist(), today=today) for column in columns]
        by_column = [before & now for before, now in zip(by_column or latest, latest, strict=True)]
        together = reduce(and_, by_column)
        settled = together.order is not None or not together.possible
        if settled or all(evidence.found and not evidence.matters for evidence in by_column):
            break
    return together.order
