"""The rows to correct that earlier runs have reported."""

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
        ledger.remember_rows(of(f"r{number}"), rows(number, 2**64 - 1))

    assert known(ledger, of("next")) == [0, 1, 2, 2**64 - 1]
    assert last(ledger, of("next")) == [2, 2**64 - 1]


def test_oldest_runs_are_forgotten(ledger, clock):
    for number in range(reported_rows.MOST_RUNS + 2):
        clock.now += timedelta(days=1)
        ledger.remember_rows(of(f"r{number}"), rows(number))

    assert known(ledger, of("next")) == list(range(2, reported_rows.MOST_RUNS + 2))


def test_resumed_run_replaces_what_it_reported(ledger):
    ledger.remember_rows(of("first"), rows(1, 2))
    ledger.remember_rows(of("first"), rows(2, 3))

    assert known(ledger, of("first")) == [2, 3]


def test_last_run_is_one_of_the_same_exports_whatever_their_date(ledger, clock):
    ledger.remember_rows(of("monday"), rows(1))
    clock.now += timedelta(hours=1)
    ledger.remember_rows(of("corrections", exports=["handoff.xlsx"]), rows(2))

    assert last(ledger, of("tuesday", exports=["staff-2026-11-30.csv"])) == [1]
    assert last(ledger, of("other", exports=["interns.csv"])) is None
    assert known(ledger, of("other", exports=["interns.csv"])) == [1, 2]


def test_what_was_reported_later_does_not_count(ledger, clock):
    ledger.remember_rows(of("first"), rows(1))
    clock.now += timedelta(days=1)
    ledger.remember_rows(of("second"), rows(2))

    assert known(ledger, of("second"), before=NOW + timedelta(hours=1)) == [1]


@pytest.mark.parametrize("other", [Scope("chime", "account-2"), Scope("chime", "account-1", "http://x")])
def test_rows_are_known_in_their_own_scope_only(ledger, other):
    ledger.remember_rows(of("first"), rows(1))

    assert known(ledger, of("next", scope=other)) == []


def test_purge_keeps_the_hashes(ledger, clock):
    ledger.begin(of("first"))
    ledger.remember_rows(of("first"), rows(1))
    ledger.end("first", exit_code=0, counts={})
    clock.now += timedelta(days=100)

    assert ledger.purge(clock.now).runs == 1
    assert known(ledger, of("next")) == [1]
