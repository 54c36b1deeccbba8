"""Leave out people by the rules of ``--only`` and ``--skip``, and record the rules that fit a row.

The rules come before policy, since they choose the people of the run. So no check looks at the status or the address of
other people, and no guard counts them. The rules also decide about rows that are held or rejected because of their
address. Otherwise people would correct addresses in vain. The rules do not decide about a row with cells in the wrong
columns.

``model.filters`` says when a cell fits. A rule may be undecided for a row in two cases. The rule compares dates, and
the cell is no date. Or the rule has a letter beyond ASCII, and the encoding of the cell was only guessed. If the
invite depends on an undecided rule, a person must look at the row. If the invite depends on a date with two meanings,
the module refuses the export.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports import read_dates
from onboarding.model.choices import DateOrder
from onboarding.model.columns import Mask, as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import InputRefused
from onboarding.model.filters import COMPARISONS, ONLY, FilterEntry, FilterGroup, Filters, shortened_rule
from onboarding.model.plan import FilterFigures
from onboarding.model.routes import comparable
from onboarding.model.rows import FILTER_PREFIX, UNSURE_LETTER, decide, is_open
from onboarding.preparing.exclusions import MOST_PLACES, place_of
from onboarding.preparing.wording import shown

NO_DATE = 'The rule {rule} cannot be decided, since the cell "{cell}" is not a date; write it like 2026-03-15.'
GUESSED = "The rule {rule} cannot be decided: the cell depends on a guess of the encoding; name that with --encoding."


@dataclass(slots=True)
class FilterMatches:
    """The values and comparisons of the rules that have fitted a row so far, by their numbers in ``Filters.entries``.

    If the object is sent to another process, it has no numbers there.
    """

    numbers: set[int] = field(default_factory=set)

    def add(self, numbers: Collection[int]) -> None:
        """Record that some values and comparisons have fitted a row. ``numbers`` are their numbers."""
        self.numbers.update(numbers)

    def figures(self, filters: Filters, *, choose_nobody: bool = False) -> FilterFigures | None:
        """Return the number of values and comparisons in the rules, and how many fitted no row; None without rules.

        Call this method after the last row. ``choose_nobody`` says that the rules leave out all people of the exports.
        """
        if not filters.rules:
            return None
        unmatched = [entry.shown for entry in self.unmatched(filters)]
        return FilterFigures(len(filters.entries), len(unmatched), tuple(unmatched[:MOST_PLACES]), choose_nobody)

    def unmatched(self, filters: Filters) -> list[FilterEntry]:
        """Return the values and comparisons of the rules that have fitted no row so far."""
        return [entry for number, entry in enumerate(filters.entries) if number not in self.numbers]

    def __reduce__(self) -> tuple[type["FilterMatches"], tuple[()]]:
        return FilterMatches, ()


@dataclass(slots=True)
class FilterDoubts:
    """Rows of a frame about which the rules are undecided.

    ``unsure`` has a detail for each undecided row, by position. ``ambiguous`` has the name of a column of dates for
    each row that a rule leaves out in one order of day and month, and not in the other order.
    """

    unsure: dict[int, str] = field(default_factory=dict)
    ambiguous: dict[int, str] = field(default_factory=dict)

    def settle(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the undecided rows that are still open after policy, and return the frame.

        Raises ``InputRefused`` if the order of day and month decides about an open row.
        """
        if not self.unsure and not self.ambiguous:
            return frame
        still_open = frame.index[is_open(frame).to_numpy(bool)]
        for at in still_open.intersection(list(self.ambiguous)):
            raise InputRefused(
                f'{place_of(frame.loc[at])}: the day or the month may come first in "{self.ambiguous[at]}", '
                "and that decides who is invited; say which with --date-order dmy or --date-order mdy"
            )
        where = still_open.intersection(list(self.unsure))
        frame = frame.copy()
        decide(frame, where.to_numpy(), Disposition.HELD, Reason.UNDECIDED_RULE)
        frame.loc[where, "detail"] = text_array([self.unsure[at] for at in where])
        return frame


