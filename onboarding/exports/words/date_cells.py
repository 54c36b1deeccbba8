"""Read the date in a cell.

=======================================================  ==========================================================
written                                                  read as
=======================================================  ==========================================================
``2019-03-15``, ``2019/3/15``, with a time, ``20190315``  that day
``2019年3月15日``, ``2019년 3월 15일``                     that day
``15-Mar-2019``, ``01-JAN-19``, ``Mar 15, 2019``         that day, in the languages of ``MONTHS``
``03/15/2019``, ``15-3-19``, ``3/15/2019 0:00``          the only day that it can be
``03/04/2019``, ``3/4/19``                               one of two days, unless the file's ``DateOrder`` is known
``03.04.2019``                                           day first, as is usual with dots, unless the order is known
``43540``, ``43540.5``                                   that day, as spreadsheets count days
two digits for a year                                    the year with these digits, from 89 years ago to 10 ahead
a placeholder, zeros, one of ``PLACEHOLDER_YEARS``       no date
=======================================================  ==========================================================

All other cells are unreadable, and a person must look at them.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from onboarding.exports.words.meanings import is_placeholder, read_word_lists
from onboarding.model.blank import BLANK
from onboarding.model.choices import DateOrder
from onboarding.model.folding import fold_text
from onboarding.model.values import dataclass

EARLIEST_YEAR = 1940
PLACEHOLDER_YEARS = (1, 1601, 1753, 1899, 1900)
"""The years in which the calendars of databases, systems and spreadsheets begin.

These programs write a date in such a year if they have no date.
"""

YEARS_AHEAD = 10
CENTURY = 100
DAYS_COUNTED = range(20_000, 80_000)
"""The numbers that the module reads as dates, in days after ``DAY_ZERO``: the dates from 1954 to 2119."""

DAY_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheets, which is right for all days from March 1900 on.

Spreadsheets include a 29 February 1900, which never existed.
"""

DISTINCT_CELLS_KEPT = 2**16

MONTHS = read_word_lists(Path(__file__).with_name("months.toml"))
"""The beginnings of each month's names in several languages, by the month's number.

The file ``months.toml`` contains the names.
"""


@dataclass(frozen=True, slots=True)
class DateReading:
    """The day in a cell for each order of day, month and year; ``None`` if an order does not fit the cell.

    ``dotted`` is true if dots separate the numbers. ``is_blank`` is true if the cell means no date.
    """

    day_first: date | None = None
    month_first: date | None = None
    year_first: date | None = None
    dotted: bool = False
    is_blank: bool = False

    def by(self, order: DateOrder) -> date | None:
        """Return the day in the cell in the given order, or ``None`` if this order does not fit the cell."""
        match order:
            case DateOrder.DAY_FIRST:
                return self.day_first
            case DateOrder.MONTH_FIRST:
                return self.month_first
            case DateOrder.YEAR_FIRST:
                return self.year_first

    def either(self) -> tuple[date | None, date | None]:
        """Return two dates for the cell: the date if the day comes first, and the date if the month comes first.

        If only one date is likely, return this date twice. If the cell is no date, return ``None`` twice.
        """
        only = self.day_first or self.month_first or self.year_first
        if self.dotted or not (self.day_first and self.month_first):
            return only, only
        return self.day_first, self.month_first


_TIME = r"(?:(?:\s+|\s*,\s*|T)\d{1,2}[:.]\d{2}.*|Z|[+-]\d{2}:\d{2})?"
_NUMBERS = re.compile(rf"(\d{{1,4}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{1,4}})\.?{_TIME}")
_WITH_SIGNS = re.compile(rf"(\d{{4}})\s*[年년]\s*(\d{{1,2}})\s*[月월]\s*(\d{{1,2}})\s*[日일]{_TIME}")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?(?:\.0+)?Z?")
_COUNT = re.compile(r"(\d{5})(?:[.,]\d+)?")
_ZEROS = re.compile(r"[0\s:./-]+")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|o)?")
_BETWEEN = frozenset({"de", "del", "of", "den", "the", "le", "el", "il", "di"})
_OF_A_TIME = frozenset({"am", "pm", "utc", "gmt", "z", "uhr"})
_MONTH_OF = {fold_text(name): int(month) for month, names in MONTHS.items() for name in names.split()}
_DAY_DIGITS, _YEAR_DIGITS = 2, 4


