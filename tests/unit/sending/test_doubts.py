"""Doubts: the service says who was invited, and what the ledger then records."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf

import pandas as pd
import pytest
from fakes import SCOPE, FakeDestination, FakeDoubts, FakeTime, chunk
from structlog.testing import capture_logs

from onboarding.destinations import Receipt, Refused, Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed, ExitCode, Interrupted, StillThrottled
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.plan import Chunk
from onboarding.model.sent import SettledDoubts
from onboarding.sending import DoubtSettler, Questions, Resend, RetryPolicy
from onboarding.sending.doubts import BATCH_SIZE, TOKEN_LIFETIME, replay

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SETTLE_SECONDS = 60.0
ANA, BO, CY = "Ana@example.com", "bo@example.com", "cy@example.com"
PEOPLE = [ANA, BO, CY]


class Desk:
    """Doubts, the service that knows, and a clock."""

    def __init__(self, doubts, *, there=(), since=NOON, answers=(), resend=Resend.CONFIRMED_ABSENT, **more) -> None:
        self.time = FakeTime()
        policy = RetryPolicy(self.time.clock, self.time.sleep, budget_seconds=30, **more)
        self.service = FakeDestination(*answers, members=dict.fromkeys(there, MembershipStatus.PENDING))
        self.doubts = FakeDoubts(doubts, since=since.isoformat())
        begun = self.time.now
        self._settler = DoubtSettler(
            Questions(self.service, policy),
            self.doubts,
            policy,
            now=lambda: NOON + timedelta(seconds=self.time.now - begun),
            settle_seconds=SETTLE_SECONDS,
            resend=resend,
        )

    def settle(self) -> SettledDoubts:
        return self._settler.settle(SCOPE)

    def states(self) -> dict[tuple[str, int], InviteState]:
        return {place: outcome.state for place, outcome in self.doubts.settled.items()}


def test_people_who_are_there_were_invited_and_the_others_are_released():
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO, ("r2", 4): CY}, there=["ana@EXAMPLE.com", CY])

    settled = desk.settle()

    assert settled == SettledDoubts(there=2, released=1, left=0)
    assert desk.states() == {
        ("r1", 4): InviteState.INVITED,
        ("r1", 7): InviteState.RELEASED,
        ("r2", 4): InviteState.INVITED,
    }


def test_answer_of_the_service_is_recorded_and_attempts_stay_the_same():
    """Asking is no attempt."""
    desk = Desk({("r1", 4): ANA, ("r1", 7): BO}, there=[ANA])

    desk.settle()

    assert desk.doubts.settled == {
        ("r1", 4): Outcome(4, "ana@example.com", InviteState.INVITED, attempts=0, invite_status="Pending"),
        ("r1", 7): Outcome(7, "bo@example.com", InviteState.RELEASED, attempts=0, error="NotThere"),
    }


def test_doubtful_person_is_looked_up_by_the_address_in_a_large_account():
    others = [f"person{number}@example.com" for number in range(50)]
    desk = Desk({("r1", 4): ANA}, there=[*others, ANA])

    assert desk.settle() == SettledDoubts(there=1)
    assert desk.service.questions == ["page", "look_up"]


def test_doubts_beyond_what_is_settled_at_a_time_are_settled_too():
    doubts = {("r1", number): f"person{number}@example.com" for number in range(BATCH_SIZE + 1)}
    desk = Desk(doubts)

    assert desk.settle() == SettledDoubts(released=BATCH_SIZE + 1)
    assert desk.doubts.settled.keys() == doubts.keys()


def test_log_says_how_long_it_waits_and_what_it_found():
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO, ("r1", 6): CY}, there=[ANA], since=NOON - timedelta(seconds=9.68))

    with capture_logs() as lines:
        desk.settle()

    assert lines == [
        {"event": "doubt.waiting", "log_level": "info", "addresses": 3, "wait_seconds": 50.3},
        {"event": "presence.listed", "log_level": "info", "pages": 1, "members": 1},
        {"event": "doubt.settled", "log_level": "info", "there": 1, "released": 2, "left": 0},
    ]


def test_nothing_is_sent_again_against_the_operators_wish():
    """But a person who is there is in doubt no more."""
    desk = Desk({("r1", 4): ANA, ("r1", 5): BO}, there=[ANA], resend=Resend.NEVER)

    assert desk.settle() == SettledDoubts(there=1, released=0, left=1)
    assert desk.states() == {("r1", 4): InviteState.INVITED}


def test_without_doubts_there_is_no_question_and_no_wait():
    desk = Desk({})

    assert desk.settle() == SettledDoubts()
    assert (desk.service.questions, desk.time.slept) == ([], [])


@pytest.mark.parametrize(
    ("age", "waited"),
    [(0, [60.0]), (45, [15.0]), (59.5, [0.5]), (60, []), (100_000, []), (-3600, [60.0])],
    ids=["just now", "a while ago", "nearly", "long enough", "yesterday", "after the clock was set back"],
)
def test_service_is_asked_when_it_must_have_settled(age, waited):
    """It may act long after the answer was lost; a clock that was set back must not make the run wait for ever."""
    desk = Desk({("r1", 4): ANA}, since=NOON - timedelta(seconds=age))

    desk.settle()

    assert desk.time.slept == waited


def test_person_who_arrives_during_the_wait_is_seen():
    """The service commits late: at once it would have shown no such person."""
    desk = Desk({("r1", 4): ANA})
    sleep = desk.time.sleep

    def late(seconds: float) -> None:
        sleep(seconds)
        desk.service.members[ANA] = MembershipStatus.PENDING

    desk.time.sleep = late
    settler = DoubtSettler(
        desk.service,
        desk.doubts,
        RetryPolicy(desk.time.clock, late),
        now=lambda: NOON,
        settle_seconds=SETTLE_SECONDS,
        resend=Resend.CONFIRMED_ABSENT,
    )

    assert settler.settle(SCOPE).there == 1


def test_doubt_stays_where_the_wait_would_pass_the_deadline():
    desk = Desk({("r1", 4): ANA}, deadline=1000.0 + SETTLE_SECONDS - 1)

    assert desk.settle() == SettledDoubts(left=1)
    assert (desk.service.questions, desk.time.slept, desk.states()) == ([], [], {})


@pytest.mark.parametrize(
    ("error", "raised"), [(Throttled(inf), StillThrottled), (Unconfirmed("reset"), DestinationClosed)]
)
def test_doubt_stays_where_the_service_does_not_answer(error, raised):
    """A failed read is an error, never an empty answer."""
    desk = Desk({("r1", 4): ANA}, answers=[error] * 1000)

    with pytest.raises(raised):
        desk.settle()
    assert desk.states() == {}


def test_doubt_stays_where_a_signal_ends_the_wait():
    def raise_if_stopped() -> None:
        if desk.time.slept:
            raise Interrupted(ExitCode.INTERRUPTED)

    desk = Desk({("r1", 4): ANA}, raise_if_stopped=raise_if_stopped)

    with pytest.raises(Interrupted):
        desk.settle()
    assert (desk.service.questions, desk.states()) == ([], {})


class Requests:
    """The chunks of runs as they were claimed, and their outcomes."""

    def __init__(self, destination: FakeDestination, *, token: str | None = None) -> None:
        sent = chunk(PEOPLE)
        self.chunk = Chunk(sent.number, sent.invitees, destination.token(sent) if token is None else token)
        self.settled: list[Outcome] = []

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        return self.chunk if (run_id, number) == ("r1", self.chunk.number) and self.chunk.token else None

    def settle(self, _run_id: str, outcomes: Sequence[Outcome]) -> None:
        self.settled += outcomes


def table(positions: Sequence[int] = (0, 1, 2), *, age: timedelta = timedelta(minutes=1)) -> pd.DataFrame:
    rows = [("r1", position, 1, PEOPLE[position], (NOON - age).isoformat()) for position in positions]
    return pd.DataFrame(rows, columns=["run_id", "position", "chunk", "address", "since"])


def replayed(destination: FakeDestination, requests: Requests, given: pd.DataFrame) -> int:
    time = FakeTime()
    return replay(given, Questions(destination, RetryPolicy(time.clock, time.sleep)), requests, NOON)


def test_whole_chunk_is_replayed_with_one_request():
    destination = FakeDestination(knows_tokens=True)
    requests = Requests(destination)

    assert replayed(destination, requests, table()) == 3
    assert destination.requests == [tuple(PEOPLE)]
    assert {outcome.state for outcome in requests.settled} == {InviteState.INVITED}


def test_address_that_the_answer_leaves_out_stays_in_doubt():
    destination = FakeDestination(knows_tokens=True, receipts={PEOPLE[1]: None})
    requests = Requests(destination)

    assert replayed(destination, requests, table()) == 2
    assert [outcome.position for outcome in requests.settled] == [0, 2]


def test_refused_address_has_failed_and_a_member_is_there():
    receipts = {PEOPLE[0]: Receipt(error="No"), PEOPLE[1]: Receipt(error="Exists", is_member=True)}
    destination = FakeDestination(knows_tokens=True, receipts=receipts)
    requests = Requests(destination)

    replayed(destination, requests, table())

    assert [outcome.state for outcome in requests.settled] == [
        InviteState.FAILED,
        InviteState.THERE,
        InviteState.INVITED,
    ]


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (table([0, 2]), None),
        (table(age=TOKEN_LIFETIME), None),
        (table(), "another token"),
        (table(), ""),
    ],
    ids=["a piece of it", "too old", "another payload", "no token"],
)
def test_another_request_is_not_sent(given, token):
    destination = FakeDestination(knows_tokens=True)

    assert replayed(destination, Requests(destination, token=token), given) == 0
    assert destination.requests == []


def test_service_without_tokens_gets_no_request():
    destination = FakeDestination()

    assert replayed(destination, Requests(destination), table()) == 0
    assert destination.requests == []


def test_request_that_is_refused_leaves_the_doubt():
    """It was refused the first time, too, and sent in pieces then."""
    destination = FakeDestination(Refused("ValidationError"), knows_tokens=True)
    requests = Requests(destination)

    assert replayed(destination, requests, table()) == 0
    assert requests.settled == []
