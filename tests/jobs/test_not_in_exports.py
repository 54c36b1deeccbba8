"""Members of the account who are in no export of the run stand in a report of their own, and are left alone."""

import csv

import pytest
from workspace import account_flags

LEAVER, GUEST = "leaver@example.com", "=guest@example.com"


def others(workspace) -> list[dict[str, str]]:
    with (workspace.runs()[-1] / "not_in_exports.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(workspace) -> dict:
    return workspace.summary()["not_in_exports"]


@pytest.fixture
def there(sandbox) -> list[str]:
    return account_flags(sandbox)


def test_member_in_no_export_is_reported_and_left_alone(workspace, sandbox, there):
    """The leaver was invited by an earlier run, and the guest by somebody else. The run asks no more for them."""
    workspace.onboard("run", workspace.write("first.csv", f"Email\n{LEAVER}\nana@example.com\n"), *there)
    (first,) = workspace.runs()
    sandbox.add_users([GUEST])
    mailed = sandbox.mails()

    done = workspace.onboard("run", workspace.write("second.csv", "Email\nana@example.com\n"), *there)

    leaver, guest = others(workspace)
    assert done.code == 0
    assert (leaver["email"], leaver["status"], leaver["invited_by_run"]) == (LEAVER, "pending", first.name)
    assert leaver["invited_on"]
    assert leaver["invited_at"]
    assert (guest["email"], guest["invited_by_run"], guest["invited_at"]) == (f"'{GUEST}", "", "")
    assert figures(workspace) == {
        "people": 2,
        "by_status": {"pending": 2},
        "invited_by_runs": 1,
        "file": "not_in_exports.csv",
        "why_unknown": "",
    }
    assert workspace.mode(workspace.runs()[-1] / "not_in_exports.csv") == 0o600
    assert "2 members of the account are in no export of this run (2 pending)" in " ".join(done.out.split())
    assert "1 of them were invited" in (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")
    assert sandbox.mails() == mailed


def test_person_in_any_row_of_an_export_is_not_reported(workspace, sandbox, there):
    """Whatever became of the row: excluded, held with two addresses in one cell, or rejected."""
    sandbox.add_users(["ana@example.com", "bo@example.com", "cy@example.com", "dee@example.com"])
    rows = ["Email,Status", "ana@example.com,Terminated", '"bo@example.com; cy@example.com",Active']
    rows += ["dee@example,Active"]
    rows += ["newcomer@example.com,Active"]  # without anybody to invite, the run would not ask who is there

    workspace.onboard("plan", workspace.write("people.csv", "\n".join(rows)), *there)

    assert [row["email"] for row in others(workspace)] == ["dee@example.com"]


@pytest.mark.parametrize(
    ("members", "flags", "why"),
    [(1, ["--roster", "partial"], "--roster partial"), (450, [], "did not list all members")],
    ids=["partial exports", "large account"],
)
def test_report_is_missing_with_its_reason_if_the_members_or_the_exports_are_not_whole(
    workspace, sandbox, there, members, flags, why
):
    sandbox.add_users([f"member{number}@example.com" for number in range(members)])

    workspace.onboard("run", workspace.export(1), *there, *flags)

    assert why in figures(workspace)["why_unknown"]
    assert figures(workspace)["people"] is None
    assert not (workspace.runs()[-1] / "not_in_exports.csv").exists()
    assert "not known, since" in (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")
