"""The bucket of a service: the rate that 429s show, and whether it holds a burst."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onboarding.sending.rate.bucket import GAP_BEFORE_PAIR, BurstTest, Departure, MeasuredRate


class Bucket:
    """Permits that never overflow, and the rate that their answers show."""

    def __init__(self, rate) -> None:
        self.rate = rate
        self.tokens = 3.0
        self.now = 0.0
        self.measured = MeasuredRate()

    def send(self, pause) -> bool | None:
        """Send after a pause. Return whether the rate changed, or None for the first 429."""
        self.now += pause
        self.tokens += self.rate * pause
        if self.tokens >= 1:
            self.tokens -= 1
            return self.measured.took(self.now, 1.0)
        if self.measured.since is None:
            self.measured = MeasuredRate(self.now)
            return None
        return self.measured.emptied(self.now, 1.0)


pauses = st.lists(st.floats(0.001, 0.2), min_size=30, max_size=200)


@given(st.floats(1, 100), pauses)
def test_nothing_is_proved_while_nothing_changes(rate, pauses):
    """Whatever is sent: no rise, no fall, and the rate is known within one request in the time that it is known for."""
    bucket = Bucket(rate)

    changes = [bucket.send(pause) for pause in pauses]

    assert not any(changes)
    measured = bucket.measured
    assert measured.least <= rate * 1.000001
    if measured.seconds:
        assert abs(measured.rate - rate) * measured.seconds <= 1.000001


@given(st.floats(5, 100), st.floats(1.3, 10))
def test_fall_is_proved_soon(rate, factor):
    """Who sends at the old rate is throttled, and after a few requests too many the rate is known to be another."""
    bucket = Bucket(rate)
    for _ in range(400):
        bucket.send(0.9 / rate)
    assume(bucket.measured.seconds > 0)

    bucket.rate = rate / factor
    requests = 0
    while not bucket.send(1 / rate):
        requests += 1

    assert requests <= 4 * factor / (factor - 1) + 4


@given(st.floats(5, 100), st.floats(1.3, 10))
def test_rise_is_proved_soon(rate, factor):
    """Who sends a quarter more than the old rate has more taken than that explains."""
    bucket = Bucket(rate)
    for _ in range(400):
        bucket.send(0.9 / rate)
    assume(bucket.measured.seconds > 0)

    bucket.rate = rate * factor
    requests = 0
    while not bucket.send(0.8 / rate):
        requests += 1

    assert requests <= 20


def test_without_a_429_nothing_is_counted():
    measured = MeasuredRate()

    assert not measured.took(1.0, 1.0)
    assert not measured.emptied(1.0, 1.0)
    assert (measured.since, measured.is_enough, measured.rate, measured.seconds) == (None, False, 0.0, 0.0)


def test_few_taken_requests_are_no_more_than_a_guess():
    measured = MeasuredRate(0.0)
    for second in range(1, 4):
        measured.took(float(second), 1.0)
        assert not measured.is_enough

    measured.took(4.0, 1.0)
    measured.emptied(5.5, 1.0)

    assert (measured.is_enough, measured.rate, measured.guess) == (True, 4 / 5.5, 4.5 / 5.5)


def test_answers_that_overtake_each_other_prove_nothing():
    """One of them may have been let through before the bucket was seen empty."""
    measured = MeasuredRate(0.0)
    measured.took(1.0, 1.0)
    measured.emptied(1.0, 1.0)

    assert not any(measured.took(1.0 + 0.001 * n, 5.0) for n in range(1, 6))


def test_answer_from_before_the_first_429_counts_nothing():
    measured = MeasuredRate(5.0)

    assert not measured.took(4.0, 1.0)
    assert not measured.emptied(4.0, 1.0)
    assert (measured.rate, measured.seconds) == (0.0, 0.0)


def let_leave(test, *moments):
    """Let requests leave one after the other and return them."""
    left, last = [], None
    for moment in moments:
        left.append(Departure(moment, 10.0))
        test.depart(left[-1], last)
        last = moment
    return left


def test_requests_before_it_begins_are_none_of_its_business():
    test = BurstTest(5.0, 10.0)

    before = let_leave(test, 1.0, 2.0)

    assert test.gap(2.0) == 1
    assert not any(test.has(one) for one in before)


def test_pair_leaves_at_once_after_a_longer_gap_and_then_all_is_as_usual():
    test = BurstTest(5.0, 10.0)
    gaps = []

    for moment in (6.0, 7.0, 7.0):
        gaps.append(test.gap(moment))
        test.depart(Departure(moment, 10.0), moment)

    assert gaps == [GAP_BEFORE_PAIR, 0, 1]


def test_request_of_the_same_moment_and_rate_is_not_mistaken_for_one_of_the_pair():
    test = BurstTest(0.0, 10.0)
    pair = let_leave(test, 1.0, 2.0, 2.0)[1:]

    assert all(test.has(one) for one in pair)
    assert not test.has(Departure(2.0, 10.0))


@pytest.mark.parametrize(
    ("answers", "holds_one_permit", "says_nothing"),
    [
        ((True, True), False, False),
        ((True, False), True, False),
        ((False, True), True, False),
        ((False,) * 2, False, True),
    ],
)
def test_bucket_that_takes_but_one_holds_but_one(answers, holds_one_permit, says_nothing):
    """Whichever of the two it is, since they may overtake each other."""
    test = BurstTest(0.0, 10.0)

    for is_taken in answers:
        assert not test.is_over
        test.answer(is_taken=is_taken)

    assert test.is_over
    assert test.holds_one_permit is holds_one_permit
    assert test.says_nothing is says_nothing
