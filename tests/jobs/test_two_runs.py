"""Two runs at a time, with one ledger and with two."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from workspace import ONE_AT_A_TIME, account_flags, finish

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Fault, FaultKind, Sandbox

AN_HOUR = ("--resend-after", "1h")
SPELLINGS: Sequence[Callable[[str], str]] = (
    lambda url: f"{url.upper()}/",
    lambda url: f"{url.replace('127.0.0.1', 'LocalHost')}?",
)
"""Other spellings of the sandbox's URL, at which the sandbox answers, too."""


def spelled_flags(sandbox: Sandbox, spelling: Callable[[str], str]) -> list[str]:
    """Return the flags that send a run to the same account, with other spellings of endpoint and account."""
    return ["--account-id", TEAM_ACCOUNT.upper(), "--endpoint-url", spelling(sandbox.url)]


def test_of_two_runs_started_together_one_sends(workspace, sandbox):
    """0 and 11, and nobody is mailed twice."""
    people = workspace.export(120)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=5))

    runs = [workspace.fork("run", people, *account_flags(sandbox), "--log-level", "error") for _ in range(2)]
    ends = [finish(run) for run in runs]

    assert sorted(end.code for end in ends) == [0, 11]
    assert Counter(sandbox.mails().values()) == {1: 120}
    [held] = [end for end in ends if end.code == 11]
    [sender] = [run.pid for run, end in zip(runs, ends, strict=True) if end.code == 0]
    assert f"process {sender} on " in held.err


def test_run_under_another_name_of_the_destination_is_refused(workspace, sandbox):
    """One destination has one lock, however its endpoint and account are spelled."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=60))
    first = workspace.fork("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    others = [workspace.onboard("run", people, *spelled_flags(sandbox, spelling), "--quiet") for spelling in SPELLINGS]
    first.kill()

    assert [other.code for other in others] == [11] * len(SPELLINGS)
    assert Counter(sandbox.mails().values()) == {1: 50}


def test_nobody_is_mailed_twice_under_two_names_though_the_list_lags(workspace):
    """The ledger knows the people whom the service does not show yet."""
    with Sandbox(list_delay_seconds=3600) as sandbox:
        people = workspace.export(60)
        codes = [
            workspace.onboard("run", people, *flags, "--quiet").code
            for flags in (account_flags(sandbox), *(spelled_flags(sandbox, spelling) for spelling in SPELLINGS))
        ]

        assert set(codes) == {0}
        assert Counter(sandbox.mails().values()) == {1: 60}


@pytest.mark.parametrize("end", ["?account=2", "/%61"])
def test_endpoint_of_the_environment_that_has_several_meanings_is_refused(workspace, sandbox, end):
    flags = ["--account-id", TEAM_ACCOUNT]

    done = workspace.onboard("run", workspace.export(1), *flags, AWS_ENDPOINT_URL_CHIME=sandbox.url + end)

    assert done.code == 2
    assert "AWS_ENDPOINT_URL_CHIME" in done.err
    assert end not in done.err


def test_second_ledger_is_refused_while_a_run_with_another_sends(workspace, sandbox):
    """Two users of a machine have a ledger each, and cannot see each other's locks beside the ledgers."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=60))
    first = workspace.fork("run", people, *account_flags(sandbox))
    workspace.wait_until(lambda: sandbox.counts().mails >= 50)
    elsewhere = str(workspace.folder / "of another user")

    second = workspace.onboard("run", people, *account_flags(sandbox), XDG_STATE_HOME=elsewhere)
    checked = workspace.onboard("check", *account_flags(sandbox), XDG_STATE_HOME=elsewhere)
    first.kill()

    assert (second.code, checked.code) == (11, 11)
    assert f"is held by another run with another ledger: process {first.pid} on" in second.messages[-1]
    assert second.messages[-1].endswith("let all runs to one account share one ledger (--ledger)")
    assert f"held by another run with another ledger: process {first.pid} on" in checked.out
    assert set(sandbox.mails().values()) == {1}


def test_rehearsal_takes_no_lock_of_the_machine(workspace):
    """Its service is its own."""
    assert workspace.onboard("run", workspace.export(1), "--sandbox", "--quiet").code == 0

    assert list(workspace.locks.iterdir()) == []


def restore(state: Path) -> None:
    """Put the older copy of a state folder in its place."""
    shutil.rmtree(state)
    state.with_name("backup").rename(state)


def test_restored_ledger_is_told_and_nobody_is_mailed_twice(workspace, sandbox):
    """The service still knows whom the ledger has forgotten."""
    state = workspace.folder / "state/onboarding"
    flags = (*account_flags(sandbox), "--log-format", "json")
    assert workspace.onboard("run", workspace.export(20), *flags).code == 0
    shutil.copytree(state, state.with_name("backup"))
    assert workspace.onboard("run", workspace.export(60), *flags).code == 0
    restore(state)

    done = workspace.onboard("run", workspace.export(70), *flags)
    again = workspace.onboard("run", workspace.export(70), *flags)

    assert (done.code, again.code) == (0, 0)
    assert [line["level"] for line in done.logged("ledger.outdated")] == ["warning"]
    assert not again.logged("ledger.outdated")
    assert Counter(sandbox.mails().values()) == {1: 70}


