"""Find out from a row's status and dates whether its person works for the employer today.

``employment_status`` reads the columns of statuses, of types, and of switches (whether a directory account is enabled
or blocked). ``employment_dates`` reads the first and the last day of work. ``policy`` decides about the row. A frame
may have several columns for one use, such as ``status``, ``status 2`` and ``status 3``, and these may contradict each
other. Together two columns of statuses say:

=========================================  =================  =====================================================
the columns say                            together           because
=========================================  =================  =====================================================
the same, or one column says nothing       that status
no person, and anything                    no person          a guest or a bot is no person, even if it is active
gone, and not started or unknown           gone               whichever is right, the person is not invited today
not started, and employed                  not started        this word is more exact; the start date decides
unknown, and employed or not started       unknown            the word may say that the person left
employed, and gone                         contradicting      one of them is out of date, and only a person can tell
nothing                                    unknown            other rows have a status; this status may be forgotten
=========================================  =================  =====================================================

A column of types can say only three things: the person left (``Ex-employee``), the person has not started, or the row
is no person. If a person's directory account is switched off, the person is gone, whatever the status says: an
administrator has switched the account off. If any last day has passed, the person has left. If a later first day has
passed too, the person is back.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from onboarding.exports import (
    ColumnDates,
    WordKind,
    WordMeaning,
    WordMeanings,
    read_dates,
    word_meanings,
)
from onboarding.model.choices import DateOrder
from onboarding.model.columns import Mask, as_array, contains_any
from onboarding.model.employees import NO_PERSON_IDS
from onboarding.model.values import dataclass

WORD_KINDS: Mapping[str, WordKind] = {
    "status": WordKind.STATUS,
    "employment_type": WordKind.EMPLOYMENT_TYPE,
    "user_type": WordKind.USER_TYPE,
    "enabled": WordKind.ENABLED,
    "blocked": WordKind.BLOCKED,
    "account_control": WordKind.ACCOUNT_CONTROL,
    "address_type": WordKind.ADDRESS_TYPE,
}
"""The kind of words in each policy column (``rows``) that has no dates. ``status 2`` has the kind of ``status``."""

NO_MEANINGS: Mapping[str, WordMeaning] = MappingProxyType({})
NO_WORDS: Mapping[str, Mapping[str, WordMeaning]] = MappingProxyType({})

STATUSES = ("status",)
SWITCHES = ("enabled", "blocked", "account_control")
TYPES = ("employment_type", "user_type")
STARTS_ON = "starts_on"
ENDS_ON = "ends_on"
_ROLES = (STARTS_ON, ENDS_ON)

NEVER = np.datetime64("NaT", "D")

YEARS_AHEAD = 100
"""How many years in the future a first day may be. A later day is a mistake, or a day of another calendar."""

WORKING_LIFE = 60

BUDDHIST = 543
"""The number of years by which Thailand's Buddhist calendar is ahead of the usual calendar."""

GUEST = "#ext#@"
"""The text, in lower case, that marks a guest's address, as in ``ana_corp.example#EXT#@tenant.onmicrosoft.com``."""


@dataclass(frozen=True, slots=True)
class EmploymentStatus:
    """The employment status of all rows of a frame, as masks, and the meaning of each cell.

    A row that is ``contradicting``, ``unknown`` or ``not_started`` is not ``gone``. ``meanings`` has the meanings of
    the cells of each column, by the column's name in the frame.
    """

    no_person: Mask
    gone: Mask
    not_started: Mask
    contradicting: Mask
    unknown: Mask
    meanings: Mapping[str, WordMeanings]

    def says(self, meaning: WordMeaning, column: str) -> Mask:
        """Return a mask of the rows in which a column's cell has this meaning. Without the column, no row is marked."""
        return self.meanings[column] == meaning if column in self.meanings else np.zeros_like(self.gone)


def columns_for(frame: pd.DataFrame, *roles: str) -> list[str]:
    """Return the columns of a frame for some roles. The role ``status`` has ``status``, ``status 2`` and so on."""
    role_of = {name: name.partition(" ")[0] for name in map(str, frame.columns.tolist())}
    found = [name for name, role in role_of.items() if role in roles]
    return sorted(found, key=lambda name: roles.index(role_of[name]))


