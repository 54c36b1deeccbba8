"""A file of settings that the job has found itself makes no rehearsal of a command that names a real place.

What a person types is a clear wish. The person may not think of the file, which a rehearsal has left in the folder. A
file that the person names, and a variable, keep their ``sandbox``: then the command is a rehearsal, or is refused.
"""

import shlex

import pytest
from workspace import account_flags

from onboarding.sandbox import Fault, FaultKind

OVERRIDDEN = "It sets sandbox, and {} overrides that: this is no rehearsal."


@pytest.fixture
def people(workspace):
    """Write an export, and the file of settings that ``onboard init`` writes for a rehearsal of it."""
    workspace.export(3)
    assert workspace.onboard("init", "people.csv", "--sandbox", "--no-check").code == 0
    return "people.csv"


def pasted(workspace, command: str):
    """Run a printed command."""
    return workspace.onboard(*shlex.split(command.rpartition("-m onboarding ")[2]))


def test_first_real_run_goes_well_in_the_folder_of_a_rehearsal(workspace, people, sandbox):
    there = account_flags(sandbox)
    assert workspace.onboard("run").code == 0

    checked = workspace.onboard("check", people, *there)
    planned = workspace.onboard("plan", people, *there, "--save", "first.plan")
    sent = workspace.onboard("apply", "first.plan")

    assert [checked.code, planned.code, sent.code] == [0, 0, 0]
    for done, word in ((checked, "--account-id"), (planned, "--account-id"), (sent, "first.plan")):
        assert OVERRIDDEN.format(word) in done.err.splitlines()[0]
    assert sandbox.counts().addresses_mailed == 3


