"""Addresses that the service refuses again and again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from ledgers import CHIME, NOW, chunk, key, outcome, run

from onboarding.ledger import Ledger
from onboarding.ledger.refusals import AddressRefusals
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Scope


@dataclass
class Nights:
    """A ledger in which each night sends to one person, and its clock."""

    ledger: Ledger
    times: list[datetime]
    runs: int = 0

    def wait(self, time: timedelta) -> None:
        self.times[0] += time

    def night(self, state: InviteState, *, days: int = 1, again: bool = False, scope: Scope = CHIME) -> None:
        """Send to the person, with this outcome, and let so many days pass."""
        self.runs += 1
        run_id = f"night{self.runs}"
        self.ledger.begin(run(run_id, scope=scope, started_at=self.times[0]))
        self.wait(timedelta(minutes=1))
        self.ledger.claim(run_id, scope, chunk(7, 7, again=[7] if again else []))
        self.ledger.settle(run_id, [outcome(7, state)])
        self.wait(timedelta(days=days))

    def refusals(self, scope: Scope = CHIME) -> dict[int, AddressRefusals]:
        return self.ledger.repeated_refusals(scope).of([key(6), key(7)])


@pytest.fixture
def nights(ledger_url):
    """Open a ledger whose clock moves on with the nights."""
    times = [NOW]
    with Ledger.open(ledger_url, clock=lambda: times[0]) as opened:
        yield Nights(opened, times)


def test_address_that_is_refused_on_three_days_is_found(nights):
    nights.night(InviteState.FAILED)
    nights.night(InviteState.FAILED)
    before = nights.refusals()
    nights.night(InviteState.FAILED)

    assert before == {}
    assert nights.refusals() == {1: AddressRefusals(3, "2026-03-01", "2026-03-03")}
    assert nights.refusals(Scope("chime", "account-2")) == {}


def test_several_refusals_on_one_day_count_once(nights):
    for _ in range(5):
        nights.night(InviteState.FAILED, days=0)
    nights.night(InviteState.FAILED)

    assert nights.refusals() == {}


def test_night_on_which_nothing_was_sent_changes_nothing(nights):
    for state in (InviteState.FAILED, InviteState.RELEASED, InviteState.FAILED, InviteState.FAILED):
        nights.night(state)

    assert nights.refusals()[1].days == 3


def test_invitation_that_was_taken_ends_the_series(nights):
    """The person is invited again later, and is refused then on two days only."""
    for _ in range(3):
        nights.night(InviteState.FAILED)
    nights.night(InviteState.INVITED)
    after_success = nights.refusals()
    for _ in range(2):
        nights.night(InviteState.FAILED, again=True)

    assert after_success == nights.refusals() == {}

    nights.night(InviteState.FAILED, again=True)

    assert nights.refusals()[1].days == 3


def test_purge_keeps_the_refusals(nights):
    for _ in range(3):
        nights.night(InviteState.FAILED)
    for number in range(1, 4):
        nights.ledger.end(f"night{number}", exit_code=3, counts={})

    assert nights.ledger.purge(nights.times[0] + timedelta(days=1)).runs == 3
    assert nights.refusals()[1].days == 3
