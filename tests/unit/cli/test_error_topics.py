"""Each error names the topic of the guide that says more about it."""

import pytest

from onboarding.cli.error_topics import OTHERWISE, TOPIC_OF_CODE, TOPIC_OF_ERROR, topic_of
from onboarding.cli.guide import TOPICS
from onboarding.model.errors import ConstraintViolated, ExitCode, NothingToResume, OnboardingError, OutRefused


def test_topics_of_errors_are_topics_of_the_guide():
    assert {*TOPIC_OF_ERROR.values(), *TOPIC_OF_CODE.values(), OTHERWISE} - {"", *TOPICS} == set()
    assert TOPIC_OF_CODE.keys() == set(ExitCode)


@pytest.mark.parametrize(
    ("error", "topic"),
    [
        (ConstraintViolated(), "safety-and-ledger"),
        (KeyError(), OTHERWISE),
        (OutRefused(""), OTHERWISE),
        (OnboardingError(), OTHERWISE),
        (NothingToResume(), ""),
    ],
)
def test_error_has_the_topic_of_the_kind_above_it(error, topic):
    assert topic_of(error) == topic