@pytest.mark.parametrize("command", [("run", "people.csv"), pytest.param(("resume",), marks=pytest.mark.soak)])
def test_restored_ledger_sends_nothing_until_the_service_shows_whom_it_has_forgotten(workspace, sandbox, command):
    """8, however often it is tried."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3000)
    state, flags = workspace.folder / "state/onboarding", account_flags(sandbox)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1, error="ForbiddenException"))
    workspace.onboard("run", workspace.export(120), *flags, *ONE_AT_A_TIME, *AN_HOUR)
    shutil.copytree(state, state.with_name("backup"))
    assert workspace.onboard("resume", *flags, *AN_HOUR).code == 0
    restore(state)

    ends = [workspace.onboard(*command, *flags, *AN_HOUR, *ONE_AT_A_TIME) for _ in range(3)]

    assert [end.code for end in ends] == [8, 8, 8]
    assert re.search(
        r"Nothing was sent: the ledger is an older copy.* after (\S+ )?\d\d:\d\d UTC", ends[-1].messages[-1]
    )
    assert Counter(sandbox.mails().values()) == {1: 120}
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=0)
    assert workspace.onboard(*command, *flags).code == 0
    assert Counter(sandbox.mails().values()) == {1: 120}


def test_second_ledger_sends_nothing_until_the_service_shows_whom_the_first_one_mailed(workspace, sandbox):
    """8; afterwards the first ledger waits for the second, unless that has sent nothing."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3000)
    flags, other = account_flags(sandbox), ("--ledger", "sqlite:///other.db")
    assert workspace.onboard("run", workspace.export(1), *flags, *AN_HOUR).code == 0

    checked = workspace.onboard("check", *flags, *other, ONBOARD_RESEND_AFTER="1h")
    ends = [workspace.onboard("run", workspace.export(2), *flags, *ledger, *AN_HOUR) for ledger in (other, other, ())]

    assert checked.code == 11
    assert re.search(
        r"bad lock .* the last run .* another ledger, .* after (\S+ )?\d\d:\d\d UTC", " ".join(checked.out.split())
    )
    assert [end.code for end in ends] == [8, 8, 0]
    assert re.search(r"Nothing was sent: the last run .* another ledger, .* after (\S+ )?\d\d:\d\d UTC", ends[0].err)
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=0)
    assert workspace.onboard("run", workspace.export(3), *flags, *other).code == 0
    assert workspace.onboard("run", workspace.export(3), *flags, *AN_HOUR).code == 8
    assert Counter(sandbox.mails().values()) == {1: 3}


def test_second_ledger_invites_only_whom_the_service_does_not_show(workspace, sandbox):
    """A run on another machine sees only the service's list, which has the people whom the first run has reached."""
    people = workspace.export(120)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", after=1, seconds=60))
    first = workspace.fork("run", people, *account_flags(sandbox), "--ledger", "sqlite:///one.db", *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 100)

    flags = (*account_flags(sandbox), "--ledger", "sqlite:///two.db", "--locks", str(workspace.folder))
    second = workspace.onboard("run", people, *flags)
    first.kill()

    assert second.code == 0
    assert workspace.summary()["counts"] == {"already": 100, "invited": 20}
    assert Counter(sandbox.mails().values()) == {1: 120}
    found = {"pages": 1, "look_ups": 0, "not_in_ledger": 100, "not_shown": 0, "without_address": 0}
    assert workspace.summary()["presence"] == found


def test_service_that_commits_after_the_answer_was_lost_mails_nobody_twice(workspace, sandbox):
    """Asked at once it would show nobody; the settle delay is what it takes."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=1))

    flags = (*account_flags(sandbox), *ONE_AT_A_TIME)

    done = workspace.onboard("run", workspace.export(60), *flags, ONBOARD_SETTLE_SECONDS="2")

    assert done.code == 0
    assert workspace.summary()["confirmed"] == {"there": 50, "released": 0, "left": 0}
    assert Counter(sandbox.mails().values()) == {1: 60}


def test_who_was_invited_by_others_meanwhile_is_left_out_of_a_resumed_run(workspace, sandbox):
    """The report of the interrupted run is written again, with everybody in it."""
    people = workspace.export(120)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1000, error="ForbiddenException"))
    assert workspace.onboard("run", people, *account_flags(sandbox), *ONE_AT_A_TIME).code == 7
    sandbox.faults.clear()
    sandbox.add_users(["person60@example.com", "PERSON61@example.com"])

    done = workspace.onboard("resume", *account_flags(sandbox))

    assert done.code == 0
    assert len(workspace.runs()) == 1
    assert workspace.summary()["counts"] == {"already": 2, "invited": 118}
    assert Counter(sandbox.mails().values()) == {1: 118}


def test_rehearsal_never_makes_a_real_run_believe_that_somebody_was_invited(workspace, sandbox):
    """The endpoint is part of what an invite is remembered by, and the sandbox has a ledger of its own."""
    people = workspace.export(60)
    assert workspace.onboard("run", people, "--sandbox").code == 0
    elsewhere = workspace.onboard("run", people, *account_flags(sandbox), "--ledger", "sqlite:///real.db")

    assert elsewhere.code == 0
    assert workspace.summary()["counts"] == {"invited": 60}
    assert Counter(sandbox.mails().values()) == {1: 60}
