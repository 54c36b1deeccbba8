"""What a run leaves on record when its sums do not hold, when a guard stops it, and when both happen."""

from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from fakes import SCOPE, FakeDestination, FakeTime
from frames import decided

from onboarding.ledger import Ledger
from onboarding.model.errors import ExitCode, LedgerFailed, ReconciliationFailed
from onboarding.model.run import Run, now
from onboarding.model.sent import SettledDoubts
from onboarding.pipeline.job import Account, Job, QuestionRules
from onboarding.pipeline.review import Review
from onboarding.pipeline.run import execute
from onboarding.runtime.progress import ProgressBars
from onboarding.runtime.signals import StopSignal
from onboarding.sending import MemberLookup, Pace, RateLimiter, RetryPolicy
from onboarding.settings.settings import Settings

PEOPLE = ["ada@example.com", "bob@example.com", "eve@example.com"]


class NotedLedger:
    """A ledger that notes the calls that say how the run stands, in their order, and fails after the ``last`` call."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.calls: list[str] = []
        self.last = ""

    def __getattr__(self, name: str) -> Any:
        if name in ("begin", "end", "record_inputs"):
            if self.last in self.calls:
                raise LedgerFailed("the disk is full")
            self.calls.append(name)
        return getattr(self._ledger, name)


@pytest.fixture
def service():
    return FakeDestination()


@pytest.fixture
def carry_out(service, tmp_path):
    """Return a function that carries out a run of three people, read from an export of so many rows."""

    def carry_out(ledger, *, rows=3, **settings):
        time = FakeTime()
        policy = RetryPolicy(time.clock, time.sleep)
        job = Job(
            run=Run(run_id="r1", scope=SCOPE, command="run", version="test", started_at=now()),
            command="run",
            settings=Settings(out=str(tmp_path), no_page=True, settle_seconds=0, **settings),
            ledger=ledger,
            account=Account(service, "Example account", MemberLookup(service)),
            questions=QuestionRules(policy, RateLimiter(Pace(), policy)),
            pace=Pace(),
            s3=partial(pytest.fail, "reports are local"),
            stop=StopSignal(),
            bars=ProgressBars(),
        )
        inputs = [{"source": "staff.csv", "rows": rows}]
        ledger.begin(job.run)
        with ExitStack() as stack:
            return execute(job, stack, Review(job), [decided(PEOPLE)], lambda: inputs, SettledDoubts())

    return carry_out


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "ledger.db", clock=now) as ledger:
        yield NotedLedger(ledger)


def test_run_whose_sums_hold_is_settled(carry_out, ledger, service):
    summary = carry_out(ledger)

    assert summary.exit_code == ledger.find_run("r1").exit_code == ExitCode.SETTLED
    assert service.invited == PEOPLE
    assert ledger.calls == ["begin", "record_inputs", "end"]


@pytest.mark.parametrize("rows", [2, 4])
def test_run_whose_sums_do_not_hold_ends_with_an_internal_error(carry_out, ledger, rows):
    """A row that was lost, or read twice, must not pass in silence."""
    with pytest.raises(ReconciliationFailed) as refused:
        carry_out(ledger, rows=rows)

    recorded = ledger.find_run("r1")
    assert refused.value.exit_code == recorded.exit_code == ExitCode.INTERNAL
    assert recorded.counts == {"invited": 3}


def test_end_of_a_run_that_a_guard_stops_is_on_record_before_the_run_could_be_resumed(carry_out, ledger, service):
    summary = carry_out(ledger, max_invites=2)

    assert summary.exit_code == ledger.find_run("r1").exit_code == ExitCode.GUARD
    assert service.requests == []
    assert ledger.calls == ["begin", "end", "record_inputs", "end"]


def test_run_that_a_guard_has_stopped_stays_so_when_its_sums_do_not_hold(carry_out, ledger):
    """Else it could be resumed, and the guard walked around."""
    with pytest.raises(ReconciliationFailed):
        carry_out(ledger, rows=4, max_invites=2)

    assert ledger.find_run("r1").exit_code == ExitCode.GUARD


def test_run_that_a_guard_has_stopped_stays_so_when_the_ledger_fails(carry_out, ledger):
    """What it was writing may be in the ledger all the same."""
    ledger.last = "end"

    with pytest.raises(LedgerFailed):
        carry_out(ledger, max_invites=2)

    assert ledger.find_run("r1").exit_code == ExitCode.GUARD
