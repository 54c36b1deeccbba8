"""The rate limiter lets requests leave at the pace, from any thread."""

import itertools
import threading

import pytest
from fakes import FakeTime

from onboarding.destinations import Refused, Throttled, Unconfirmed, Unreachable
from onboarding.sending import Pace, RateLimiter, RetryPolicy
from onboarding.sending.rate.bucket import BurstTest
from onboarding.sending.rate.limiter import RATE_CHECK_SECONDS
from onboarding.sending.retry import TurnMissed


class Gate:
    """A rate limiter on a clock that moves only during sleep."""

    def __init__(self, *, ceiling=10.0, deadline=1e9, is_stopping=lambda: False) -> None:
        self.time = FakeTime()
        self.pace = Pace(known=ceiling, ceiling=ceiling)
        policy = RetryPolicy(self.time.clock, self.time.sleep, deadline=deadline, is_stopping=is_stopping)
        self._limiter = RateLimiter(self.pace, policy)

    def through(self, request):
        """Return a request's answer, or raise its error."""
        with self._limiter.turn():
            return request()


def raises(error):
    """Return a request that is answered with an error."""

    def request():
        raise error

    return request


def test_requests_leave_at_the_pace():
    gate = Gate(ceiling=10)

    left = [gate.through(gate.time.clock) for _ in range(30)]

    assert left[0] == 1000.0
    assert [later - earlier for earlier, later in itertools.pairwise(left)] == pytest.approx([0.1] * 29)


def test_answer_comes_back_and_errors_pass():
    gate = Gate()

    assert gate.through(lambda: "answer") == "answer"
    for error in (Throttled(1.0), Unreachable("x"), Unconfirmed("x"), Refused("x"), KeyError("x")):
        with pytest.raises(type(error)):
            gate.through(raises(error))


def test_throttled_request_slows_the_next_ones_down():
    gate = Gate(ceiling=1000)
    for _ in range(20):
        gate.through(lambda: None)
    before = gate.pace.rate

    for _ in range(3):
        with pytest.raises(Throttled):
            gate.through(raises(Throttled(1.0)))

    assert gate.pace.rate < before


@pytest.mark.parametrize("error", [Unconfirmed("ReadTimeoutError"), Refused("BadRequestException"), KeyError("bug")])
def test_request_that_was_let_through_counts_whatever_its_answer(error):
    """A permit was used up all the same: the pace learns the same as if all had gone well."""
    well, badly = Gate(ceiling=1000), Gate(ceiling=1000)

    for gate, request in ((well, lambda: None), (badly, raises(error))):
        with pytest.raises(Throttled):
            gate.through(raises(Throttled(1.0)))
        for _ in range(50):
            with pytest.raises(type(error)) if gate is badly else threading.Lock():
                gate.through(request)
        with pytest.raises(Throttled):
            gate.through(raises(Throttled(1.0)))

    assert badly.pace.learnt == well.pace.learnt is not None


def test_request_that_never_reached_the_service_says_nothing_about_the_rate():
    gate = Gate(ceiling=1000)
    with pytest.raises(Throttled):
        gate.through(raises(Throttled(1.0)))

    for _ in range(50):
        with pytest.raises(Unreachable):
            gate.through(raises(Unreachable("x")))
    with pytest.raises(Throttled):
        gate.through(raises(Throttled(1.0)))

    assert gate.pace.learnt is None


def test_no_request_leaves_after_the_deadline():
    gate = Gate(ceiling=1, deadline=1001.5)
    assert [gate.through(gate.time.clock) for _ in range(2)] == pytest.approx([1000.0, 1001.0])

    with pytest.raises(TurnMissed):
        gate.through(lambda: pytest.fail("it left"))

    assert gate.time.now < 1001.5


def test_no_request_leaves_once_the_run_is_stopping():
    """And no thread waits on: a slow pace must not hold up a stop."""
    stopping = threading.Event()
    gate = Gate(ceiling=0.2, is_stopping=stopping.is_set)
    gate.through(lambda: None)
    gate.time.on_sleep = lambda _seconds: stopping.set()

    with pytest.raises(TurnMissed):
        gate.through(lambda: pytest.fail("it left"))

    assert sum(gate.time.slept) <= RATE_CHECK_SECONDS


def test_new_rate_holds_at_once_for_a_waiting_thread():
    """A thread that was to wait five seconds goes as soon as the rate says so."""
    gate = Gate(ceiling=0.2)
    gate.through(lambda: None)
    gate.time.on_sleep = lambda _seconds: setattr(gate.pace, "rate", 1000.0)

    gate.through(lambda: None)

    assert sum(gate.time.slept) <= RATE_CHECK_SECONDS


def test_threads_share_one_pace_and_wait_for_no_answers():
    """All are under way together, though one at a time was let through."""
    gate = Gate(ceiling=10)
    together = threading.Barrier(5)
    left = []

    def request():
        left.append(gate.time.now)
        together.wait(timeout=60)

    threads = [threading.Thread(target=gate.through, args=(request,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(left) == pytest.approx([1000.0 + 0.1 * n for n in range(5)])


class PairedPace(Pace):
    """A pace whose next two requests are a pair."""

    def __init__(self) -> None:
        super().__init__(known=1000.0)
        self._test = BurstTest(0.0, 1000.0)
        self._last_due = 0.0


def test_requests_of_a_pair_leave_together_though_other_work_comes_first():
    """The claim of the second request would let a permit come in between."""
    limiter = RateLimiter(PairedPace(), RetryPolicy(lambda: 1000.0, lambda _seconds: None), together_seconds=60)
    done = []
    first_works = threading.Event()

    def send_first() -> None:
        with limiter.turn() as leave:
            done.append("first works")
            first_works.set()
            leave()
            done.append("first leaves")

    thread = threading.Thread(target=send_first)
    thread.start()
    first_works.wait()
    with limiter.turn() as leave:
        done.append("second works")
        leave()
    thread.join()

    assert done == ["first works", "second works", "first leaves"]


def test_request_of_a_pair_leaves_alone_if_no_other_one_comes():
    limiter = RateLimiter(PairedPace(), RetryPolicy(lambda: 1000.0, lambda _seconds: None), together_seconds=0.001)
    left = []

    for number in range(3):
        with limiter.turn() as leave:
            leave()
            left.append(number)

    assert left == [0, 1, 2]
