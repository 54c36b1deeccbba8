"""The commands work where Python has nothing that only Linux and macOS have, as on Windows."""

import re
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest
from workspace import ROOT, Workspace, account_flags, finish

from onboarding.sandbox import Fault, FaultKind

WITHOUT_POSIX = str(ROOT / "tests" / "support" / "without_posix")

COMMANDS = """
import sys
from onboarding.cli.app import main
from onboarding.runtime.descriptors import IS_POSIX, can_reopen

assert not IS_POSIX and not can_reopen()
codes = []
for command in sys.argv[1:]:
    try:
        main(*command.split())
    except SystemExit as end:
        codes.append(end.code)
print("codes", *codes)
"""
"""A script that runs commands one after the other in one process, since starting a process takes the longest."""


LEFT_BEHIND = re.compile(r"\.?onboarding-[0-9a-f]{16}(\.tmp)?")
"""The names of temporary files and folders."""


def start(workspace: Workspace, *command: str, source: str = "") -> subprocess.Popen:
    """Start Python without what only POSIX has. ``source`` is the file that a pipe brings to its standard input."""
    shared = workspace.folder / "public"
    shared.mkdir(exist_ok=True)
    python = [sys.executable, *command]
    pipe = ["sh", "-c", 'cat "$0" | exec "$@"', source, *python]
    variables = {"PYTHONPATH": WITHOUT_POSIX, "PUBLIC": str(shared), "ONBOARD_LOCKS": str(shared)}
    return workspace.start_command(pipe if source else python, **variables)


def export_in_three_formats(workspace: Workspace) -> tuple[str, ...]:
    """Write an export as text, as a workbook and as Parquet, and return their names."""
    workspace.export(10)
    frame = pd.read_csv(workspace.folder / "people.csv", dtype=str)
    frame = pd.concat([frame, frame.head(1).assign(**{"Work Email": None})])
    frame.to_excel(workspace.folder / "staff.xlsx", index=False)
    frame.to_parquet(workspace.folder / "staff.parquet")
    return "people.csv", "staff.xlsx", "staff.parquet"


def decided(workspace: Workspace) -> list[tuple[str, ...]]:
    """Return what the newest report says about each row, without what differs between two runs."""
    columns = ("source", "row", "email", "disposition", "reason", "detail", "duplicate_of")
    return [tuple(line[column] for column in columns) for line in workspace.report()]


@pytest.mark.soak  # the next test inspects each format
def test_each_format_is_rehearsed_with_the_same_outcome_as_on_posix(workspace):
    run = ("run", *export_in_three_formats(workspace), "--sandbox", "--fresh", "--quiet")
    assert workspace.onboard(*run).code == 0
    expected = decided(workspace)

    done = finish(start(workspace, "-m", "onboarding", *run))

    assert (done.code, done.out) == (0, "")
    assert decided(workspace) == expected
    assert [path for path in workspace.folder.rglob("*") if LEFT_BEHIND.fullmatch(path.name)] == []


@pytest.mark.soak
def test_people_are_planned_from_a_pipe_checked_invited_and_listed(workspace):
    people, *others = export_in_three_formats(workspace)
    commands = [
        "plan - --sandbox --quiet --save first.plan",
        "apply first.plan --sandbox --quiet",
        f"check {people} --sandbox",
        f"inspect {' '.join(others)}",
        "runs --sandbox --json",
        f"run {people} --sandbox --engine dask --quiet",
    ]

    done = finish(start(workspace, "-c", COMMANDS, *commands, source=people))

    assert done.out.splitlines()[-1] == "codes 0 0 0 0 0 2"
    assert Counter(line["disposition"] for line in workspace.report()) == {"invited": 10}
    assert "this system cannot limit memory" in done.out
    assert "--engine dask starts no workers on Windows" in done.err


@pytest.mark.soak  # three processes start; test_scratch has the locks alone
def test_second_run_is_held_off_until_the_first_is_killed(workspace, sandbox):
    people = workspace.export(60)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=600))
    run = ("-m", "onboarding", "run", people, *account_flags(sandbox), "--concurrency", "1", "--log-level", "error")
    first = start(workspace, *run)
    workspace.wait_until(lambda: sandbox.counts().mails == 50)

    second = finish(start(workspace, *run))
    first.kill()
    first.wait()
    resumed = finish(start(workspace, "-m", "onboarding", "resume", *account_flags(sandbox), "--log-level", "error"))

    assert second.code == 11
    assert f"process {first.pid} on " in second.err
    assert resumed.code == 0
    assert Counter(sandbox.mails().values()) == {1: 60}