def employment_status(
    frame: pd.DataFrame, words: Mapping[str, Mapping[str, WordMeaning]] = NO_WORDS
) -> EmploymentStatus:
    """Return the employment status of each row, without looking at dates.

    ``frame`` has the columns ``key``, ``employee_id`` and ``name``, and any of the policy columns (``rows``). ``words``
    has, by the column's name, words with a special meaning in this column.
    """
    found = {
        name: word_meanings(frame[name], kind, words.get(name, NO_MEANINGS))
        for role, kind in WORD_KINDS.items()
        for name in columns_for(frame, role)
    }

    def says(wanted: WordMeaning, *roles: str) -> Mask:
        masks = [found[name] == wanted for name in columns_for(frame, *roles)]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(frame), np.bool_)

    off = says(WordMeaning.GONE, *SWITCHES)
    left = says(WordMeaning.GONE, *STATUSES, *TYPES)
    employed = says(WordMeaning.EMPLOYED, *STATUSES)
    not_started = says(WordMeaning.NOT_STARTED, *STATUSES, *TYPES)
    unknown = says(WordMeaning.UNKNOWN, *STATUSES, *SWITCHES)
    statuses = columns_for(frame, *STATUSES)
    if statuses:
        unknown |= np.logical_and.reduce([found[name] == WordMeaning.SILENT for name in statuses])
    return EmploymentStatus(
        no_person=says(WordMeaning.NOT_A_PERSON, *STATUSES, *TYPES, "account_control") | _is_guest_or_sentinel(frame),
        gone=off | (left & ~employed),
        not_started=not_started & ~left & ~off,
        contradicting=left & employed & ~off,
        unknown=unknown & ~left & ~off,
        meanings=found,
    )


def _is_guest_or_sentinel(frame: pd.DataFrame) -> Mask:
    """Return a mask of the rows whose address is a guest's, or whose id or name is one of ``NO_PERSON_IDS``."""
    found: Mask = np.zeros(len(frame), np.bool_)
    # Almost no export has such rows, and one look at all bytes of a column takes a fraction of the time.
    for name in ("employee_id", "name"):
        if contains_any(as_array(frame[name]), NO_PERSON_IDS):
            found |= frame[name].isin(NO_PERSON_IDS).to_numpy(bool)
    if contains_any(as_array(frame["key"]), (GUEST,)):
        found = found | frame["key"].str.contains(GUEST, regex=False).to_numpy(bool)
    return found


@dataclass(frozen=True, slots=True)
class EmploymentDates:
    """The people who start too late, and the people who have left, by the dates in their rows.

    ``late`` and ``ended`` are pairs of masks. The first mask of a pair reads dates with the day first, and the second
    mask reads dates with the month first. ``dates`` has the dates of each column of dates, by the column's name.
    ``unknown_start`` is the mask of the rows without a known first day. ``unlikely`` has a mask for each column of
    dates, by the column's name. Each mask marks the rows whose date is so far in the future that it must be a mistake.
    ``deciding`` has a mask for each column of dates as well, and reads dates with the day first. The mask of a column
    of first days marks the rows whose first day is too late. The mask of a column of last days marks the rows whose
    last day has passed, if they have no later start.
    """

    dates: Mapping[str, ColumnDates]
    late: tuple[Mask, Mask]
    ended: tuple[Mask, Mask]
    unknown_start: Mask
    unlikely: Mapping[str, Mask]
    deciding: Mapping[str, Mask]

    @property
    def keep_out(self) -> tuple[Mask, Mask]:
        """Masks of the rows in ``late`` or ``ended``: first with the day read first, then with the month read first."""
        return self.late[0] | self.ended[0], self.late[1] | self.ended[1]