@lru_cache(DISTINCT_CELLS_KEPT)
def read_date(cell: str, this_year: int) -> DateReading:
    """Return the possible days of a cell. ``this_year`` decides the century of a year with only two digits."""
    text = unicodedata.normalize("NFKC", cell).strip(BLANK)
    if is_placeholder(text) or _ZEROS.fullmatch(text):
        return DateReading(is_blank=True)
    if found := _NUMBERS.fullmatch(text):
        return _from_numbers(found[1], found[3], found[4], this_year, dotted=found[2] == ".")
    if found := _EIGHT_DIGITS.fullmatch(text) or _WITH_SIGNS.fullmatch(text):
        return _unambiguous(_day(*map(int, found.groups())))
    if (found := _COUNT.fullmatch(text)) and int(found[1]) in DAYS_COUNTED:
        return _unambiguous(DAY_ZERO + timedelta(days=int(found[1])))
    return _from_words(fold_text(text).split(" "), this_year)


def _from_numbers(first: str, second: str, third: str, this_year: int, *, dotted: bool) -> DateReading:
    a, b, c = int(first), int(second), int(third)
    if len(first) > _DAY_DIGITS:
        return _unambiguous(_day(a, b, c))
    year = _year(third, this_year)
    day_first, month_first = _day(year, b, a), _day(year, a, b)
    if day_first == month_first and len(third) > _DAY_DIGITS:
        return _unambiguous(day_first)
    year_first = _day(_year(first, this_year), b, c) if len(first) == _DAY_DIGITS >= len(third) else None
    return _checked(DateReading(day_first, month_first, year_first, dotted=dotted))


def _from_words(words: list[str], this_year: int) -> DateReading:
    parts = [word for word in words if word not in _BETWEEN]
    if sum(word.isalpha() for word in parts[:3]) > 1:
        del parts[0]  # the day of the week
    if len(parts) < 3 or not all(map(_is_time_of_day, parts[3:])):  # noqa: PLR2004 day, month, year
        return DateReading()
    day, month, year = _day_month_year(*parts[:3])
    number, named = _DAY.fullmatch(day), _month(month)
    if not number or not year.isdecimal() or not named:
        return DateReading()
    return _unambiguous(_day(_year(year, this_year), named, int(number[1])))


def _is_time_of_day(word: str) -> bool:
    return word[0].isdigit() or word in _OF_A_TIME


def _day_month_year(first: str, second: str, third: str) -> tuple[str, str, str]:
    if _month(first):
        return second, first, third
    return (third, second, first) if len(first) == _YEAR_DIGITS else (first, second, third)


def _month(word: str) -> int | None:
    beginnings = [name for name in _MONTH_OF if word.startswith(name)]
    return _MONTH_OF[max(beginnings, key=len)] if beginnings else None


def _year(digits: str, this_year: int) -> int:
    """Return the year that digits mean.

    Two digits mean a year from 89 years before ``this_year`` to 10 years after it.
    """
    if len(digits) != _DAY_DIGITS:
        return int(digits)
    latest = this_year + YEARS_AHEAD
    return latest - (latest - int(digits)) % CENTURY


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _unambiguous(day: date | None) -> DateReading:
    return _checked(DateReading(day, day, day))


def _checked(reading: DateReading) -> DateReading:
    """Return the reading of a date, or a reading without days if the year is too early for an employee.

    A reading without days is blank if its year is one of ``PLACEHOLDER_YEARS``.
    """
    days = [day for day in (reading.day_first, reading.month_first, reading.year_first) if day]
    if all(day.year >= EARLIEST_YEAR for day in days):
        return reading
    return DateReading(is_blank=days[0].year in PLACEHOLDER_YEARS)
