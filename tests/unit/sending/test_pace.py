"""The pace uses most of what a service allows, and few of its requests are throttled."""

import random
import resource
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Service, Simulation

from onboarding.sending.rate.bucket import GAP_BEFORE_PAIR
from onboarding.sending.rate.pace import FIRST_RATE, PAUSE_SECONDS, SLOWEST_RATE, Pace

SEEDS = range(3)


def simulate(rate, burst, seconds, *, known=None, clients=1, way=(0.05, 0.0), **more):
    """Return the figures of sending for so many seconds. ``way`` is latency and jitter."""
    steps = rate if isinstance(rate, list) else [(0, rate)]
    paces = [Pace(known=known) for _ in range(clients)]
    return Simulation(paces, Service(steps, burst, *way), **more).run(seconds)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("rate", "burst", "seconds", "used", "throttled"),
    [(50, 20, 120, 0.99, 0.01), (10, 10, 120, 0.99, 0.01), (50, 20, 25, 0.95, 0.02), (10, 10, 25, 0.95, 0.02)],
)
def test_unknown_rate_is_found_and_held(rate, burst, seconds, used, throttled, seed):
    """Two minutes, and 25 seconds, of which the search is a part."""
    figures = simulate(rate, burst, seconds, seed=seed)

    assert figures.used >= used
    assert figures.throttled <= throttled
    assert figures.clients[0].pace.learnt == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("rate", "burst"), [(50, 20), (10, 10)])
def test_known_rate_is_used_from_the_start(rate, burst, seed):
    figures = simulate(rate, burst, 120, known=rate, seed=seed)

    assert figures.used >= 0.995
    assert figures.throttled <= 0.005


@pytest.mark.parametrize("known", [10, 250])
def test_rate_that_was_known_and_is_another_by_now_is_found(known):
    """The night after the service changed it."""
    figures = simulate(50, 20, 60, known=known)

    assert figures.used >= 0.9
    assert figures.throttled <= 0.03
    assert figures.clients[0].pace.learnt == pytest.approx(50, rel=0.02)


@pytest.mark.parametrize("seed", SEEDS)
def test_long_way_to_the_service_costs_little(seed):
    """Answers overtake each other, and are 15 requests late."""
    figures = simulate(50, 20, 120, way=(0.3, 0.3), seed=seed)

    assert figures.used >= 0.97
    assert figures.throttled <= 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_rate_that_changes_is_followed(seed):
    figures = simulate([(0, 50), (20, 10), (40, 50)], 20, 60, seed=seed)

    assert figures.used >= 0.85
    assert figures.throttled <= 0.02


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("starts", [(0, 0), (0, 20)])
def test_two_programs_that_know_nothing_of_each_other_share(starts, seed):
    """Started together, or the second when the first has everything."""
    figures = simulate(50, 20, 120, clients=2, starts=starts, seed=seed)
    shares = [client.taken / sum(each.taken for each in figures.clients) for client in figures.clients]

    assert figures.used >= 0.97
    assert figures.throttled <= 0.03
    assert min(shares) >= 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_permits_that_another_program_leaves_are_used(seed):
    """The other program sends 20 requests a second, whatever the answers."""
    figures = simulate(50, 20, 120, others_rate=20, seed=seed)

    assert figures.used >= 0.97
    assert figures.throttled <= 0.03


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("rate", "seconds", "used", "throttled"),
    [
        (0.5, 1200, 0.8, 0.12),
        (2, 1200, 0.9, 0.06),
        (5, 600, 0.9, 0.04),
        (10, 120, 0.9, 0.04),
        (20, 120, 0.9, 0.04),
        (50, 120, 0.9, 0.04),
    ],
)
def test_bucket_that_holds_one_permit_is_no_trap(rate, seconds, used, throttled, seed):
    """It overflows between two requests, so that less is taken than its rate."""
    figures = simulate(rate, 1, seconds, seed=seed)

    assert figures.used >= used
    assert figures.throttled <= throttled


@pytest.mark.parametrize("seed", SEEDS)
def test_bucket_that_holds_one_permit_is_found_out_by_threads_that_wake_up_late(seed):
    """A tenth of the gap between two requests, on average: they come now too close, now too far from each other."""
    figures = simulate(50, 1, 120, seed=seed, late_seconds=0.002)

    assert figures.used >= 0.8
    assert figures.throttled <= 0.04


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("burst", [2, 20])
def test_bucket_that_holds_more_is_not_mistaken_for_a_bucket_of_one_permit(burst, seed):
    """Ten times as many requests would be throttled."""
    figures = simulate(50, burst, 120, seed=seed)

    assert figures.throttled <= 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_rate_that_changes_is_followed_where_the_bucket_holds_one_permit(seed):
    figures = simulate([(0, 50), (40, 10), (80, 50)], 1, 120, seed=seed)

    assert figures.used >= 0.65
    assert figures.throttled <= 0.06


