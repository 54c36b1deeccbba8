"""Runs that invite people to a Wickr network."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from workspace import account_flags, finish

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_NETWORK
from onboarding.sandbox import Fault, FaultKind, LostAnswer, Refusal, Registration


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's network."""
    return [
        *("--destination", "wickr", "--network-id", WICKR_NETWORK),
        *("--endpoint-url", sandbox.url, "--region", "us-east-1"),
    ]


def fates(workspace) -> set[str]:
    return {line["disposition"] for line in workspace.report()}


def requests(sandbox) -> int:
    return sum(sandbox.counts().requests.get("wickr.BatchCreateUser", {}).values())


def test_everybody_is_created_once_and_found_the_second_time(workspace, sandbox, there):
    first = workspace.onboard("run", workspace.export(120), *there)
    lines = workspace.report()

    second = workspace.onboard("run", "people.csv", *there)

    assert (first.code, second.code) == (0, 0)
    assert {(line["disposition"], line["destination"], line["account"]) for line in lines} == {
        ("invited", "wickr", WICKR_NETWORK)
    }
    assert all(line["invite_id"] for line in lines)
    assert fates(workspace) == {"already"}
    assert sandbox.times_mailed() == {1: 120}


@pytest.mark.parametrize(
    "kind", [FaultKind.ACT_THEN_RESET, FaultKind.ACT_THEN_FAIL, FaultKind.ACT_THEN_TRUNCATE, FaultKind.RESET]
)
def test_lost_answer_is_asked_for_again_with_the_token(workspace, sandbox, there, kind):
    """In the same run, and nobody is created twice or forgotten."""
    sandbox.faults.add(Fault(kind, "BatchCreateUser", count=2))

    done = workspace.onboard("run", workspace.export(100), *there)

    assert done.code == 0
    assert fates(workspace) == {"invited"}
    assert sandbox.times_mailed() == {1: 100}
    assert requests(sandbox) == 4


def test_answer_that_is_lost_with_its_run_is_asked_for_by_the_next_run(workspace, sandbox, there):
    """One request for each chunk, and no look-up: the service knows the token."""
    die_in_doubt(workspace, sandbox, there)
    sandbox.faults.clear()

    done = workspace.onboard("resume", *there, ONBOARD_SETTLE_SECONDS="3600")

    assert done.code == 0, done.err
    assert fates(workspace) == {"invited"}
    assert done.logged("doubt.replayed")[0]["addresses"] == 50
    assert sandbox.times_mailed() == {1: 50}


