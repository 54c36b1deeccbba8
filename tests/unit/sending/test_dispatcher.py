"""The dispatcher sends chunks in threads, and each address ends with one outcome."""

import threading
import time
from collections import Counter

import pytest
import simulated
import structlog
from fakes import FakeClaims, FakeDestination, FakeTime, chunk
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.destinations import Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode, HoldLost, LedgerFailed, ThreadsExhausted
from onboarding.model.outcomes import InviteState
from onboarding.model.sent import TOO_LATE, Ending, Moment, Sent
from onboarding.runtime.signals import StopSignal
from onboarding.sending import ClaimLog, Dispatcher, Pace, RetryPolicy
from onboarding.sending.deliver import PIECES
from onboarding.sending.dispatcher import LOST_IN_A_ROW

ANSWERS = [
    None,
    None,
    None,
    Throttled(0.2),
    Throttled(),
    Unreachable("x"),
    Unconfirmed("ReadTimeoutError"),
    Throttled(90.0),
]

PEOPLE = [f"person{number}@example.com" for number in range(9)]


class Sending:
    """A dispatcher on fakes, with what it did."""

    def __init__(self, stop, *answers, deadline=float("inf"), concurrency=1, pace=None, **behaviour) -> None:
        self.time = FakeTime()
        self.claims = FakeClaims()
        self.destination = FakeDestination(*answers, **{"on_invite": self.claims.note_invite, **behaviour})
        self.progress: list[int] = []
        self.shares: list[float] = []
        self._dispatcher = Dispatcher(
            self.destination,
            # Fake time leaps while a thread waits for the other request of a pair; claims do not age with it.
            ClaimLog("r1", self.claims, lambda: 0.0),
            RetryPolicy(self.time.clock, self.time.sleep, deadline=self.time.now + deadline, budget_seconds=60.0),
            pace=pace or Pace(),
            concurrency=concurrency,
            stop=stop,
        )

    def send(self, chunks) -> Sent:
        return self._dispatcher.send(chunks, self._note)

    def _note(self, count, sent) -> None:
        self.progress.append(count)
        self.shares.append(sent.throttled / sent.requests)


@pytest.fixture
def stop():
    """Return a stop that a test requests itself: it listens to no signal of the process."""
    return StopSignal()


