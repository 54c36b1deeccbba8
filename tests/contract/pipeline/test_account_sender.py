"""Any of what is asked of a worker for one account may be asked again, since the first worker may have died."""

import csv
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from frames import people

from onboarding.destinations import open_destination
from onboarding.ledger import Ledger
from onboarding.model.errors import (
    ClusterLost,
    ConfigurationError,
    DeadlinePassed,
    DestinationHeld,
    ExitCode,
    GuardHit,
    Interrupted,
    NothingToResume,
)
from onboarding.model.plan import Scope
from onboarding.model.run import Run, now
from onboarding.pipeline.accounts import sender
from onboarding.pipeline.accounts.sender import Looked
from onboarding.pipeline.accounts.senders import Senders
from onboarding.pipeline.accounts.shares import Order, Shares
from onboarding.pipeline.accounts.telling import tell
from onboarding.pipeline.history import run_to_resume
from onboarding.preparing.candidates import ACCOUNT_COLUMN
from onboarding.reports import open_folder
from onboarding.runtime.terminal import ProgressBars
from onboarding.sandbox import TEAM_ACCOUNT, Sandbox
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
def order(sandbox, new_database, tmp_path, monkeypatch):
    """Return the order of one account, whose rows are in the ledger."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anyone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    (tmp_path / "group").mkdir()
    settings = Settings(
        endpoint_url=sandbox.url,
        ledger=new_database(),
        out=str(tmp_path),
        account_id=TEAM_ACCOUNT,
        settle_seconds=0,
        quiet=True,
    )
    with open_destination(settings) as opened, Ledger.open(settings.ledger_place(), clock=now) as ledger:
        shares = Shares(ledger, partial(new_run, opened.destination.scope, settings))
        shares.take(people(PEOPLE).assign(**{ACCOUNT_COLUMN: TEAM_ACCOUNT}))
        (share,) = shares.finish()
    return Order(settings, share, [{"source": "staff.csv", "rows": PEOPLE}], "group")


def new_run(scope: Scope, settings: Settings, number: int, _account: str) -> Run:
    return Run(
        run_id=f"group-{number:05}",
        scope=scope,
        command="run",
        version="test",
        started_at=now(),
        settings=settings.public(),
    )


def fates(tmp_path):
    with (tmp_path / "group" / "reconciliation" / "part-00001.csv").open(encoding="utf-8", newline="") as opened:
        return {line["disposition"] for line in csv.DictReader(opened)}


def test_share_that_was_sent_may_be_looked_at_and_sent_once_more(order, sandbox, tmp_path):
    """Who was invited by this very run is not somebody whom the service knew already."""
    first = sender.send(sender.look(order, for_ever), for_ever, confirmed=False)

    looked = sender.look(order, for_ever)
    again = sender.send(looked, for_ever, confirmed=False)

    assert again.counts == first.counts == {"invited": PEOPLE}
    assert fates(tmp_path) == {"invited"}
    assert sandbox.times_mailed() == {1: PEOPLE}


def test_share_may_be_looked_at_while_the_ledger_has_some_of_it_as_sent(order, sandbox):
    """A worker that dies between two chunks leaves just that."""
    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger:
        looked = sender.look(order, for_ever)
        wave = replace(order, settings=order.settings.with_values({"wave": 50}))
        assert sender.send(replace(looked, order=wave), for_ever, confirmed=False).counts["invited"] == 50

        sender.look(order, for_ever)
        done = sender.send(looked, for_ever, confirmed=False)

        assert done.counts == {"invited": PEOPLE}
        assert len(ledger.outcomes("group-00001", 0, PEOPLE)) == PEOPLE
    assert sandbox.times_mailed() == {1: PEOPLE}


def test_share_waits_until_who_holds_its_account_lets_go(order):
    """The database may take a while to notice that a worker has died."""
    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger, ledger.hold(order.share.run):
        with pytest.raises(Interrupted) as stopped:
            sender.look(order, not_at_all)
        assert stopped.value.exit_code == ExitCode.INTERRUPTED

    assert sender.look(order, for_ever).invites == PEOPLE


def test_worker_that_would_send_elsewhere_sends_nothing(order, sandbox):
    """Its own environment may name another endpoint than that of the process that was started."""
    run = order.share.run
    elsewhere = replace(run, scope=replace(run.scope, endpoint="http://rehearsal.example"))

    with pytest.raises(ConfigurationError, match=r"would send to http://127\S+, and the run is to http://rehearsal"):
        sender.look(replace(order, share=replace(order.share, run=elsewhere)), for_ever)

    assert sandbox.counts().mails == 0


def test_share_that_was_looked_at_cannot_be_resumed_as_yet(order):
    """That the whole run's guards let it be sent is for the whole run to say."""
    sender.look(order, for_ever)

    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger:
        with pytest.raises(NothingToResume):
            run_to_resume(ledger, order.share.run.scope, run_id=None)
        with pytest.raises(ConfigurationError):
            run_to_resume(ledger, order.share.run.scope, run_id="group-00001")


