"""Runs that choose people by rules about columns, and by the domains of their addresses."""

import pytest
from workspace import account_flags

from onboarding.sandbox import Refusal

HEADER = "Employee ID,Name,Work Email,Country,Type\n"


def staff(*records: str) -> str:
    """Return an export with one person for each record of the address, the country and the type."""
    return HEADER + "".join(f"{number},Person {number},{record}\n" for number, record in enumerate(records, 1))


def account_settings(sandbox) -> str:
    """Return the lines of a file of settings for the account of a sandbox."""
    return f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'


def fates(workspace):
    return [(line["disposition"], line["reason"]) for line in workspace.report()]


EXPORT = staff(
    "ana@corp.example,DE,Employee",
    "ben@corp.example,FR,Employee",
    "cid@corp.example,de,Contractor",
    "dan@old.example,AT,Employee",
    "no address,FR,Employee",
)


def test_report_says_for_each_row_which_rule_left_it_out(workspace, sandbox):
    export = workspace.write("staff.csv", EXPORT)
    rules = ["--only", "Country=DE,AT,Austria", "--skip", "type=contractor", "--deny-domain", "old.example"]

    done = workspace.onboard("run", export, *account_flags(sandbox), *rules)

    assert done.code == 0
    assert [(line["disposition"], line["reason"], line["detail"]) for line in workspace.report()] == [
        ("invited", "", ""),
        ("excluded", "not_selected", 'By --only Country=DE,AT,Austria: the cell says "FR".'),
        ("excluded", "skipped_by_rule", 'By --skip type=contractor: the cell says "Contractor".'),
        ("excluded", "domain_denied", "The domain old.example is denied."),
        ("excluded", "not_selected", 'By --only Country=DE,AT,Austria: the cell says "FR".'),
    ]
    assert workspace.summary()["filters"] == {
        "entries": 4,
        "unmatched": 1,
        "rules": ["--only Country=Austria"],
        "choose_nobody": False,
    }
    assert "1 of 4 values of --only and --skip fit no row of the exports: --only Country=Austria." in done.out


def test_night_whose_rules_choose_nobody_says_so(workspace, sandbox):
    """The export writes ``DE``, and an operator who sees nothing believes that all people are there."""
    export = workspace.write("staff.csv", EXPORT)
    config = workspace.write(
        "nightly.toml", f'exports = "{export}"\nonly = "Country=Germany"\n{account_settings(sandbox)}'
    )

    done = workspace.onboard("nightly", config)

    assert "The rules of --only and --skip choose nobody in the exports" in done.out + done.err


def test_saved_plan_is_sent_to_the_chosen_people_alone(workspace, sandbox):
    export = workspace.write("staff.csv", EXPORT)
    workspace.onboard("plan", export, *account_flags(sandbox), "--only", "Country=DE", "--save", "first.plan")

    done = workspace.onboard("apply", "first.plan")

    assert done.code == 0
    assert sandbox.counts().mails == 2
    assert fates(workspace)[1] == ("excluded", "not_selected")


def test_people_whom_a_rule_leaves_out_are_not_gone(workspace, sandbox):
    export = workspace.write(
        "staff.csv", staff(*(f"p{at}@corp.example,{'DE' if at < 5 else 'FR'},x" for at in range(40)))
    )
    workspace.onboard("run", export, *account_flags(sandbox))

    done = workspace.onboard("run", export, *account_flags(sandbox), "--only", "Country=DE")

    assert done.code == 0
    assert fates(workspace)[4:6] == [("already", "invited_earlier"), ("excluded", "not_selected")]


@pytest.mark.parametrize(
    ("rules", "code", "said"),
    [
        (["--only", "Land=DE"], 4, 'staff.csv: no column "Land" (--only Land=DE); the columns are'),
        (["--skip", "b.csv:Type=x"], 2, "--skip b.csv:Type=x: no export is called 'b.csv'; correct the name."),
    ],
)
def test_rule_that_cannot_hold_is_refused_before_anything_is_sent(workspace, sandbox, rules, code, said):
    export = workspace.write("staff.csv", EXPORT)

    done = workspace.onboard("run", export, *account_flags(sandbox), *rules)

    assert done.code == code
    assert said in done.messages[0]
    assert sandbox.counts().mails == 0


def test_people_carried_over_are_held_if_the_rules_have_changed(workspace, sandbox):
    """The first night's person stands in no later export, so nobody can say whether the new rule fits."""
    sandbox.refuse("ana@corp.example", Refusal.REQUEST)
    first = workspace.write("first.csv", EXPORT)
    second = workspace.write("second.csv", HEADER + "9,Eve,eve@corp.example,AT,Employee\n")
    assert workspace.onboard("run", first, *account_flags(sandbox), "--only", "Country=DE").code == 3
    sandbox.refuse("ana@corp.example", None)

    workspace.onboard("run", second, *account_flags(sandbox), "--carry-over", "--only", "Country=AT")

    assert fates(workspace) == [("invited", ""), ("held", "undecided_rule")]


def test_inspection_names_the_values_that_fit_no_row(workspace):
    export = workspace.write("staff.csv", EXPORT)

    done = workspace.onboard("inspect", export, "--only", "Country=DE,Austria", "--skip", "Type=")

    assert "No row fits --only Country=Austria, --skip Type=." in done.out
    assert "row 3: ben@corp.example - Excluded. Not chosen by the rules of --only. By --only Country=DE" in done.out
