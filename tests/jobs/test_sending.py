"""How a run gets along with what the service allows, by the sandbox's own count."""

import re
from collections import Counter
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from odd_answers import Oddity, odd_fault
from workspace import ONE_AT_A_TIME, account_flags

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.ledger import Ledger
from onboarding.model.plan import Scope
from onboarding.model.run import now
from onboarding.sandbox import Fault, FaultKind, Refusal, Sandbox, SandboxSettings


def opened_ledger(workspace) -> AbstractContextManager[Ledger]:
    return Ledger.open(workspace.folder / "ledger.sqlite3", clock=now)


def ledger_flags(workspace) -> list[str]:
    return ["--ledger", f"sqlite:///{workspace.folder}/ledger.sqlite3"]


def scope_of(sandbox) -> Scope:
    return Scope("chime", TEAM_ACCOUNT, sandbox.url)


def moments(done, event):
    """Return when the lines of an event were written."""
    return [datetime.fromisoformat(line["timestamp"]) for line in done.logged(event)]


def test_rate_that_429s_show_is_told_and_remembered_for_the_next_run(workspace, sandbox):
    """The 429s come after so many requests, at no time, so that a busy machine changes nothing but the figure.

    That it is the right figure is proven where time is simulated.
    """
    for after in (5, 20):
        sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=after, error="ThrottledClientException"))

    flags = [*account_flags(sandbox), *ledger_flags(workspace), *ONE_AT_A_TIME]
    done = workspace.onboard("run", workspace.export(1500), *flags)

    summary = workspace.summary()
    assert done.code == 0
    assert set(sandbox.mails().values()) == {1}
    assert (summary["counts"], summary["throttled"]) == ({"invited": 1500}, 2)
    assert f"The service allows {summary['rate']:.1f} requests a second." in done.out
    assert f"The service throttled 2 of {summary['requests']} requests (" in done.out
    assert done.logged("pace.learnt")[0]["per_second"] == pytest.approx(summary["rate"], abs=0.01)
    with opened_ledger(workspace) as ledger:
        assert ledger.rate(scope_of(sandbox)) == summary["rate"] > 0


def test_run_begins_at_the_rate_that_the_last_run_left(workspace, sandbox):
    """Five requests at two a second take two seconds at least; where no rate is known, less than half a second."""
    flags = [*account_flags(sandbox), *ledger_flags(workspace)]
    workspace.onboard("run", workspace.export(1, "first.csv"), *flags)
    with opened_ledger(workspace) as ledger:
        ledger.remember_rate(scope_of(sandbox), 2.0)

    done = workspace.onboard("run", workspace.export(251), *flags, "--confirm", "250")

    assert len(done.logged("chunk.settled")) == 5
    assert workspace.summary()["seconds"]["send"] > 1.3


def test_rate_that_was_named_is_never_passed(workspace, sandbox):
    """15 requests at ten a second take 1.4 seconds, however fast the service is."""
    done = workspace.onboard("run", workspace.export(750), *account_flags(sandbox), "--rate", "10")

    summary = workspace.summary()
    assert len(done.logged("chunk.settled")) == 15
    assert summary["seconds"]["send"] > 1.3
    assert summary["rate"] is None


def test_requests_are_under_way_together(workspace):
    """A service that is far away is no slower for that: one after the other they would take 12 seconds."""
    with Sandbox(latency_seconds=0.6) as sandbox:
        done = workspace.onboard("run", workspace.export(1000), *account_flags(sandbox))

    settled = moments(done, "chunk.settled")
    assert len(settled) == 20
    assert (max(settled) - min(settled)).total_seconds() < 6
    assert workspace.summary()["counts"] == {"invited": 1000}


def test_wait_of_an_hour_defers_at_once(workspace):
    """8: the rest is deferred, the report is written, and nobody hangs."""
    with Sandbox(rate=1 / 3600, burst=3) as sandbox:  # two of them for the questions
        done = workspace.onboard("run", workspace.export(500), *account_flags(sandbox), "--log-level", "error")

    assert done.code == 8
    words = (
        r"onboard: Not all was sent: the service keeps throttling, and asks to wait 3,[56]\d\d seconds; run again after"
    )
    (message,) = done.messages
    assert re.fullmatch(words + r" (\S+ )?\d\d:\d\d UTC to send the rest\.", message)
    assert workspace.summary()["counts"] == {"invited": 50, "deferred": 450}
    assert workspace.summary()["seconds"]["send"] < 30