def wait_until(holds):
    """Wait until another thread makes something hold. Fail if it does not."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


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
    assert sending.claims.state == dict.fromkeys(range(9), InviteState.INVITED)
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


def test_progress_leaves_out_addresses_that_were_not_sent(stop):
    """Chunks that wait when the run ends are given back. A bar that counts them says that people were invited."""
    sending = Sending(stop, DestinationClosed("The service is gone."))

    sending.send(three_chunks())

    assert sum(sending.progress) == 0


def test_no_chunks_end_well(stop):
    assert Sending(stop).send([]) == Sent()


def test_chunk_in_doubt_does_not_hold_up_other_chunks(stop):
    sending = Sending(stop, None, Unconfirmed("ReadTimeoutError"))

    sent = sending.send(three_chunks())

    assert sent.ending is None
    assert (
        list(sending.claims.state.values())
        == [InviteState.INVITED] * 3 + [InviteState.IN_DOUBT] * 3 + [InviteState.INVITED] * 3
    )


def test_requests_and_throttles_are_counted(stop):
    sending = Sending(stop, Throttled(1.0), None, Unreachable("x"), Throttled(2.0), None, refused=PEOPLE[6:7])

    sent = sending.send(three_chunks())

    assert sent.requests == len(sending.destination.requests)
    assert sent.throttled == 2


@pytest.mark.parametrize(
    ("error", "exit_code", "throttled"),
    [
        (Throttled(3600.0), ExitCode.STOPPED, 1),
        (DestinationClosed("The service is gone."), ExitCode.CLOSED, 0),
    ],
)
def test_final_error_ends_the_run_with_the_rest_unclaimed(stop, error, exit_code, throttled):
    """What was never tried stays free for the next run."""
    sending = Sending(stop, None, error)

    sent = sending.send(three_chunks())

    assert (sent.requests, sent.throttled) == (2, throttled)
    assert sent.ending.exit_code is exit_code
    assert list(sending.claims.state.values()) == [InviteState.INVITED] * 3 + [InviteState.RELEASED] * 3
    assert sending.claims.journal[-1] == "settle 2"


def test_service_that_went_away_ends_the_run(stop):
    sending = Sending(stop, *[Unreachable("EndpointConnectionError")] * 1000)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.CLOSED
    assert "EndpointConnectionError" in sent.ending.message
    assert sending.claims.state == dict.fromkeys(range(3), InviteState.RELEASED)


def test_ending_gives_the_reason_of_the_destination(stop):
    sent = Sending(stop, DestinationClosed("The service is gone.")).send(three_chunks())

    assert sent.ending == Ending(ExitCode.CLOSED, "The service is gone.")


def test_deadline_ends_the_run_before_the_next_chunk(stop):
    sending = Sending(stop, Throttled(20.0), Throttled(20.0), deadline=30.0)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.STOPPED
    assert sending.claims.state == dict.fromkeys(range(3), InviteState.RELEASED)
    assert sum(sending.time.slept) == pytest.approx(20.0)


def test_deadline_that_passed_while_a_chunk_was_sent_ends_the_run(stop):
    """The chunk is finished, the next one is not begun, and the line says why."""
    sending = Sending(stop, deadline=30.0, on_invite=lambda _chunk: sending.time.sleep(40.0))

    sent = sending.send(three_chunks())

    assert sent == Sent(1, 1, 0, Ending(ExitCode.STOPPED, "The deadline has passed; resume the run to send the rest."))
    assert sending.claims.journal == ["claim 1", "settle 1"]


def test_deadline_that_has_passed_sends_nothing(stop):
    sending = Sending(stop, deadline=0.0)

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.STOPPED
    assert sending.claims.journal == []


@pytest.mark.parametrize("exit_code", [ExitCode.INTERRUPTED, ExitCode.TERMINATED])
def test_stop_lets_the_chunk_in_flight_finish(stop, exit_code):
    sending = Sending(stop, on_invite=lambda _chunk: stop.request(exit_code))

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is exit_code
    assert sending.claims.state == dict.fromkeys(range(3), InviteState.INVITED)


def test_stop_ends_the_wait_for_the_service(stop):
    """A chunk that would be tried again is released at once, and the exit code is that of the stop."""
    sending = Sending(stop, Throttled(30.0), on_invite=lambda _chunk: stop.request(ExitCode.TERMINATED))

    sent = sending.send(three_chunks())

    assert sent.ending.exit_code is ExitCode.TERMINATED
    assert sending.time.slept == []
    assert sending.claims.state == dict.fromkeys(range(3), InviteState.RELEASED)


def test_stop_after_the_last_chunk_stops_nothing(stop):
    """All is done, so the run has not been interrupted."""
    sending = Sending(stop, on_invite=lambda one: one.number == 3 and stop.request(ExitCode.TERMINATED))

    sent = sending.send(three_chunks())

    assert sent.ending is None
    assert sending.claims.state == dict.fromkeys(range(9), InviteState.INVITED)


def test_bug_leaves_the_chunk_claimed(stop):
    """The ledger has it in flight, and the next run puts it in doubt instead of sending it again."""
    sending = Sending(stop, None, KeyError("Invites"))

    with pytest.raises(KeyError):
        sending.send(three_chunks())

    assert list(sending.claims.state.values()) == [InviteState.INVITED] * 3 + [InviteState.IN_FLIGHT] * 3


def test_log_has_chunks_and_waits_and_no_address(stop):
    sending = Sending(stop, Throttled(2.0), Unreachable("x"), receipts={PEOPLE[0]: None})

    with structlog.testing.capture_logs() as lines:
        sending.send(three_chunks())

    assert [line["event"] for line in lines] == ["request.repeated"] * 2 + ["chunk.settled"] * 3
    assert (lines[0]["error"], lines[0]["wait_seconds"], lines[1]["error"]) == ("Throttled", 2.0, "Unreachable")
    assert (lines[2]["chunk"], lines[2]["requests"], lines[2]["invited"], lines[2]["in_doubt"]) == (1, 3, 2, 1)
    assert "@" not in str(lines)


def many_chunks(count):
    """Yield chunks of one."""
    for number in range(1, count + 1):
        yield chunk([f"person{number}@example.com"], number=number, start=number)


def test_as_many_requests_as_wanted_are_under_way_at_a_time(stop):
    """The barrier opens only when four requests meet there, and a fifth would break it."""
    together = threading.Barrier(4)
    sending = Sending(stop, concurrency=4, on_invite=lambda _chunk: together.wait(timeout=60))

    sent = sending.send(many_chunks(40))

    assert (sent.chunks, sent.ending) == (40, None)
    assert sorted(sending.destination.invited) == sorted(one.invitees[0].address for one in many_chunks(40))


def test_threads_claim_before_they_send_and_settle_all(stop):
    sending = Sending(stop, *[Throttled(0.1), None, Unreachable("x")] * 20, concurrency=8)

    sent = sending.send(many_chunks(100))

    assert sent.chunks == 100
    assert sending.claims.state == dict.fromkeys(range(1, 101), InviteState.INVITED)
    journal = sending.claims.journal
    for number in range(1, 101):
        steps = [step for step in journal if step.endswith(f" {number}")]
        assert steps == [f"{step} {number}" for step in ("claim", "invite", "settle")] * (len(steps) // 3)


def test_no_chunk_is_claimed_before_its_turn(stop):
    """A run that dies leaves in doubt what was on its way and nobody else, however many threads it has."""
    sending = Sending(stop, concurrency=32)
    ahead = []

    def on_sleep(_seconds):
        # The thread that sleeps is the next to send, so the others have sent what they have claimed, or soon will.
        wait_until(lambda: len(sending.claims.state) == len(sending.destination.requests))
        ahead.append(len(sending.claims.state) - len(sending.destination.requests))

    sending.time.on_sleep = on_sleep
    sending.send(many_chunks(200))

    assert set(ahead) == {0}


def test_fatal_answer_to_one_thread_stops_all(stop):
    """Requests under way are finished, and no request is begun."""
    under_way = threading.Barrier(3)

    def on_invite(one):
        under_way.wait(timeout=60)
        if one.number == 2:
            raise DestinationClosed("The service is gone.")
        wait_until(lambda: "settle 2" in sending.claims.journal)

    sending = Sending(stop, concurrency=3, on_invite=on_invite)

    sent = sending.send(many_chunks(50))

    assert sent.ending == Ending(ExitCode.CLOSED, "The service is gone.")
    assert sending.claims.state == {1: InviteState.INVITED, 2: InviteState.RELEASED, 3: InviteState.INVITED}


def test_chunk_that_waits_for_its_turn_when_sending_ends_was_never_claimed(stop):
    sending = Sending(stop, DestinationClosed("The service is gone."), concurrency=2)
    sending.time.on_sleep = lambda _seconds: wait_until(lambda: "settle 1" in sending.claims.journal)

    sent = sending.send(many_chunks(50))

    assert (sent.requests, sent.ending.exit_code) == (1, ExitCode.CLOSED)
    assert list(sending.claims.state.values()) == [InviteState.RELEASED]


def test_wait_for_the_service_ends_when_sending_ends(stop):
    """An hour's wait of one thread ends when another thread learns that the service is gone."""
    sending = Sending(stop, Throttled(50.0), DestinationClosed("The service is gone."), concurrency=2)

    def on_sleep(seconds):
        if seconds > 0.5:  # not for its turn, which comes soon
            wait_until(lambda: "settle 2" in sending.claims.journal)

    sending.time.on_sleep = on_sleep
    sent = sending.send(many_chunks(2))

    assert sent.ending.exit_code is ExitCode.CLOSED
    assert sum(sending.time.slept) < 5
    assert sending.claims.state == dict.fromkeys((1, 2), InviteState.RELEASED)