@pytest.mark.soak
def test_chunk_that_never_gets_an_answer_is_sent_four_times_and_keeps_no_run_from_the_others(workspace, sandbox, there):
    """6: each later run invites its new people. The list shows people late, so the chunk stays in doubt."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_FAIL, "BatchCreateUser", count=4))
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3600)
    ends = [workspace.onboard("run", workspace.export(50), *there, ONBOARD_RESEND_AFTER="2h")]

    ends += [
        workspace.onboard("run", workspace.export(50 + more), *there, ONBOARD_RESEND_AFTER="2h") for more in (1, 2)
    ]

    assert [end.code for end in ends] == [6, 6, 6]
    assert workspace.summary()["counts"] == {"in_doubt": 50, "already": 1, "invited": 1}
    assert requests(sandbox) == 4 + 1 + 1
    assert sandbox.times_mailed() == {1: 52}


@pytest.mark.soak
def test_empty_answers_make_no_more_than_four_requests_in_all_runs(workspace, sandbox, there):
    """An answer without entries is no answer. The service knows nobody in the list either."""
    sandbox.faults.add(Fault(FaultKind.ALTER, "BatchCreateUser", count=1000, alter=lambda _act, _parameters: {}))

    ends = [workspace.onboard("run", workspace.export(40), *there, ONBOARD_RESEND_AFTER="2h") for _ in range(3)]

    assert [end.code for end in ends] == [6, 6, 6]
    assert requests(sandbox) == 4
    assert workspace.summary()["counts"] == {"in_doubt": 40}


def die_in_doubt(workspace, sandbox, there):
    """Kill a run of 50 people after the service has created them and before it has answered."""
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "BatchCreateUser"))
    run = workspace.fork("run", workspace.export(50), *there)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)
    run.kill()
    run.wait()


def test_request_of_an_earlier_run_is_repeated_only_by_a_run_that_sends(workspace, sandbox, there):
    """A run that a guard stops, or that is refused, says that nothing was sent. The list shows nobody yet."""
    die_in_doubt(workspace, sandbox, there)
    sandbox.faults.clear()
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3600)
    flags = [*there, "--max-invites", "1", "--settle-seconds", "3600"]
    exports = [workspace.export(52), workspace.write("odd.csv", "nothing\n1\n"), "people.csv"]

    ends, sent = [], []
    for export, more in zip(exports, [[], [], ["--confirm", "2"]], strict=True):
        ends.append(workspace.onboard("run", export, *flags, *more))
        sent.append(requests(sandbox))

    assert [end.code for end in ends] == [5, 4, 0], ends[-1].err
    assert sent == [1, 1, 3]
    assert workspace.summary()["counts"] == {"already": 50, "invited": 2}
    assert sandbox.times_mailed() == {1: 52}


def test_repeated_request_that_the_service_refuses_is_sent_in_smaller_ones_by_the_same_run(workspace, sandbox, there):
    """Else one bad address would keep fifty people from their invitations until the token is forgotten."""
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "BatchCreateUser", seconds=600, loss=LostAnswer.HANG))
    run = workspace.fork("run", workspace.export(50), *there)
    workspace.wait_until(lambda: sandbox.counts().acts_to_come == 1)
    run.kill()
    run.wait()
    sandbox.refuse("person7@example.com", Refusal.REQUEST)

    done = workspace.onboard("run", "people.csv", *there)

    assert done.code == 3, done.err
    assert workspace.summary()["counts"] == {"invited": 49, "failed": 1}
    assert sandbox.times_mailed() == {1: 49}


def test_token_that_the_service_has_forgotten_creates_nobody_twice(workspace, sandbox, there):
    """Who is there is told to be there, then."""
    die_in_doubt(workspace, sandbox, there)
    sandbox.settings = replace(sandbox.settings, token_seconds=0.001)

    done = workspace.onboard("resume", *there)

    assert done.code == 0
    assert fates(workspace) <= {"invited", "already"}
    assert sandbox.times_mailed() == {1: 50}


def test_nothing_is_sent_again_where_that_is_not_wanted(workspace, sandbox, there):
    """Not even what the service knows to be a repetition; the list is asked instead."""
    die_in_doubt(workspace, sandbox, there)
    before = requests(sandbox)

    done = workspace.onboard("resume", *there, "--resend-unconfirmed", "never")

    assert done.code == 0
    assert requests(sandbox) == before
    assert fates(workspace) == {"invited"}


@pytest.mark.parametrize("refusal", [Refusal.REQUEST, Refusal.ENTRY])
def test_address_that_is_refused_is_found_and_the_others_are_invited(workspace, sandbox, there, refusal):
    sandbox.refuse("person7@example.com", refusal)

    done = workspace.onboard("run", workspace.export(50), *there)

    failed = [line["email"] for line in workspace.report() if line["disposition"] == "failed"]
    assert done.code == 3
    assert failed == ["person7@example.com"]
    assert sandbox.counts().addresses_mailed == 49


def test_people_who_came_in_the_meantime_are_already_there(workspace, sandbox, there):
    """The list does not show them yet, so that only the answer tells."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=3600)
    workspace.onboard("run", workspace.export(1, "one.csv"), *there, XDG_STATE_HOME=str(workspace.folder / "elsewhere"))

    done = workspace.onboard("run", workspace.export(3), *there)

    assert done.code == 0
    assert [line["disposition"] for line in workspace.report()] == ["already", "invited", "invited"]
    assert sandbox.times_mailed() == {1: 3}


def test_invite_codes_are_nowhere(workspace, there):
    """In no log at any level, no report, no ledger."""
    done = workspace.onboard("run", workspace.export(60), *there, "--log-level", "debug", "--handoff")

    assert done.code == 0
    for path in (path for path in workspace.folder.rglob("*") if path.is_file()):
        assert b"canary-invite-code" not in path.read_bytes(), path.name
    assert "canary-invite-code" not in done.out + done.err


@pytest.mark.parametrize(
    "flags",
    [
        ["--account-id", "team"],
        ["--user-type", "PrivateUser"],
        ["--network-id", "1234"],
    ],
)
def test_setting_of_another_destination_is_refused(workspace, there, flags):
    done = workspace.onboard("run", workspace.export(3), *there, *flags)

    assert done.code == 2
    assert flags[0] in done.messages[0]


def test_plan_is_applied_to_the_network_it_was_made_for(workspace, sandbox, there):
    workspace.onboard("plan", workspace.export(3), *there, "--save", "friday.plan")

    done = workspace.onboard("apply", "friday.plan")

    assert done.code == 0, done.err
    assert sandbox.counts().addresses_mailed == 3


def test_rehearsal_needs_nothing_but_the_name_of_the_destination(workspace):
    done = workspace.onboard("run", workspace.export(3), "--sandbox", "--destination", "wickr")

    assert done.code == 0
    assert f"(wickr {WICKR_NETWORK})" in done.out


