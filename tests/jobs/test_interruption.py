"""A run that is interrupted loses nothing and repeats nothing, wherever it is hit."""

import signal
from collections import Counter

import pytest

from onboarding.sandbox import Fault, FaultKind, Sandbox


def dispositions(desk):
    """Return the newest report's counts, from its lines."""
    return Counter(line["disposition"] for line in desk.report())


def test_killed_run_leaves_a_doubt_that_the_next_one_settles(desk, sandbox, to_account, eventually):
    """The service had taken the third chunk and not yet answered: only it can say so."""
    people = desk.export(300)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", after=2))
    run = desk.start("run", people, *to_account(sandbox))
    eventually(lambda: sandbox.counts().mails == 150)
    run.kill()
    run.wait()

    again = desk.onboard("run", people, *to_account(sandbox))

    assert again.code == 0
    assert dispositions(desk) == {"already": 150, "invited": 150}
    assert sandbox.counts().addresses_mailed == 300
    assert set(sandbox.mails().values()) == {1}


def test_run_killed_while_it_waits_mails_nobody_twice(desk, serve, throttled):
    """A throttled chunk is claimed, so a dead run leaves it in doubt; both processes are real ones."""
    people = desk.export(200)
    service = serve("--rate", "1", "--burst", "3")
    flags = ["--account-id", "sandbox-team", "--endpoint-url", service.url]
    run = desk.start("run", people, *flags)
    throttled(run)
    run.kill()
    run.wait()
    mails = service.state()["mails"]

    again = desk.onboard("run", people, *flags)

    assert again.code == 0
    assert dispositions(desk) == {"already": mails, "invited": 200 - mails}
    assert service.state()["addresses_mailed"] == 200
    assert service.state()["addresses_mailed_more_than_once"] == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_ends_a_run_in_order_and_the_next_completes_it(desk, to_account, throttled, finishing, number, code):
    """The report is written, the rest is deferred, nothing is in doubt."""
    people = desk.export(200)
    with Sandbox(rate=1, burst=3) as sandbox:
        run = desk.start("run", people, *to_account(sandbox))
        throttled(run)
        run.send_signal(number)
        stopped = finishing(run)
        first = dispositions(desk)

        again = desk.onboard("run", people, *to_account(sandbox))

        assert stopped.code == code
        assert stopped.plain == ["onboard: Stopped by a signal; run again to send the rest."]
        assert set(first) == {"invited", "deferred"}
        assert again.code == 0
        assert dispositions(desk) == {"already": first["invited"], "invited": first["deferred"]}
        assert set(sandbox.mails().values()) == {1}
        assert sandbox.counts().addresses_mailed == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_ends_the_run_at_once(desk, sandbox, to_account, eventually, number):
    """Although a request is on its way: what it did is in doubt, not lost."""
    people = desk.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    run = desk.start("run", people, *to_account(sandbox))
    eventually(lambda: sandbox.counts().mails == 50)

    # Two signals that come together are one; whoever insists gets through.
    eventually(lambda: run.send_signal(number) or run.poll() is not None)

    assert run.returncode == -number
    assert desk.onboard("run", people, *to_account(sandbox)).code == 0
    assert dispositions(desk) == {"already": 50, "invited": 10}
    assert set(sandbox.mails().values()) == {1}


def test_signal_before_anything_is_sent_leaves_nothing_behind(desk, sandbox, to_account, eventually, finishing):
    """While the service keeps the first question waiting."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ServiceUnavailableException", count=1000))
    run = desk.start("run", desk.export(3), *to_account(sandbox), "--log-level", "error")
    eventually(lambda: "GetAccount" in sandbox.counts().requests)

    run.send_signal(signal.SIGINT)

    stopped = finishing(run)
    assert stopped.code == 130
    assert stopped.err == "onboard: Stopped by a signal before anything was sent; run again.\n"
    assert desk.runs() == []


def test_second_run_at_the_same_time_is_told_who_holds_the_destination(desk, sandbox, to_account, eventually):
    """It sends nothing."""
    people = desk.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers"))
    first = desk.start("run", people, *to_account(sandbox), "--concurrency", "1")
    eventually(lambda: sandbox.counts().mails == 50)

    second = desk.onboard("run", people, *to_account(sandbox), "--log-level", "error")

    assert second.code == 11
    assert len(second.err.splitlines()) == 1
    assert f"process {first.pid} on " in second.err
    assert sandbox.counts().mails == 50
    assert len(desk.runs()) == 1


def test_signal_while_doubts_are_to_settle_is_told_by_the_exit_code(desk, sandbox, to_account, finishing):
    """143: what is in doubt stays so, and the report is written."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_RESET, "InviteUsers"))
    run = desk.start("run", desk.export(60), *to_account(sandbox), ONBOARD_SETTLE_SECONDS="300")
    assert any("doubt.waiting" in line for line in run.stderr)

    run.send_signal(signal.SIGTERM)

    assert finishing(run).code == 143
    assert desk.summary()["counts"] == {"invited": 10, "in_doubt": 50}
    assert desk.summary()["exit_code"] == 143
