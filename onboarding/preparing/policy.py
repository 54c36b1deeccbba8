"""Apply a run's policy: exclude rows, and hold rows that a person must look at first.

``filters`` comes before this module: the rules of ``--only`` and ``--skip`` choose the people of the run, and policy
decides about these people alone. An open row gets the first reason of this table that applies, or stays open to be
invited. Reasons that exclude a row come before reasons that hold a row, so that people look at no row in vain. Reasons
1 to 5 and listed employee ids also apply to rows without a usable address, so that people correct no address in vain.

==  ============  ========================  ========================================================================
    disposition   reason                    where
==  ============  ========================  ========================================================================
 1  ``excluded``  ``not_a_person``          a guest, a bot, a shared device, a room, a service account, a placeholder
 2  ``excluded``  ``inactive``              the status says gone, or the person's directory account is switched off
 3  ``excluded``  ``not_started``           starts on ``starts_before`` or later; without a date, the status says so
 4  ``excluded``  ``ended``                 the last day has passed, and no later start is known
 5  ``excluded``  ``private_address``       the address is of a type that is not the employer's
 6  ``excluded``  ``domain_denied``         the domain is one of ``denied_domains``
 7  ``excluded``  ``domain_not_allowed``    the domain is not one of ``allowed_domains``, if there are any
 8  ``excluded``  ``on_exclusion_list``     the address or the employee id is on the list
 9  ``held``      ``contradicting_status``  one column says employed, another says gone; or the name says gone
10  ``held``      ``unknown_status``        an unknown word, or an empty status although other rows have a status
11  ``held``      ``unknown_address_type``  the type of the address is unknown or empty, where a file has types
12  ``held``      ``unreadable_date``       the start or the end is no date, or so far ahead that it must be a slip
13  ``held``      ``look_alike``            an address on the list may be another spelling of the address
14  ``held``      ``on_exclusion_list``     an employee id on the list differs only in zeros at the start
==  ============  ========================  ========================================================================

If a date has two meanings, and only one of them would invite the person, this module refuses the export, and never
guesses. ``employment`` reads the columns of statuses and dates for these reasons, and ``exclusions`` reads the lists.
"""

from collections.abc import Iterator
from dataclasses import field
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd

