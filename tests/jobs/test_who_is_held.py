"""Which addresses a person must look at first, from the export to the report."""

from workspace import account_flags

TYPO = "ana@satff.example"
LATIN = "person1@staff.example"
CYRILLIC = LATIN.replace("e", "\u0435", 1)


def staff(*addresses):
    """Return an export of thirty people at one domain, and of some others."""
    usual = [f"person{number}@staff.example" for number in range(30)]
    return "\n".join(["Work Email", *usual, *addresses]) + "\n"


def test_nobody_is_mailed_at_an_address_that_looks_wrong(workspace, sandbox):
    """What it was probably meant to be is in the report, and for a person to decide."""
    export = workspace.write("staff.csv", staff(TYPO, CYRILLIC, "info@staff.example"))

    done = workspace.onboard("run", export, *account_flags(sandbox))

    assert done.code == 0
    assert workspace.summary()["counts"] == {"invited": 31, "held": 2}
    typo, cyrillic, _ = workspace.report()[-3:]
    assert (typo["reason"], typo["email"]) == ("near_miss_domain", TYPO)
    assert "Did you mean staff.example?" in typo["detail"]
    assert cyrillic["reason"] == "look_alike"
    assert f"Did you mean {LATIN}?" in cyrillic["detail"]


def test_near_miss_that_comes_first_is_held_all_the_same(workspace):
    """It is told when the whole export has been read."""
    export = workspace.write("staff.csv", "Work Email\n" + TYPO + staff().removeprefix("Work Email"))

    workspace.onboard("plan", export, "--sandbox")

    assert [line["reason"] for line in workspace.report()] == ["near_miss_domain", *[""] * 30]


def test_domains_that_are_allowed_by_name_are_not_suspicious(workspace):
    export = workspace.write("staff.csv", staff(TYPO))

    workspace.onboard("plan", export, "--sandbox", "--allow-domain", "staff.example", "--allow-domain", "satff.example")

    assert workspace.summary()["counts"] == {"planned": 31}


def test_near_miss_is_found_among_very_many_rows(workspace):
    """Wherever the export is cut into parts."""
    usual = "".join(f"person{number}@staff.example\n" for number in range(100_000))
    export = workspace.write("staff.csv", f"Work Email\n{TYPO}\n{usual}ben@satff.example\n")

    workspace.onboard("plan", export, "--sandbox")

    held = [line["row"] for line in workspace.report() if line["disposition"] == "held"]
    assert held == ["2", "100003"]


def test_roles_are_held_on_demand(workspace):
    export = workspace.write("staff.csv", staff("info@staff.example", TYPO))

    workspace.onboard("plan", export, "--sandbox", "--hold", "role_address")

    assert [line["reason"] for line in workspace.report()[-2:]] == ["role_address", "near_miss_domain"]


def test_suspicion_can_be_left_out(workspace):
    """Somebody has looked, and the domain is right."""
    export = workspace.write("staff.csv", staff(CYRILLIC, TYPO))

    workspace.onboard("plan", export, "--sandbox", "--no-hold", "near_miss_domain")

    assert [line["disposition"] for line in workspace.report()[-2:]] == ["held", "planned"]
    assert workspace.summary()["settings"]["no_hold"] == ["near_miss_domain"]


def test_suspicion_that_nobody_knows_is_a_mistake_told_in_one_line(workspace):
    done = workspace.onboard("plan", workspace.export(3), "--sandbox", "--hold", "roles")

    assert done.code == 2
    assert len(done.messages) == 1
    assert "--hold: write one of damaged_text, unusual_characters, look_alike, " in done.messages[0]


def test_nobody_gets_two_mails_by_two_spellings_of_an_address(workspace, sandbox):
    """Neither in one run nor in a later run, whether the ledger or the service knows the other spelling."""
    sandbox.add_users(["groß@staff.example"])
    first = workspace.write("first.csv", "Work Email\nstraße@staff.example\nSTRASSE@staff.example\n")
    later = workspace.write("later.csv", "Work Email\nstrasse@staff.example\ngross@staff.example\n")

    codes = [workspace.onboard("run", export, *account_flags(sandbox)).code for export in (first, later)]

    assert codes == [0, 0]
    both = [
        [(line["email"], line["disposition"], line["reason"]) for line in workspace.report(run)]
        for run in workspace.runs()
    ]
    assert both == [
        [("straße@staff.example", "invited", ""), ("STRASSE@staff.example", "held", "look_alike")],
        [("strasse@staff.example", "held", "look_alike"), ("gross@staff.example", "held", "look_alike")],
    ]


def test_two_people_with_similar_addresses_are_invited_on_an_explicit_wish(workspace):
    export = workspace.write("staff.csv", "Work Email\nstraße@staff.example\nstrasse@staff.example\n")

    workspace.onboard("plan", export, "--sandbox", "--no-hold", "look_alike")

    assert workspace.summary()["counts"] == {"planned": 2}