def employment_dates(
    frame: pd.DataFrame, order: DateOrder | None, *, today: date, starts_before: date
) -> EmploymentDates:
    """Read the columns of dates, and find the people who start too late and the people who have left.

    People start too late if they start on the day ``starts_before`` or later. But a person with an earlier first day is
    at work already, and does not start too late. If the person has left since, the earlier first day is ignored. People
    have left if any of their last days is before ``today`` and no later start is known. If ``order`` is None, the
    function reads each date both ways: with the day first, and with the month first.
    """
    names = columns_for(frame, *_ROLES)
    read = {name: read_dates(frame[name], order, today=today) for name in names}
    unlikely = {name: _unlikely(dates, today, is_start=name.startswith(STARTS_ON)) for name, dates in read.items()}
    starts, ends = ([_without(read[name], unlikely[name]) for name in columns_for(frame, role)] for role in _ROLES)
    limits = np.datetime64(today), np.datetime64(starts_before)
    nothing = np.full(len(frame), NEVER)
    by_day = _late_and_ended([days[0] for days in starts], [days[0] for days in ends], nothing, *limits)
    by_month = by_day
    if any(day_first is not month_first for day_first, month_first in (*starts, *ends)):
        by_month = _late_and_ended([days[1] for days in starts], [days[1] for days in ends], nothing, *limits)
    unknown = np.logical_and.reduce([np.isnat(days[0]) for days in starts] or [np.isnat(nothing)])
    return EmploymentDates(
        read,
        (by_day.late, by_month.late),
        (by_day.ended, by_month.ended),
        unknown,
        unlikely,
        dict(zip(names, by_day.by_column, strict=True)),
    )


Days = npt.NDArray[np.datetime64]


class _LateAndEnded(NamedTuple):
    """Masks of the people who start too late, and of the people who have left, by one reading of the dates.

    ``by_column`` has a mask for each column of dates: first the columns of first days, then the columns of last days.
    The mask marks the rows with a first day that is too late, or with a last day that has passed.
    """

    late: Mask
    ended: Mask
    by_column: Sequence[Mask]


def _late_and_ended(
    starts: Sequence[Days], ends: Sequence[Days], nothing: Days, today: np.datetime64, starts_before: np.datetime64
) -> _LateAndEnded:
    """Find the people who start too late and the people who have left, from the columns of first days and last days.

    People start too late if they start on the day ``starts_before`` or later. A last day before ``today`` has passed.
    ``nothing`` is a column of no days.
    """
    late = [start >= starts_before for start in starts]
    begun = [
        np.where(is_late, NEVER, start) if is_late.any() else start for start, is_late in zip(starts, late, strict=True)
    ]
    last_begun = reduce(np.fmax, begun, nothing)
    # An end before the start belongs to an earlier employment: the person came back.
    passed = [(end < today) & ~(last_begun > end) for end in ends]
    nobody = np.zeros(len(nothing), np.bool_)
    left: Mask = np.logical_or.reduce(passed or [nobody])
    too_late: Mask = np.logical_or.reduce(late or [nobody]) & (np.isnat(last_begun) | left)
    return _LateAndEnded(too_late, left & ~too_late, (*late, *passed))


def _unlikely(dates: ColumnDates, today: date, *, is_start: bool) -> Mask:
    """Return a mask of the dates so far in the future that they must be mistakes, or dates of another calendar.

    One mask is enough for both orders of day and month, since the year of a date is the same in both.
    """
    if is_start:
        slips: Mask = dates.day_first > np.datetime64(f"{today.year + YEARS_AHEAD}-12-31")
        return slips
    # Systems write the year 9999 or 2999 for no last day. Buddhist years of a working life are no such years.
    this_year = today.year + BUDDHIST
    slips = dates.day_first > np.datetime64(f"{this_year - WORKING_LIFE}-12-31")
    return slips & (dates.day_first <= np.datetime64(f"{this_year + WORKING_LIFE}-12-31")) if slips.any() else slips


def _without(dates: ColumnDates, unlikely: Mask) -> tuple[Days, Days]:
    """Return the days without the unlikely days: read with the day first, and read with the month first."""
    if not unlikely.any():
        return dates.day_first, dates.month_first
    return np.where(unlikely, NEVER, dates.day_first), np.where(unlikely, NEVER, dates.month_first)
