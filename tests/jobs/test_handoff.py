"""What is handed to HR, and what comes back."""

import sys
from pathlib import Path

import openpyxl
import pytest

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
def there(sandbox, to_account):
    """Return the flags of the sandbox's account."""
    return to_account(sandbox)


@pytest.fixture
def hand_off(desk, finishing):
    """Return what runs the job."""
    config = desk.write("handoff.toml", 'out = "handoff"\n')
    return lambda *runs: finishing(desk.start_command([sys.executable, str(HANDOFF), config, *runs]))


def workbook(desk, pattern="onboarding-reports/*/handoff.xlsx") -> Path:
    return max(desk.folder.glob(pattern))


def rows(path, sheet) -> list[dict]:
    head, *others = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in others]


def fill_in(path, corrections) -> None:
    """Enter corrected addresses, by name, as somebody in HR does."""
    book = openpyxl.load_workbook(path)
    sheet = book["Needs you"]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        name = row[head.index("Name")].value
        if name in corrections:
            row[head.index("Corrected address")].value = corrections[name]
    book.save(path)


def test_corrected_addresses_are_invited_and_the_others_wait(desk, there, sandbox):
    desk.onboard("run", desk.write("people.csv", ROSTER), *there, "--handoff")
    back = workbook(desk)
    fill_in(back, {"Bob": "bob@example.com", "Cy": "cy@example.com"})
    desk.write("back.xlsx", back.read_bytes())

    done = desk.onboard("run", "back.xlsx", *there)

    fates = {line["name"]: (line["disposition"], line["email"]) for line in desk.report()}
    assert done.code == 0, done.err
    assert fates["Bob"] == ("invited", "bob@example.com")
    assert fates["Cy"] == ("invited", "cy@example.com")
    assert fates["Di"][0] == "rejected"
    assert sandbox.counts().addresses_mailed == 4


def test_corrections_are_no_roster_that_anything_is_compared_with(desk, there):
    roster = ROSTER + "".join(f"{number},P{number},p{number}@example.com\n" for number in range(6, 100))
    desk.onboard("run", desk.write("people.csv", roster), *there, "--handoff")
    first = desk.summary()["run_id"]
    fill_in(workbook(desk), {"Bob": "bob@example.com"})
    desk.write("back.xlsx", workbook(desk).read_bytes())
    back = desk.onboard("run", "back.xlsx", *there)
    compared = desk.summary()["guards"]["compared_with"]

    again = desk.onboard("run", "people.csv", *there)

    assert (back.code, again.code) == (0, 0)
    assert compared == ""
    assert desk.summary()["guards"]["compared_with"] == first


def test_latest_run_is_handed_off_with_what_changed_since_the_one_before(desk, there, hand_off, sandbox):
    sandbox.refuse("eve@example.com", Refusal.ENTRY)
    desk.onboard("run", desk.write("people.csv", ROSTER), *there)
    mended = ROSTER.replace("bob at example.com", "bob@example.com") + "6,Flo,flo@example.com\n"
    desk.onboard("run", desk.write("people.csv", mended), *there)

    done = hand_off()

    changed = rows(workbook(desk, "handoff/*/handoff.xlsx"), "Changed")
    (page,) = desk.folder.glob("handoff/*/report.html")
    assert done.code == 0, done.err
    assert [(row["Name"], row["What it was before"], row["What became of it"]) for row in changed] == [
        ("Bob", "Rejected", "Invited"),
        ("Flo", "Not in the exports", "Invited"),
    ]
    assert "What changed since run" in page.read_text(encoding="utf-8")
    assert str(page.relative_to(desk.folder)) in done.out


def test_several_runs_come_into_one_workbook(desk, there, hand_off):
    desk.onboard("run", desk.export(3, "a.csv"), *there)
    first = desk.summary()["run_id"]
    desk.onboard("run", desk.write("b.csv", ROSTER), *there)
    second = desk.summary()["run_id"]

    done = hand_off(second, first)

    everything = rows(workbook(desk, "handoff/*/handoff.xlsx"), "Everything")
    assert done.code == 0, done.err
    assert [row["Source"] for row in everything] == ["a.csv"] * 3 + ["b.csv"] * 5


