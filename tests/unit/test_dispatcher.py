"""How the chunks of a run are sent."""

import signal

import pytest
import structlog
from fakes import FakeClaims, FakeDestination, FakeTime, chunk

from onboarding.destinations import Throttled, Unconfirmed, Unreachable
from onboarding.errors import DestinationClosed, ExitCode
from onboarding.outcomes import State
from onboarding.sending import Dispatcher, Ending, Patience, Sent, Stop

PEOPLE = [f"person{number}@example.com" for number in range(9)]


class Sending:
    """A dispatcher on fakes, with what it did."""

    def __init__(self, stop, *answers, deadline=float("inf"), **behaviour) -> None:
        self.time = FakeTime()
        self.claims = FakeClaims()
        self.destination = FakeDestination(*answers, **{"on_invite": self.claims.note_invite, **behaviour})
        self.progress: list[int] = []
        self._dispatcher = Dispatcher(
            "r1",
            self.destination,
            self.claims,
            Patience(self.time.clock, self.time.sleep, deadline=self.time.now + deadline, budget_seconds=60.0),
            stop=stop,
            on_progress=self.progress.append,
        )

    def send(self, chunks) -> Sent:
        return self._dispatcher.send(chunks)


@pytest.fixture
def stop():
    with Stop() as listening:
        yield listening


def three_chunks():
    """Yield chunks of three."""
    for number in (1, 2, 3):
        start = 3 * (number - 1)
        yield chunk(PEOPLE[start : start + 3], number=number, start=start)


def test_each_chunk_is_claimed_before_it_is_sent_and_settled_before_the_next(stop):
    """A crash between any two of these steps loses nothing and repeats nothing."""
    sending = Sending(stop)

    sent = sending.send(three_chunks())

    assert sending.claims.journal == [
        f"{step} {number}" for number in (1, 2, 3) for step in ("claim", "invite", "settle")
    ]
    assert sending.claims.state == dict.fromkeys(range(9), State.INVITED)
    assert sent == Sent(chunks=3, requests=3, throttled=0, ending=None)


def test_chunks_are_taken_one_at_a_time(stop):
    """Memory does not grow with the number of chunks, and nothing is planned on old knowledge."""
    sending = Sending(stop)

    def chunks():
        for one in three_chunks():
            assert len(sending.destination.requests) == one.number - 1
            yield one

    sending.send(chunks())

    assert len(sending.destination.requests) == 3


def test_progress_counts_addresses(stop):
    sending = Sending(stop, Unconfirmed("ReadTimeoutError"), refused=PEOPLE[4:5])

    sending.send(three_chunks())

    assert sending.progress == [3, 3, 3]


def test_no_chunks_end_well(stop):
    assert Sending(stop).send([]) == Sent()


def test_chunk_in_doubt_holds_up_nobody(stop):
    sending = Sending(stop, None, Unconfirmed("ReadTimeoutError"))

    sent = sending.send(three_chunks())

    assert sent.ending is None
    assert list(sending.claims.state.values()) == [State.INVITED] * 3 + [State.IN_DOUBT] * 3 + [State.INVITED] * 3


def test_requests_and_throttles_are_counted(stop):
    sending = Sending(stop, Throttled(1.0), None, Unreachable("x"), Throttled(2.0), None, refused=PEOPLE[6:7])

    sent = sending.send(three_chunks())

    assert sent.requests == len(sending.destination.requests)
    assert sent.throttled == 2


@pytest.mark.parametrize(
    ("halt", "exit_code", "throttled"),
    [
        (Throttled(3600.0), ExitCode.STOPPED, 1),
        (DestinationClosed("The service is gone."), ExitCode.CLOSED, 0),
    ],
)
def test_halt_ends_the_run_with_the_rest_unclaimed(stop, halt, exit_code, throttled):
    """What was never tried stays free for the next run."""
    sending = Sending(stop, None, halt)

    sent = sending.send(three_chunks())

    assert (sent.requests, sent.throttled) == (2, throttled)
    assert sent.ending.exit_code is exit_code
    assert list(sending.claims.state.values()) == [State.INVITED] * 3 + [State.RELEASED] * 3