def test_command_after_a_real_plan_sends_the_plan(workspace, people, sandbox):
    planned = workspace.onboard("plan", people, *account_flags(sandbox), "--save", "first.plan")

    assert pasted(workspace, planned.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


def test_run_asks_whether_a_typed_account_is_for_real(workspace, people):
    """A run mails people at once, and the person may want to rehearse with this account."""
    asked = workspace.onboard("run", people, "--account-id", "sandbox-team")

    assert (asked.code, asked.command) == (2, "")
    assert "Add --no-sandbox to invite people, or --sandbox to rehearse." in asked.messages[0]
    assert workspace.onboard("run", people, "--account-id", "sandbox-team", "--sandbox").code == 0


def test_resume_asks_whether_a_typed_account_is_for_real(workspace, people, sandbox):
    """A real run was interrupted, and so was a rehearsal, with which the person may want to go on."""
    there = account_flags(sandbox)
    workspace.onboard("run", people, *there, "--wave", "1", "--no-sandbox")
    workspace.onboard("run", people, "--account-id", "sandbox-team", "--wave", "1", "--sandbox")

    asked = workspace.onboard("resume", "--account-id", "sandbox-team")

    assert (asked.code, asked.command, sandbox.counts().addresses_mailed) == (2, "", 1)
    assert "Add --no-sandbox to invite people, or --sandbox to rehearse." in asked.messages[0]


def test_run_does_not_ask_where_a_variable_says_that_it_is_for_real(workspace, people, sandbox):
    """The variable outranks the file, so no rehearsal is meant."""
    variables = {"ONBOARD_SANDBOX": "no", "ONBOARD_ENDPOINT_URL": sandbox.url}

    ran = workspace.onboard("run", people, "--account-id", "sandbox-team", **variables)

    assert (ran.code, sandbox.counts().addresses_mailed) == (0, 3)


def test_endpoint_alone_overrides_a_found_rehearsal(workspace, people, sandbox):
    (workspace.folder / workspace.write("onboard.toml", 'sandbox = true\naccount_id = "sandbox-team"\n')).chmod(0o600)

    ran = workspace.onboard("run", people, "--endpoint-url", sandbox.url)

    assert (ran.code, sandbox.counts().addresses_mailed) == (0, 3)
    assert OVERRIDDEN.format("--endpoint-url") in ran.err.splitlines()[0]


def test_command_after_a_plan_that_was_not_sent_sends_it(workspace, people, sandbox):
    workspace.onboard("plan", people, *account_flags(sandbox), "--save", "first.plan")
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", count=1, error="ForbiddenException"))

    stopped = workspace.onboard("apply", "first.plan")
    (workspace.folder / "people.csv").rename(workspace.folder / "moved.csv")
    refused = workspace.onboard("apply", "first.plan")
    (workspace.folder / "moved.csv").rename(workspace.folder / "people.csv")

    assert (stopped.code, refused.code) == (7, 4)
    assert "--no-sandbox" in refused.command
    assert pasted(workspace, refused.command).code == 0
    assert pasted(workspace, stopped.command).code == 0
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.parametrize("flag", ["--sandbox", "--fresh"])
def test_flag_of_rehearsals_keeps_the_rehearsal(workspace, people, flag):
    ran = workspace.onboard("run", people, "--account-id", "sandbox-team", flag)

    assert ran.code == 0
    assert "Rehearsal: 3 people invited" in ran.out


def test_destination_alone_keeps_the_rehearsal(workspace, people):
    ran = workspace.onboard("run", people, "--destination", "wickr")

    assert ran.code == 0
    assert "Rehearsal: 3 people invited" in ran.out


def test_variable_is_no_wish_and_leaves_the_choice_to_the_person(workspace, people, sandbox):
    refused = workspace.onboard("run", people, ONBOARD_ENDPOINT_URL=sandbox.url)
    rehearsed = workspace.onboard("run", people, ONBOARD_NETWORK_ID="10203040")
    variable = workspace.onboard("run", people, "--account-id", "sandbox-team", ONBOARD_SANDBOX="1")

    assert (refused.code, refused.command) == (2, "")
    assert "onboard.toml sets sandbox" in refused.messages[0]
    assert "Rehearsal: 3 people invited" in rehearsed.out
    assert variable.code == 0
    assert "A rehearsal: " in variable.out
    assert sandbox.counts().requests == {}


@pytest.mark.parametrize("command", ["check", "plan", "run"])
@pytest.mark.parametrize("place", ["file", "variable"])
def test_command_after_a_conflict_with_a_rehearsal_works(workspace, sandbox, command, place):
    people = workspace.export(1)
    there = account_flags(sandbox)
    if place == "file":
        there += ["--config", workspace.write("rehearsal.toml", "sandbox = true\n")]
    variables = {"ONBOARD_SANDBOX": "1"} if place == "variable" else {}

    refused = workspace.onboard(command, people, *there, **variables)

    assert refused.code == 2
    assert refused.first_step == ""
    assert refused.command.endswith(" --no-sandbox")
    assert workspace.onboard(*shlex.split(refused.command.rpartition("-m onboarding ")[2]), **variables).code == 0


@pytest.mark.parametrize(("command", "is_offered"), [("check", True), ("plan", True), ("run", False)])
def test_ledger_alone_is_no_wish_to_mail_people(workspace, command, is_offered):
    """A person pastes the last line, and a ledger does not say that the run is for real."""
    config = workspace.write("r.toml", "sandbox = true\n")

    refused = workspace.onboard(command, workspace.export(1), "--ledger", "sqlite:///own.db", "--config", config)

    assert refused.code == 2
    assert "r.toml sets sandbox: switch it off with --no-sandbox" in refused.messages[0]
    assert ("--no-sandbox" in refused.command) == is_offered


def test_rehearsal_that_is_offered_has_no_endpoint_of_a_variable(workspace, sandbox):
    refused = workspace.onboard("run", workspace.export(1), ONBOARD_ENDPOINT_URL=sandbox.url)

    assert (refused.code, refused.first_step) == (2, "")
    assert pasted(workspace, refused.command).code == 0
    assert sandbox.counts().requests == {}
