"""What 429s say about the rate."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onboarding.sending.rate.evidence import RateEstimate


class Bucket:
    """Permits that never overflow."""

    def __init__(self, rate) -> None:
        self.rate = rate
        self.tokens = 3.0
        self.now = 0.0

    def send(self, evidence, pause) -> bool | None:
        """Send after a pause; return what the evidence says changed, or None for the first 429."""
        self.now += pause
        self.tokens += self.rate * pause
        if self.tokens >= 1:
            self.tokens -= 1
            return evidence.took(self.now, 1.0)
        if not evidence.began:
            evidence.begin(self.now)
            return None
        return evidence.emptied(self.now, 1.0)


pauses = st.lists(st.floats(0.001, 0.2), min_size=30, max_size=200)


@given(st.floats(1, 100), pauses)
def test_nothing_is_proved_while_nothing_changes(rate, pauses):
    """Whatever is sent: no rise, no fall, and the rate is known within one request in the time that it is known for."""
    bucket, evidence = Bucket(rate), RateEstimate()

    changes = [bucket.send(evidence, pause) for pause in pauses]

    assert not any(changes)
    assert evidence.least <= rate * 1.000001
    if evidence.seconds:
        assert abs(evidence.rate - rate) * evidence.seconds <= 1.000001


@given(st.floats(5, 100), st.floats(1.3, 10))
def test_fall_is_proved_soon(rate, factor):
    """Who sends at the old rate is throttled, and after a few requests too many the rate is known to be another."""
    bucket, evidence = Bucket(rate), RateEstimate()
    for _ in range(400):
        bucket.send(evidence, 0.9 / rate)
    assume(evidence.seconds > 0)

    bucket.rate = rate / factor
    requests = 0
    while not bucket.send(evidence, 1 / rate):
        requests += 1

    assert requests <= 4 * factor / (factor - 1) + 4


@given(st.floats(5, 100), st.floats(1.3, 10))
def test_rise_is_proved_soon(rate, factor):
    """Who sends a quarter more than the old rate has more taken than that explains."""
    bucket, evidence = Bucket(rate), RateEstimate()
    for _ in range(400):
        bucket.send(evidence, 0.9 / rate)
    assume(evidence.seconds > 0)

    bucket.rate = rate * factor
    requests = 0
    while not bucket.send(evidence, 0.8 / rate):
        requests += 1

    assert requests <= 20


def test_without_a_429_nothing_is_counted():
    evidence = RateEstimate()

    assert not evidence.took(1.0, 1.0)
    assert not evidence.emptied(1.0, 1.0)
    assert (evidence.began, evidence.is_enough, evidence.rate, evidence.seconds) == (False, False, 0.0, 0.0)


def test_what_is_forgotten_counts_no_more():
    evidence = RateEstimate()
    evidence.begin(0.0)
    for second in range(1, 6):
        evidence.took(float(second), 1.0)
    evidence.emptied(5.5, 1.0)
    assert (evidence.is_enough, evidence.rate) == (True, pytest.approx(5 / 5.5))

    evidence.begin(6.0)

    assert (evidence.began, evidence.is_enough, evidence.rate, evidence.least) == (True, False, 0.0, 0.0)


def test_answers_that_overtake_each_other_prove_nothing():
    """One of them may have been let through before the bucket was seen empty."""
    evidence = RateEstimate()
    evidence.begin(0.0)
    evidence.took(1.0, 1.0)
    evidence.emptied(1.0, 1.0)

    assert not any(evidence.took(1.0 + 0.001 * n, 5.0) for n in range(1, 6))


def test_answer_from_before_the_first_429_counts_nothing():
    evidence = RateEstimate()
    evidence.begin(5.0)

    assert not evidence.took(4.0, 1.0)
    assert not evidence.emptied(4.0, 1.0)
    assert (evidence.rate, evidence.seconds) == (0.0, 0.0)
