"""What may fail once people were mailed, and costs neither the record nor the report that every row has a line in."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def there(sandbox, to_account):
    """Return the flags of the sandbox's account."""
    return to_account(sandbox)


def run_into(desk, there, out, *flags):
    """Run with stdout or stderr where a shell's redirection puts it, and return the exit code."""
    command = [sys.executable, "-m", "onboarding", "run", desk.export(3), *there, *flags]
    shell = ["sh", "-c", f'exec "$@" {out}', "sh", *command]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(desk.folder), "XDG_STATE_HOME": str(desk.folder / "state"),
        "AWS_ACCESS_KEY_ID": "anyone", "AWS_SECRET_ACCESS_KEY": "anything",
    }  # fmt: skip
    return subprocess.run(shell, cwd=desk.folder, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("out", [">&-", "2>&-", ">&- 2>&-", ">/dev/full", "2>/dev/full"])
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_stream_that_nobody_reads_costs_nothing(desk, there, sandbox, out, flags):
    """Closed, or on a disk that is full."""
    code = run_into(desk, there, out, *flags)

    assert code == 0
    assert desk.summary()["exit_code"] == 0
    assert sandbox.counts().addresses_mailed == 3


@pytest.mark.parametrize("name", ["report.html", "handoff.xlsx"])
def test_report_that_cannot_be_written_is_told_and_the_others_are_there(desk, there, name):
    """A folder stands in its place."""
    desk.onboard("run", desk.export(3), *there)
    (run,) = desk.runs()
    (run / name).unlink(missing_ok=True)
    (run / name).mkdir()
    (run / "reconciliation.csv").unlink()

    done = desk.onboard("report", run.name, "--handoff")

    assert done.code == 1
    assert name in done.plain[-1]
    assert len(desk.report(run)) == 3
    assert {path.name for path in run.iterdir() if path.is_file()} == {
        *("reconciliation.csv", "report.html", "handoff.xlsx", "summary.json"),
    } - {name}
