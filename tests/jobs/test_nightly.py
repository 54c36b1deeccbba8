"""The job that cron starts: silent unless a person must look."""

import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

from workspace import finish

from onboarding.sandbox import Refusal

NIGHTLY = Path(__file__).parent.parent.parent / "jobs" / "nightly.py"


def test_settled_night_prints_nothing(workspace):
    """As cron starts the job, with the file of settings that comes with it."""
    config = workspace.copy_settings(NIGHTLY.with_suffix(".toml"))

    done = finish(workspace.start_command([sys.executable, str(NIGHTLY), config]))

    assert (done.code, done.out, done.err) == (0, "", "")
    assert workspace.summary()["counts"] == {"invited": 3}
    assert (workspace.folder / "rehearsals" / "nightly").is_dir(), "no other rehearsal changes what the job does"


def test_settled_night_prints_one_line_at_a_terminal(workspace):
    people = workspace.export(3)
    config = workspace.write("nightly.toml", f'exports = "{people}"\nsandbox = true\n')
    master, slave = pty.openpty()

    process = workspace.start_command([sys.executable, "-m", "onboarding", "nightly", config], at=slave)
    os.close(slave)
    shown = b""
    with suppress(OSError):  # Linux says so after the last process has closed the terminal
        while part := os.read(master, 65_536):
            shown += part
    os.close(master)

    assert finish(process).code == 0
    assert b"3 people invited, nothing new for a person.\r\n" in shown


def test_night_with_trouble_prints_the_table_and_one_line(workspace, sandbox):
    """The exit code is the run's."""
    sandbox.refuse("person1@example.com", Refusal.ENTRY)
    people = workspace.export(3)
    config = workspace.write(
        "nightly.toml", f'exports = "{people}"\naccount_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    )

    done = workspace.onboard("nightly", config)

    assert done.code == 3
    assert "Failed" in done.out
    assert done.messages == [
        "onboard: The service refused some addresses. 1 row needs a person for the first time (1 failed)."
    ]


def test_night_without_settings_is_told_what_to_do(workspace):
    """In one plain line."""
    done = workspace.onboard("nightly", "nowhere.toml")

    assert done.code == 2
    assert len(done.messages) == 1
    assert "nowhere.toml" in done.err


def test_night_and_its_check_name_settings_as_the_file_does(workspace, sandbox):
    """A night has no flags, so advice with a flag alone does not help."""
    config = workspace.write(
        "nightly.toml",
        f'exports = "{workspace.export(1)}"\naccount_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
        'profile = "nobody"\n',
    )
    said = "In nightly.toml, --profile is the setting profile."

    night, checked = workspace.onboard("nightly", config), workspace.onboard("check", "--config", config)
    typed = workspace.onboard("run", "people.csv", "--account-id", "sandbox-team", "--profile", "nobody")

    assert night.messages[0].endswith(f"name another with --profile. {said}")
    assert said in checked.out.splitlines()
    assert "--profile" in typed.err
    assert "is the setting" not in typed.err
