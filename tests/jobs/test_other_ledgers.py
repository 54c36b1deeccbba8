"""A command that looked into the wrong ledger says why, and its last line looks into the right one."""

import shlex
import socket

import pytest
from workspace import account_flags

from onboarding.sandbox import Fault, FaultKind

FOUND = "onboard.toml sets sandbox: switch it off with --no-sandbox, or leave the file out with --no-config."


def words_of(command: str) -> list[str]:
    """Return the words of a printed command after the program."""
    return shlex.split(command.rpartition("-m onboarding ")[2])


@pytest.fixture
def rehearsing(workspace):
    """Write a file of settings, as commands find it, that makes every command a rehearsal."""

    def write():
        (workspace.folder / workspace.write("onboard.toml", "sandbox = true\n")).chmod(0o600)

    return write


def test_real_run_is_found_though_the_folder_has_settings_of_rehearsals(workspace, sandbox, rehearsing):
    people = workspace.export(2)
    there = account_flags(sandbox)
    workspace.onboard("run", people, *there)
    workspace.onboard("plan", people, *there, "--save", "x.plan")
    run_id = workspace.runs()[0].name
    rehearsing()

    for command in (["who", "person0@example.com"], ["runs"]):
        nothing = workspace.onboard(*command)
        assert FOUND in nothing.out
        assert run_id in workspace.onboard(*words_of(nothing.command)).out
    for command in (["report", run_id], ["handoff", run_id]):
        refused = workspace.onboard(*command)
        assert refused.code == 2
        assert FOUND in refused.err
        assert refused.first_step == ""
        assert "--no-sandbox" in refused.command
        assert workspace.onboard(*words_of(refused.command)).code == 0


def test_interrupted_real_run_is_named_where_rehearsals_have_none(workspace, sandbox, rehearsing):
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", count=1, error="ForbiddenException"))
    assert workspace.onboard("run", workspace.export(2), *account_flags(sandbox)).code == 7
    rehearsing()

    nothing = workspace.onboard("resume")

    assert "The ledger of real runs has an interrupted run." in nothing.err
    assert workspace.onboard(*words_of(nothing.command)).code == 0
    assert sandbox.counts().addresses_mailed == 2


def test_ledger_that_a_found_file_names_is_left_out(workspace):
    workspace.onboard("run", workspace.export(1), "--sandbox")
    run_id = workspace.runs()[0].name
    (workspace.folder / workspace.write("onboard.toml", 'sandbox = true\nstate_dir = "other"\n')).chmod(0o600)

    refused = workspace.onboard("report", run_id, "--sandbox")

    assert "onboard.toml sets state_dir: leave the file out with --no-config." in refused.err
    assert workspace.onboard(*words_of(refused.command)).code == 0


def test_unknown_run_leads_to_the_list_of_runs(workspace):
    workspace.onboard("run", workspace.export(1), "--sandbox")

    refused = workspace.onboard("report", "20260101T000000Z-000000", "--sandbox")
    begun = workspace.onboard("report", workspace.runs()[0].name[:-3], "--sandbox")

    assert words_of(refused.command) == ["runs", "--sandbox"]
    assert words_of(begun.command) == ["report", workspace.runs()[0].name, "--sandbox"]


def test_rehearsal_that_finds_nothing_does_not_fetch_the_secret_of_real_runs(workspace):
    (workspace.folder / workspace.write("onboard.toml", 'aws_secret = "some/secret"\nregion = "eu-central-1"\n')).chmod(
        0o600
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)

        workspace.onboard(
            "runs", "--sandbox", AWS_ENDPOINT_URL_SECRETS_MANAGER=f"http://127.0.0.1:{server.getsockname()[1]}"
        )

        with pytest.raises(TimeoutError):
            server.accept()