def test_same_export_twice_adds_up(desk, there, hand_off):
    for _ in range(2):
        desk.onboard("run", desk.export(3), *there)
    ids = [run.name for run in desk.runs()]

    assert hand_off(*ids).code == 0


@pytest.mark.parametrize("runs", [[], ["20260101T000000Z-abcdef"]])
def test_run_that_is_not_there_is_told_in_one_line(hand_off, runs):
    done = hand_off(*runs)

    assert done.code == 2
    assert len(done.plain) == 1


def test_plan_cannot_be_handed_off(desk, there, hand_off):
    desk.onboard("plan", desk.export(3), *there)

    done = hand_off(desk.summary()["run_id"])

    assert done.code == 2


def test_reports_are_their_owners_alone(desk, there):
    desk.onboard("run", desk.export(3), *there, "--handoff")

    assert {path.name: desk.mode(path) for path in desk.runs()[-1].iterdir()} == {
        "handoff.xlsx": 0o600, "reconciliation.csv": 0o600, "report.html": 0o600, "summary.json": 0o600,
    }  # fmt: skip


def test_no_page_is_written_where_none_is_wanted(desk, there):
    desk.onboard("run", desk.export(3), *there, "--no-page")

    assert {path.name for path in desk.runs()[-1].iterdir()} == {"reconciliation.csv", "summary.json"}


def test_past_run_gets_its_workbook_and_page_later(desk, there):
    desk.onboard("run", desk.export(3), *there, "--no-page")

    done = desk.onboard("report", desk.summary()["run_id"], "--handoff")

    assert done.code == 0
    assert (desk.runs()[-1] / "handoff.xlsx").exists()
    assert (desk.runs()[-1] / "report.html").exists()


def test_report_is_no_export(desk, there, sandbox):
    """It names whom policy left out, beside addresses that are fine."""
    desk.onboard("run", desk.write("people.csv", "Name,Work Email,Status\nAda,ada@example.com,Terminated\n"), *there)
    report = desk.runs()[-1] / "reconciliation.csv"

    done = desk.onboard("run", str(report), *there)

    assert done.code == 4
    assert "this is a report of onboard" in done.plain[0]
    assert sandbox.counts().addresses_mailed == 0


def test_hand_off_says_how_its_run_ended_and_that_it_was_a_rehearsal(desk, finishing):
    desk.onboard("run", desk.export(30), "--sandbox", "--max-invites", "1")
    config = desk.write("handoff.toml", 'out = "handoff"\nsandbox = true\n')

    done = finishing(desk.start_command([sys.executable, str(HANDOFF), config]))

    (page,) = desk.folder.glob("handoff/*/report.html")
    told = page.read_text(encoding="utf-8")
    assert done.code == 0, done.err
    assert "A guard stopped the run; nothing was sent." in told
    assert "Rehearsal: nobody was mailed" in told


def test_what_changed_is_measured_against_the_same_exports(desk, there, hand_off):
    """Not against the corrections in between, nor a run that a guard has stopped."""
    desk.onboard("run", desk.write("people.csv", ROSTER), *there, "--handoff")
    back = workbook(desk)
    fill_in(back, {"Bob": "bob@example.com"})
    desk.onboard("run", desk.write("back.xlsx", back.read_bytes()), *there)
    desk.onboard("run", "people.csv", *there)

    hand_off()

    assert rows(workbook(desk, "handoff/*/handoff.xlsx"), "Changed") == []


def test_folders_of_the_state_are_their_owners_alone(desk):
    desk.onboard("run", desk.export(3), "--sandbox")

    folders = [path for path in (desk.folder / "state").rglob("*") if path.is_dir()]
    assert {desk.mode(folder) for folder in folders} == {0o700}


def test_quiet_run_tells_nothing(desk, there):
    done = desk.onboard("run", desk.export(3), *there, "--quiet")

    assert (done.code, done.out, done.err) == (0, "", "")
