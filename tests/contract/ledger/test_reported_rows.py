"""The rows to correct that earlier runs have reported to people."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from ledgers import CHIME, NOW, run

from onboarding.ledger import Ledger, reported_rows
from onboarding.model.dispositions import TO_CORRECT, Disposition
from onboarding.model.news import OpenRows
from onboarding.model.plan import Scope


@dataclass
class SettableClock:
    """A clock that shows the time that a test sets."""

    now: datetime = NOW


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def ledger(ledger_url, clock):
    """Open a ledger whose clock the test sets."""
    with Ledger.open(ledger_url, clock=lambda: clock.now) as opened:
        yield opened


def of(run_id, *, exports=("staff-2026-11-29.csv",), scope=CHIME):
    """Return a run of these exports."""
    return replace(run(run_id, scope=scope), settings={"exports": list(exports)})


def rows(*held, people=None):
    """Return held rows with these hashes, and hashes of their people; nothing is rejected or failed."""
    nothing = dict.fromkeys(TO_CORRECT, OpenRows(hashes(), hashes()))
    return nothing | {Disposition.HELD: OpenRows(hashes(*held), hashes(*(people or held)))}


def hashes(*numbers):
    return np.array(numbers, np.uint64)


def tell(ledger, this, reported) -> None:
    """Let a run report rows, and let its notices arrive."""
    ledger.remember_rows(this, reported)
    ledger.note_told(this.run_id)


def known(ledger, this, **more) -> list[int]:
    return ledger.earlier_rows(this, **more).rows.tolist()


def last(ledger, this) -> list[int] | None:
    """Return the hashes of the held people of the last run, or None if there is no such run."""
    people = ledger.earlier_rows(this).last
    return people[Disposition.HELD].tolist() if people else None


def test_first_run_finds_nothing(ledger):
    assert known(ledger, of("first")) == []
    assert last(ledger, of("first")) is None


def test_rows_of_all_remembered_runs_are_known(ledger, clock):
    for number in range(3):
        clock.now += timedelta(days=1)
        tell(ledger, of(f"r{number}"), rows(number, 2**64 - 1))

    assert known(ledger, of("next")) == [0, 1, 2, 2**64 - 1]
    assert last(ledger, of("next")) == [2, 2**64 - 1]


def test_oldest_runs_are_forgotten(ledger, clock):
    for number in range(reported_rows.MOST_RUNS + 2):
        clock.now += timedelta(days=1)
        tell(ledger, of(f"r{number}"), rows(number))

    assert known(ledger, of("next")) == list(range(2, reported_rows.MOST_RUNS + 2))


def test_resumed_run_replaces_what_it_reported(ledger):
    tell(ledger, of("first"), rows(1, 2))
    tell(ledger, of("first"), rows(2, 3))

    assert known(ledger, of("first")) == [2, 3]


def test_last_run_is_one_of_the_same_exports_whatever_their_date(ledger, clock):
    tell(ledger, of("monday"), rows(1))
    clock.now += timedelta(hours=1)
    tell(ledger, of("corrections", exports=["handoff.xlsx"]), rows(2))

    assert last(ledger, of("tuesday", exports=["staff-2026-11-30.csv"])) == [1]
    assert last(ledger, of("other", exports=["interns.csv"])) is None
    assert known(ledger, of("other", exports=["interns.csv"])) == [1, 2]


def test_what_was_reported_later_does_not_count(ledger, clock):
    tell(ledger, of("first"), rows(1))
    clock.now += timedelta(days=1)
    tell(ledger, of("second"), rows(2))

    assert known(ledger, of("second"), before=NOW + timedelta(hours=1)) == [1]


@pytest.mark.parametrize("other", [Scope("chime", "account-2"), Scope("chime", "account-1", "http://x")])
def test_rows_are_known_in_their_own_scope_only(ledger, other):
    tell(ledger, of("first"), rows(1))

    assert known(ledger, of("next", scope=other)) == []


def test_purge_keeps_the_hashes(ledger, clock):
    ledger.begin(of("first"))
    tell(ledger, of("first"), rows(1))
    ledger.end("first", exit_code=0, counts={})
    clock.now += timedelta(days=100)

    assert ledger.purge(clock.now).runs == 1
    assert known(ledger, of("next")) == [1]


def test_rows_whose_notices_never_arrived_are_not_known(ledger):
    """The run died before its notices left, or no notice arrived."""
    tell(ledger, of("first"), rows(1))
    ledger.remember_rows(of("second"), rows(1, 2))

    assert known(ledger, of("next")) == [1]


@pytest.mark.parametrize(
    ("exit_code", "are_known"), [(0, True), (3, True), (130, True), (4, False), (5, False), (7, False)]
)
def test_rows_of_a_run_that_gave_hr_nothing_stay_new(ledger, exit_code, are_known):
    """A guard stopped the run, or the service refused it. HR gets the rows from a later run."""
    ledger.begin(of("first"))
    ledger.end("first", exit_code=exit_code, counts={})

    tell(ledger, of("first"), rows(1))

    assert known(ledger, of("next")) == ([1] if are_known else [])


@pytest.mark.parametrize(("exit_code", "are_known"), [(4, True), (5, False)])
def test_account_without_a_usable_address_is_told_and_one_that_a_guard_stopped_is_not(ledger, exit_code, are_known):
    ledger.begin(of("whole-00001"))
    ledger.remember_rows(of("whole-00001"), rows(1))
    ledger.end("whole-00001", exit_code=exit_code, counts={})

    ledger.note_told("whole")

    assert known(ledger, of("next")) == ([1] if are_known else [])


def test_rows_of_all_accounts_of_a_run_become_known_together(ledger):
    other = Scope("chime", "account-2")
    ledger.remember_rows(of("whole-00001"), rows(1))
    ledger.remember_rows(of("whole-00002", scope=other), rows(2))
    ledger.remember_rows(of("whole2-00001", scope=other), rows(3))

    ledger.note_told("whole")

    assert known(ledger, of("next")) == [1]
    assert known(ledger, of("next", scope=other)) == [2]
