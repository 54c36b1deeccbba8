"""Examine the first cells of a column: words for statuses, dates, or answers such as yes and no."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import date
from itertools import islice

from onboarding.exports.words.date_cells import read_date
from onboarding.exports.words.meanings import WORDS, WordKind, WordMeaning, is_placeholder, word_meaning
from onboarding.model.blank import BLANK
from onboarding.model.folding import fold_text
from onboarding.model.values import dataclass

DISTINCT_LOOKED_AT = 200
"""The module reads at most so many different cells of a column. A column of notes contains many different cells."""

FIRST_LOOKED_AT = 20
HARDLY = 0.2
"""The share of the first few cells that must meet a condition before the module reads more cells."""

CENTURY_SUPPOSED = 2030
"""The year that decides the century of years with two digits, if the day of the run is not known."""

_COMMON = frozenset({"left", "closed", "term"})
_TELLING = frozenset(word for word in WORDS["active"] | WORDS["gone"] if not (word.isascii() and len(word) == 1))


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """The first cells of a column: how often each filled cell occurs, and the number of empty cells.

    ``own`` are the meanings of the operator's own words.
    """

    filled: Mapping[str, int]
    empty: int
    own: Mapping[str, WordMeaning] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of filled cells."""
        return sum(self.filled.values())

    def is_own(self, cell: str) -> bool:
        """Say whether the operator has given a meaning to the word in a cell."""
        return fold_text(cell) in self.own

    def share(self, is_wanted: Callable[[str], bool]) -> float:
        """Return the share of filled cells for which ``is_wanted`` is true, from a sample of the first different cells.

        The sample is small at first. It grows only if more than a few of its cells fit, since a hostile export may
        contain very many columns.
        """
        share = 0.0
        for most in (FIRST_LOOKED_AT, DISTINCT_LOOKED_AT):
            looked_at = list(islice(self.filled.items(), most))
            count = sum(number for _, number in looked_at)
            share = sum(number for cell, number in looked_at if is_wanted(cell)) / count if count else 0.0
            if share < HARDLY or len(looked_at) < most:
                break
        return share

    def known_share(self, kind: WordKind) -> float:
        """Return the share of filled cells that have a known meaning in a column of this kind, such as statuses."""
        return self.share(lambda cell: word_meaning(cell, kind, self.own) is not WordMeaning.UNKNOWN)

    def telling_share(self) -> float:
        """Return the share of filled cells with telling words: words that are rare outside columns of statuses."""
        return self.share(self._tells)

    def date_share(self, today: date | None, *, numbers: bool = True) -> float:
        """Return the share of filled cells with dates.

        If ``numbers`` is true, plain numbers may be dates, too. ``today`` decides the century of a year with two
        digits.
        """
        year = today.year if today else CENTURY_SUPPOSED
        return self.share(lambda cell: (numbers or not cell.strip(BLANK).isdecimal()) and _has_date(cell, year))

    def past_share(self, today: date, *, since: date) -> float:
        """Return the share of filled cells with days from ``since`` to the day before ``today``."""
        return self.share(lambda cell: since <= (_day(cell, today.year) or date.max) < today)

    def _tells(self, cell: str) -> bool:
        whole = fold_text(cell)
        if self.is_own(cell):
            return True
        first, *_ = whole.split(" ") or [""]
        return whole not in _COMMON and (whole in _TELLING or first in WORDS["gone_whatever_follows"])


def cells_of(rows: Sequence[Sequence[str]], index: int, own: Mapping[str, WordMeaning]) -> ColumnCells:
    """Return the first cells of a column. ``rows`` are the first records after the header.

    ``own`` are the meanings of the operator's own words.
    """
    counts = Counter(row[index] if index < len(row) else "" for row in rows)
    filled = {cell: number for cell, number in counts.items() if not is_placeholder(cell)}
    return ColumnCells(filled, len(rows) - sum(filled.values()), own)


def some_cell(cells: Collection[str], row: Sequence[str], index: int) -> bool:
    """Say whether the cell of ``row`` in the column ``index`` is one of the texts ``cells``."""
    return index < len(row) and row[index] in cells


def _has_date(cell: str, year: int) -> bool:
    return _day(cell, year) is not None


def _day(cell: str, year: int) -> date | None:
    if not any(map(str.isdigit, cell)):
        return None
    reading = read_date(cell, year)
    return reading.day_first or reading.month_first or reading.year_first