def test_failure_of_one_thread_ends_the_others_and_is_raised(stop):
    """As when the ledger's disk is full: chunks under way are settled or stay in flight, and no more are sent."""
    sending = Sending(stop, *[None] * 10, LedgerFailed("ledger: the disk is full"), concurrency=4)

    with pytest.raises(LedgerFailed, match="the disk is full"):
        sending.send(many_chunks(100))

    states = Counter(sending.claims.state.values())
    assert states[InviteState.IN_FLIGHT] == 1
    assert len(sending.destination.requests) < 20


def test_run_that_no_longer_holds_the_destination_ends_in_all_threads(stop):
    """Another run may send by now, so no thread claims or sends any more."""
    sending = Sending(stop, concurrency=4)
    claim = sending.claims.claim

    def claim_ten(*claimed, **options):
        if len(sending.claims.state) >= 10:
            raise HoldLost("another run holds the destination")
        claim(*claimed, **options)

    sending.claims.claim = claim_ten

    with pytest.raises(HoldLost, match="another run"):
        sending.send(many_chunks(100))

    assert InviteState.IN_FLIGHT not in sending.claims.state.values()
    assert len(sending.destination.requests) == len(sending.claims.state) < 20


def test_lines_of_all_threads_name_the_run(stop):
    contextvars = structlog.contextvars
    with (
        structlog.testing.capture_logs([contextvars.merge_contextvars]) as lines,
        contextvars.bound_contextvars(run_id="r1"),
    ):
        Sending(stop, concurrency=4).send(many_chunks(20))

    assert [line["run_id"] for line in lines if line["event"] == "chunk.settled"] == ["r1"] * 20


