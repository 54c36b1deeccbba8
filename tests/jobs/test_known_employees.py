"""What earlier nights mean for a person: a new address under a known employee id, and people who left."""

import openpyxl
import pytest
from workspace import account_flags

from onboarding.sandbox import Registration

HEADER = "Employee ID,Name,Work Email,Status"


def staff(*people: str) -> str:
    return "\n".join([HEADER, *people]) + "\n"


ANA, BEN = "1,Ana Ruiz,ana.ruiz@corp.example,Active", "2,Ben Wu,ben@corp.example,Active"
CEM, EVE = "3,Cem Kaya,cem@corp.example,Active", "5,Eve Oh,eve@corp.example,Active"
NEW_NAME = "1,Ana Lopez,ana.lopez@corp.example,Active"


def fates(workspace) -> list[tuple[str, str]]:
    return [(line["disposition"], line["reason"]) for line in workspace.report()]


def test_employee_at_a_new_address_is_held_on_any_later_night(workspace, sandbox, receiver):
    """With both addresses, however many nights lie between, and although the old address has left the export.

    The screen, the page and the notice say it on the first night. The next night has no news, and holds the row again.
    """
    nights = {"01": staff(ANA, BEN), "02": staff(BEN), "03": staff(NEW_NAME, BEN), "04": staff(NEW_NAME, BEN)}
    flags = [*account_flags(sandbox), "--notify", f"{receiver.url}/hook", "--notify-when", "needed"]

    done = [
        workspace.onboard("run", workspace.write(f"staff-2026-11-{day}.csv", rows), *flags)
        for day, rows in nights.items()
    ]

    assert [night.code for night in done] == [0] * 4
    held, known = workspace.report()
    assert (held["disposition"], held["reason"]) == ("held", "same_employee_other_address")
    assert (known["disposition"], known["reason"]) == ("already", "invited_earlier")
    assert "invited at ana.ruiz@corp.example by run " in held["detail"]
    assert "staff-2026-11-01.csv#2" in held["detail"]
    assert "1 row needs a person for the first time (1 held)." in done[2].out
    assert "staff-2026-11-01.csv#2" in (workspace.runs()[2] / "report.html").read_text(encoding="utf-8")
    ((_, notice),) = receiver.got
    assert b"corp.example" not in notice
    assert not any("corp.example" in night.err for night in done)
    assert sum(sandbox.mails().values()) == 2


def test_both_addresses_are_invited_if_the_operator_says_so(workspace, sandbox):
    export, flags = workspace.write("staff.csv", staff(ANA)), account_flags(sandbox)
    workspace.onboard("run", export, *flags)
    workspace.write("staff.csv", staff(ANA, NEW_NAME))

    workspace.onboard("run", export, *flags, "--no-hold", "same_employee_other_address")

    assert fates(workspace) == [("already", "invited_earlier"), ("invited", "")]


def test_employee_ids_of_another_system_hold_no_row(workspace, sandbox):
    """Two systems count their people from 1 on. But a name in common means the same person."""
    flags = account_flags(sandbox)
    workspace.onboard("run", workspace.write("bamboo.csv", staff(ANA, BEN)), *flags)
    other = workspace.write(
        "adp.csv", staff("1,Cem Kaya,cem@corp.example,Active", "2,Wu Benjamin,wu@corp.example,Active")
    )

    workspace.onboard("run", other, *flags)

    assert fates(workspace) == [("invited", ""), ("held", "same_employee_other_address")]


def test_employee_is_known_by_the_id_after_a_purge(workspace, sandbox):
    """The hash of the id stays, and the addresses and names are gone."""
    export, flags = workspace.write("staff.csv", staff(ANA)), account_flags(sandbox)
    workspace.onboard("run", export, *flags)
    workspace.onboard("purge", "--older-than", "0d")
    workspace.write("staff.csv", staff(NEW_NAME))

    workspace.onboard("run", export, *flags)

    assert fates(workspace) == [("held", "same_employee_other_address")]
    assert "invited at another address by run " in workspace.report()[0]["detail"]


def test_leaver_who_was_invited_says_what_is_still_there(workspace, sandbox):
    """Also where HR has emptied the address of the person who left. The next night says it again."""
    export, flags = workspace.write("staff.csv", staff(ANA, BEN, CEM)), account_flags(sandbox)
    workspace.onboard("run", export, *flags)
    sandbox.add_user("cem@corp.example", Registration.REGISTERED)
    left = [person.replace("Active", "Terminated") for person in (ANA, BEN, CEM)]
    never_invited = "4,Di,di@corp.example,Inactive"
    workspace.write("staff.csv", staff(left[0], left[1].replace("ben@corp.example", ""), left[2], never_invited, EVE))

    done = [workspace.onboard("run", export, *flags) for _night in range(2)]

    assert [night.code for night in done] == [0, 0]
    *invited, never = [line["detail"] for line in workspace.report()][:4]
    assert all(detail.startswith("Status = Terminated. Invited by run ") for detail in invited)
    pending, account = (
        "; the invitation is still pending there; withdraw it.",
        "; the account is still there; remove it.",
    )
    assert [detail.partition(" UTC")[2] for detail in invited] == [pending, pending, account]
    assert never == "Status = Inactive"
    assert "corp.example" not in "".join(night.err for night in done)


@pytest.mark.soak
def test_new_address_that_hr_confirms_is_invited(workspace, sandbox):
    """Also where no other row of the export is about a person whom the account knows."""
    export, flags = workspace.write("staff.csv", staff(ANA)), account_flags(sandbox)
    workspace.onboard("run", export, *flags)
    workspace.write("staff.csv", staff(NEW_NAME))
    workspace.onboard("run", export, *flags, "--handoff")
    book = openpyxl.load_workbook(workspace.runs()[-1] / "handoff.xlsx")
    titles = [cell.value for cell in book["Needs you"][1]]
    book["Needs you"].cell(2, titles.index("Answer") + 1).value = "address is right"
    book.save(workspace.folder / "back.xlsx")

    workspace.onboard("run", export, "back.xlsx", *flags)
    answered = fates(workspace)[0]
    workspace.onboard("run", export, *flags)

    assert answered == ("invited", "answered")
    assert fates(workspace) == [("already", "invited_earlier")]


def test_leaver_of_a_saved_plan_is_told_once(workspace, sandbox):
    """The plan has looked the person up already, and sending it looks again."""
    export, flags = workspace.write("staff.csv", staff(ANA, BEN)), account_flags(sandbox)
    workspace.onboard("run", export, *flags)
    workspace.write("staff.csv", staff(ANA.replace("Active", "Terminated"), BEN, "3,Di,di@corp.example,Active"))
    workspace.onboard("plan", export, *flags, "--save", "staff.plan")
    sandbox.add_user("ana.ruiz@corp.example", Registration.REGISTERED)

    done = workspace.onboard("apply", "staff.plan", *flags)

    assert done.code == 0
    detail = workspace.report()[0]["detail"]
    assert detail.startswith("Status = Terminated. Invited by run ")
    assert detail.count("Invited by run ") == 1
    assert detail.endswith("; the account is still there; remove it.")
