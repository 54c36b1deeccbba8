"""What each reader can do about the rows that need a person."""

import pytest

from onboarding.model.choices import SUSPICIONS
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.errors import ExitCode
from onboarding.model.hr_answers import CONFIRMABLE
from onboarding.reports.remedies import remedy_of
from onboarding.reports.words import FOR_A_PERSON


@pytest.mark.parametrize("reason", sorted({*CONFIRMABLE, *SUSPICIONS, Reason.MISSING, Reason.INVALID_SYNTAX}))
def test_reason_that_asks_hr_says_what_hr_can_do(reason):
    assert remedy_of(Disposition.HELD, reason, ExitCode.SETTLED).hr.endswith(".")


@pytest.mark.parametrize("disposition", FOR_A_PERSON)
def test_someone_can_do_something_about_every_row(disposition):
    remedy = remedy_of(disposition, Reason.MISSING, ExitCode.SETTLED)

    assert remedy.hr or remedy.operator


@pytest.mark.parametrize("reason", Reason)
def test_operator_may_let_only_those_reasons_pass_that_can_pass(reason):
    operator = remedy_of(Disposition.HELD, reason, ExitCode.SETTLED).operator

    assert (f"--no-hold {reason}." in operator) is (reason in SUSPICIONS)


def test_rows_that_a_guard_stopped_are_not_simply_run_again():
    assert "confirm" in remedy_of(Disposition.DEFERRED, "", ExitCode.GUARD).operator
    assert "Run again" in remedy_of(Disposition.DEFERRED, "", ExitCode.STOPPED).operator
