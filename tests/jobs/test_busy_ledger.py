"""Another process keeps the file of the ledger locked, as a backup or a database browser may."""

import sqlite3
from contextlib import closing

import pytest
from workspace import account_flags, finish

from onboarding.sandbox import Fault, FaultKind

pytestmark = pytest.mark.soak  # the job waits half a minute for the lock


def locked(workspace) -> sqlite3.Connection:
    """Return a connection that holds the only place of a writer until it is closed."""
    ledger = sqlite3.connect(workspace.folder / "state" / "onboarding" / "ledger.sqlite3", isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")
    return ledger


def one_line(done) -> None:
    (message,) = done.messages
    assert message.startswith("onboard: ledger ")
    why = "another process kept it locked for 30 seconds; end that process, then run again: nothing is lost"
    assert message.endswith(f"ledger.sqlite3: {why}")


def test_run_that_finds_its_ledger_locked_ends_in_one_line(workspace, sandbox):
    """8: the settings are right, and it is no bug. The next run does all."""
    people = workspace.export(3)
    workspace.onboard("runs", *account_flags(sandbox))

    with closing(locked(workspace)):
        first = workspace.onboard("run", people, *account_flags(sandbox), "--log-level", "error")
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (8, 0)
    one_line(first)
    assert sandbox.counts().mails == 3


def test_ledger_that_is_locked_while_people_are_mailed_loses_nobody(workspace, sandbox):
    """8: what was under way is settled by the next run, with the service."""
    people = workspace.export(50)
    workspace.onboard("runs", *account_flags(sandbox))
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=5))
    run = workspace.fork("run", people, *account_flags(sandbox), "--log-level", "error")
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    with closing(locked(workspace)):
        first = finish(run)
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (8, 0)
    one_line(first)
    assert workspace.summary()["counts"] == {"already": 50}
    assert set(sandbox.mails().values()) == {1}
