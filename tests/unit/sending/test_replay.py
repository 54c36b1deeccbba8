"""Replays: requests with lost answers are repeated by their tokens, a few times in all, and never block a run."""

from threading import Barrier

import pytest
from fakes import SCOPE, FakeDestination, FakeDoubts, FakeTime, chunk

from onboarding.destinations import Receipt, Refused, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Chunk
from onboarding.sending import Pace, RateLimiter, Replays, RetryPolicy
from onboarding.sending.departure import CLAIM_SECONDS
from onboarding.sending.replay import TOKEN_LIFETIME_SECONDS
from onboarding.sending.retry import MOST_LOST

PEOPLE = ["ana@example.com", "bo@example.com", "cy@example.com"]


class Desk:
    """People in doubt whose request had a token, the service, and what its ledger records."""

    def __init__(
        self, service: FakeDestination, *, positions=(0, 1, 2), token=None, age=60.0, concurrency=2, **columns
    ) -> None:
        self.time = time = FakeTime()
        doubts = {("r1", position): PEOPLE[position] for position in positions}
        self.service = service
        self.ledger = FakeDoubts(doubts, time, age_seconds=age, **columns)
        sent = chunk(PEOPLE)
        self.ledger.chunk = Chunk(sent.number, sent.invitees, service.token(sent) if token is None else token)
        policy = RetryPolicy(time.clock, time.sleep)
        self._replays = Replays(service, self.ledger, RateLimiter(Pace(first=100.0), policy), concurrency, time.clock)

    def replay(self) -> int:
        return self._replays.replay(self.ledger.doubts(SCOPE))

    def repeatable(self) -> list[bool]:
        return self._replays.repeatable(self.ledger.doubts(SCOPE)).tolist()

    def states(self) -> list[InviteState]:
        return [outcome.state for _, outcome in sorted(self.ledger.settled.items())]


def test_whole_chunk_is_replayed_with_one_request():
    """The ledger counts the departure before the request leaves."""
    desk = Desk(FakeDestination(knows_tokens=True, on_invite=lambda _: counted.extend(desk.ledger.repeated)))
    counted = []

    assert desk.repeatable() == [True, True, True]
    assert desk.replay() == 3
    assert desk.service.requests == [tuple(PEOPLE)]
    assert set(desk.states()) == {InviteState.INVITED}
    assert counted == [("r1", 1)]


def test_address_that_the_answer_leaves_out_stays_in_doubt():
    desk = Desk(FakeDestination(knows_tokens=True, receipts={PEOPLE[1]: None}))

    assert desk.replay() == 2
    assert sorted(desk.ledger.settled) == [("r1", 0), ("r1", 2)]


def test_refused_address_has_failed_and_a_member_is_there():
    receipts = {PEOPLE[0]: Receipt(error="No"), PEOPLE[1]: Receipt(error="Exists", is_member=True)}
    desk = Desk(FakeDestination(knows_tokens=True, receipts=receipts))

    desk.replay()

    assert desk.states() == [InviteState.FAILED, InviteState.THERE, InviteState.INVITED]


@pytest.mark.parametrize(
    "more",
    [
        {"positions": (0, 2)},
        {"age": TOKEN_LIFETIME_SECONDS},
        {"token": "another token"},
        {"departures": MOST_LOST},
    ],
    ids=["a piece of it", "too old", "another payload", "sent often enough"],
)
def test_another_request_is_not_sent(more):
    desk = Desk(FakeDestination(knows_tokens=True), **more)

    assert not any(desk.repeatable())
    assert desk.replay() == 0
    assert (desk.service.requests, desk.ledger.repeated) == ([], [])


def test_service_without_tokens_gets_no_request():
    desk = Desk(FakeDestination())
    desk.ledger.chunk = None

    assert not any(desk.repeatable())
    assert desk.replay() == 0
    assert desk.service.requests == []


@pytest.mark.parametrize(
    "error", [Refused("ValidationError"), Unconfirmed("500"), Throttled(3600.0), Unreachable("refused")]
)
def test_request_without_an_answer_leaves_the_doubt_and_takes_one_attempt(error):
    desk = Desk(FakeDestination(error, knows_tokens=True))

    assert desk.replay() == 0
    assert desk.states() == []
    assert len(desk.service.requests) == 1


@pytest.mark.parametrize(
    ("error", "departures"),
    [(Throttled(3600.0), 0), (Unreachable("refused"), 0), (Unconfirmed("500"), 1), (Refused("ValidationError"), 1)],
)
def test_request_that_the_service_did_not_take_counts_as_no_departure(error, departures):
    desk = Desk(FakeDestination(error, knows_tokens=True))

    desk.replay()

    assert len(desk.ledger.repeated) == departures


def test_requests_are_replayed_at_the_same_time():
    """Each may wait a minute for its answer. Here each waits for the others."""
    together = Barrier(3, timeout=60)
    service = FakeDestination(knows_tokens=True, on_invite=lambda _: together.wait())
    desk = Desk(service, concurrency=3)
    sent = {f"r{number}": chunk([f"person{number}@example.com"]) for number in range(3)}
    desk.ledger._doubts = {(run_id, 0): of_run.invitees[0].address for run_id, of_run in sent.items()}  # noqa: SLF001 - a fake's
    chunks = {run_id: Chunk(1, of_run.invitees, service.token(of_run)) for run_id, of_run in sent.items()}
    desk.ledger.claimed = lambda run_id, _number: chunks[run_id]

    assert desk.replay() == 3


def test_closed_service_ends_the_replays():
    service = FakeDestination(DestinationClosed("gone"), knows_tokens=True)
    desk = Desk(service, concurrency=1)
    desk.ledger._doubts |= {("r2", 0): "person@example.com"}  # noqa: SLF001 - a fake's
    desk.ledger.claimed = lambda _run_id, _number: desk.ledger.chunk

    with pytest.raises(DestinationClosed):
        desk.replay()
    assert len(service.requests) == 1


def test_request_does_not_leave_if_the_machine_slept_since_the_ledger_counted_it():
    """Another run may hold the destination by now."""
    desk = Desk(FakeDestination(knows_tokens=True))
    desk.ledger.repeat = lambda *_, **__: desk.time.sleep(CLAIM_SECONDS + 1)

    assert desk.replay() == 0
    assert desk.service.requests == []


def test_others_are_replayed_although_one_request_gets_no_answer():
    service = FakeDestination(Unconfirmed("500"), knows_tokens=True)
    desk = Desk(service)
    ledger = desk.ledger
    ledger._doubts |= {("r2", position): f"person{position}@example.com" for position in range(2)}  # noqa: SLF001 - a fake's
    second = chunk(["person0@example.com", "person1@example.com"])
    of_first, second = ledger.chunk, Chunk(1, second.invitees, service.token(second))
    ledger.claimed = lambda run_id, _number: of_first if run_id == "r1" else second

    assert desk.replay() == 2
    assert sorted(ledger.settled) == [("r2", 0), ("r2", 1)]
