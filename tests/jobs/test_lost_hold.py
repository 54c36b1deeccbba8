"""A run loses its hold on the destination while a chunk waits out a 429, and another run begins in the meantime."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from workspace import ONE_AT_A_TIME, account_flags, finish, wait_until_throttled

from onboarding.sandbox import Fault, FaultKind, Sandbox

END_SESSIONS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def throttled() -> Sandbox:
    """Serve an account that takes one chunk, and then answers 429 until its faults are cleared."""
    with Sandbox() as sandbox:
        sandbox.faults.add(
            Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1_000, error="ThrottledClientException")
        )
        yield sandbox


def delete_lock(state: Path) -> None:
    """Delete the lock, as one who has met exit code 11 does."""
    next(state.glob("*.lock")).unlink()


def move(state: Path) -> None:
    state.rename(state.with_name("moved"))


def restore(state: Path) -> None:
    """Put an older copy in the place of the state folder."""
    move(state)
    state.with_name("backup").rename(state)


def overtaken(workspace, sandbox, lose: Callable[[], None], *flags: str):
    """Let a run lose its hold while it waits, and a run from another machine send. Return how both have ended."""
    people = workspace.export(250)
    flags = (*account_flags(sandbox), *ONE_AT_A_TIME, *flags)
    first = workspace.fork("run", people, *flags)
    wait_until_throttled(first)
    lose()
    sandbox.faults.clear()
    second = workspace.onboard("run", people, *flags, "--quiet", ONBOARD_LOCKS=str(workspace.folder))
    return finish(first), second


# By default, contract/ledger/test_hold.py moves, replaces and removes ledgers that are held.
@pytest.mark.parametrize(
    "lose", [delete_lock, *(pytest.param(lose, marks=pytest.mark.soak) for lose in (move, restore, shutil.rmtree))]
)
def test_run_that_lost_its_ledger_sends_nothing_more(workspace, throttled, lose):
    state = workspace.folder / "state/onboarding"
    workspace.onboard("plan", workspace.export(1), *account_flags(throttled), "--quiet")
    shutil.copytree(state, state.with_name("backup"))

    first, second = overtaken(workspace, throttled, lambda: lose(state))

    assert (first.code, second.code) == (11, 0)
    assert first.messages[-1].startswith("onboard: This run sends nothing more, for it no longer holds chime")
    assert Counter(throttled.mails().values()) == {1: 250}


def test_run_that_lost_its_hold_before_a_guard_stops_it_names_the_lost_hold(workspace, sandbox):
    """Its plan is that of an account that another run sends to. To confirm it would not help."""
    flags = account_flags(sandbox)
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", count=1_000, error="ThrottledClientException"))
    first = workspace.fork("run", workspace.export(30), *flags, "--max-invites", "10")
    assert any("question.repeated" in line for line in first.stderr)
    delete_lock(workspace.folder / "state/onboarding")
    sandbox.faults.clear()
    second = workspace.onboard("run", workspace.export(1, "one.csv"), *flags, ONBOARD_LOCKS=str(workspace.folder))

    end = finish(first)

    assert (end.code, second.code) == (11, 0)
    assert "--confirm" not in end.err
    assert end.messages[-1].startswith("onboard: This run sends nothing more, for it no longer holds chime")
    assert Counter(sandbox.mails().values()) == {1: 1}


def test_run_whose_session_the_database_ended_sends_nothing_more(workspace, throttled, new_database):
    url = new_database()
    engine = create_engine(url)

    def end_sessions() -> None:
        with engine.connect() as connection:
            connection.execute(text(END_SESSIONS))

    first, second = overtaken(workspace, throttled, end_sessions, "--ledger", url)
    engine.dispose()

    assert (first.code, second.code) == (11, 0)
    assert first.messages[-1].endswith("the database ended the connection that held it; run onboard resume.")
    assert Counter(throttled.mails().values()) == {1: 250}
