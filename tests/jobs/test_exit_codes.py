"""What scripts learn from a run: every exit code that can be reached, and the order in which they win."""

import re
import sys

import pytest
from workspace import ONE_AT_A_TIME, account_flags, finish, wait_until_throttled

from onboarding.destinations.chime import ENTERPRISE_ACCOUNT
from onboarding.model.amounts import with_noun
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.sandbox import Fault, FaultKind, Refusal, Sandbox

THROTTLED = Fault(FaultKind.ERROR, "InviteUsers", error="ThrottledClientException", count=1000)
FORBIDDEN = Fault(FaultKind.ERROR, "InviteUsers", error="ForbiddenException")
BLIND = Fault(FaultKind.ERROR, "ListUsers", after=1, count=1000, error="ForbiddenException")
"""Who is there is told before anything is sent, and never again."""

LESS_THAN_A_MINUTE = ("--deadline", "50s")
LOST = Fault(FaultKind.ACT_THEN_RESET, "InviteUsers")
OMITTED = Fault(FaultKind.ACT_THEN_OMIT, "InviteUsers")
FAILED_AFTER = Fault(FaultKind.ACT_THEN_FAIL, "InviteUsers")


def test_bad_rows_are_settled(workspace):
    """0: they are in the report, which is where a person mends them."""
    people = workspace.write("people.csv", "Name,Email\nAna,ana@example.com\nBo,bo at example\nCy,\n")

    assert workspace.onboard("run", people, "--sandbox").code == 0


def test_export_of_which_policy_excludes_everybody_is_refused_input(workspace):
    """4: such a run is as useless as a run without addresses, and a success would hide a wrong setting."""
    done = workspace.onboard("run", workspace.export(3), "--sandbox", "--allow-domain", "elsewhere.example")

    assert done.code == 4
    assert workspace.summary()["counts"] == {"excluded": 3}


@pytest.mark.parametrize("log_lines", [0, 1], ids=["before the logs are set up", "after"])
def test_bug_is_an_internal_error_told_without_its_text(workspace, log_lines):
    """1: the text might quote a row; the log has the places instead."""
    script = [
        "from onboarding.runtime import logs",
        "from onboarding.cli.output import run_to_exit_code",
        *["logs.configure(level=None, log_format='json')"] * log_lines,
        "exit(run_to_exit_code(lambda: {}['ana@example.com']))",
    ]

    done = finish(workspace.start_command([sys.executable, "-c", "\n".join(script)]))

    assert done.code == 1
    assert done.messages == [
        "onboard: internal error (KeyError); this is a bug. What was sent is in the ledger: run again."
    ]
    assert [event["exception"] for event in done.logged("run.crashed")] == ["KeyError"] * log_lines
    assert "ana@example.com" not in done.err


def test_disk_that_is_full_is_an_internal_error(workspace, sandbox):
    """1: what cannot be remembered is not sent."""
    limited = ["sh", "-c", 'ulimit -f 400; exec "$@"', "sh", sys.executable, "-m", "onboarding"]

    done = finish(
        workspace.start_command(
            [*limited, "run", workspace.export(20_000), *account_flags(sandbox), "--log-level", "error"]
        )
    )

    assert done.code == 1
    assert len(done.messages) == 1
    assert done.err.startswith("onboard: ")
    assert "this is a bug" not in done.err
    assert sandbox.mails() == {}
    assert workspace.runs() == []


@pytest.mark.parametrize("refusal", [Refusal.REQUEST, Refusal.ENTRY])
def test_refused_address_makes_the_run_partial(workspace, sandbox, refusal):
    """3: with its request, or in its entry of the answer."""
    sandbox.refuse("person1@example.com", refusal)

    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox))

    assert done.code == 3
    assert [line["disposition"] for line in workspace.report()] == ["invited", "failed", "invited"]


def test_no_usable_row_is_refused_input_with_a_report(workspace):
    """4: the report says why of each row."""
    people = workspace.write("people.csv", "Name,Email\nAna,\nBo,bo at example\n")

    done = workspace.onboard("run", people, "--sandbox", "--log-level", "error")

    assert done.code == 4
    assert len(done.messages) == 1
    assert done.err.startswith("onboard: No row has a usable address; the report says why")
    assert [(line["disposition"], line["reason"]) for line in workspace.report()] == [
        ("rejected", "missing"),
        ("rejected", "invalid_syntax"),
    ]
    assert workspace.summary()["exit_code"] == 4