def test_fatal_answer_midway_stops_every_thread(workspace, sandbox):
    """7: what was under way is finished, nothing more is sent, and one plain line says what to check."""
    sandbox.settings = SandboxSettings(latency_seconds=0.1)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=20, count=10_000, error="ForbiddenException"))

    done = workspace.onboard("run", workspace.export(5000), *account_flags(sandbox), "--log-level", "error")

    assert done.code == 7
    (message,) = done.messages
    assert message == (
        "onboard: Chime answers 403 ForbiddenException to InviteUsers; grant chime:InviteUsers in IAM to the user or"
        " role of the credentials from the environment, and check that the account is theirs."
    )
    assert sandbox.counts().requests["InviteUsers"]["403"] <= 32
    assert workspace.summary()["counts"] == {"invited": 1000, "deferred": 4000}


def test_reason_that_is_nobodys_fault_is_not_looked_for_in_the_addresses(workspace, sandbox):
    """7: a chunk is halved into eighths, and no further."""
    for number in range(500):
        sandbox.refuse(f"person{number}@example.com", Refusal.REQUEST)

    done = workspace.onboard(
        "run", workspace.export(500), *account_flags(sandbox), *ONE_AT_A_TIME, "--log-level", "error"
    )

    assert done.code == 7
    assert done.messages[0].startswith(
        "onboard: The service refuses every request (BadRequestException), whatever addresses it holds"
    )
    assert sandbox.counts().requests["InviteUsers"] == {"400": 15}
    assert workspace.summary()["counts"] == {"deferred": 500}


@pytest.mark.parametrize("number", [0, 24, 49])
def test_one_bad_address_costs_at_most_thirteen_requests(workspace, sandbox, number):
    sandbox.refuse(f"person{number}@example.com", Refusal.REQUEST)

    done = workspace.onboard("run", workspace.export(50), *account_flags(sandbox))

    assert done.code == 3
    assert workspace.summary()["counts"] == {"invited": 49, "failed": 1}
    assert sum(sandbox.counts().requests["InviteUsers"].values()) <= 13


TROUBLES = [
    Fault(FaultKind.ACT_THEN_RESET, "InviteUsers", after=2),
    Fault(FaultKind.ACT_THEN_FAIL, "InviteUsers", after=3),
    Fault(FaultKind.ACT_THEN_OMIT, "InviteUsers", after=4, count=3, entries=7),
    Fault(FaultKind.ACT_THEN_TRUNCATE, "InviteUsers", after=7),
    odd_fault(Oddity.REORDER, "InviteUsers", after=9, count=2),
    odd_fault(Oddity.RECASE, "InviteUsers", after=12, entries=20),
    Fault(FaultKind.RESET, "InviteUsers", after=13, count=2),
    Fault(FaultKind.ERROR, "InviteUsers", after=16, count=5, error="ThrottledClientException"),
    Fault(FaultKind.ERROR, "InviteUsers", after=22, count=2, error="ServiceUnavailableException"),
]


@pytest.mark.soak
def test_everybody_is_mailed_once_whatever_goes_wrong_at_the_same_time(workspace, sandbox):
    """Several chunks are under way while answers get lost, are cut, come in disorder or are 429s."""
    sandbox.settings = SandboxSettings(latency_seconds=0.05, jitter=0.5)
    sandbox.refuse("person777@example.com", Refusal.REQUEST)
    for trouble in TROUBLES:
        sandbox.faults.add(trouble)

    first = workspace.onboard("run", workspace.export(2500), *account_flags(sandbox))
    counts = workspace.summary()["counts"]
    second = workspace.onboard("run", "people.csv", *account_flags(sandbox))

    assert (first.code, second.code) == (6, 3)
    assert counts["in_doubt"] >= 100  # two requests never arrived, and were not sent again in the same run
    assert Counter(sandbox.mails().values()) == {1: 2499}
    assert workspace.summary()["counts"]["failed"] == 1
    assert set(workspace.summary()["counts"]) == {"already", "invited", "failed"}
