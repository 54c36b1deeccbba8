"""Every night that began is on record, also if it was refused, and monitoring learns about the right one."""

import json
from collections.abc import Sequence

import pytest
from workspace import ONE_AT_A_TIME, Workspace, account_flags, finish

from onboarding.destinations.chime import ENTERPRISE_ACCOUNT, TEAM_ACCOUNT
from onboarding.sandbox import Fault, FaultKind


def listed(workspace: Workspace, *flags: str) -> list[dict]:
    """Return the runs that ``onboard runs --json`` lists, the newest first."""
    return json.loads(workspace.onboard("runs", "--json", *flags).out)["runs"]


def ends(workspace: Workspace) -> list[tuple[str, int | None]]:
    """Return the command and the exit code of each run on record, the newest first."""
    return [(run["command"], run["exit_code"]) for run in listed(workspace)]


@pytest.mark.parametrize(
    ("command", "flags", "exit_code"),
    [
        ("run", ("nowhere.csv",), 4),
        ("plan", ("no-address.csv",), 4),
        ("run", ("people.csv", "--exclude", "nowhere.csv"), 4),
        ("run", (), 2),
        ("run", ("people.csv", "--account-id", ENTERPRISE_ACCOUNT), 7),
    ],
)
def test_refused_night_is_on_record(workspace, sandbox, command: str, flags: Sequence[str], exit_code):
    """The list shows in the morning that the night began, and how it was refused."""
    workspace.export(3)
    workspace.write("no-address.csv", "Name,Team\nAna,Sales\n")

    done = workspace.onboard(command, *account_flags(sandbox), *flags)

    assert done.code == exit_code
    assert ends(workspace) == [(command, exit_code)]


def test_night_that_another_run_kept_out_hides_no_run_that_is_killed_later(workspace, sandbox):
    """11: the run that holds the destination is the one to resume. Until then, its counts are those of the ledger."""
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=60))
    first = workspace.fork("run", people, *account_flags(sandbox), *ONE_AT_A_TIME)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    kept_out = workspace.onboard("run", people, *account_flags(sandbox))
    _, going_on = listed(workspace)
    first.kill()
    finish(first)
    on_record, (_, killed) = ends(workspace), listed(workspace)
    resumed = workspace.onboard("resume", *account_flags(sandbox))

    assert kept_out.code == 11
    assert on_record == [("run", 11), ("run", None)]
    assert [run["is_going_on"] for run in (going_on, killed)] == [True, False]
    assert killed["counts"] == {"in_doubt": 50, "deferred": 10}
    assert resumed.code == 0
    assert sandbox.counts().addresses_mailed == 60
    assert workspace.summary()["requests"] == 2  # also the request of the process that was killed


def test_night_that_was_throttled_before_it_knew_who_is_there_is_on_record(workspace, sandbox):
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ThrottledClientException", count=1000))

    done = workspace.onboard("run", workspace.export(3), *account_flags(sandbox), "--deadline", "1s")

    assert done.code == 8
    assert ends(workspace) == [("run", 8)]


def test_plan_that_cannot_be_applied_is_on_record(workspace, sandbox):
    """The file is no plan; later, it is the plan of an export that has changed since."""
    workspace.export(3)
    workspace.write("no.plan", "no plan")
    workspace.onboard("plan", "people.csv", *account_flags(sandbox), "--save", "three.plan")
    workspace.export(4)

    codes = [workspace.onboard("apply", name, *account_flags(sandbox)).code for name in ("no.plan", "three.plan")]

    assert codes == [4, 4]
    assert ends(workspace) == [("apply", 4), ("apply", 4), ("plan", 0)]


def test_rehearsal_elsewhere_does_not_answer_for_the_nightly(workspace, sandbox):
    """A run at another endpoint went well, with the same ledger; the nightly itself never ran."""
    workspace.onboard("run", workspace.export(3), *account_flags(sandbox))
    there = f'account_id = "{TEAM_ACCOUNT}"\n'
    workspace.write("nightly.toml", f'{there}endpoint_url = "http://127.0.0.1:9"\n')
    workspace.write("rehearsal.toml", f'{there}endpoint_url = "{sandbox.url}"\n')
    flags = ("runs", "--last-success-within", "26h", "--config")

    nightly, rehearsal = (workspace.onboard(*flags, name) for name in ("nightly.toml", "rehearsal.toml"))

    assert (nightly.code, rehearsal.code) == (1, 0)
    (message,) = nightly.messages
    assert message.startswith(f"onboard: No run to chime {TEAM_ACCOUNT} at http://127.0.0.1:9 has gone well yet;")
    assert message.endswith("; the ledger has only runs elsewhere.")


def test_refused_export_is_told_everywhere_and_the_next_night_makes_it_good(workspace, sandbox, receiver):
    """On the screen, in the notice, in the list and for the monitor; the corrected export is sent the next night."""
    there = f'account_id = "{TEAM_ACCOUNT}"\nendpoint_url = "{sandbox.url}"\nnotify = ["{receiver.url}/hook"]\n'
    config = workspace.write("nightly.toml", f'exports = "people.csv"\n{there}')
    workspace.write("people.csv", "Name,Team\nAna,Sales\n")
    monitor = ("runs", "--config", config, "--last-success-within", "26h")

    refused = workspace.onboard("nightly", config)
    unsuccessful = workspace.onboard(*monitor)
    workspace.export(3)
    good = workspace.onboard("nightly", config)
    table = workspace.onboard("runs", "--config", config, COLUMNS="80").out

    (notice,) = (json.loads(body) for _, body in receiver.got[:1])
    night = listed(workspace)[1]["run_id"]
    assert (refused.code, good.code) == (4, 0)
    assert "people.csv: no column of addresses" in refused.messages[0]
    assert (notice["exit_code"], notice["run_id"]) == (4, night)
    assert unsuccessful.code == 1
    assert unsuccessful.messages[0].endswith(f"; the latest, {night}, ended with exit code 4.")
    assert workspace.onboard(*monitor).code == 0
    assert [line.split()[1:3] for line in table.splitlines() if line.strip().startswith("2")] == [
        ["0", "settled"],
        ["4", "bad"],
    ]
    assert max(map(len, table.splitlines())) <= 80


def test_migration_goes_on_after_a_night_that_was_refused(workspace, sandbox):
    """The next run of the job sends the next wave, though the latest run on record was refused."""
    flags = account_flags(sandbox)
    workspace.onboard("run", workspace.export(5), *flags, "--wave", "2")
    refused = workspace.onboard("run", "nowhere.csv", *flags)

    workspace.onboard("resume", *flags)

    assert refused.code == 4
    assert sandbox.counts().addresses_mailed == 4