from onboarding.exports import WordMeaning, column_words
from onboarding.model.choices import NO_STATUS_WORDS, StatusWords
from onboarding.model.columns import Mask, as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import NO_PERSON_IDS
from onboarding.model.errors import InputRefused
from onboarding.model.filters import NO_FILTERS, Filters
from onboarding.model.questions import LISTED
from onboarding.model.rows import is_open, keys_of_employees, put_cells
from onboarding.model.values import dataclass
from onboarding.preparing.answer_book import NO_ANSWERS, AnswerBook
from onboarding.preparing.employment import (
    ENDS_ON,
    STARTS_ON,
    STATUSES,
    SWITCHES,
    TYPES,
    EmploymentDates,
    EmploymentStatus,
    columns_for,
    employment_dates,
    employment_status,
)
from onboarding.preparing.exclusions import Exclusions, place_of
from onboarding.preparing.filters import FilterMatches
from onboarding.preparing.notes_in_names import left_by_name
from onboarding.preparing.wording import (
    Details,
    Wording,
    about_domains,
    details_of,
    kept_or,
    refuse_broken_codes,
    same_detail,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules that choose the people to invite: ``--only`` and ``--skip``, domains, dates, and excluded people.

    ``allowed_domains`` has whole domains as A-labels in lower case. An empty tuple allows all domains.
    ``denied_domains`` has domains of the same form, at which no person is invited. ``matches`` records the ``filters``
    that fit a row. A person who starts on the day ``starts_before`` or later is not invited yet. By default, that day
    is the day after ``today``. ``holds_spellings`` says whether to hold people who may be excluded under another
    spelling of their address. ``status_words`` are the operator's words for statuses.
    """

    today: date
    starts_before: date | None = None
    filters: Filters = NO_FILTERS
    matches: FilterMatches = field(default_factory=FilterMatches)
    allowed_domains: tuple[str, ...] = ()
    denied_domains: tuple[str, ...] = ()
    exclusions: Exclusions = field(default_factory=Exclusions)
    holds_spellings: bool = True
    status_words: StatusWords = NO_STATUS_WORDS


@dataclass(frozen=True, slots=True)
class _PolicyRule:
    """One line of the module's table: a mask of rows, and the disposition, reason and detail for these rows.

    ``where`` is the mask. ``details`` gets these rows, and returns their details. If ``needs_address`` is true, the
    rule leaves out rows without a usable address.
    """

    disposition: Disposition
    reason: Reason
    where: Mask
    details: Details
    needs_address: bool = True


def decide_candidates(
    frame: pd.DataFrame, policy: Policy, wording: Wording | None = None, answers: AnswerBook = NO_ANSWERS
) -> pd.DataFrame:
    """Exclude and hold rows by the run's policy (the table at the top of this module), and return the frame.

    ``frame`` has the columns of ``rows.AS_READ``, the column ``key``, and some or all of the policy columns (``rows``).
    All its rows are from one sheet of one file. Without ``wording``, messages name the frame's own columns. If
    ``answers`` settle a reason for a row, the row is not held for this reason. Raises ``InputRefused`` if a date
    decides about a row and can be read in two ways, or if a code does not fit the other codes of its column.
    """
    wording = wording or Wording()
    frame = frame.copy()
    refuse_broken_codes(frame, wording)
    status = employment_status(frame, column_words(columns_for(frame, *STATUSES), wording.codes, policy.status_words))
    first_late = policy.starts_before or policy.today + timedelta(days=1)
    dates = employment_dates(frame, wording.date_order, today=policy.today, starts_before=first_late)
    still_open = is_open(frame).to_numpy(copy=True)
    unusable = (frame["disposition"] == Disposition.REJECTED).to_numpy(bool, copy=True)
    rules = (
        *_employment_exclusions(frame, status, dates, wording),
        *_address_exclusions(frame, policy, status, wording),
        *_holding_rules(frame, status, dates, wording),
        *_nearly_listed_rules(frame, policy),
    )
    for rule in rules:
        hit = rule.where & (still_open if rule.needs_address else still_open | unusable)
        if hit.any():
            details = text_array(rule.details(frame.loc[hit]))
            frame, hit, details = answers.let_pass(frame, hit, rule.reason, details)
            put_cells(
                frame,
                hit,
                disposition=rule.disposition.value,
                reason=rule.reason.value,
                detail=as_array(pd.Series(details)),
            )
            still_open &= ~hit
            unusable &= ~hit
    _refuse_to_guess(frame, still_open, dates, wording)
    return frame


def _employment_exclusions(
    frame: pd.DataFrame, status: EmploymentStatus, dates: EmploymentDates, wording: Wording
) -> Iterator[_PolicyRule]:
    """Yield a rule for each column that may say that a row's person is not employed, or is no person."""

    def excluded(reason: Reason, where: Mask, column: str) -> _PolicyRule:
        details = details_of(column, wording.cells_that_decided)
        return _PolicyRule(Disposition.EXCLUDED, reason, where, details, needs_address=False)

    for name in columns_for(frame, *STATUSES, *TYPES, "account_control"):
        yield excluded(Reason.NOT_A_PERSON, status.says(WordMeaning.NOT_A_PERSON, name), name)
    if status.no_person.any():
        for name in ("employee_id", "name"):
            yield excluded(Reason.NOT_A_PERSON, frame[name].isin(NO_PERSON_IDS).to_numpy(bool), name)
        guest = same_detail("The address is that of a guest.")
        yield _PolicyRule(Disposition.EXCLUDED, Reason.NOT_A_PERSON, status.no_person, guest, needs_address=False)
    for name in columns_for(frame, *STATUSES, *TYPES, *SWITCHES):
        yield excluded(Reason.INACTIVE, status.gone & status.says(WordMeaning.GONE, name), name)
    certain = dates.keep_out[0] & dates.keep_out[1]
    for name in columns_for(frame, STARTS_ON):
        yield excluded(Reason.NOT_STARTED, certain & dates.late[0] & dates.deciding[name], name)
    for name in columns_for(frame, *STATUSES, *TYPES):
        hired = status.not_started & dates.unknown_start & status.says(WordMeaning.NOT_STARTED, name)
        yield excluded(Reason.NOT_STARTED, hired, name)
    for name in columns_for(frame, ENDS_ON):
        yield excluded(Reason.ENDED, certain & dates.ended[0] & dates.deciding[name], name)


def _address_exclusions(
    frame: pd.DataFrame, policy: Policy, status: EmploymentStatus, wording: Wording
) -> Iterator[_PolicyRule]:
    """Yield the rules about the type of the address, its domain and the lists of exclusions."""

    def excluded(reason: Reason, where: Mask, details: Details, *, needs_address: bool) -> _PolicyRule:
        return _PolicyRule(Disposition.EXCLUDED, reason, where, details, needs_address)

    is_private = status.says(WordMeaning.PRIVATE, "address_type")
    types = details_of("address_type", wording.cells_that_decided)
    yield excluded(Reason.PRIVATE_ADDRESS, is_private, types, needs_address=False)
    denied, allowed = policy.denied_domains, policy.allowed_domains
    if denied or allowed:
        domains = frame["key"].str.replace("^.*@", "", regex=True)
        details = details_of("key", partial(about_domains, are="denied"))
        yield excluded(Reason.DOMAIN_DENIED, domains.isin(denied).to_numpy(), details, needs_address=True)
        is_foreign = ~domains.isin(allowed).to_numpy() & bool(allowed)
        details = details_of("key", partial(about_domains, are="not allowed"))
        yield excluded(Reason.DOMAIN_NOT_ALLOWED, is_foreign, details, needs_address=True)
    listed = policy.exclusions
    if listed.keys:
        where = frame["key"].isin(listed.keys).to_numpy()
        details = details_of("key", lambda keys: listed.key_places.details(as_array(keys)))
        yield excluded(Reason.ON_EXCLUSION_LIST, where, details, needs_address=True)
    if listed.employee_ids:
        where = keys_of_employees(frame).isin(listed.employee_ids).to_numpy()
        yield excluded(
            Reason.ON_EXCLUSION_LIST,
            where,
            lambda hit: listed.employee_places.details(as_array(keys_of_employees(hit))),
            needs_address=False,
        )


def _holding_rules(
    frame: pd.DataFrame, status: EmploymentStatus, dates: EmploymentDates, wording: Wording
) -> Iterator[_PolicyRule]:
    def held(reason: Reason, where: Mask, advice: str, column: str = "") -> _PolicyRule:
        quoted = details_of(column, lambda cells: wording.cells_with_advice(cells, advice))
        return _PolicyRule(Disposition.HELD, reason, where, quoted if column else kept_or(same_detail(advice)))

    statuses = wording.quoted(columns_for(frame, *STATUSES))
    both = columns_for(frame, *STATUSES, *TYPES)
    cells = kept_or(lambda hit: wording.contradiction(hit, both))
    yield _PolicyRule(Disposition.HELD, Reason.CONTRADICTING_STATUS, status.contradicting, cells)
    advice = "The name says that the person left; take the note out of the name if the person still works there."
    yield held(Reason.CONTRADICTING_STATUS, left_by_name(frame["name"]), advice)
    silent = status.unknown.copy()
    for name in columns_for(frame, *STATUSES, *SWITCHES):
        where = status.unknown & status.says(WordMeaning.UNKNOWN, name)
        silent &= ~where
        is_status = name.partition(" ")[0] in STATUSES
        advice = (
            "is not a known status; write active or inactive." if is_status else "is no known answer; write yes or no."
        )
        yield held(Reason.UNKNOWN_STATUS, where, advice, name)
    yield held(Reason.UNKNOWN_STATUS, silent, f"No status in {statuses}; write active or inactive.")
    advice = "is not a known type of address; write work or home."
    unknown = status.says(WordMeaning.UNKNOWN, "address_type") | status.says(WordMeaning.SILENT, "address_type")
    yield held(Reason.UNKNOWN_ADDRESS_TYPE, unknown, advice, "address_type")
    order = f" ({wording.date_order})" if wording.date_order else ""
    for name, found in dates.dates.items():
        yield held(Reason.UNREADABLE_DATE, found.unreadable, f"is not a date{order}; write it like 2026-03-15.", name)
    for name, where in dates.unlikely.items():
        day = "first" if name.startswith(STARTS_ON) else "last"
        advice = f"is too far ahead for a {day} day; write it like 2026-03-15."
        yield held(Reason.UNREADABLE_DATE, where, advice, name)


def _nearly_listed_rules(frame: pd.DataFrame, policy: Policy) -> Iterator[_PolicyRule]:
    listed = policy.exclusions
    if listed.keys and policy.holds_spellings:
        advice = f"{LISTED} in another spelling (such as ss for ß); correct one of them."
        where = listed.in_another_spelling(as_array(frame["key"]))
        yield _PolicyRule(Disposition.HELD, Reason.LOOK_ALIKE, where, kept_or(same_detail(advice)))
    if listed.employee_ids:
        advice = "The exclusion list has this employee id with more or fewer zeros at the start; correct one of them."
        where = listed.with_other_zeros(as_array(keys_of_employees(frame)))
        yield _PolicyRule(Disposition.HELD, Reason.ON_EXCLUSION_LIST, where, kept_or(same_detail(advice)))


def _refuse_to_guess(frame: pd.DataFrame, still_open: Mask, dates: EmploymentDates, wording: Wording) -> None:
    """Raise ``InputRefused`` at the first open row that only one of two readings of its dates excludes."""
    doubtful = np.flatnonzero(still_open & (dates.keep_out[0] ^ dates.keep_out[1]))
    if not len(doubtful):
        return
    at = doubtful[0]
    columns = wording.quoted(name for name, found in dates.dates.items() if found.are_ambiguous[at])
    raise InputRefused(
        f"{place_of(frame.iloc[at])}: the day or the month may come first in {columns}, "
        "and that decides who is invited; say which with --date-order dmy or --date-order mdy"
    )
