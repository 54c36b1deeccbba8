"""Employment status and employment dates: what a row says about whether its person works for the employer today.

``employment_status`` reads the columns of statuses, of types, and of switches (whether a directory account is enabled
or blocked). ``employment_dates`` reads the first and the last day of work. ``policy`` decides what follows. A row may
have two columns of statuses, and these may contradict each other. Together the two columns say:

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

A column of employment types can say only two things: that the person left (``Terminated``), or that the row is no
person. A person whose directory account is switched off is gone, whatever the status says: an administrator has
switched it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from onboarding.exports import (
    NO_PERSON_IDS,
    ColumnDates,
    WordKind,
    WordMeaning,
    WordMeanings,
    no_dates,
    read_dates,
    word_meanings,
)
from onboarding.model.choices import DateOrder
from onboarding.model.columns import Mask, as_array, contains_character

WORD_KINDS: Mapping[str, WordKind] = {
    "status": WordKind.STATUS,
    "lifecycle_status": WordKind.STATUS,
    "employment_type": WordKind.EMPLOYMENT_TYPE,
    "user_type": WordKind.USER_TYPE,
    "enabled": WordKind.ENABLED,
    "blocked": WordKind.BLOCKED,
    "account_control": WordKind.ACCOUNT_CONTROL,
    "address_type": WordKind.ADDRESS_TYPE,
}
"""The kind of words in each policy column (``rows``) that has no dates."""

STATUSES = ("status", "lifecycle_status")
SWITCHES = ("enabled", "blocked")
STARTS_ON = "starts_on"
ENDS_ON = "ends_on"

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
        """Return a mask of the rows in which a column has a meaning. It marks no row if the frame lacks the column."""
        return self.meanings[column] == meaning if column in self.meanings else np.zeros_like(self.gone)


def employment_status(frame: pd.DataFrame) -> EmploymentStatus:
    """Return the employment status of each row, without looking at dates.

    ``frame`` has the columns ``key``, ``employee_id`` and ``name``, and any of the policy columns (``rows``).
    """
    found = {name: word_meanings(frame[name], kind) for name, kind in WORD_KINDS.items() if name in frame}

    def says(wanted: WordMeaning, *names: str) -> Mask:
        masks = [found[name] == wanted for name in names if name in found]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(frame), np.bool_)

    off = says(WordMeaning.GONE, *SWITCHES)
    left = says(WordMeaning.GONE, *STATUSES, "employment_type")
    employed = says(WordMeaning.EMPLOYED, *STATUSES)
    not_started = says(WordMeaning.NOT_STARTED, *STATUSES)
    unknown = says(WordMeaning.UNKNOWN, *STATUSES, *SWITCHES)
    if any(name in found for name in STATUSES):
        unknown |= np.logical_and.reduce([found[name] == WordMeaning.SILENT for name in STATUSES if name in found])
    return EmploymentStatus(
        no_person=says(WordMeaning.NOT_A_PERSON, *STATUSES, "employment_type", "user_type")
        | _is_guest_or_sentinel(frame),
        gone=off | (left & ~employed),
        not_started=not_started & ~left & ~off,
        contradicting=left & employed & ~off,
        unknown=unknown & ~left & ~off,
        meanings=found,
    )


def _is_guest_or_sentinel(frame: pd.DataFrame) -> Mask:
    """Return a mask of guests, known by address, and of records that stand for no person, known by id or name."""
    found: Mask = (frame["employee_id"].isin(NO_PERSON_IDS) | frame["name"].isin(NO_PERSON_IDS)).to_numpy()
    # Almost no export has a guest, and looking for a single character takes a fraction of the time.
    if contains_character(as_array(frame["key"]), GUEST[0]):
        found = found | frame["key"].str.contains(GUEST, regex=False).to_numpy(bool)
    return found


@dataclass(frozen=True, slots=True)
class EmploymentDates:
    """The people who start too late, and the people who have left, by the dates in their rows.

    ``late`` and ``ended`` are pairs of masks: the first mask reads dates day first, the second month first. ``dates``
    has what each of the two columns of dates says, by the column's name.
    """

    dates: Mapping[str, ColumnDates]
    late: tuple[Mask, Mask]
    ended: tuple[Mask, Mask]

    @property
    def keep_out(self) -> tuple[Mask, Mask]:
        """The rows in ``late`` or ``ended``, as two masks: the first reads dates day first, the second month first."""
        return self.late[0] | self.ended[0], self.late[1] | self.ended[1]

    @property
    def unknown_start(self) -> Mask:
        """The mask of the rows without a known start date."""
        return np.isnat(self.dates[STARTS_ON].day_first)


def employment_dates(
    frame: pd.DataFrame, order: DateOrder | None, *, today: date, starts_before: date
) -> EmploymentDates:
    """Read the columns of dates, and return which people start too late and which people have left.

    People start too late if they start on the day ``starts_before`` or later. They have left if their last day is
    before ``today`` and no later start is known. If ``order`` is None, it is not known whether the day or the month
    comes first in dates, and each date is read both ways.
    """
    starts, ends = (
        read_dates(frame[name], order, today=today) if name in frame else no_dates(len(frame))
        for name in (STARTS_ON, ENDS_ON)
    )
    both = ((starts.day_first, ends.day_first), (starts.month_first, ends.month_first))
    by_day, by_month = (
        # An end before the start belongs to an earlier employment: the person came back.
        (start >= np.datetime64(starts_before), (end < np.datetime64(today)) & ~(start > end))
        for start, end in both
    )
    return EmploymentDates({STARTS_ON: starts, ENDS_ON: ends}, (by_day[0], by_month[0]), (by_day[1], by_month[1]))