@given(st.integers(1, 8), st.lists(st.sampled_from(ANSWERS), max_size=60), st.integers(0, 40))
@settings(deadline=None)
def test_every_address_is_settled_whatever_is_answered(concurrency, answers, count):
    """Each address has one outcome, taken addresses are invited, and no address is taken twice."""
    sending = Sending(StopSignal(), *answers, concurrency=concurrency)

    sent = sending.send(many_chunks(count))

    assert InviteState.IN_FLIGHT not in sending.claims.state.values()
    assert len(set(sending.destination.invited)) == len(sending.destination.invited)
    invited = {f"person{at}@example.com" for at, state in sending.claims.state.items() if state is InviteState.INVITED}
    assert invited == set(sending.destination.invited)
    assert sent.ending is not None or len(sending.claims.state) == count
    assert sent.requests == len(sending.destination.requests)


def test_refusal_of_every_request_stops_sending(stop):
    """Halving every chunk to the end would take 99 requests for each."""
    sending = Sending(stop, refused=[f"person{number}@example.com" for number in range(500)])

    sent = sending.send(chunk([f"person{at}@example.com" for at in range(at, at + 50)], start=at) for at in (0, 50))

    assert sent.requests == PIECES
    assert sent.ending.exit_code is ExitCode.CLOSED
    assert "BadRequestException" in sent.ending.message
    assert sending.claims.state == dict.fromkeys(range(50), InviteState.RELEASED)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_chunk_of_bad_addresses_among_good_chunks_is_taken_apart(stop, concurrency):
    """The service took other chunks before, so the addresses may be the reason."""
    bad = [f"bad{number}@example.com" for number in range(50)]
    good = [[f"good{number}-{at}@example.com" for at in range(50)] for number in range(6)]
    sending = Sending(stop, refused=bad, concurrency=concurrency)

    sent = sending.send(chunk(those, number=n, start=50 * n) for n, those in enumerate([*good, bad]))

    assert sent.ending is None
    assert Counter(sending.claims.state.values()) == {InviteState.INVITED: 300, InviteState.FAILED: 50}


def test_second_chunk_in_a_row_that_is_refused_throughout_stops_sending(stop):
    """As when the account's licences are used up halfway: one chunk is taken apart for nothing, not all."""
    people = [[f"person{number}-{at}@example.com" for at in range(50)] for number in range(9)]
    sending = Sending(stop, refused=[address for those in people[3:] for address in those])

    sent = sending.send(chunk(those, number=n, start=50 * n) for n, those in enumerate(people))

    assert sent.ending.exit_code is ExitCode.CLOSED
    assert sent.requests == 3 + 99 + PIECES
    states = Counter(sending.claims.state.values())
    assert states == {InviteState.INVITED: 150, InviteState.FAILED: 50, InviteState.RELEASED: 50}


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_two_chunks_with_many_bad_addresses_at_the_same_time_are_both_taken_apart(stop, concurrency):
    """Each of them sees that the service took other requests meanwhile."""
    people = [[f"person{number}-{at}@example.com" for at in range(50)] for number in range(12)]
    bad = [address for number in (5, 7) for address in people[number][::3]]
    sending = Sending(stop, refused=bad, concurrency=concurrency)

    sent = sending.send(chunk(those, number=n, start=50 * n) for n, those in enumerate(people))

    assert sent.ending is None
    assert Counter(sending.claims.state.values()) == {InviteState.INVITED: 600 - len(bad), InviteState.FAILED: len(bad)}


def test_service_that_loses_every_answer_ends_the_run(stop):
    """Each lost answer leaves a chunk in doubt, and a service that is overloaded is not to be hurried."""
    sending = Sending(stop, *[Unconfirmed("503")] * 1000)

    sent = sending.send(many_chunks(500))

    assert sent.ending.exit_code is ExitCode.CLOSED
    assert "503" in sent.ending.message
    assert list(sending.claims.state.values()) == [InviteState.IN_DOUBT] * LOST_IN_A_ROW


