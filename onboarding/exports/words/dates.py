"""Read the dates in columns, and find the order in which a file writes day, month and year.

The module ``date_cells`` reads a single cell. Cells that contradict a known order are unreadable, and a person must
look at them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from operator import and_

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.exports.words.date_cells import read_date
from onboarding.model.choices import DateOrder
from onboarding.model.columns import Mask, as_array
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class ColumnDates:
    """The dates of a column; each array has the shape ``(rows,)``.

    ``day_first`` (datetime64[D]) is the date in each cell if the day is written first, and ``month_first`` if the month
    is written first. The two dates of a cell are equal if the order is known or does not matter. Both dates are NaT if
    the cell is no date. ``unreadable`` (bool) is true for cells that are neither a date nor empty.
    """

    day_first: npt.NDArray[np.datetime64]
    month_first: npt.NDArray[np.datetime64]
    unreadable: Mask

    @property
    def are_ambiguous(self) -> Mask:
        """The mask of the cells with two possible dates, one for each order of day and month."""
        two: Mask = (self.day_first != self.month_first) & ~np.isnat(self.day_first)
        return two


@dataclass(frozen=True, slots=True)
class DateOrderEvidence:
    """The evidence in cells for the order of day, month and year.

    ``possible`` are the orders that fit all cells. ``matters`` is true if the date in at least one cell depends on the
    order. ``found`` is true if at least one cell is a date.
    """

    possible: frozenset[DateOrder] = frozenset(DateOrder)
    matters: bool = False
    found: bool = False

    @property
    def order(self) -> DateOrder | None:
        """The only order that fits all cells, or ``None``. ``YEAR_FIRST`` counts only if no other order fits."""
        likely = self.possible - {DateOrder.YEAR_FIRST} or self.possible
        return next(iter(likely)) if len(likely) == 1 else None

    def __and__(self, other: "DateOrderEvidence") -> "DateOrderEvidence":
        possible = self.possible & other.possible
        return DateOrderEvidence(possible, self.matters or other.matters, self.found or other.found)


def read_dates(column: pd.Series, order: DateOrder | None, *, today: date) -> ColumnDates:
    """Return the dates in a column. ``order`` is the order of day, month and year, or ``None`` if it is unknown.

    ``today`` decides the century of a year that has only two digits.
    """
    distinct = as_array(column).dictionary_encode()
    codes = distinct.indices.to_numpy()
    readings = [read_date(cell, today.year) for cell in distinct.dictionary.to_pylist()]
    days = [reading.either() if order is None else (reading.by(order),) * 2 for reading in readings]
    first, second = ([pair[which] for pair in days] for which in (0, 1))
    day_first = _days(first)[codes]
    month_first = day_first if first == second else _days(second)[codes]
    is_blank = np.array([reading.is_blank for reading in readings], np.bool_)[codes]
    return ColumnDates(day_first, month_first, np.isnat(day_first) & ~is_blank)


def _days(days: Sequence[date | None]) -> npt.NDArray[np.datetime64]:
    found: npt.NDArray[np.datetime64] = pa.array(days, pa.date32()).to_numpy(zero_copy_only=False)  # numpy is slower
    return found


def common_date_order(batches: Iterable[Sequence[pa.Array]], *, today: date) -> DateOrder | None:
    """Return the only order that fits all columns of dates, or ``None`` if several orders or no order fit.

    Each batch contains one array of cells per column. The function stops reading batches when the answer is certain.
    ``today`` decides the century of a year that has only two digits.
    """
    by_column: list[DateOrderEvidence] = []
    together = DateOrderEvidence()
    for columns in batches:
        latest = [date_order_evidence(column.unique().to_pylist(), today=today) for column in columns]
        by_column = [before & now for before, now in zip(by_column or latest, latest, strict=True)]
        together = reduce(and_, by_column)
        settled = together.order is not None or not together.possible
        if settled or all(evidence.found and not evidence.matters for evidence in by_column):
            break
    return together.order


def date_order_evidence(cells: Iterable[str], *, today: date) -> DateOrderEvidence:
    """Return the evidence in the cells of a column for the order of day, month and year.

    ``today`` decides the century of a year that has only two digits.
    """
    evidence = DateOrderEvidence()
    for reading in {read_date(cell, today.year) for cell in cells}:
        possible = frozenset(order for order in DateOrder if reading.by(order))
        first, second = reading.either()
        evidence &= DateOrderEvidence(possible or frozenset(DateOrder), first != second, found=first is not None)
    return evidence