class _Fit(NamedTuple):
    """The rows that fit a group of rules: the rules of one flag about one column.

    ``fits`` has two masks of the rows that fit: one reads dates with the day first, and one with the month first.
    ``unsure`` is a mask of the rows for which the group is undecided.
    """

    group: FilterGroup
    fits: tuple[Mask, Mask]
    unsure: Mask

    def leaves_out(self, reading: int) -> Mask:
        """Return a mask of the rows that the group leaves out. ``reading`` is 0 for the day first, 1 for the month."""
        return ~self.fits[reading] & ~self.unsure if self.group.flag == ONLY else self.fits[reading]


def choose_people(
    frame: pd.DataFrame, filters: Filters, order: DateOrder | None, *, today: date, matches: FilterMatches
) -> tuple[pd.DataFrame, FilterDoubts]:
    """Leave out the rows that the rules do not choose. Return the new frame, and the undecided rows.

    ``frame`` has the columns of ``rows.AS_READ``, and the columns of the rules, with ``FILTER_PREFIX`` before their
    names. ``order`` is the order of day, month and year in the frame's dates, or None. ``matches`` records the rules
    that fit a row.
    """
    doubts = FilterDoubts()
    if not filters.rules or not any(FILTER_PREFIX + column in frame for column in filters.columns):
        return frame, doubts
    frame = frame.copy()
    judged = _are_judged(frame)
    for source, where in _by_rules(frame, filters):
        rows = frame.loc[judged & where]
        groups = [group for group in filters.groups(source) if FILTER_PREFIX + group.column in frame]
        fits = [_fit(rows[FILTER_PREFIX + group.column], group, order, today, matches) for group in groups]
        _leave_out(frame, rows, fits, doubts)
    return frame, doubts


def _leave_out(frame: pd.DataFrame, rows: pd.DataFrame, fits: Sequence[_Fit], doubts: FilterDoubts) -> None:
    """Exclude, in place, the rows that a group of rules leaves out, and record the undecided rows in ``doubts``.

    ``rows`` are some rows of the frame, and ``fits`` has the fitting rows of each group.
    """
    nobody = np.zeros(len(rows), np.bool_)
    out = [np.logical_or.reduce([fit.leaves_out(reading) for fit in fits] or [nobody]) for reading in (0, 1)]
    open_still, either = out[0] & out[1], out[0] | out[1]
    for fit in fits:
        hit = open_still & fit.leaves_out(0)
        open_still &= ~hit
        at = rows.index[hit]
        reason = Reason.NOT_SELECTED if fit.group.flag == ONLY else Reason.SKIPPED_BY_RULE
        decide(frame, at.to_numpy(), Disposition.EXCLUDED, reason)
        frame.loc[at, "detail"] = text_array(_details(rows.loc[hit, FILTER_PREFIX + fit.group.column], fit.group))
        column = FILTER_PREFIX + fit.group.column
        for row in rows.index[(out[0] ^ out[1]) & (fit.fits[0] ^ fit.fits[1])]:
            doubts.ambiguous.setdefault(int(row), shortened_rule(fit.group.column))
        for row, cell in rows.loc[fit.unsure & ~either, column].items():
            why = GUESSED if UNSURE_LETTER in cell else NO_DATE
            doubts.unsure.setdefault(int(str(row)), why.format(rule=fit.group.shown, cell=shown(cell)))


def _are_judged(frame: pd.DataFrame) -> Mask:
    """Return a mask of the rows to which the rules apply: not settled yet, and with cells in the right columns."""
    unsettled = frame["disposition"].isin(["", Disposition.REJECTED, Disposition.HELD]).to_numpy(bool)
    judged: Mask = unsettled & (frame["reason"] != Reason.MISALIGNED_ROW).to_numpy(bool)
    return judged


def _by_rules(frame: pd.DataFrame, filters: Filters) -> Iterator[tuple[str, Mask]]:
    """Yield masks of the rows to which the same rules apply, each with the name of one of their exports."""
    sources = as_array(frame["source"]).dictionary_encode()
    names = sources.dictionary.to_pylist()
    kinds: dict[tuple[bool, ...], list[int]] = {}
    for number, name in enumerate(names):
        kinds.setdefault(tuple(rule.is_for(name) for rule in filters.rules), []).append(number)
    for numbers in kinds.values():
        yield names[numbers[0]], np.isin(sources.indices.to_numpy(), numbers)