def test_answers_that_are_lost_now_and_then_end_nothing(stop):
    sending = Sending(stop, *[Unconfirmed("503"), Unconfirmed("503"), None] * 100)

    sent = sending.send(many_chunks(300))

    assert (sent.chunks, sent.ending) == (300, None)


def test_fatal_answer_after_the_deadline_is_the_reason_of_the_ending(stop):
    """With wrong credentials it would not help to run again."""
    sending = Sending(stop, DestinationClosed("401"), deadline=30.0, on_invite=lambda _chunk: sending.time.sleep(40.0))

    assert sending.send(three_chunks()).ending == Ending(ExitCode.CLOSED, "401")


@pytest.mark.parametrize(
    ("cut", "state", "ending"),
    [(Unconfirmed("cut"), InviteState.IN_DOUBT, None), (Unreachable("cut"), InviteState.RELEASED, TOO_LATE)],
    ids=["in flight", "before they left"],
)
def test_requests_that_the_deadline_cuts_say_nothing_about_the_service(stop, cut, state, ending):
    """Were they taken for a dead service, the run would end with 7 and wrong advice."""
    all_under_way = threading.Barrier(LOST_IN_A_ROW)

    def pass_the_deadline(_chunk):
        all_under_way.wait(20)
        sending.time.now = 5000.0

    cuts = [cut] * LOST_IN_A_ROW
    sending = Sending(stop, *cuts, deadline=3000.0, concurrency=LOST_IN_A_ROW, on_invite=pass_the_deadline)

    assert sending.send(many_chunks(LOST_IN_A_ROW)).ending == ending
    assert list(sending.claims.state.values()) == [state] * LOST_IN_A_ROW


def test_progress_never_has_more_throttled_than_there_were_requests(stop):
    """They are counted as they leave, not when their chunk is settled."""
    sending = Sending(stop, *[Throttled(0.5)] * 40, concurrency=4)

    sending.send(many_chunks(30))

    assert 0 < max(sending.shares) <= 1


def test_system_that_allows_few_threads_is_made_do_with(stop, monkeypatch):
    start, started = threading.Thread.start, []

    def start_three(thread):
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_three)
    sending = Sending(stop, concurrency=16)

    sent = sending.send(many_chunks(40))

    assert (sent.chunks, len(started)) == (40, 3)


def test_system_that_allows_no_thread_ends_the_run_with_a_plain_line(stop, monkeypatch):
    def start_none(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start_none)
    sending = Sending(stop, concurrency=16)

    with pytest.raises(ThreadsExhausted, match="no thread"):
        sending.send(many_chunks(40))

    assert sending.claims.journal == []


def send_to_limited_service(stop, pace, *, rate, burst) -> Sent:
    """Send a thousand chunks to a service that permits so many a second, in a time of their own."""
    service = simulated.Service([(0, rate)], burst)

    def on_invite(_chunk):
        sending.time.now += 0.02
        if not service.take(sending.time.now - begun):
            raise Throttled(0.1)

    sending = Sending(stop, pace=pace, on_invite=on_invite)
    begun = sending.time.now
    return sending.send(many_chunks(1000))


@pytest.mark.parametrize(("rate", "burst"), [(25, 10), (8, 20)])
def test_rate_of_the_service_is_found_and_spares_the_next_run_its_search(stop, rate, burst):
    pace = Pace()
    first = send_to_limited_service(stop, pace, rate=rate, burst=burst)
    assert pace.learnt == pytest.approx(rate, rel=0.02)

    second = send_to_limited_service(stop, Pace(known=pace.learnt), rate=rate, burst=burst)

    assert (first.chunks, second.chunks) == (1000, 1000)
    assert 0 < second.throttled < first.throttled < 40


def test_progress_has_what_was_sent_over_time(stop):
    """Throttled requests count, and addresses with a final outcome."""
    sending = Sending(
        stop, None, Throttled(20.0), None, Unconfirmed("ReadTimeoutError"), on_invite=lambda _: sending.time.sleep(1)
    )
    began = sending.time.now

    moments = sending.send(three_chunks()).progress.moments

    assert moments[0] == Moment()
    assert (moments[-1].addresses, moments[-1].requests, moments[-1].throttled) == (6, 4, 1)
    assert moments[-1].seconds == pytest.approx(sending.time.now - began)
    assert next(moment.seconds for moment in moments if moment.throttled) == pytest.approx(2, abs=0.2)
