"""What the service is asked once more, instead of address by address."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from fakes import FakeDestination, FakeTime, chunk

from onboarding.destinations import Receipt, Refused
from onboarding.model.outcomes import Outcome, State
from onboarding.model.plan import Chunk
from onboarding.sending import Questions, Replay, RetryPolicy
from onboarding.sending.doubts import REMEMBERED_FOR

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = ["ana@example.com", "bo@example.com", "cy@example.com"]


class Requests:
    """The chunks of runs as they were claimed, and what became of them."""

    def __init__(self, destination: FakeDestination, *, token: str | None = None) -> None:
        sent = chunk(PEOPLE)
        self.chunk = Chunk(sent.number, sent.invitees, destination.token(sent) if token is None else token)
        self.settled: list[Outcome] = []

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        return self.chunk if (run_id, number) == ("r1", self.chunk.number) and self.chunk.token else None

    def settle(self, _run_id: str, outcomes: Sequence[Outcome]) -> None:
        self.settled += outcomes


def doubts(positions: Sequence[int] = (0, 1, 2), *, age: timedelta = timedelta(minutes=1)) -> pd.DataFrame:
    rows = [("r1", position, 1, PEOPLE[position], (NOW - age).isoformat()) for position in positions]
    return pd.DataFrame(rows, columns=["run_id", "position", "chunk", "address", "since"])


def settle(destination: FakeDestination, requests: Requests, given: pd.DataFrame) -> int:
    time = FakeTime()
    return Replay(Questions(destination, RetryPolicy(time.clock, time.sleep)), requests).settle(given, NOW)


def test_whole_chunk_is_asked_about_with_one_request():
    destination = FakeDestination(knows_tokens=True)
    requests = Requests(destination)

    assert settle(destination, requests, doubts()) == 3
    assert destination.requests == [tuple(PEOPLE)]
    assert {outcome.state for outcome in requests.settled} == {State.INVITED}


def test_whoever_the_answer_leaves_out_stays_in_doubt():
    destination = FakeDestination(knows_tokens=True, receipts={PEOPLE[1]: None})
    requests = Requests(destination)

    assert settle(destination, requests, doubts()) == 2
    assert [outcome.position for outcome in requests.settled] == [0, 2]


def test_whoever_was_refused_or_there_is_told_so():
    receipts = {PEOPLE[0]: Receipt(error="No"), PEOPLE[1]: Receipt(error="Exists", is_there=True)}
    destination = FakeDestination(knows_tokens=True, receipts=receipts)
    requests = Requests(destination)

    settle(destination, requests, doubts())

    assert [outcome.state for outcome in requests.settled] == [State.FAILED, State.THERE, State.INVITED]


@pytest.mark.parametrize(
    ("given", "token"),
    [
        (doubts([0, 2]), None),
        (doubts(age=REMEMBERED_FOR), None),
        (doubts(), "another token"),
        (doubts(), ""),
    ],
    ids=["a piece of it", "too old", "another payload", "no token"],
)
def test_what_is_not_the_same_request_is_not_sent(given, token):
    destination = FakeDestination(knows_tokens=True)

    assert settle(destination, Requests(destination, token=token), given) == 0
    assert destination.requests == []


def test_service_that_knows_no_tokens_is_asked_nothing():
    destination = FakeDestination()

    assert settle(destination, Requests(destination), doubts()) == 0
    assert destination.requests == []


def test_request_that_is_refused_leaves_the_doubt():
    """It was refused the first time, too, and sent in pieces then."""
    destination = FakeDestination(Refused("ValidationError"), knows_tokens=True)
    requests = Requests(destination)

    assert settle(destination, requests, doubts()) == 0
    assert requests.settled == []