@pytest.mark.parametrize("seed", SEEDS)
def test_bucket_that_becomes_deeper_is_found_out(seed):
    """The pace must not send in vain for ever because of what was true once."""
    pace, service = Pace(), Service([(0, 20)], 1)
    simulation = Simulation([pace], service, seed=seed)
    simulation.run(60)
    service.burst = 40
    simulation.run(180)
    before = simulation.run(180).clients[0].throttled

    later = simulation.run(360).clients[0].throttled

    assert later - before <= 0.01 * 180 * 20


class Talk:
    """A pace, and a service that answers in a hundredth of a second."""

    def __init__(self, **known) -> None:
        self.pace = Pace(**known)
        self.now = 0.0

    def leave(self):
        self.now = max(self.now, self.pace.due(self.now))
        return self.pace.depart(self.now)

    def take(self, requests) -> None:
        for _ in range(requests):
            left = self.leave()
            self.now += 0.01
            self.pace.taken(left, self.now)

    def throttle(self, left=None) -> None:
        left = left or self.leave()
        self.now += 0.01
        self.pace.throttled(left, self.now)


def test_fall_that_a_straggler_alone_has_seen_leaves_something_to_go_by():
    """It proved a fall, so that counting began anew, and nothing was counted by the end of sharing."""
    talk = Talk(known=10.0)
    talk.take(5)
    talk.throttle()
    talk.take(20)
    for _ in range(3):
        talk.throttle()
    talk.take(12)
    talk.throttle()
    talk.take(41)
    straggler, later = talk.leave(), talk.leave()
    talk.throttle(later)
    talk.now += 0.1
    talk.throttle(straggler)

    talk.take(1000)

    assert talk.pace.rate > 10


def test_pace_without_limit_gets_faster_and_faster():
    """As fast as its threads can."""
    figures = simulate(1e9, 1, 30, way=(0.02, 0.0), threads=8)

    assert figures.clients[0].taken > 8 / 0.02 * 30 * 0.85
    assert figures.clients[0].pace.learnt is None


def test_ceiling_is_never_passed():
    pace = Pace(ceiling=20)

    figures = Simulation([pace], Service([(0, 50)], 20)).run(60)

    assert figures.throttled == 0
    assert 20 * 60 * 0.95 < figures.clients[0].taken <= 20 * 60 + 1


def test_first_request_may_leave_at_once_and_the_next_after_its_share_of_a_second():
    pace = Pace()

    assert pace.due(5.0) == 5.0
    pace.depart(5.0)
    assert 5.0 < pace.due(5.0) <= 5.0 + 1 / FIRST_RATE


def test_request_that_comes_a_little_late_does_not_make_the_next_one_late():
    """Else a rate would never be reached: a thread always wakes up late."""
    pace = Pace(ceiling=10)
    pace.depart(0.0)

    pace.depart(0.13)

    assert pace.due(0.13) == pytest.approx(0.2)


def test_request_that_comes_very_late_does_not_make_the_next_ones_early():
    """A pause is no credit: the service may have no more permits than its burst."""
    pace = Pace(ceiling=10)
    pace.depart(0.0)

    pace.depart(60.0)

    assert pace.due(60.0) >= 60.04


def test_pause_is_not_taken_for_a_fall_of_the_rate():
    """Permits that came during the pause were lost, so that counting them would give too low a rate."""
    pace = Pace()
    simulation = Simulation([pace], Service([(0, 50)], 20))
    simulation.run(30)
    before = pace.learnt

    later = simulation.now + 60 * PAUSE_SECONDS
    pace.depart(later)

    assert pace.rate >= before
    assert pace.learnt == before


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 2), st.booleans()), max_size=200),
    st.none() | st.floats(0.01, 1000),
    st.floats(0.01, 1000),
)
def test_rate_stays_within_its_bounds_whatever_is_answered(history, known, ceiling):
    """So that no request waits for ever, and the ceiling holds."""
    pace = Pace(known=known, ceiling=ceiling)
    now = 0.0
    for pause, round_trip, is_taken in history:
        now = max(now + pause, pace.due(now))
        left = pace.depart(now)
        (pace.taken if is_taken else pace.throttled)(left, now + round_trip)
        assert min(SLOWEST_RATE, ceiling) <= pace.rate <= ceiling
        assert pace.due(now) <= now + GAP_BEFORE_PAIR / min(SLOWEST_RATE, ceiling)


def peak_bytes():
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.soak
def test_million_chunks_with_a_rate_that_changes_at_random():
    """No client stands still, and memory does not grow."""
    chance = random.Random(7)  # noqa: S311 - no secret
    steps = [(0.0, 40.0)]
    while steps[-1][0] < 100_000:
        steps.append((steps[-1][0] + chance.expovariate(1 / 60), chance.choice([1, 5, 10, 40, 100, 300])))
    simulation = Simulation([Pace()], Service(steps, 20), seed=7)
    simulation.run(requests=100_000)
    before = peak_bytes()

    figures = simulation.run(requests=1_000_000)

    assert figures.clients[0].taken == 1_000_000
    assert peak_bytes() - before < 10_000_000
    assert figures.clients[0].longest_pause < 1 / SLOWEST_RATE + 1
    assert figures.used > 0.75
    assert figures.throttled < 0.05
