"""HR's answers in the hand-off workbook decide the rows of tonight and of the next nights, until they are forgotten."""

from pathlib import Path

import openpyxl
import pytest
from documents import checked
from workspace import account_flags

from onboarding.sandbox import Refusal

ROSTER = """Employee ID,Name,Work Email,Status
1,Ada,ada@example.com,Active
2,Bob,bob at example.com,Active
3,Cy,cy@gmial.com,Active
4,Di,,Active
5,Eve,eve@mailinator.com,Active
6,Fay,fay@example.com,On the moon
7,Gil,gil@example.com,On the moon
8,Hal,hal at example.com,Active
9,Ida,ida@example.com,Active
10,Jo,jo at example.com,Active
"""
ANSWERS = {
    "Bob": {"Answer": "address corrected", "Corrected address": "bob@example.com"},
    "Cy": {"Answer": "address is right"},
    "Di": {"Answer": "leave out", "Comment": "an intern"},
    "Eve": {"Answer": "has left"},
    "Fay": {"Answer": "is active"},
    "Gil": {"Answer": "has left"},
    "Hal": {"Answer": "ask me later"},
    "Ida": {"Corrected address": "ida.b@example.com"},
    "Jo": {"Answer": "yes"},
}
DECIDED = {
    "Ada": ("already", "invited_earlier"),
    "Bob": ("invited", "answered"),
    "Cy": ("invited", "answered"),
    "Di": ("excluded", "left_out"),
    "Eve": ("excluded", "inactive"),
    "Fay": ("invited", ""),
    "Gil": ("excluded", "inactive"),
    "Hal": ("rejected", "invalid_syntax"),
    "Ida": ("invited", "answered"),
    "Jo": ("rejected", "invalid_syntax"),
}
NEXT_NIGHT = DECIDED | dict.fromkeys(("Bob", "Cy", "Fay", "Ida"), ("already", "invited_earlier"))


@pytest.fixture
def there(sandbox):
    """Return the flags of an account at which one address is refused."""
    sandbox.refuse("ida@example.com", Refusal.ENTRY)
    return account_flags(sandbox)


@pytest.fixture
def asked(workspace, there) -> str:
    """Run once, and return the name of the workbook for HR."""
    workspace.onboard("run", workspace.write("staff.csv", ROSTER), *there, "--handoff")
    return workspace.write("asked.xlsx", (workspace.runs()[-1] / "handoff.xlsx").read_bytes())


def answer(workspace, name, answers, change=lambda _sheet: None) -> str:
    """Fill in a workbook as HR does, and return the name of the filled-in copy."""
    book = openpyxl.load_workbook(workspace.folder / name)
    sheet = book["Needs you"]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        for title, cell in answers.get(row[head.index("Name")].value, {}).items():
            row[head.index(title)].value = cell
    change(sheet)
    book.save(workspace.folder / "back.xlsx")
    return "back.xlsx"


def fates(workspace, source="staff.csv") -> dict[str, tuple[str, str]]:
    lines = [line for line in workspace.report() if Path(line["source"]).name == source]
    return {line["name"]: (line["disposition"], line["reason"]) for line in lines}


@pytest.mark.soak
def test_every_kind_of_answer_decides_its_row_and_is_not_asked_again(workspace, there, asked, sandbox):
    back = answer(workspace, asked, ANSWERS)

    first = workspace.onboard("run", "staff.csv", back, *there)
    found, of_workbook = fates(workspace), fates(workspace, back)
    details = {line["name"]: line["detail"] for line in workspace.report() if line["source"] == "staff.csv"}
    mailed_first = sandbox.counts().addresses_mailed
    again = workspace.onboard("run", "staff.csv", back, *there)
    found_again = fates(workspace)
    alone = workspace.onboard("run", "staff.csv", *there)

    assert (first.code, again.code, alone.code) == (0, 0, 0), first.err + again.err + alone.err
    assert found == DECIDED
    assert set(of_workbook.values()) - {of_workbook["Jo"]} <= {("duplicate", "same_address")}
    assert of_workbook["Jo"] == ("held", "unclear_answer")
    assert details["Cy"].startswith("HR answered on 20")
    assert details["Cy"].endswith(": address is right.")
    assert found_again == fates(workspace) == NEXT_NIGHT
    assert sandbox.counts().addresses_mailed == mailed_first == 5


def test_correction_to_the_address_of_somebody_else_tells_the_answer(workspace, there, asked):
    """Nobody is mailed twice, and HR is asked again, since one of two people would get no invitation."""
    back = answer(workspace, asked, {"Bob": {"Answer": "address corrected", "Corrected address": "ada@example.com"}})

    done = workspace.onboard("run", "staff.csv", back, *there)

    assert done.code == 3, done.err  # the service still refuses Ida
    (bob,) = (line for line in workspace.report() if line["name"] == "Bob" and line["source"] == "staff.csv")
    assert (bob["disposition"], bob["reason"]) == ("held", "same_address_other_employee")
    assert bob["detail"].startswith("The address is that of another employee in staff.csv#2; ")
    assert "HR answered on 20" in bob["detail"]