def test_share_whose_time_is_over_is_not_sent(order, sandbox):
    looked = sender.look(order, for_ever)

    late = replace(looked, order=replace(order, ends_at=now() - timedelta(hours=1)))
    with pytest.raises(DeadlinePassed) as over:
        sender.send(late, for_ever, confirmed=False)
    told = tell(order, over.value)

    assert (told.exit_code, told.counts) == (ExitCode.STOPPED, {"deferred": PEOPLE})
    assert sandbox.counts().mails == 0


def test_nobody_is_told_of_as_not_sent_while_somebody_may_send(order, tmp_path):
    """The connection to a worker may be lost, and the worker go on."""
    lost = ClusterLost("The Dask scheduler was lost; run again, nothing is lost.")
    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger:
        ledger.reopen("group-00001")
    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger, ledger.hold(order.share.run):
        told = tell(order, lost)

        assert (told.exit_code, told.counts, told.files) == (ExitCode.HELD, {"in_doubt": PEOPLE}, ())
        assert "onboard report group-00001 tells later" in told.message
        assert list(tmp_path.glob("group/*")) == []
        assert ledger.find_run("group-00001").ended_at is None

    told = tell(order, lost)

    assert (told.exit_code, told.counts) == (ExitCode.INTERNAL, {"deferred": PEOPLE})
    assert fates(tmp_path) == {"deferred"}


def test_share_that_was_never_begun_is_not_sent_by_whoever_holds_its_account(order, tmp_path):
    """It is another run, and may hold it for hours."""
    with Ledger.open(order.settings.ledger_place(), clock=now) as ledger, ledger.hold(order.share.run):
        told = tell(order, DestinationHeld("chime sandbox-team is held by another run"))

    assert (told.exit_code, told.counts) == (ExitCode.HELD, {"deferred": PEOPLE})
    assert fates(tmp_path) == {"deferred"}


def test_account_that_cannot_even_be_told_of_is_in_the_sums(order, tmp_path):
    """The others are, whatever becomes of it."""
    (tmp_path / "file").touch()
    unwritable = replace(order, settings=order.settings.with_values({"out": str(tmp_path / "file")}))
    looked = Looked(unwritable, PEOPLE, None)
    with open_folder(str(tmp_path), "group", lambda: None) as folder:
        senders = Senders(None, folder, ProgressBars())
        senders.refuse([looked], GuardHit("A guard was hit."))
        senders.tell_failed()

    (told,) = senders.summaries.values()
    assert (told.exit_code, told.counts) == (ExitCode.USAGE, {"in_doubt": PEOPLE})
    assert "Reports cannot be written" in told.message


def test_worker_that_does_not_see_the_folder_for_reports_sends_nothing(order, sandbox, tmp_path):
    """Its part would be on its own disk, where nobody looks."""
    (tmp_path / "group").rmdir()

    with pytest.raises(ConfigurationError, match="a worker does not see that folder"):
        sender.look(order, for_ever)

    assert not (tmp_path / "group").exists()
    assert sandbox.counts().mails == 0


def test_share_that_is_told_to_stop_is_deferred(order, sandbox):
    looked = sender.look(order, for_ever)

    with pytest.raises(Interrupted):
        sender.send(looked, not_at_all, confirmed=False)

    told = tell(order, Interrupted(ExitCode.INTERRUPTED))
    assert told.counts == {"deferred": PEOPLE}
    assert sandbox.counts().mails == 0
