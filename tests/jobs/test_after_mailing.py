"""What may fail once people were mailed, and costs neither the record nor the report that every row has a line in."""

import os
import subprocess
import sys

import pytest
from workspace import account_flags


@pytest.fixture
def there(sandbox):
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


def run_into(workspace, there, out, *flags):
    """Run with stdout or stderr where a shell's redirection puts it, and return the exit code."""
    command = [sys.executable, "-m", "onboarding", "run", workspace.export(3), *there, *flags]
    shell = ["sh", "-c", f'exec "$@" {out}', "sh", *command]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(workspace.folder), "XDG_STATE_HOME": str(workspace.folder / "state"),
        "AWS_ACCESS_KEY_ID": "anyone", "AWS_SECRET_ACCESS_KEY": "anything",
        "ONBOARD_LOCKS": str(workspace.locks),
    }  # fmt: skip
    return subprocess.run(shell, cwd=workspace.folder, env=environment, capture_output=True, check=False).returncode


BY_DEFAULT = {("", ">&- 2>&-"), ("--json", ">/dev/full 2>/dev/full")}


@pytest.mark.parametrize(
    ("flags", "out"),
    [
        pytest.param(flags.split(), out, marks=[] if (flags, out) in BY_DEFAULT else pytest.mark.soak)
        for flags in ("", "--json")
        for out in (">&-", "2>&-", ">&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full")
    ],
)
def test_stream_that_nobody_reads_costs_nothing(workspace, there, sandbox, out, flags):
    """Closed, or on a disk that is full."""
    code = run_into(workspace, there, out, *flags)

    assert code == 0
    assert workspace.summary()["exit_code"] == 0
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.parametrize("name", ["report.html", "handoff.xlsx"])
def test_report_that_cannot_be_written_is_told_and_the_others_are_there(workspace, there, name):
    """A folder stands in its place."""
    workspace.onboard("run", workspace.export(3), *there)
    (run,) = workspace.runs()
    (run / name).unlink(missing_ok=True)
    (run / name).mkdir()
    (run / "reconciliation.csv").unlink()

    done = workspace.onboard("report", run.name, "--handoff")

    assert done.code == 1
    assert name in done.messages[-1]
    assert len(workspace.report(run)) == 3
    assert {path.name for path in run.iterdir() if path.is_file()} == {
        *("reconciliation.csv", "report.html", "handoff.xlsx", "summary.json", "not_in_exports.csv"),
    } - {name}
