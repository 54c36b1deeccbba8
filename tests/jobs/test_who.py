"""Looking somebody up: what became of one person in each run."""

from pathlib import Path

import pytest
from documents import checked
from workspace import account_flags

from onboarding.sandbox import Refusal

HEADER = "Employee ID,Name,Work Email,Status"
ANA, BEN = "7,Ana Ruiz,ana.ruiz@corp.example,Active", "8,Ben Wu,ben@corp.example,Active"


def staff(*people: str) -> str:
    return "\n".join([HEADER, *people]) + "\n"


def files(workspace) -> dict[Path, bytes]:
    """Return the content of all files in the workspace."""
    return {path: path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file()}


def test_person_is_looked_up_by_address_and_by_id(workspace, sandbox):
    """In each run: the row, the fate, and when the service was asked. Nothing is written, and no log has an address."""
    flags = account_flags(sandbox)
    workspace.onboard("run", workspace.write("staff.csv", staff(ANA, BEN)), *flags)
    workspace.write("staff.csv", staff(BEN, ANA.replace("Active", "Terminated")))
    workspace.onboard("run", "staff.csv", *flags)
    before = files(workspace)

    by_address = workspace.onboard("who", " Ana.Ruiz@CORP.example", ONBOARD_LOG_LEVEL="debug")
    by_id = workspace.onboard("who", "7", "--json")

    assert (by_address.code, by_id.code) == (0, 0)
    assert (by_address.err, by_id.err) == ("", "")
    assert files(workspace) == before
    newest, oldest = by_address.out.split("\n\n")
    assert "  staff.csv row 3: Ana Ruiz, 7, ana.ruiz@corp.example\n" in newest
    assert "\n  Excluded. Left the company, or the account is switched off. Status = Terminated." in newest
    assert "  staff.csv row 2: Ana Ruiz, 7, ana.ruiz@corp.example\n  Invited.\n  The service was asked at " in oldest
    assert "in 1 request." in oldest
    rows = checked("who", by_id.out)["rows"]
    assert [(row["disposition"], row["row"], bool(row["asked_at"])) for row in rows] == [
        ("excluded", 3, False),
        ("invited", 2, True),
    ]


def test_refused_person_and_unusable_address_are_found(workspace, sandbox):
    sandbox.refuse("ben@corp.example", Refusal.ENTRY)
    people = workspace.write("staff.csv", staff(BEN, "9,Cem,cem@corp,Active"))
    workspace.onboard("run", people, *account_flags(sandbox))

    refused = workspace.onboard("who", "ben@corp.example").out
    rejected = workspace.onboard("who", "cem@corp").out

    assert "  Failed. " in refused
    assert "; it refused: " in refused
    assert "  staff.csv row 3: Cem, 9, cem@corp\n  Rejected. " in rejected


def test_purged_person_is_known_by_the_hashes(workspace, sandbox):
    """The names are gone, and that the person was invited is not."""
    workspace.onboard("run", workspace.write("staff.csv", staff(BEN, ANA)), *account_flags(sandbox))
    workspace.onboard("purge", "--older-than", "0d")

    found = [workspace.onboard("who", person).out for person in ("ana.ruiz@corp.example", "7")]

    for text in found:
        assert "  staff.csv row 3\n  Purged: " in text
        assert "  Invited.\n  The service was asked at " in text
        assert "Ana" not in text


def test_stranger_is_in_no_run_and_no_ledger_is_made(workspace):
    nothing = workspace.onboard("who", "ana@corp.example")
    wrong = workspace.onboard("who", "-")

    assert (nothing.code, nothing.err) == (0, "")
    assert nothing.out.startswith("The ledger of real runs has no rows about this person.")
    assert (wrong.code, wrong.messages) == (2, ["onboard: Write the address or the employee id of one person."])
    assert files(workspace) == {}


def test_rehearsals_are_named_where_the_ledger_of_real_runs_has_nothing(workspace):
    workspace.onboard("run", workspace.export(1), "--sandbox")

    who, answers = workspace.onboard("who", "person0@example.com"), workspace.onboard("answers")

    assert who.out.endswith("The ledger of rehearsals has rows about this person:\n")
    assert who.command.endswith("who person0@example.com --sandbox")
    assert answers.out == "The ledger of real runs has no answers of HR.\n"


@pytest.mark.parametrize("command", [["who", "ana@corp.example"], ["answers"], ["runs"]])
def test_ledger_that_was_looked_into_is_named_first(workspace, command):
    real, rehearsals = workspace.onboard(*command), workspace.onboard(*command, "--sandbox")

    assert real.out.startswith("The ledger of real runs has no ")
    assert rehearsals.out.startswith("The ledger of rehearsals has no ")