@pytest.mark.soak
def test_row_that_changes_is_asked_about_again(workspace, there, asked):
    workspace.onboard("run", answer(workspace, asked, ANSWERS), *there)
    changed = ROSTER.replace("bob at example.com", "bob at example.org").replace("cy@gmial.com", "cy@gmial.com ")
    changed = changed.replace("fay@example.com,On the moon", "fay@example.com,On mars").replace(
        "gil@example.com,On the moon", "gil@example.com,Active"
    )

    done = workspace.onboard("run", workspace.write("staff-2.csv", changed), *there)

    assert done.code == 0, done.err
    found = fates(workspace, "staff-2.csv")
    assert found == NEXT_NIGHT | {
        "Bob": ("rejected", "invalid_syntax"),
        "Fay": ("held", "unknown_status"),
        "Gil": ("held", "contradicting_status"),
    }


@pytest.mark.soak
def test_answers_are_listed_and_forgotten(workspace, there, asked, sandbox):
    workspace.onboard("run", answer(workspace, asked, {"Di": ANSWERS["Di"], "Ida": ANSWERS["Ida"]}), *there)
    listed = workspace.onboard("answers")
    document = checked("answers", workspace.onboard("answers", "--json").out)["answers"]
    of_di = next(each for each in document if each["answer"] == "leave_out")

    done = workspace.onboard("answers", "forget", str(of_di["id"]))
    unknown = workspace.onboard("answers", "forget", "77")
    workspace.onboard("run", "staff.csv", *there)

    assert (listed.code, done.code, unknown.code) == (0, 0, 2), unknown.err
    for told in ("staff.csv#5", "leave out", "an intern", "ida.b@example.com"):
        assert told in listed.out
    assert (of_di["place"], of_di["reason"], of_di["comment"]) == ("staff.csv#5", "missing", "an intern")
    assert unknown.messages == ["onboard: No answer that counts has the number 77; onboard answers lists them."]
    assert fates(workspace)["Di"] == ("rejected", "missing")
    assert sandbox.counts().addresses_mailed == 2


def test_purge_empties_what_hr_entered_and_keeps_what_hr_decided(workspace, there, asked):
    workspace.onboard("run", answer(workspace, asked, ANSWERS), *there)

    done = workspace.onboard("purge", "--older-than", "0s")

    assert done.code == 0, done.err
    state = workspace.folder / "state"
    kept = b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
    assert b"bob@example.com" not in kept
    assert b"an intern" not in kept
    workspace.onboard("run", "staff.csv", *there)
    assert fates(workspace) == NEXT_NIGHT | {"Bob": ("rejected", "invalid_syntax"), "Ida": ("failed", "")}


@pytest.mark.soak
def test_plan_remembers_answers_and_is_sent_as_it_was_approved(workspace, there, asked, sandbox):
    back = answer(workspace, asked, ANSWERS)
    planned = workspace.onboard("plan", "staff.csv", back, *there, "--save", "monday.plan")
    mailed = sandbox.counts().addresses_mailed

    done = workspace.onboard("apply", "monday.plan", *there)

    assert (planned.code, done.code) == (0, 0), planned.err + done.err
    assert mailed == 1
    assert fates(workspace) == DECIDED
    workspace.onboard("run", "staff.csv", *there)
    assert fates(workspace) == NEXT_NIGHT


@pytest.mark.soak
def test_confirmed_address_at_a_new_domain_is_invited_and_others_there_wait(workspace, there):
    """To say that a person is active does not confirm the address."""
    people = [f"{number},P{number},p{number}@example.com,Active" for number in range(20, 40)]
    old = "\n".join(["Employee ID,Name,Work Email,Status", *people])
    new = "50,Kim,kim@new.example,Active\n51,Lee,lee@new.example,On the moon\n52,Mo,mo@new.example,Active\n"
    workspace.onboard("run", workspace.write("staff.csv", f"{old}\n"), *there)
    asked = workspace.onboard("run", workspace.write("staff.csv", f"{old}\n{new}"), *there, "--handoff")
    held = fates(workspace)
    workspace.write("asked.xlsx", (workspace.runs()[-1] / "handoff.xlsx").read_bytes())
    back = answer(workspace, "asked.xlsx", {"Kim": {"Answer": "address is right"}, "Lee": {"Answer": "is active"}})

    done = workspace.onboard("run", "staff.csv", back, *there)

    assert (asked.code, done.code) == (0, 0), asked.err + done.err
    assert [held[name][1] for name in ("Kim", "Lee", "Mo")] == ["new_domain", "unknown_status", "new_domain"]
    found = fates(workspace)
    assert found["Kim"] == ("invited", "answered")
    assert found["Lee"] == found["Mo"] == ("held", "new_domain")


def test_rows_that_still_wait_in_the_workbook_are_no_news(workspace, there, asked):
    done = workspace.onboard("run", answer(workspace, asked, {"Di": ANSWERS["Di"], "Hal": ANSWERS["Hal"]}), *there)

    assert done.code == 0, done.err
    found = fates(workspace, "back.xlsx")
    assert found["Di"] == ("excluded", "left_out")
    assert found["Cy"] == ("held", "near_miss_domain")
    assert found["Hal"] == found["Jo"] == ("rejected", "invalid_syntax")
    assert workspace.summary()["news"]["new"] == {}  # nor is Ida, whom the service refused
