"""Commands without ``--config`` find their file of settings, say so once, and pass it on to the next command."""

import pytest

WAYS_OUT = "switch it off with --no-sandbox, or leave the file out with --no-config."
REHEARSAL = 'exports = ["people.csv"]\nsandbox = true\n'


@pytest.fixture
def found(workspace):
    """Write a file of settings where commands look for it, with an export beside it, and return how it is said."""
    workspace.export(3)
    (workspace.folder / workspace.write("onboard.toml", REHEARSAL)).chmod(0o600)
    return f"Settings: onboard.toml. It sets sandbox: {WAYS_OUT}"


def test_found_file_is_said_on_stderr_and_named_in_the_next_command(workspace, found):
    planned = workspace.onboard("plan")
    ran = workspace.onboard("run", "--json", "--max-invites", "2")

    assert planned.err.splitlines()[0] == ran.err.splitlines()[0] == found
    assert " run --config onboard.toml " in planned.command
    assert " run --config onboard.toml " in ran.command
    assert found not in workspace.onboard("plan", "--quiet").err


def test_check_says_which_settings_a_found_file_gives(workspace, found):
    checked = workspace.onboard("check")

    assert checked.err.splitlines() == [found]
    assert "exports, sandbox from onboard.toml" in checked.out


def test_no_file_is_used_if_the_command_line_says_so(workspace, found):
    refused = workspace.onboard("run", "people.csv", "--no-config")

    assert refused.code == 2
    assert found not in refused.err
    assert workspace.onboard("run", "people.csv", "--no-config", ONBOARD_CONFIG="missing.toml").err == refused.err


def test_config_without_a_name_is_refused(workspace):
    """A variable of a script that is empty leaves such a flag."""
    refused = workspace.onboard("run", "people.csv", "--config", "")

    assert refused.code == 2
    assert "--config names no file; write the path of a file of settings, or --no-config." in refused.err


def test_two_answers_about_the_file_are_refused(workspace):
    refused = workspace.onboard("run", "--no-config", "--config", "a.toml")

    assert refused.code == 2
    assert "--config names a file of settings, and --no-config forbids one; drop one of them." in refused.err


@pytest.mark.usefixtures("found")
def test_jobs_without_their_argument_take_the_found_file(workspace):
    night = workspace.onboard("nightly")
    run_id = workspace.runs()[-1].name
    workbook = workspace.onboard("handoff", run_id)

    assert (night.code, night.out, night.err) == (0, "", "")
    assert (workbook.code, workbook.err.splitlines()[0]) == (0, "Settings: onboard.toml")


@pytest.mark.parametrize("job", ["nightly", "migrate", "handoff"])
def test_job_without_any_file_of_settings_is_refused(workspace, job):
    refused = workspace.onboard(job)

    assert refused.code == 2
    assert refused.messages == [f"onboard: There is no onboard.toml in this folder; name a file: onboard {job} CONFIG."]


def test_found_file_that_others_may_write_ends_the_run(workspace, found):
    (workspace.folder / "onboard.toml").chmod(0o646)
    refused = workspace.onboard("run")

    assert refused.code == 2
    assert refused.messages[0].startswith("onboard: onboard.toml: other users may write this file of settings; run ")
    assert found not in refused.err