def test_service_that_went_away_ends_the_run(stop):
    sending = Sending(stop, *[Unreachable("EndpointConnectionError")] * 1000)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.CLOSED
    assert "EndpointConnectionError" in sent.ending.message
    assert sending.claims.state == dict.fromkeys(range(3), State.RELEASED)


def test_reason_that_the_destination_gave_is_told(stop):
    sent = Sending(stop, DestinationClosed("The service is gone.")).send(three_chunks())

    assert sent.ending == Ending(ExitCode.CLOSED, "The service is gone.")


def test_deadline_ends_the_run_before_the_next_chunk(stop):
    sending = Sending(stop, Throttled(20.0), Throttled(20.0), deadline=30.0)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.STOPPED
    assert sending.claims.state == dict.fromkeys(range(3), State.RELEASED)
    assert sending.time.slept == [20.0]


def test_deadline_that_passed_while_a_chunk_was_sent_ends_the_run(stop):
    """The chunk is finished, the next one is not begun, and the line says why."""
    sending = Sending(stop, deadline=30.0, on_invite=lambda _chunk: sending.time.sleep(40.0))

    sent = sending.send(three_chunks())

    assert sent == Sent(1, 1, 0, Ending(ExitCode.STOPPED, "The deadline has passed; run again to send the rest."))
    assert sending.claims.journal == ["claim 1", "settle 1"]


def test_deadline_that_has_passed_sends_nothing(stop):
    sending = Sending(stop, deadline=0.0)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.STOPPED
    assert sending.claims.journal == []


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_signal_lets_the_chunk_in_flight_finish(stop, number, exit_code):
    sending = Sending(stop, on_invite=lambda _chunk: stop.is_requested() or signal.raise_signal(number))

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is exit_code
    assert sending.claims.state == dict.fromkeys(range(3), State.INVITED)


def test_signal_cuts_patience_short(stop):
    """A chunk that would be tried again is released at once, and the exit code is the signal's."""
    sending = Sending(
        stop, Throttled(30.0), on_invite=lambda _chunk: stop.is_requested() or signal.raise_signal(signal.SIGTERM)
    )

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.TERMINATED
    assert sending.time.slept == []
    assert sending.claims.state == dict.fromkeys(range(3), State.RELEASED)


def test_signal_after_the_last_chunk_stops_nothing(stop):
    """All is done, so the run has not been interrupted."""
    sending = Sending(stop, on_invite=lambda one: one.number == 3 and signal.raise_signal(signal.SIGTERM))

    sent = sending.send(three_chunks())

    assert sent.ending is None
    assert sending.claims.state == dict.fromkeys(range(9), State.INVITED)


def test_bug_leaves_the_chunk_claimed(stop):
    """The ledger has it in flight, and the next run puts it in doubt instead of sending it again."""
    sending = Sending(stop, None, KeyError("Invites"))

    with pytest.raises(KeyError):
        sending.send(three_chunks())

    assert list(sending.claims.state.values()) == [State.INVITED] * 3 + [State.IN_FLIGHT] * 3


def test_log_tells_chunks_and_waits_without_an_address(stop):
    sending = Sending(stop, Throttled(2.0), Unreachable("x"), receipts={PEOPLE[0]: None})

    with structlog.testing.capture_logs() as lines:
        sending.send(three_chunks())

    assert [line["event"] for line in lines] == [
        "request.throttled",
        "request.unreachable",
        *["chunk.settled"] * 3,
    ]
    assert lines[0]["wait_seconds"] == 2.0
    assert (lines[2]["chunk"], lines[2]["requests"], lines[2]["invited"], lines[2]["in_doubt"]) == (1, 3, 2, 1)
    assert "@" not in str(lines)