@pytest.mark.parametrize(
    ("fault", "in_doubt"), [(LOST, 50), (FAILED_AFTER, 50), (OMITTED, 1)], ids=["reset", "500", "omitted"]
)
def test_unknown_outcome_is_settled_by_asking_the_service(workspace, sandbox, fault, in_doubt):
    """0: and nobody is sent a second mail to find out."""
    sandbox.faults.add(fault)

    done = workspace.onboard("run", workspace.export(80), *account_flags(sandbox), *ONE_AT_A_TIME)

    assert done.code == 0
    assert workspace.summary()["counts"] == {"invited": 80}
    assert workspace.summary()["confirmed"] == {"there": in_doubt, "released": 0, "left": 0}
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.parametrize(
    ("fault", "in_doubt"),
    [(LOST, 50), pytest.param(FAILED_AFTER, 50, marks=pytest.mark.soak), (OMITTED, 1)],
    ids=["reset", "500", "omitted"],
)
def test_unknown_outcome_stays_in_doubt_while_the_service_does_not_tell(workspace, sandbox, fault, in_doubt):
    """6: and the others are sent. The next run asks again."""
    people = workspace.export(80)
    sandbox.faults.add(fault)
    sandbox.faults.add(BLIND)

    first = workspace.onboard("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    counts = workspace.summary()["counts"]
    sandbox.faults.clear()
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (6, 0)
    (message,) = first.messages
    assert message == (
        f"onboard: Whether {with_noun(in_doubt, 'person was', 'people were')} invited is not known, and nothing was"
        " sent to them again. Resume the run."
    )
    assert counts == {"invited": 80 - in_doubt, "in_doubt": in_doubt}
    assert workspace.summary()["counts"] == {"already": 80}
    assert set(sandbox.mails().values()) == {1}


def test_what_never_arrived_is_sent_again_by_resume(workspace, sandbox):
    """6, then 0: the run itself sends nobody twice, and the service does not show the people."""
    sandbox.faults.add(Fault(FaultKind.RESET, "InviteUsers"))

    first = workspace.onboard("run", workspace.export(80), *account_flags(sandbox), *ONE_AT_A_TIME)
    counts = workspace.summary()["counts"]
    second = workspace.onboard("resume", *account_flags(sandbox), *ONE_AT_A_TIME)

    assert (first.code, second.code) == (6, 0)
    assert counts == {"invited": 30, "in_doubt": 50}
    assert workspace.summary()["counts"] == {"invited": 80}
    assert workspace.summary()["confirmed"] == {"there": 0, "released": 50, "left": 0}
    assert {line["attempts"] for line in workspace.report()} == {"1", "2"}
    assert set(sandbox.mails().values()) == {1}


def test_person_in_doubt_is_told_from_when_to_resume(workspace, sandbox):
    """6: until then, neither a run nor resume sends to the person."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.RESET, "InviteUsers"))
    first = workspace.onboard(
        "run", people, *account_flags(sandbox), *ONE_AT_A_TIME, ONBOARD_RESEND_AFTER="90m", ONBOARD_SETTLE_SECONDS="0"
    )

    again = [workspace.onboard(how, *account_flags(sandbox), "--resend-after", "90m") for how in ("resume", "resume")]

    restarted = r"\(after \S+ \S+ UTC on another machine, or if this one is restarted\)"
    advice = rf"Resume the run after (?:\d{{4}}-\d\d-\d\d )?\d\d:\d\d UTC {restarted}\."
    (message,) = first.messages
    assert re.fullmatch(f"onboard: Whether 50 .* not known, and nothing was sent to them again. {advice}", message)
    assert [end.code for end in (first, *again)] == [6, 6, 6]
    details = {line["detail"] for line in workspace.report() if line["disposition"] == "in_doubt"}
    assert len(details) == 1
    assert re.search(f"is not known: .*; not sent again. {advice}$", details.pop())
    assert sandbox.counts().mails == 10


@pytest.mark.soak
def test_what_never_arrived_stays_in_doubt_where_nobody_wants_it_sent_again(workspace, sandbox):
    """6: in this run and the next, until somebody decides otherwise."""
    people = workspace.export(80)
    sandbox.faults.add(Fault(FaultKind.RESET, "InviteUsers"))

    codes = [
        workspace.onboard("run", people, *account_flags(sandbox), *ONE_AT_A_TIME, "--resend-unconfirmed", "never").code
        for _ in range(2)
    ]
    in_doubt = workspace.summary()["counts"]
    last = workspace.onboard("run", people, *account_flags(sandbox))

    assert codes == [6, 6]
    assert in_doubt == {"already": 30, "in_doubt": 50}
    assert last.code == 0
    assert workspace.summary()["counts"] == {"already": 30, "invited": 50}
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.soak
def test_service_that_fails_every_request_makes_no_success(workspace, sandbox):
    """Nobody is invited, so no script, monitor or resume may take the run for a success."""
    failing = Fault(FaultKind.ERROR, "InviteUsers", count=10_000, error="ServiceFailureException")
    there = account_flags(sandbox)
    sandbox.faults.add(failing)

    done = workspace.onboard("run", workspace.export(400), *there)
    counts = workspace.summary()["counts"]
    monitored = workspace.onboard("runs", *there, "--last-success-within", "26h")
    resumed = workspace.onboard("resume", *there)
    left = workspace.summary()["counts"]
    sandbox.faults.clear()
    last = workspace.onboard("resume", *there)

    assert (done.code, monitored.code) == (6, 1)
    assert counts == {"in_doubt": 400}
    assert resumed.code == 7  # in smaller requests more than ten answers are lost in a row
    assert left.keys() == {"in_doubt", "deferred"}
    assert (last.code, workspace.summary()["counts"]) == (0, {"invited": 400})
    assert set(sandbox.mails().values()) == {1}


@pytest.mark.parametrize("account", [ENTERPRISE_ACCOUNT, "nobody-knows"])
def test_account_that_takes_no_invites_is_closed(workspace, sandbox, account):
    """7: before any report."""
    flags = ["--account-id", account, "--endpoint-url", sandbox.url, "--log-level", "error"]

    done = workspace.onboard("run", workspace.export(3), *flags)

    assert done.code == 7
    assert len(done.messages) == 1
    assert done.messages[0].startswith("onboard: ")
    assert workspace.runs() == []


def test_service_that_closes_midway_defers_the_rest(workspace, sandbox):
    """7: the next run sends them."""
    people = workspace.export(120)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", error="ForbiddenException", after=1))

    first = workspace.onboard("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    counts = workspace.summary()["counts"]
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (7, 0)
    assert counts == {"invited": 50, "deferred": 70}
    assert workspace.summary()["counts"] == {"already": 50, "invited": 70}


@pytest.mark.soak  # waits until the deadline, which leaves a busy machine the time to be throttled before
def test_service_that_disappears_midway_defers_the_rest(workspace):
    """7, or 8 if the deadline comes before the turn of the next request: either way nothing is in doubt."""
    with Sandbox(rate=0.5, burst=3) as sandbox:
        run = workspace.fork("run", workspace.export(120), *account_flags(sandbox), "--deadline", "20s")
        wait_until_throttled(run)

    done = finish(run)

    assert done.code in (7, 8)
    assert workspace.summary()["counts"] == {"invited": 50, "deferred": 70}


@pytest.mark.soak
def test_throttling_beyond_the_deadline_stops_the_run(workspace, sandbox):
    """8: nothing is lost, the next run sends the rest."""
    people = workspace.export(60)
    sandbox.faults.add(THROTTLED)

    first = workspace.onboard("run", people, *account_flags(sandbox), "--deadline", "4s")
    counts = workspace.summary()["counts"]
    sandbox.faults.clear()
    second = workspace.onboard("run", people, *account_flags(sandbox))

    assert (first.code, second.code) == (8, 0)
    assert counts == {"deferred": 60}
    assert workspace.summary()["counts"] == {"invited": 60}


def test_wait_longer_than_the_deadline_is_not_begun(workspace):
    """8: the service asks for a minute, the run has less, so it ends at once."""
    with Sandbox(rate=1 / 60, burst=3) as sandbox:
        done = workspace.onboard(
            "run", workspace.export(60), *account_flags(sandbox), *ONE_AT_A_TIME, *LESS_THAN_A_MINUTE
        )

    assert done.code == 8
    assert workspace.summary()["counts"] == {"invited": 50, "deferred": 10}


def test_throttling_before_anything_is_sent_stops_the_run(workspace):
    """8: in one plain line."""
    with Sandbox(rate=1 / 600, burst=1) as sandbox:
        done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox))

    assert done.code == 8
    (message,) = done.messages
    assert message.startswith("onboard: Nothing was sent: the service keeps throttling, and asks to wait 600 seconds; ")


@pytest.mark.parametrize(
    ("faults", "burst", "refused", "code"),
    [
        ([LOST, FORBIDDEN], 100, "", ExitCode.CLOSED),
        ([LOST, BLIND], 100, "person70@example.com", ExitCode.IN_DOUBT),
        ([LOST], 3, "", ExitCode.IN_DOUBT),
        ([], 2, "person20@example.com", ExitCode.STOPPED),
    ],
    ids=["closed before in doubt", "in doubt before partial", "in doubt before stopped", "stopped"],
)
def test_first_of_several_codes_wins(workspace, faults, burst, refused, code):
    """1, 7, 6, 3, 8: a script sees the worst. After ``burst`` requests the service throttles for too long."""
    with Sandbox(rate=1 / 60, burst=burst) as sandbox:
        for fault in faults:
            sandbox.faults.add(fault)
        if refused:
            sandbox.refuse(refused, Refusal.ENTRY)

        done = workspace.onboard(
            "run", workspace.export(120), *account_flags(sandbox), *ONE_AT_A_TIME, *LESS_THAN_A_MINUTE
        )

    assert done.code == code


def test_partial_wins_over_stopped(workspace):
    """3: what was refused will not mend itself in the next run, what was deferred will."""
    with Sandbox(rate=1 / 60, burst=3) as sandbox:
        sandbox.refuse("person20@example.com", Refusal.ENTRY)

        done = workspace.onboard(
            "run", workspace.export(60), *account_flags(sandbox), *ONE_AT_A_TIME, *LESS_THAN_A_MINUTE
        )

    assert done.code == 3
    assert workspace.summary()["counts"] == {
        Disposition.INVITED: 49,
        Disposition.FAILED: 1,
        Disposition.DEFERRED: 10,
    }