def test_account_is_moved_from_chime_and_the_report_shows_both_sides(workspace, sandbox, there):
    """Who is registered, who is invited, and who is suspended there, which is nobody to invite here."""
    sandbox.add_users(["ana@example.com", "bo@example.com"], Registration.REGISTERED)
    sandbox.add_users(["cy@example.com"])
    sandbox.add_users(["di@example.com"], Registration.SUSPENDED)

    done = workspace.onboard("run", *there, "--move-from", TEAM_ACCOUNT, AWS_ENDPOINT_URL_CHIME=sandbox.url)

    assert done.code == 0, done.err
    lines = [
        (line["email"], line["source"].removeprefix("members of account sandbox-team "), line["disposition"])
        for line in workspace.report()
    ]
    assert set(lines) == {
        ("ana@example.com", "(registered)", "invited"),
        ("bo@example.com", "(registered)", "invited"),
        ("cy@example.com", "(pending)", "invited"),
        ("di@example.com", "(suspended)", "excluded"),
    }
    assert not list((workspace.folder / "state").rglob("onboarding-*"))


def test_moved_account_and_exports_come_together(workspace, sandbox, there):
    sandbox.add_users(["person0@example.com", "zoe@example.com"], Registration.REGISTERED)

    done = workspace.onboard(
        "run", workspace.export(2), *there, "--move-from", TEAM_ACCOUNT, AWS_ENDPOINT_URL_CHIME=sandbox.url
    )

    assert done.code == 0, done.err
    assert [line["disposition"] for line in workspace.report()] == ["invited", "invited", "duplicate", "invited"]


def test_plan_of_a_move_is_approved_and_applied(workspace, sandbox, there):
    sandbox.add_users(["ana@example.com"], Registration.REGISTERED)
    workspace.onboard(
        "plan", *there, "--move-from", TEAM_ACCOUNT, "--save", "move.plan", AWS_ENDPOINT_URL_CHIME=sandbox.url
    )

    done = workspace.onboard("apply", "move.plan")

    assert done.code == 0, done.err
    assert sandbox.mails() == {"ana@example.com": 1}


def test_account_that_does_not_answer_moves_nobody(workspace, sandbox, there):
    done = workspace.onboard("run", *there, "--move-from", "nobodys", AWS_ENDPOINT_URL_CHIME=sandbox.url)

    assert done.code == 7
    assert len(done.messages) == 1
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.soak
def test_migration_moves_an_account_in_waves(workspace, sandbox):
    """Planned, confirmed, and sent until nobody is left."""
    sandbox.add_users([f"person{number}@example.com" for number in range(130)], Registration.REGISTERED)
    config = workspace.write(
        "migration.toml",
        f'destination = "wickr"\nnetwork_id = "{WICKR_NETWORK}"\nregion = "us-east-1"\nmove_from = "{TEAM_ACCOUNT}"\n'
        f'endpoint_url = "{sandbox.url}"\nwave = 100\n',
    )
    job = [sys.executable, str(Path(__file__).parent.parent.parent / "jobs" / "migration.py"), config]
    chime = {"AWS_ENDPOINT_URL_CHIME": sandbox.url}

    codes = [finish(workspace.start_command([*job, *flags], **chime)).code for flags in ([], ["--confirm", "130"], [])]

    assert codes == [0, 0, 0]
    assert sandbox.times_mailed() == {1: 130}


def test_report_of_a_run_to_chime_is_moved_as_well(workspace, sandbox, there):
    """It names the people who were invited or there already, and no others."""
    sandbox.add_users(["person0@example.com"], Registration.REGISTERED)
    roster = "Employee ID,Name,Work Email,Status\n1,Al,person0@example.com,Active\n2,Bo,-bo@example.com,Active\n"
    left = "3,Cy,cy@example.com,Terminated\n4,Di,nonsense,Active\n"
    workspace.onboard("run", workspace.write("people.csv", roster + left), *account_flags(sandbox))
    report = workspace.runs()[-1] / "reconciliation.csv"

    done = workspace.onboard("run", *there, "--move-from", str(report))

    assert done.code == 0, done.err
    assert [(line["name"], line["email"], line["disposition"]) for line in workspace.report()] == [
        ("Al", "person0@example.com", "invited"),
        ("Bo", "'-bo@example.com", "invited"),
    ]
    assert sandbox.mails() == {"person0@example.com": 1, "-bo@example.com": 2}


def test_report_that_a_spreadsheet_changed_moves_nobody(workspace, sandbox, there):
    workspace.onboard("run", workspace.export(2), *account_flags(sandbox))
    report = workspace.runs()[-1] / "reconciliation.csv"
    report.write_text(report.read_text().replace(",", ";"))

    done = workspace.onboard("run", *there, "--move-from", str(report))

    assert done.code == 4
    assert "is not as the run wrote it" in done.messages[0]
    assert sandbox.counts().mails == 2


def test_file_that_is_no_report_moves_nobody(workspace, there):
    done = workspace.onboard("run", *there, "--move-from", workspace.export(3))

    assert done.code == 4
    assert "reconciliation.csv" in done.messages[0]
