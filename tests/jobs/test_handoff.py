"""What is handed to HR, and what comes back."""

import sys
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from workspace import account_flags, finish

from onboarding.sandbox import Refusal

HANDOFF = Path(__file__).parent.parent.parent / "jobs" / "handoff.py"
ROSTER = """Employee ID,Name,Work Email
1,Ada,ada@example.com
2,Bob,bob at example.com
3,Cy,cy(at)example.com
4,Di,
5,Eve,eve@example.com
"""


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def hand_off(workspace):
    """Return what runs the job in this process."""
    return partial(workspace.onboard, "handoff", workspace.write("handoff.toml", 'out = "handoff"\n'))


def workbook(workspace, pattern="onboarding-reports/*/handoff.xlsx") -> Path:
    return max(workspace.folder.glob(pattern))


def rows(path, sheet) -> list[dict]:
    head, *others = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in others]


def fill_in(path, corrections) -> None:
    """Enter corrected addresses by name, as people in HR do."""
    book = openpyxl.load_workbook(path)
    sheet = book["Needs you"]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        name = row[head.index("Name")].value
        if name in corrections:
            row[head.index("Corrected address")].value = corrections[name]
    book.save(path)


def test_corrected_addresses_are_invited_and_the_others_wait(workspace, there, sandbox):
    workspace.onboard("run", workspace.write("people.csv", ROSTER), *there, "--handoff")
    back = workbook(workspace)
    fill_in(back, {"Bob": "bob@example.com", "Cy": "cy@example.com"})
    workspace.write("back.xlsx", back.read_bytes())

    done = workspace.onboard("run", "back.xlsx", *there)

    fates = {line["name"]: (line["disposition"], line["email"]) for line in workspace.report()}
    assert done.code == 0, done.err
    assert fates["Bob"] == ("invited", "bob@example.com")
    assert fates["Cy"] == ("invited", "cy@example.com")
    assert fates["Di"][0] == "rejected"
    assert sandbox.counts().addresses_mailed == 4


def test_corrections_are_no_roster_that_anything_is_compared_with(workspace, there):
    roster = ROSTER + "".join(f"{number},P{number},p{number}@example.com\n" for number in range(6, 100))
    workspace.onboard("run", workspace.write("people.csv", roster), *there, "--handoff")
    first = workspace.summary()["run_id"]
    fill_in(workbook(workspace), {"Bob": "bob@example.com"})
    workspace.write("back.xlsx", workbook(workspace).read_bytes())
    back = workspace.onboard("run", "back.xlsx", *there)
    compared = workspace.summary()["guards"]["compared_with"]

    again = workspace.onboard("run", "people.csv", *there)

    assert (back.code, again.code) == (0, 0)
    assert compared == ""
    assert workspace.summary()["guards"]["compared_with"] == first


def test_latest_run_is_handed_off_with_what_changed_since_the_one_before(workspace, there, hand_off, sandbox):
    sandbox.refuse("eve@example.com", Refusal.ENTRY)
    workspace.onboard("run", workspace.write("people.csv", ROSTER), *there)
    mended = ROSTER.replace("bob at example.com", "bob@example.com") + "6,Flo,flo@example.com\n"
    workspace.onboard("run", workspace.write("people.csv", mended), *there)

    done = hand_off()

    changed = rows(workbook(workspace, "handoff/*/handoff.xlsx"), "Changed")
    (page,) = workspace.folder.glob("handoff/*/report.html")
    assert done.code == 0, done.err
    assert [(row["Name"], row["What it was before"], row["What became of it"]) for row in changed] == [
        ("Bob", "Rejected", "Invited"),
        ("Flo", "Not in the exports", "Invited"),
    ]
    assert "What changed since run" in page.read_text(encoding="utf-8")
    assert str(page.relative_to(workspace.folder)) in done.out


def test_several_runs_come_into_one_workbook(workspace, there, hand_off):
    workspace.onboard("run", workspace.export(3, "a.csv"), *there)
    first = workspace.summary()["run_id"]
    workspace.onboard("run", workspace.write("b.csv", ROSTER), *there)
    second = workspace.summary()["run_id"]

    done = hand_off(second, first)

    everything = rows(workbook(workspace, "handoff/*/handoff.xlsx"), "Everything")
    assert done.code == 0, done.err
    assert [row["Export"] for row in everything] == ["a.csv"] * 3 + ["b.csv"] * 5


