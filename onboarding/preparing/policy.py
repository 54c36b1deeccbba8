"""Who of the people with a usable address is a candidate?

A row whose fate is open gets the first reason of this table that holds, or stays open and is invited. What keeps a
person out for sure comes before what a person would have to look at, so that nobody looks in vain: also where the row
has no usable address, which nobody needs to mend then, and nobody invites by mending it.

==  ============  ========================  ========================================================================
    disposition   reason                    where
==  ============  ========================  ========================================================================
 1  ``excluded``  ``not_a_person``          a guest, a bot, a shared device, a room, a service account, a sentinel
 2  ``excluded``  ``inactive``              the status says that the person left, or the account is switched off
 3  ``excluded``  ``not_started``           the start is ``starts_before`` or later, or not known of somebody hired
 4  ``excluded``  ``ended``                 the last day has passed, and no later start is known
 5  ``excluded``  ``private_address``       the address is of a type that is not the employer's
 6  ``excluded``  ``domain_not_allowed``    the domain is not one of ``allowed_domains``, if there are any
 7  ``excluded``  ``on_exclusion_list``     the address or the employee id is on the list
 8  ``held``      ``contradicting_status``  one column says employed, another one gone
 9  ``held``      ``unknown_status``        a word that nobody has listed, or no word where others have one
10  ``held``      ``unknown_address_type``  the same of the address's type, where a file has one
11  ``held``      ``unreadable_date``       the start or the end is no date
==  ============  ========================  ========================================================================

Where a date may be two, and one of them would invite and the other would not, nobody guesses: the run is refused.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports import ColumnDates, WordMeaning, no_dates, read_dates
from onboarding.model.choices import DateOrder
from onboarding.model.columns import Mask, as_array, as_mask
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.errors import InputRefused
from onboarding.model.rows import decide, is_open
from onboarding.preparing.employment import STATUSES, SWITCHES, Standing, standing_of

STARTS = "starts_on"
ENDS = "ends_on"

SHOWN = 40
"""How many characters of a cell a detail quotes, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """Whom nobody may invite: keys of addresses, and employee ids as ``employee_keys`` returns them."""

    keys: frozenset[str] = field(default=frozenset(), repr=False)
    employee_ids: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom to invite. ``allowed_domains`` are whole domains as A-labels in lower case; empty allows all.

    Who starts on ``starts_before`` or later is not invited yet; where it is ``None``, who starts after ``today``.
    """

    today: date
    starts_before: date | None = None
    allowed_domains: tuple[str, ...] = ()
    exclusions: Exclusions = field(default_factory=Exclusions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How a file words what policy asks for: the header's text by the frame's column, and the order of its dates."""

    names: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder | None = None

    def name(self, column: str) -> str:
        """Return what the file calls a column, without an address that somebody may have put there."""
        return re.sub(r"\S*@\S*", "…", self.names.get(column, column))

    def quoted(self, columns: Iterable[str]) -> str:
        """Return what the file calls some columns, for a sentence."""
        return " and ".join(f'"{self.name(column)}"' for column in columns)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the table. Its detail quotes the cell of ``column``, if it names one, before the ``advice``.

    ``is_about_anybody`` says that it holds for people without a usable address as well.
    """

    disposition: Disposition
    reason: Reason
    where: Mask
    advice: str = ""
    column: str = ""
    is_about_anybody: bool = False


@dataclass(frozen=True, slots=True)
class _Terms:
    """Who is not there yet and who has left, by their dates: with the day first, and with the month first."""

    dates: Mapping[str, ColumnDates]
    late: tuple[Mask, Mask]
    ended: tuple[Mask, Mask]

    @property
    def keep_out(self) -> tuple[Mask, Mask]:
        """Mark the rows that the dates keep out by either order."""
        return self.late[0] | self.ended[0], self.late[1] | self.ended[1]

    @property
    def unknown_start(self) -> Mask:
        """Mark the rows that have no start."""
        return np.isnat(self.dates[STARTS].day_first)


def decide_candidates(frame: pd.DataFrame, policy: Policy, wording: Wording | None = None) -> pd.DataFrame:
    """Return the frame with open rows that policy keeps out as ``excluded`` or ``held``; the rest stay open.

    ``frame`` has the columns of ``rows.AS_READ`` and ``key``, and any of ``rows.POLICY_COLUMNS``; it is of one sheet of
    one file. Raises ``InputRefused`` where a date decides, and may be read in two ways.
    """
    wording = wording or Wording()
    frame = frame.copy()
    standing = standing_of(frame)
    terms = _terms(frame, policy, wording.date_order)
    still_open = is_open(frame).to_numpy(copy=True)
    unusable = as_mask(pc.equal(as_array(frame["disposition"]), Disposition.REJECTED))
    for rule in (*_exclusions(frame, policy, standing, terms), *_puzzles(frame, standing, terms, wording)):
        hit = (still_open | unusable if rule.is_about_anybody else still_open) & rule.where
        if hit.any():
            decide(frame, pd.Series(hit, frame.index), rule.disposition, rule.reason)
            frame.loc[hit, "detail"] = _detail(frame.loc[hit], rule, wording)
            still_open &= ~hit
            unusable &= ~hit
    _refuse_to_guess(frame, still_open, terms, wording)
    return frame


def _exclusions(frame: pd.DataFrame, policy: Policy, standing: Standing, terms: _Terms) -> Iterator[_Rule]:
    def excluded(reason: Reason, where: Mask, *, by_address: bool = False) -> _Rule:
        return _Rule(Disposition.EXCLUDED, reason, where, is_about_anybody=not by_address)

    certain = terms.keep_out[0] & terms.keep_out[1]
    keys = as_array(frame["key"])
    yield excluded(Reason.NOT_A_PERSON, standing.no_person)
    yield excluded(Reason.INACTIVE, standing.gone)
    yield excluded(Reason.NOT_STARTED, (certain & terms.late[0]) | (standing.not_started & terms.unknown_start))
    yield excluded(Reason.ENDED, certain & terms.ended[0])
    yield excluded(Reason.PRIVATE_ADDRESS, standing.says(WordMeaning.PRIVATE, "address_type"))
    if policy.allowed_domains:
        domains = pc.replace_substring_regex(keys, "^.*@", "")
        yield excluded(Reason.DOMAIN_NOT_ALLOWED, ~_are_in(domains, policy.allowed_domains), by_address=True)
    if policy.exclusions.keys:
        yield excluded(Reason.ON_EXCLUSION_LIST, _are_in(keys, policy.exclusions.keys), by_address=True)
    if policy.exclusions.employee_ids:
        ids = employee_keys(as_array(frame["employee_id"]))
        yield excluded(Reason.ON_EXCLUSION_LIST, _are_in(ids, policy.exclusions.employee_ids))


def _puzzles(frame: pd.DataFrame, standing: Standing, terms: _Terms, wording: Wording) -> Iterator[_Rule]:
    def held(reason: Reason, where: Mask, advice: str, column: str = "") -> _Rule:
        return _Rule(Disposition.HELD, reason, where, advice, column)

    statuses = wording.quoted(name for name in STATUSES if name in frame)
    both = wording.quoted(name for name in (*STATUSES, "employment_type") if name in frame)
    advice = f"The columns {both} contradict each other; correct the wrong one."
    yield held(Reason.CONTRADICTING_STATUS, standing.contradicting, advice)
    for names, advice in (
        (STATUSES, "is not a known status; write active or inactive."),
        (SWITCHES, "is no known answer; write yes or no."),
    ):
        for name in names:
            where = standing.unknown & standing.says(WordMeaning.UNKNOWN, name)
            yield held(Reason.UNKNOWN_STATUS, where, advice, name)
    yield held(Reason.UNKNOWN_STATUS, standing.unknown, f"No status in {statuses}; write active or inactive.")
    advice = "is not a known type of address; write work or home."
    unknown = standing.says(WordMeaning.UNKNOWN, "address_type") | standing.says(WordMeaning.SILENT, "address_type")
    yield held(Reason.UNKNOWN_ADDRESS_TYPE, unknown, advice, "address_type")
    order = f" ({wording.date_order})" if wording.date_order else ""
    for name, dates in terms.dates.items():
        advice = f"is not a date{order}; write it like 2026-03-15."
        yield held(Reason.UNREADABLE_DATE, dates.unreadable, advice, name)


def _terms(frame: pd.DataFrame, policy: Policy, order: DateOrder | None) -> _Terms:
    dates = {
        name: read_dates(as_array(frame[name]), order, today=policy.today) if name in frame else no_dates(len(frame))
        for name in (STARTS, ENDS)
    }
    first_day_too_late = np.datetime64(policy.starts_before or policy.today + timedelta(days=1))
    late, ended = [], []
    for starts, ends in (
        (dates[STARTS].day_first, dates[ENDS].day_first),
        (dates[STARTS].month_first, dates[ENDS].month_first),
    ):
        late.append(starts >= first_day_too_late)
        # An end before the start is that of an earlier employment: the person came back.
        ended.append((ends < np.datetime64(policy.today)) & ~(starts > ends))
    return _Terms(dates, (late[0], late[1]), (ended[0], ended[1]))


def _refuse_to_guess(frame: pd.DataFrame, still_open: Mask, terms: _Terms, wording: Wording) -> None:
    """Raise ``InputRefused`` at the first open row that one order of its dates keeps out and the other does not."""
    doubtful = np.flatnonzero(still_open & (terms.keep_out[0] ^ terms.keep_out[1]))
    if not len(doubtful):
        return
    at = doubtful[0]
    columns = wording.quoted(name for name, dates in terms.dates.items() if dates.are_two[at])
    source, sheet, row = frame.iloc[at][["source", "sheet", "row"]]
    where = f'sheet "{sheet}": ' if sheet else ""
    raise InputRefused(
        f"{source}: {where}row {row}: the day or the month may come first in {columns}, "
        "and that decides who is invited; say which with --date-order dmy or --date-order mdy"
    )


def _detail(hit: pd.DataFrame, rule: _Rule, wording: Wording) -> pd.Series:
    if not rule.column:
        # What was said of an address that nobody has to mend is said no more.
        kept = hit["detail"].mask(hit["disposition"] == Disposition.EXCLUDED, "")
        return kept.mask(kept == "", rule.advice)
    cells = hit[rule.column].str.replace(r"\s+", " ", regex=True).str.slice(0, SHOWN)
    return '"' + cells + f'" in column "{wording.name(rule.column)}" {rule.advice}'


def _are_in(values: pa.Array, wanted: Collection[str]) -> Mask:
    return as_mask(pc.is_in(values, pa.array(sorted(wanted), pa.string())))
