"""Whether a bucket holds one permit or more."""

import pytest

from onboarding.sending.rate.evidence import Departure
from onboarding.sending.rate.trial import GAP, BurstTest


def let_leave(trial, *moments):
    """Let requests leave one after the other and return them."""
    left, last = [], None
    for moment in moments:
        left.append(Departure(moment, 10.0))
        trial.leave(left[-1], last)
        last = moment
    return left


def test_requests_before_it_begins_are_none_of_its_business():
    trial = BurstTest(5.0, 10.0)

    before = let_leave(trial, 1.0, 2.0)

    assert trial.gap(2.0) == 1
    assert not any(trial.has(one) for one in before)


def test_pair_leaves_at_once_after_a_longer_gap_and_then_all_is_as_usual():
    trial = BurstTest(5.0, 10.0)
    gaps = []

    for moment in (6.0, 7.0, 7.0):
        gaps.append(trial.gap(moment))
        trial.leave(Departure(moment, 10.0), moment)

    assert gaps == [GAP, 0, 1]


def test_request_of_the_same_moment_and_rate_is_not_mistaken_for_one_of_the_pair():
    trial = BurstTest(0.0, 10.0)
    pair = let_leave(trial, 1.0, 2.0, 2.0)[1:]

    assert all(trial.has(one) for one in pair)
    assert not trial.has(Departure(2.0, 10.0))


@pytest.mark.parametrize(
    ("answers", "is_shallow", "is_vain"),
    [
        ((True, True), False, False),
        ((True, False), True, False),
        ((False, True), True, False),
        ((False,) * 2, False, True),
    ],
)
def test_bucket_that_takes_but_one_holds_but_one(answers, is_shallow, is_vain):
    """Whichever of the two it is, since they may overtake each other."""
    trial = BurstTest(0.0, 10.0)

    for is_taken in answers:
        assert not trial.is_over
        trial.answer(is_taken=is_taken)

    assert trial.is_over
    assert trial.is_shallow is is_shallow
    assert trial.is_vain is is_vain
