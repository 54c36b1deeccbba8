"""Addresses, names and invite ids are in the reports, which only their owner may read, and nowhere else."""

import json

import pytest
from workspace import account_flags

from onboarding.sandbox import Fault, FaultKind, Refusal

ADDRESSES = [f"canary{number}@secret.example" for number in range(120)]
NAMES = [f"Xantippe{number} Quisling{number}" for number in range(120)]


@pytest.fixture
def people(workspace):
    """Return an export of people whom any leak would show, some of them with trouble of their own."""
    rows = [f"{name},{address}" for name, address in zip(NAMES, ADDRESSES, strict=True)]
    trouble = ["Xantippe,canary at secret.example", "Xantippe,canary1@secret.example", "Xantippe,a@b; canary@c.example"]
    return workspace.write("people.csv", "\n".join(["Name,Email", *rows, *trouble]) + "\n")


@pytest.fixture
def troubled(sandbox):
    """Return a service that throttles, fails, refuses and forgets."""
    sandbox.refuse(ADDRESSES[3], Refusal.REQUEST)
    sandbox.refuse(ADDRESSES[60], Refusal.ENTRY)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", error="ThrottledClientException"))
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_FAIL, "InviteUsers", after=2))
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_OMIT, "InviteUsers", after=3))
    sandbox.faults.add(Fault(FaultKind.ERROR, "ListUsers", after=1, count=1000, error="ForbiddenException"))
    return sandbox


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_logs_and_output_tell_of_nobody(workspace, people, troubled, log_format):
    """Whatever happens, at the most talkative level."""
    flags = ["--log-level", "debug", "--log-format", log_format, "--json"]

    done = workspace.onboard("run", people, *account_flags(troubled), *flags)

    invite_ids = {line["invite_id"] for line in workspace.report()} - {""}
    said = (done.out + done.err).casefold()
    assert len(invite_ids) > 50
    assert {"invited", "failed", "in_doubt", "rejected", "duplicate"} <= workspace.summary()["counts"].keys()
    assert "chunk.settled" in said
    for word in ("canary", "secret.example", "xantippe", "quisling", *invite_ids):
        assert word not in said


def test_refused_row_is_told_by_its_number_alone(workspace, sandbox):
    """What cannot be read may be somebody's address all the same."""
    bad = workspace.write(
        "people.csv", 'Name,Email\nXantippe,canary@secret.example\n"Quisling,canary1@secret.example\n'
    )

    done = workspace.onboard("run", bad, *account_flags(sandbox), "--log-level", "debug")

    assert "row 3" in done.err
    for word in ("canary", "secret", "Xantippe", "Quisling"):
        assert word not in done.out + done.err


def test_run_id_is_on_every_line_of_the_log(workspace, people, troubled):
    """So that one run's lines can be told from another's."""
    done = workspace.onboard("run", people, *account_flags(troubled), "--log-level", "debug")

    assert {event.get("run_id") for event in done.events} == {workspace.summary()["run_id"]}
    assert all(line.startswith("onboard: ") for line in done.messages)


@pytest.mark.parametrize("ending", ["refused list", "denied", "settled"])
def test_run_id_is_on_every_line_of_a_run_that_ends_early(workspace, sandbox, ending):
    """Also on the lines after the run itself, about its notices."""
    flags = [*account_flags(sandbox), "--ping-url", "http://127.0.0.1:1/ping", "--exclude"]
    listed = workspace.write("left.txt", "gone@secret.example\n")
    if ending == "refused list":
        listed = workspace.write("bad.txt", "gone at secret.example\n")
    elif ending == "denied":
        sandbox.refuse_access(["chime:GetAccount"])

    done = workspace.onboard("run", workspace.export(1), *flags, listed, "--log-level", "debug")

    (run_id,) = {event.get("run_id") for event in done.events}
    assert run_id in workspace.onboard("runs", *account_flags(sandbox), "--json").out
    assert done.logged("notification.failed")


def test_summary_holds_counts_and_no_people(workspace, people, troubled):
    """It is made to be passed on."""
    done = workspace.onboard("run", people, *account_flags(troubled), "--json")

    written = (workspace.runs()[-1] / "summary.json").read_text(encoding="utf-8")
    assert json.loads(done.out) == json.loads(written)
    for word in ("canary", "xantippe", "quisling"):
        assert word not in written.casefold()


def test_password_of_a_ledger_is_in_no_summary(workspace, sandbox):
    """Nor where the ledger cannot be reached."""
    url = "postgresql://job:hunter2@127.0.0.1:1/ledger"

    done = workspace.onboard(
        "run", workspace.export(1), *account_flags(sandbox), "--ledger", url, "--log-level", "debug"
    )

    assert done.code == 2
    assert "127.0.0.1:1/ledger" in done.err
    assert "hunter2" not in done.out + done.err


def test_what_is_left_behind_is_its_owners_alone(workspace, people, sandbox):
    """Reports, their folder, the ledger and what SQLite puts beside it."""
    workspace.onboard("run", people, *account_flags(sandbox))

    (run,) = workspace.runs()
    state = workspace.folder / "state" / "onboarding"
    assert workspace.mode(run) == workspace.mode(state) == 0o700
    assert {workspace.mode(file) for file in [*run.iterdir(), *state.iterdir()]} == {0o600}
    names = {"not_in_exports.csv", "reconciliation.csv", "report.html", "summary.json"}
    assert {file.name for file in run.iterdir()} == names


def test_cells_that_a_spreadsheet_would_run_are_neutralised(workspace):
    """A name comes from outside and may be meant for the person who opens the report."""
    formula = '=HYPERLINK(""http://evil.example"",""click"")'
    people = workspace.write("people.csv", f'Name,Email\n"{formula}",ana@example.com\n')

    workspace.onboard("run", people, "--sandbox")

    assert workspace.report()[0]["name"] == "'" + formula.replace('""', '"')
