"""Which day does a cell name?

=======================================================  ==========================================================
written                                                  read as
=======================================================  ==========================================================
``2019-03-15``, ``2019/3/15``, with a time, ``20190315``  that day
``15-Mar-2019``, ``01-JAN-19``, ``Mar 15, 2019``         that day, in the languages of ``MONTHS``
``03/15/2019``, ``15-3-19``, ``3/15/2019 0:00``          the only day that it can be
``03/04/2019``, ``3/4/19``                               one day or another, unless the file's ``Order`` is known
``03.04.2019``                                           day first, as wherever dots are usual, unless it is known
``43540``, ``43540.5``                                   that day, as spreadsheets count them
two digits for a year                                    the year from 89 back to 10 ahead that ends in them
a placeholder, zeros, one of ``PLACEHOLDER_YEARS``       no date
=======================================================  ==========================================================

Everything else is unreadable, and so is what contradicts a known order: a person must look.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import and_

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.exports.words.meanings import fold, is_placeholder
from onboarding.model.choices import DateOrder
from onboarding.model.columns import as_mask
from onboarding.model.employees import BLANK

EARLIEST_YEAR = 1940
PLACEHOLDER_YEARS = (1, 1753, 1899, 1900)
"""Where databases and spreadsheets begin to count: what they show where there is no date."""

YEARS_AHEAD = 10
CENTURY = 100
DAYS_COUNTED = range(20_000, 80_000)
"""Counts of days that are taken for dates: 1954 to 2119."""

DAY_ZERO = date(1899, 12, 30)
"""Where spreadsheets begin to count, for days after their 29 February 1900."""

DISTINCT_CELLS_KEPT = 2**16

MONTHS = (
    "jan ene gen tam sty",
    "feb fev lut hel",
    "mar mrz mrt maa",
    "apr avr abr kwi huh",
    "may mai mag mei maj tou",
    "jun juin giu cze kes",
    "jul juil lug lip hei",
    "aug aou ago sie elo",
    "sep set wrz syy",
    "oct okt ott out paz lok",
    "nov lis marras",
    "dec dez dic des gru jou",
)
"""How the names of the months begin, folded: en de fr es it nl sv pt pl fi."""


@dataclass(frozen=True, slots=True)
class ColumnDates:
    """What a column says; each array has the shape ``(rows,)``.

    ``day_first`` and ``month_first`` (datetime64[D]) are the days by either order, the same where the order is known
    or does not matter; NaT where there is none. ``unreadable`` (bool) marks cells that hold something else.
    """

    day_first: npt.NDArray[np.datetime64]
    month_first: npt.NDArray[np.datetime64]
    unreadable: npt.NDArray[np.bool_]

    @property
    def are_two(self) -> npt.NDArray[np.bool_]:
        """Mark the cells that may name one day or another."""
        two: npt.NDArray[np.bool_] = (self.day_first != self.month_first) & ~np.isnat(self.day_first)
        return two


@dataclass(frozen=True, slots=True)
class DateReading:
    """The day that a cell names by each order, ``None`` where it can have no such order."""

    day_first: date | None = None
    month_first: date | None = None
    year_first: date | None = None
    dotted: bool = False
    is_blank: bool = False

    def by(self, order: DateOrder) -> date | None:
        """Return the day by an order that is known."""
        match order:
            case DateOrder.DAY_FIRST:
                return self.day_first
            case DateOrder.MONTH_FIRST:
                return self.month_first
            case DateOrder.YEAR_FIRST:
                return self.year_first

    def either(self) -> tuple[date | None, date | None]:
        """Return the days by day first and by month first where the order is not known."""
        only = self.day_first or self.month_first or self.year_first
        if self.dotted or not (self.day_first and self.month_first):
            return only, only
        return self.day_first, self.month_first


def no_dates(rows: int) -> ColumnDates:
    """Return what is known where there is no such column."""
    nothing = np.full(rows, np.datetime64("NaT", "D"))
    return ColumnDates(nothing, nothing, np.zeros(rows, np.bool_))


def read_dates(column: pa.Array, order: DateOrder | None, *, today: date) -> ColumnDates:
    """Return the days that a column of text names, each distinct cell read once."""
    encoded = column.dictionary_encode()
    named = [_named(cell, order, today.year) for cell in encoded.dictionary.to_pylist()]
    first, second, is_blank = zip(*named, strict=True) if named else ((), (), ())
    day_first = _days(first, encoded)
    month_first = day_first if first == second else _days(second, encoded)
    blank = as_mask(pa.array(is_blank, pa.bool_()).take(encoded.indices))
    return ColumnDates(day_first, month_first, np.isnat(day_first) & ~blank)


@lru_cache(DISTINCT_CELLS_KEPT)
def _named(cell: str, order: DateOrder | None, this_year: int) -> tuple[date | None, date | None, bool]:
    """Return the days that a cell names with the day first and with the month first, and whether it is blank."""
    reading = read_date(cell, this_year)
    days = reading.either() if order is None else (reading.by(order), reading.by(order))
    return *days, reading.is_blank


def _days(distinct: Iterable[date | None], encoded: pa.DictionaryArray) -> npt.NDArray[np.datetime64]:
    days: npt.NDArray[np.datetime64] = (
        pa.array(distinct, pa.date32()).take(encoded.indices).to_numpy(zero_copy_only=False)
    )
    return days


_TIME = r"(?:(?:\s+|\s*,\s*|T)\d{1,2}[:.]\d{2}.*|Z|[+-]\d{2}:\d{2})?"
_NUMBERS = re.compile(rf"(\d{{1,4}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{1,4}})\.?{_TIME}")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?(?:\.0+)?Z?")
_COUNT = re.compile(r"(\d{5})(?:[.,]\d+)?")
_NOUGHT = re.compile(r"[0\s:./-]+")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|o)?")
_BETWEEN = frozenset({"de", "del", "of", "den", "the", "le", "el", "il", "di"})
_OF_A_TIME = frozenset({"am", "pm", "utc", "gmt", "z", "uhr"})
_MONTH_OF = {name: month for month, names in enumerate(MONTHS, 1) for name in names.split()}


@lru_cache(DISTINCT_CELLS_KEPT)
def read_date(cell: str, this_year: int) -> DateReading:
    """Return what one cell says."""
    text = unicodedata.normalize("NFKC", cell).strip(BLANK)
    if is_placeholder(text) or _NOUGHT.fullmatch(text):
        return DateReading(is_blank=True)
    if found := _NUMBERS.fullmatch(text):
        return _of_numbers(found[1], found[3], found[4], this_year, dotted=found[2] == ".")
    if found := _EIGHT_DIGITS.fullmatch(text):
        return _same(_day(*map(int, found.groups())))
    if (found := _COUNT.fullmatch(text)) and int(found[1]) in DAYS_COUNTED:
        return _same(DAY_ZERO + timedelta(days=int(found[1])))
    return _of_words(fold(text).split(" "), this_year)


def _of_numbers(first: str, second: str, third: str, this_year: int, *, dotted: bool) -> DateReading:
    a, b, c = int(first), int(second), int(third)
    if len(first) > 2:  # noqa: PLR2004 days and months have two digits
        return _same(_day(a, b, c))
    year = _year(third, this_year)
    day_first, month_first = _day(year, b, a), _day(year, a, b)
    if day_first == month_first and len(third) > 2:  # noqa: PLR2004 as above
        return _same(day_first)
    year_first = _day(_year(first, this_year), b, c) if len(first) == 2 >= len(third) else None  # noqa: PLR2004
    return _checked(DateReading(day_first, month_first, year_first, dotted=dotted))


def _of_words(words: list[str], this_year: int) -> DateReading:
    parts = [word for word in words if word not in _BETWEEN]
    if sum(word.isalpha() for word in parts[:3]) > 1:
        del parts[0]  # the day of the week
    if len(parts) < 3 or not all(word[0].isdigit() or word in _OF_A_TIME for word in parts[3:]):  # noqa: PLR2004
        return DateReading()
    first, second, third = parts[:3]
    if _month(first):
        return _same(_in_words(second, first, third, this_year))
    if len(first) == 4:  # noqa: PLR2004 digits of a whole year
        return _same(_in_words(third, second, first, this_year))
    return _same(_in_words(first, second, third, this_year))


def _in_words(day: str, month: str, year: str, this_year: int) -> date | None:
    number = _DAY.fullmatch(day)
    if not number or not year.isdecimal() or not (named := _month(month)):
        return None
    return _day(_year(year, this_year), named, int(number[1]))


def _month(word: str) -> int | None:
    beginnings = [name for name in _MONTH_OF if word.startswith(name)]
    return _MONTH_OF[max(beginnings, key=len)] if beginnings else None


def _year(digits: str, this_year: int) -> int:
    """Return the whole year; of three digits, or one, it is none that counts."""
    if len(digits) != 2:  # noqa: PLR2004 digits
        return int(digits)
    latest = this_year + YEARS_AHEAD
    return latest - (latest - int(digits)) % CENTURY


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _same(day: date | None) -> DateReading:
    return _checked(DateReading(day, day, day))


def _checked(reading: DateReading) -> DateReading:
    """Take a year in which nobody was hired for what it is: a placeholder, or a slip."""
    days = [day for day in (reading.day_first, reading.month_first, reading.year_first) if day]
    if all(day.year >= EARLIEST_YEAR for day in days):
        return reading
    return DateReading(is_blank=days[0].year in PLACEHOLDER_YEARS)


@dataclass(frozen=True, slots=True)
class DateOrderEvidence:
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

    def __and__(self, other: "DateOrderEvidence") -> "DateOrderEvidence":
        return DateOrderEvidence(
            self.possible & other.possible, self.matters or other.matters, self.found or other.found
        )


def date_order_evidence(cells: Iterable[str], *, today: date) -> DateOrderEvidence:
    """Return what cells say about the order they are written in."""
    evidence = DateOrderEvidence()
    for reading in {read_date(cell, today.year) for cell in cells}:
        possible = frozenset(order for order in DateOrder if reading.by(order))
        first, second = reading.either()
        evidence &= DateOrderEvidence(possible or frozenset(DateOrder), first != second, found=first is not None)
    return evidence


def common_date_order(batches: Iterable[Sequence[pa.Array]], *, today: date) -> DateOrder | None:
    """Return the order that the cells of a file's columns of dates agree on; take no more batches than that needs."""
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
