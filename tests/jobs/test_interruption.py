"""A run that is interrupted loses nothing and repeats nothing, wherever it is hit."""

import signal
from collections import Counter

import pytest
from workspace import ONE_AT_A_TIME, account_flags, finish, wait_until_throttled

from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.sandbox import Fault, FaultKind, Sandbox


def dispositions(workspace):
    """Return the newest report's counts, from its lines."""
    return Counter(line["disposition"] for line in workspace.report())


def test_killed_run_leaves_a_doubt_that_the_next_one_settles(workspace, sandbox):
    """The service had taken the third chunk and not yet answered: only it can say so."""
    people = workspace.export(300)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", after=2))
    run = workspace.fork("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 150)
    run.kill()
    run.wait()

    again = workspace.onboard("run", people, *account_flags(sandbox))

    assert again.code == 0
    assert " was cut off; 50 invitations in doubt had arrived." in " ".join(again.out.split())
    assert dispositions(workspace) == {"already": 150, "invited": 150}
    assert sandbox.counts().addresses_mailed == 300
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.soak
def test_run_killed_while_it_waits_mails_nobody_twice(workspace):
    """A throttled chunk is not claimed while it waits, so a dead run leaves nobody in doubt; the processes are real."""
    people = workspace.export(200)
    service = workspace.serve("--rate", "1", "--burst", "3")
    flags = ["--account-id", "sandbox-team", "--endpoint-url", service.url]
    run = workspace.fork("run", people, *flags)
    wait_until_throttled(run)
    run.kill()
    run.wait()
    mails = service.state()["mails"]

    again = workspace.onboard("run", people, *flags)

    assert again.code == 0
    assert workspace.summary()["confirmed"] == {"there": 0, "released": 0, "left": 0}
    assert dispositions(workspace) == {"already": mails, "invited": 200 - mails}
    assert service.state()["addresses_mailed"] == 200
    assert service.state()["addresses_mailed_more_than_once"] == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_a_run_in_order_and_the_next_completes_it(workspace, number, code):
    """The report is written, the rest is deferred, nothing is in doubt."""
    people = workspace.export(200)
    with Sandbox(rate=1, burst=3) as sandbox:
        run = workspace.fork("run", people, *account_flags(sandbox))
        wait_until_throttled(run)
        run.send_signal(number)
        stopped = finish(run)
        first = dispositions(workspace)

        again = workspace.onboard("run", people, *account_flags(sandbox))

        assert stopped.code == code
        assert stopped.messages == ["onboard: Stopped by a signal; resume the run to send the rest."]
        assert set(first) == {"invited", "deferred"}
        assert again.code == 0
        assert dispositions(workspace) == {"already": first["invited"], "invited": first["deferred"]}
        assert set(sandbox.mails().values()) == {1}
        assert sandbox.counts().addresses_mailed == 200


@pytest.mark.soak
def test_command_that_an_interrupted_run_has_printed_finishes_it(workspace):
    """Pasted into a shell in another folder."""
    people = workspace.export(200)
    with Sandbox(rate=1, burst=3) as sandbox:
        run = workspace.fork("run", people, *account_flags(sandbox))
        wait_until_throttled(run)
        run.send_signal(signal.SIGINT)
        stopped = finish(run)

        resumed = finish(workspace.start_command(["bash", "-c", f"cd / && {stopped.command}"]))

        assert stopped.code == 130
        assert (resumed.code, resumed.command) == (0, "")
        assert dispositions(workspace) == {"invited": 200}
        assert sandbox.counts().addresses_mailed == 200
        assert sandbox.counts().addresses_mailed_more_than_once == 0


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGTERM])
def test_second_signal_ends_the_run_at_once(workspace, sandbox, number):
    """Although a request is on its way: what it did is in doubt, not lost."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    run = workspace.fork("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    # Two signals that come together are one; an operator who insists gets through.
    workspace.wait_until(lambda: run.send_signal(number) or run.poll() is not None)

    assert run.returncode == -number
    assert workspace.onboard("run", people, *account_flags(sandbox)).code == 0
    assert dispositions(workspace) == {"already": 50, "invited": 10}
    assert set(sandbox.mails().values()) == {1}


def test_signal_before_anything_is_sent_leaves_nothing_behind(workspace, sandbox):
    """While the service keeps the first question waiting."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ServiceUnavailableException", count=1000))
    run = workspace.fork("run", workspace.export(3), *account_flags(sandbox), "--log-level", "error")
    workspace.wait_until(lambda: "GetAccount" in sandbox.counts().requests)

    run.send_signal(signal.SIGINT)

    stopped = finish(run)
    assert stopped.code == 130
    assert stopped.messages == ["onboard: Stopped by a signal before anything was sent; run again."]
    assert workspace.runs() == []


def test_second_run_at_the_same_time_is_told_who_holds_the_destination(workspace, sandbox):
    """It sends nothing."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    first = workspace.fork("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    second = workspace.onboard("run", people, *account_flags(sandbox), "--log-level", "error")

    assert second.code == 11
    assert len(second.messages) == 1
    assert f"process {first.pid} on " in second.err
    assert sandbox.counts().mails == 50
    assert len(workspace.runs()) == 1


def test_signal_while_doubts_are_to_settle_is_told_by_the_exit_code(workspace, sandbox):
    """143: what is in doubt stays so, and the report is written."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_RESET, "InviteUsers"))
    run = workspace.fork(
        "run", workspace.export(60), *account_flags(sandbox), *ONE_AT_A_TIME, ONBOARD_SETTLE_SECONDS="300"
    )
    assert any("doubt.waiting" in line for line in run.stderr)

    run.send_signal(signal.SIGTERM)

    assert finish(run).code == 143
    assert workspace.summary()["counts"] == {"invited": 10, "in_doubt": 50}
    assert workspace.summary()["exit_code"] == 143


@pytest.fixture
def begun(workspace, sandbox):
    """Start to apply a plan for 150 people of a Wickr network, of which only the plan says where it is.

    The service takes the second request, and does not answer.
    """
    there = ["--destination", "wickr", "--network-id", WICKR_NETWORK, "--endpoint-url", sandbox.url]
    people = workspace.export(150)
    planned = workspace.onboard("plan", people, *there, "--region", "us-east-1", "--save", "w.plan")
    assert planned.code == 0, planned.err
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "BatchCreateUser", after=1))
    run = workspace.fork("apply", "w.plan", *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().addresses_mailed == 100)
    return run


@pytest.mark.parametrize("is_named", [True, False])
def test_killed_run_needs_no_account_to_be_resumed(workspace, sandbox, begun, is_named):
    """Its record has the account. The list of runs shows the command."""
    begun.kill()
    begun.wait()
    sandbox.faults.clear()
    listed = workspace.onboard("runs").out.splitlines()
    run_id = listed[-1].split()[-1]

    done = workspace.onboard("resume", *([run_id] if is_named else []))

    assert listed[-1].endswith(f" -m onboarding resume {run_id}")
    assert done.code == 0, done.err
    assert workspace.summary()["run_id"] == run_id
    assert sandbox.times_mailed() == {1: 150}
    assert " -m onboarding resume " not in workspace.onboard("runs").out


def test_interrupted_plan_prints_a_command_that_finishes_it(workspace, sandbox, begun):
    sandbox.faults.clear()
    begun.send_signal(signal.SIGINT)
    stopped = finish(begun)

    done = finish(workspace.start_command(["bash", "-c", f"cd / && {stopped.command}"]))

    assert stopped.code == 130
    assert done.code == 0, done.err
    assert sandbox.times_mailed() == {1: 150}
