"""The one table of words for dispositions, reasons and exit codes."""

import pytest

from onboarding.model.amounts import coarse_duration, duration
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.reports.words import (
    DISPOSITION_WORDS,
    EXIT_CODE_WORDS,
    FOR_A_PERSON,
    ORDER,
    REASON_PHRASES,
    explain_disposition,
    percentage,
)


def test_table_has_words_for_every_disposition_reason_and_exit_code():
    assert set(ORDER) == set(DISPOSITION_WORDS) == set(Disposition)
    assert len(ORDER) == len(Disposition)
    assert set(REASON_PHRASES) == set(Reason)
    assert set(EXIT_CODE_WORDS) == set(ExitCode)


def test_names_of_dispositions_differ():
    assert len({words.label for words in DISPOSITION_WORDS.values()}) == len(Disposition)


def test_table_says_what_to_do_about_each_row_that_needs_a_person():
    assert all(DISPOSITION_WORDS[disposition].remedy for disposition in FOR_A_PERSON)
    assert all(words.remedy for code, words in EXIT_CODE_WORDS.items() if code is not ExitCode.SETTLED)


@pytest.mark.parametrize("disposition", Disposition)
def test_every_reason_is_a_sentence(disposition):
    sentences = [explain_disposition(disposition, reason, "") for reason in Reason]

    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 9, "0%"), (9, 9, "100%"), (1, 10**6, "<0.1%"), (10**6 - 1, 10**6, "99.9%"), (1, 3, "33.3%"), (0, 0, "0%")],
)
def test_only_nothing_is_0_per_cent_and_only_everything_100(part, whole, shown):
    assert percentage(part, whole) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (59.96, "1 min 00 s"), (192, "3 min 12 s"), (7500, "2 h 05 min")]
)
def test_duration_has_its_two_largest_units(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (89, "89 s"), (95, "2 min"), (3_590, "1 h 00 min"), (7500, "2 h 05 min")]
)
def test_wait_is_told_without_false_precision(seconds, shown):
    assert coarse_duration(seconds) == shown


def test_excluded_row_is_explained_by_its_reason_and_by_the_cell_that_decided():
    said = explain_disposition(Disposition.EXCLUDED, Reason.ENDED, "Last Day = 2026-03-31")

    assert said == "The last day has passed. Last Day = 2026-03-31"
