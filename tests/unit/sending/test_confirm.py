"""What becomes of those of whom nobody knows whether the service took them."""

from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from fakes import SCOPE, FakeDestination, FakeDoubts, FakeTime
from structlog.testing import capture_logs

from onboarding.destinations import Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.outcomes import Membership, Outcome, State
from onboarding.model.sent import SettledDoubts
from onboarding.sending import DoubtSettler, Questions, Resend, RetryPolicy
from onboarding.sending.doubts import AT_A_TIME

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SETTLE_SECONDS = 60.0
ANA, BO, CY = "Ana@example.com", "bo@example.com", "cy@example.com"


class Desk:
    """Doubts, the service that knows, and a clock."""

    def __init__(self, doubts, *, there=(), since=NOON, answers=(), resend=Resend.CONFIRMED_ABSENT, **more) -> None:
        self.time = FakeTime()
        policy = RetryPolicy(self.time.clock, self.time.sleep, budget_seconds=30, **more)
        self.service = FakeDestination(*answers, members=dict.fromkeys(there, Membership.PENDING))
        self.doubts = FakeDoubts(doubts, since=since.isoformat())
        begun = self.time.now
        self.confirmer = DoubtSettler(
            Questions(self.service, policy),
            self.doubts,
            policy,
            now=lambda: NOON + timedelta(seconds=self.time.now - begun),
            settle_seconds=SETTLE_SECONDS,
            resend=resend,
        )

    def confirm(self) -> SettledDoubts:
        return self.confirmer.confirm(SCOPE)

    def states(self) -> dict[tuple[str, int], State]:
        return {place: outcome.state for place, outcome in self.doubts.settled.items()}


def test_who_is_there_was_invited_and_who_is_not_is_released():
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO, ("r2", 4): CY}, there=["ana@EXAMPLE.com", CY])

    confirmed = desk.confirm()

    assert confirmed == SettledDoubts(there=2, released=1, left=0)
    assert desk.states() == {("r1", 4): State.INVITED, ("r1", 7): State.RELEASED, ("r2", 4): State.INVITED}


def test_what_the_service_said_is_recorded_and_attempts_stay_as_they_were():
    """Asking is no attempt."""
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])

    desk.confirm()

    assert desk.doubts.settled == {
        ("r1", 4): Outcome(4, "ana@example.com", State.INVITED, attempts=0, invite_status="Pending"),
        ("r1", 7): Outcome(7, "bo@example.com", State.RELEASED, attempts=0, error="NotThere"),
    }


def test_doubtful_person_is_looked_up_by_the_address_in_a_large_account():
    others = [f"person{number}@example.com" for number in range(50)]
    desk = Desk({("r1", 4): ANA}, there=[*others, ANA])

    assert desk.confirm() == SettledDoubts(there=1)
    assert desk.service.questions == ["page", "look_up"]


def test_doubts_beyond_what_is_settled_at_a_time_are_settled_too():
    doubts = {("r1", number): f"person{number}@example.com" for number in range(AT_A_TIME + 1)}
    desk = Desk(doubts)

    assert desk.confirm() == SettledDoubts(released=AT_A_TIME + 1)
    assert desk.doubts.settled.keys() == doubts.keys()


def test_operator_is_told_what_is_waited_for_and_what_was_found():
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO, ("r1", 6): CY}, there=[ANA], since=NOON - timedelta(seconds=9.68))

    with capture_logs() as told:
        desk.confirm()

    assert told == [
        {"event": "doubt.waiting", "log_level": "info", "addresses": 3, "wait_seconds": 50.3},
        {"event": "presence.listed", "log_level": "info", "pages": 1, "members": 1},
        {"event": "doubt.settled", "log_level": "info", "there": 1, "released": 2, "left": 0},
    ]


def test_nothing_is_sent_again_where_nobody_wants_that():
    """But who is there is no doubt any more."""
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO}, there=[ANA], resend=Resend.NEVER)

    assert desk.confirm() == SettledDoubts(there=1, released=0, left=1)
    assert desk.states() == {("r1", 4): State.INVITED}


def test_without_doubts_nobody_is_asked_and_nobody_waits():
    desk = Desk({})

    assert desk.confirm() == SettledDoubts()
    assert (desk.service.questions, desk.time.slept) == ([], [])


@pytest.mark.parametrize(
    ("age", "waited"),
    [(0, [60.0]), (45, [15.0]), (59.5, [0.5]), (60, []), (100_000, []), (-3600, [60.0])],
    ids=["just now", "a while ago", "nearly", "long enough", "yesterday", "after the clock was set back"],
)
def test_service_is_asked_when_it_must_have_settled(age, waited):
    """It may act long after the answer was lost; a clock that was set back makes nobody wait for ever."""
    desk = Desk({("r1", 4): ANA}, since=NOON - timedelta(seconds=age))

    desk.confirm()

    assert desk.time.slept == waited


def test_who_arrives_while_the_job_waits_is_seen():
    """The service commits late: asked at once it would have shown nobody."""
    desk = Desk({("r1", 4): ANA})
    sleep = desk.time.sleep

    def late(seconds: float) -> None:
        sleep(seconds)
        desk.service.members[ANA] = Membership.PENDING

    desk.time.sleep = late
    confirmer = DoubtSettler(
        desk.service,
        desk.doubts,
        RetryPolicy(desk.time.clock, late),
        now=lambda: NOON,
        settle_seconds=SETTLE_SECONDS,
        resend=Resend.CONFIRMED_ABSENT,
    )

    assert confirmer.confirm(SCOPE).there == 1


def test_doubt_stays_where_the_wait_would_pass_the_deadline():
    desk = Desk({("r1", 4): ANA}, deadline=1000.0 + SETTLE_SECONDS - 1)

    assert desk.confirm() == SettledDoubts(left=1)
    assert (desk.service.questions, desk.time.slept, desk.states()) == ([], [], {})


@pytest.mark.parametrize(
    ("error", "raised"), [(Throttled(inf), StillThrottled), (Unconfirmed("reset"), DestinationClosed)]
)
def test_doubt_stays_where_the_service_does_not_answer(error, raised):
    """A failed read is an error, never an empty answer."""
    desk = Desk({("r1", 4): ANA}, answers=[error] * 1000)

    with pytest.raises(raised):
        desk.confirm()
    assert desk.states() == {}


def test_doubt_stays_where_a_signal_ends_the_wait():
    def raise_if_stopped() -> None:
        if desk.time.slept:
            raise Interrupted(ExitCode.INTERRUPTED)

    desk = Desk({("r1", 4): ANA}, raise_if_stopped=raise_if_stopped)

    with pytest.raises(Interrupted):
        desk.confirm()
    assert (desk.service.questions, desk.states()) == ([], {})