def _fit(cells: pd.Series, group: FilterGroup, order: DateOrder | None, today: date, matches: FilterMatches) -> _Fit:
    """Find the cells of a column that fit a group of rules, and record in ``matches`` the values that fit a cell.

    ``order`` is the order of day, month and year in dates, or None if it is not known.
    """
    distinct = as_array(cells).dictionary_encode()
    codes = distinct.indices.to_numpy()
    texts = list(map(comparable, distinct.dictionary.to_pylist()))
    found = _numbers_that_fit(texts, group)
    matches.add({number for numbers in found for number in numbers})
    by_value = np.array([bool(numbers) for numbers in found], np.bool_)[codes]
    has_letters = any(not entry.value.isascii() for _, entry in group.entries)
    unsure = np.array([has_letters and UNSURE_LETTER in text for text in texts], np.bool_)[codes]
    fits = (by_value, by_value)
    if group.comparisons:
        dates = read_dates(cells, order, today=today)
        spans = [np.ones(len(cells), np.bool_), np.ones(len(cells), np.bool_)]
        for number, rule in group.comparisons:
            hits = [
                COMPARISONS[rule.comparison](days, np.datetime64(rule.day))
                for days in (dates.day_first, dates.month_first)
            ]
            spans = [span & hit for span, hit in zip(spans, hits, strict=True)]
            matches.add([number] if any(hit.any() for hit in hits) else [])
        fits = (by_value | spans[0], by_value | spans[1])
        unsure = unsure | dates.unreadable
    return _Fit(group, fits, unsure & ~by_value)


def _within(days: npt.NDArray[np.datetime64], group: FilterGroup, matches: FilterMatches) -> Mask:
    """Return a mask of the days that fit all comparisons of a group, and record the comparisons that fit a day."""
    span: Mask = np.ones(len(days), np.bool_)
    for number, rule in group.comparisons:
        hits: Mask = COMPARISONS[rule.comparison](days, np.datetime64(rule.day))
        matches.add([number] if hits.any() else [])
        span &= hits
    return span


def _numbers_that_fit(texts: Sequence[str], group: FilterGroup) -> list[list[int]]:
    """Return, for each text, the numbers of the group's values that fit it. The texts are results of ``comparable``."""
    exact: dict[str, list[int]] = {}
    patterns = []
    for number, entry in group.entries:
        value = comparable(entry.value)
        if "*" in value:
            patterns.append((value, number))
        elif not entry.rule.comparison:
            exact.setdefault(value, []).append(number)
    return [
        [*exact.get(text, ()), *(number for value, number in patterns if _fits_pattern(value, text))] for text in texts
    ]


def _fits_pattern(pattern: str, cell: str) -> bool:
    """Return whether a cell fits a pattern in which each ``*`` means any text. An empty cell fits no pattern.

    Cell and pattern are results of ``routes.comparable``.
    """
    first, *between, last = pattern.split("*")
    if not cell or len(cell) < len(first) + len(last) or not (cell.startswith(first) and cell.endswith(last)):
        return False
    at, end = len(first), len(cell) - len(last)
    for part in between:
        if (found := cell.find(part, at, end)) < 0:
            return False
        at = found + len(part)
    return True


def _details(cells: pd.Series, group: FilterGroup) -> pa.Array:
    """Return a detail for each row that a group leaves out: the rule, and the text of the row's cell."""
    distinct = as_array(cells).dictionary_encode()
    texts = distinct.dictionary.to_pylist()
    rules = {number: entry.shown for number, entry in group.entries}
    compared = shortened_rule(f"{group.flag} {', '.join(rule.words for _, rule in group.comparisons)}")
    words = []
    for text, numbers in zip(texts, _numbers_that_fit(list(map(comparable, texts)), group), strict=True):
        by = group.shown if group.flag == ONLY else rules[numbers[0]] if numbers else compared
        said = shown(text)
        words.append(f'By {by}: the cell says "{said}".' if said else f"By {by}: the cell is empty.")
    return pc.take(pa.array(words, pa.string()), distinct.indices)
