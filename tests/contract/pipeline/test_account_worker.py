"""All work for an account may be done again, since the process that did it first may have died."""

import csv
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from fakes import chunk
from frames import people

from onboarding.destinations import open_destination
from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.ledger import Ledger
from onboarding.model.errors import (
    ClusterLost,
    ConfigurationError,
    DeadlinePassed,
    DestinationHeld,
    ExitCode,
    GuardHit,
    Interrupted,
    RunToBeginAgain,
)
from onboarding.model.plan import Scope
from onboarding.model.rows import ACCOUNT_COLUMN
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts import reporting, worker
from onboarding.pipeline.accounts.carriers import carry_out
from onboarding.pipeline.accounts.senders import AccountSenders
from onboarding.pipeline.accounts.shares import AccountShares, AccountTask
from onboarding.pipeline.history import run_to_resume
from onboarding.reports import open_folder
from onboarding.reports.parts import part_folder
from onboarding.runtime.progress import ProgressBars
from onboarding.sandbox import Sandbox
from onboarding.settings.settings import Settings

PEOPLE = 120


@contextmanager
def for_ever(_call):
    yield


@contextmanager
def not_at_all(call):
    call()
    yield


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def settings(sandbox, tmp_path, monkeypatch):
    """Return the settings of one account's run."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    (tmp_path / "group").mkdir()
    return Settings(
        endpoint_url=sandbox.url,
        ledger=f"sqlite:///{tmp_path}/ledger.db",
        locks=str(tmp_path),
        out=str(tmp_path),
        account_id=TEAM_ACCOUNT,
        settle_seconds=0,
        quiet=True,
    )


@pytest.fixture
def ledger(settings):
    """Return the ledger that the threads of one process share."""
    with Ledger.open(settings.ledger_place(), clock=now) as opened:
        yield opened


@pytest.fixture
def task(settings):
    """Return the task of one account, whose rows are in the ledger."""
    return new_task(settings)


def let_pass(task, ledger, *, until=for_ever):
    """Review a share, and record that the guards let it pass, as the process does that started the run."""
    result = worker.review_account(task, until, ledger)
    ledger.record_inputs(task.share.run.run_id, task.inputs, result.figures)
    return result


def new_task(settings, *, doubtful=()) -> AccountTask:
    """Return such a task. An earlier run has left the ``doubtful`` addresses in doubt."""
    with open_destination(settings) as opened, Ledger.open(settings.ledger_place(), clock=now) as ledger:
        scope = opened.destination.scope
        if doubtful:
            ledger.begin(replace(new_run(scope, settings, 0, ""), run_id="earlier"))
            lost = chunk(doubtful)
            ledger.claim("earlier", scope, replace(lost, token=opened.destination.token(lost)))
            ledger.doubt(scope)
        whole = replace(new_run(replace(scope, account=""), settings, 0, ""), run_id="group")
        shares = AccountShares(ledger, whole, partial(new_run, scope, settings))
        shares.take(people(PEOPLE).assign(**{ACCOUNT_COLUMN: scope.account}))
        _, share = shares.finish()
    return AccountTask(settings, share, [{"source": "staff.csv", "rows": PEOPLE}], "group")


def new_run(scope: Scope, settings: Settings, number: int, _account: str) -> Run:
    return Run(
        run_id=f"group-{number:05}",
        scope=scope,
        command="run",
        version="test",
        started_at=now(),
        settings=settings.public(),
    )


def report(task, error):
    """Report an account that failed with an error, as the process does that started the run."""
    settings = task.settings
    with (
        Ledger.open(settings.ledger_place(), clock=now) as ledger,
        part_folder(settings.out, task.run_id, task.share.number, lambda: None) as folder,
    ):
        return reporting.report_from_ledger(task, ledger, folder, error)


def dispositions(tmp_path):
    with (tmp_path / "group" / "reconciliation" / "part-00001.csv").open(encoding="utf-8", newline="") as opened:
        return {line["disposition"] for line in csv.DictReader(opened)}


def test_share_that_was_sent_may_be_reviewed_and_sent_again(task, ledger, sandbox, tmp_path):
    """People whom this very run has invited do not count as people who were there before."""
    let_pass(task, ledger)
    first = worker.send_account(task, for_ever, ledger)

    let_pass(task, ledger)
    again = worker.send_account(task, for_ever, ledger)

    assert again.counts == first.counts == {"invited": PEOPLE}
    assert dispositions(tmp_path) == {"invited"}
    assert sandbox.times_mailed() == {1: PEOPLE}


def test_share_of_which_a_part_was_sent_may_be_reviewed_again(task, ledger, sandbox):
    """A process that dies between two chunks leaves such a share."""
    let_pass(task, ledger)
    wave = replace(task, settings=task.settings.with_values({"wave": 50}))
    assert worker.send_account(wave, for_ever, ledger).counts["invited"] == 50

    let_pass(task, ledger)
    done = worker.send_account(task, for_ever, ledger)

    assert done.counts == {"invited": PEOPLE}
    assert len(ledger.outcomes("group-00001", 0, PEOPLE)) == PEOPLE
    assert sandbox.times_mailed() == {1: PEOPLE}


def test_share_that_a_guard_stops_repeats_no_request_of_an_earlier_run(sandbox, settings, ledger):
    """A share that an operator has confirmed does, before it sends the rest."""
    network = {"destination": "wickr", "network_id": WICKR_NETWORK, "region": "us-east-1", "max_invites": 1}
    task = new_task(
        settings.with_values({"account_id": None, **network}), doubtful=[f"person{n}@example.com" for n in range(3)]
    )

    stopped = let_pass(task, ledger)
    mailed = sandbox.counts().addresses_mailed
    confirmed = worker.send_account(replace(task, verdict=stopped.confirmed().verdict), for_ever, ledger)

    assert (stopped.is_stopped_by_guard, mailed) == (True, 0)
    assert confirmed.counts == {"already": 3, "invited": PEOPLE - 3}
    assert sandbox.times_mailed() == {1: PEOPLE}


def test_share_waits_until_its_account_is_free(task, ledger):
    """The database may take a while to notice that a worker has died."""
    patient = replace(task, held_seconds=60.0)
    with Ledger.open(task.settings.ledger_place(), clock=now) as other, other.hold(task.share.run):
        with pytest.raises(Interrupted) as stopped:
            worker.review_account(patient, not_at_all, ledger)
        with pytest.raises(DestinationHeld):
            worker.review_account(task, for_ever, ledger)
        assert stopped.value.exit_code == ExitCode.INTERRUPTED

    assert worker.review_account(patient, for_ever, ledger).census.invites == PEOPLE


def test_worker_that_would_send_elsewhere_sends_nothing(task, ledger, sandbox):
    """Its own environment may name another endpoint than that of the process that was started."""
    run = task.share.run
    elsewhere = replace(run, scope=replace(run.scope, endpoint="http://rehearsal.example"))

    with pytest.raises(ConfigurationError, match=r"would send to http://127\S+, and the run is to http://rehearsal"):
        worker.review_account(replace(task, share=replace(task.share, run=elsewhere)), for_ever, ledger)

    assert sandbox.counts().mails == 0


def test_share_that_was_only_reviewed_cannot_be_resumed(task, ledger):
    """The guards of the whole run have not let it pass yet."""
    worker.review_account(task, for_ever, ledger)

    for run_id in (None, "group-00001"):
        with pytest.raises(RunToBeginAgain):
            run_to_resume(ledger, task.share.run.scope, run_id=run_id)


def test_share_whose_time_is_over_is_not_sent(task, ledger, sandbox):
    let_pass(task, ledger)

    late = replace(task, ends_at=now() - timedelta(hours=1))
    with pytest.raises(DeadlinePassed) as over:
        worker.send_account(late, for_ever, ledger)
    found = report(task, over.value)

    assert (found.exit_code, found.counts) == (ExitCode.STOPPED, {"deferred": PEOPLE})
    assert sandbox.counts().mails == 0


def test_rows_are_not_reported_as_unsent_while_another_process_may_send_them(task, tmp_path):
    """The connection to a worker may be lost while the worker goes on."""
    lost = ClusterLost("The Dask scheduler was lost; run again, nothing is lost.")
    with Ledger.open(task.settings.ledger_place(), clock=now) as ledger:
        ledger.reopen("group-00001")
    with Ledger.open(task.settings.ledger_place(), clock=now) as ledger, ledger.hold(task.share.run):
        found = report(task, lost)

        assert (found.exit_code, found.counts, found.files) == (ExitCode.HELD, {"in_doubt": PEOPLE}, ())
        assert "onboard report group-00001 tells later" in found.message
        assert list(tmp_path.glob("group/*")) == []
        assert ledger.find_run("group-00001").ended_at is None

    found = report(task, lost)

    assert (found.exit_code, found.counts) == (ExitCode.INTERNAL, {"deferred": PEOPLE})
    assert dispositions(tmp_path) == {"deferred"}


def test_share_that_was_never_begun_is_reported_as_unsent_while_its_account_is_held(task, tmp_path):
    """Another run holds the account, perhaps for hours."""
    with Ledger.open(task.settings.ledger_place(), clock=now) as ledger, ledger.hold(task.share.run):
        found = report(task, DestinationHeld("chime sandbox-team is held by another run"))

    assert (found.exit_code, found.counts) == (ExitCode.HELD, {"deferred": PEOPLE})
    assert dispositions(tmp_path) == {"deferred"}


def test_account_whose_report_cannot_be_written_is_in_the_sums(task, ledger, tmp_path):
    """The sums of the other accounts hold anyway."""
    worker.review_account(task, for_ever, ledger)
    with open_folder(str(tmp_path), "group", lambda: None) as folder:
        senders = AccountSenders(None, ledger, folder, ProgressBars())
        (tmp_path / "group" / "reconciliation").touch()
        senders.refuse(task, GuardHit("A guard was hit."))
        senders.report_failed()

    (found,) = senders.summaries.values()
    assert (found.exit_code, found.counts) == (ExitCode.INTERNAL, {"in_doubt": PEOPLE})
    assert "could not be written" in found.message


def test_worker_that_does_not_see_the_folder_for_reports_sends_nothing(task, sandbox, tmp_path):
    """Its part would be on its own disk, where people do not look."""
    (tmp_path / "group").rmdir()

    with pytest.raises(ConfigurationError, match="a worker does not see that folder"):
        carry_out(worker.review_account, None, task, for_ever)

    assert not (tmp_path / "group").exists()
    assert sandbox.counts().mails == 0


def test_share_is_deferred_when_the_run_is_to_stop(task, ledger, sandbox):
    let_pass(task, ledger)

    with pytest.raises(Interrupted):
        worker.send_account(task, not_at_all, ledger)

    found = report(task, Interrupted(ExitCode.INTERRUPTED))
    assert found.counts == {"deferred": PEOPLE}
    assert sandbox.counts().mails == 0