def test_same_export_twice_adds_up(workspace, there, hand_off):
    for _ in range(2):
        workspace.onboard("run", workspace.export(3), *there)
    ids = [run.name for run in workspace.runs()]

    assert hand_off(*ids).code == 0


@pytest.mark.parametrize("runs", [[], ["20260101T000000Z-abcdef"]])
def test_run_that_is_not_there_is_told_in_one_line(hand_off, runs):
    done = hand_off(*runs)

    assert done.code == 2
    assert len(done.messages) == 1


def test_plan_cannot_be_handed_off(workspace, there, hand_off):
    workspace.onboard("plan", workspace.export(3), *there)

    done = hand_off(workspace.summary()["run_id"])

    assert done.code == 2


def test_reports_are_their_owners_alone(workspace, there):
    workspace.onboard("run", workspace.export(3), *there, "--handoff")

    assert {path.name: workspace.mode(path) for path in workspace.runs()[-1].iterdir()} == {
        "handoff.xlsx": 0o600, "not_in_exports.csv": 0o600,
        "reconciliation.csv": 0o600, "report.html": 0o600, "summary.json": 0o600,
    }  # fmt: skip


def test_no_page_is_written_where_none_is_wanted(workspace, there):
    workspace.onboard("run", workspace.export(3), *there, "--no-page")

    names = {"not_in_exports.csv", "reconciliation.csv", "summary.json"}
    assert {path.name for path in workspace.runs()[-1].iterdir()} == names


def test_past_run_gets_its_workbook_and_page_later(workspace, there):
    workspace.onboard("run", workspace.export(3), *there, "--no-page")

    done = workspace.onboard("report", workspace.summary()["run_id"], "--handoff")

    assert done.code == 0
    assert (workspace.runs()[-1] / "handoff.xlsx").exists()
    assert (workspace.runs()[-1] / "report.html").exists()


def test_report_is_no_export(workspace, there, sandbox):
    """It names whom policy left out, beside addresses that are fine."""
    workspace.onboard(
        "run", workspace.write("people.csv", "Name,Work Email,Status\nAda,ada@example.com,Terminated\n"), *there
    )
    report = workspace.runs()[-1] / "reconciliation.csv"

    done = workspace.onboard("run", str(report), *there)

    assert done.code == 4
    assert "this is a report of onboard" in done.messages[0]
    assert sandbox.counts().addresses_mailed == 0


@pytest.mark.soak
def test_hand_off_says_how_its_run_ended_and_that_it_was_a_rehearsal(workspace):
    workspace.onboard("run", workspace.export(30), "--sandbox", "--max-invites", "1")
    config = workspace.write("handoff.toml", 'out = "handoff"\nsandbox = true\n')

    done = finish(workspace.start_command([sys.executable, str(HANDOFF), config]))

    (page,) = workspace.folder.glob("handoff/*/report.html")
    told = page.read_text(encoding="utf-8")
    assert done.code == 0, done.err
    assert "A guard stopped the run." in told
    assert "Rehearsal: nobody was mailed" in told


@pytest.mark.soak
def test_what_changed_is_measured_against_the_same_exports(workspace, there, hand_off):
    """Not against the corrections in between, nor a run that a guard has stopped."""
    workspace.onboard("run", workspace.write("people.csv", ROSTER), *there, "--handoff")
    back = workbook(workspace)
    fill_in(back, {"Bob": "bob@example.com"})
    workspace.onboard("run", workspace.write("back.xlsx", back.read_bytes()), *there)
    workspace.onboard("run", "people.csv", *there)

    hand_off()

    changed = rows(workbook(workspace, "handoff/*/handoff.xlsx"), "Changed")
    assert [(row["Name"], row["What it was before"], row["What became of it"]) for row in changed] == [
        ("Bob", "Rejected", "Already there")
    ]


def test_folders_of_the_state_are_their_owners_alone(workspace):
    workspace.onboard("run", workspace.export(3), "--sandbox")

    folders = [path for path in (workspace.folder / "state").rglob("*") if path.is_dir()]
    assert {workspace.mode(folder) for folder in folders} == {0o700}


def test_quiet_run_tells_nothing(workspace, there):
    done = workspace.onboard("run", workspace.export(3), *there, "--quiet")

    assert (done.code, done.out, done.err) == (0, "", "")
