"""An export can come through a pipe: ``gpg --decrypt export.gpg | onboard run -``."""

import os
import shlex
import sys

import pytest
from workbooks import write_xlsx
from workspace import Finished, finish

ONBOARD = shlex.join([sys.executable, "-m", "onboarding"])


@pytest.fixture
def shell(workspace):
    """Run a line of the shell in which ``onboard`` stands for the program."""

    def run(line: str) -> Finished:
        return finish(workspace.start_command(["sh", "-c", line.replace("onboard ", f"{ONBOARD} ")]))

    return run


def test_export_that_comes_through_a_pipe_is_read_like_a_file(workspace, shell):
    """A workbook is read twice, and its reader seeks."""
    write_xlsx(workspace.folder / "staff.xlsx", {"Staff": [["Name", "Work Email"], ["Ana", "ana@example.com"]]})

    done = shell("cat staff.xlsx | onboard run - --sandbox")

    assert done.code == 0, done.messages
    assert [(line["source"], line["email"], line["disposition"]) for line in workspace.report()] == [
        ("standard input", "ana@example.com", "invited")
    ]


@pytest.fixture
def piped(monkeypatch):
    """Return what makes a text the standard input of this process, as a pipe, until the test ends."""
    kept = os.dup(0)

    def pipe(content: str) -> None:
        ours, theirs = os.pipe()
        os.write(theirs, content.encode())
        os.close(theirs)
        os.dup2(ours, 0)
        os.close(ours)

    with open(0, encoding="utf-8", closefd=False) as standard_input:
        monkeypatch.setattr("sys.stdin", standard_input)
        yield pipe
    os.dup2(kept, 0)
    os.close(kept)


def test_plan_of_a_pipe_can_be_applied(workspace, piped):
    """What came through the pipe cannot have changed since."""
    export = (workspace.folder / workspace.export(3)).read_text(encoding="utf-8")

    piped(export)
    assert "3 rows" in workspace.onboard("inspect", "-").out
    piped(export)
    assert workspace.onboard("plan", "-", "--sandbox", "--save", "a.plan").code == 0
    piped("")
    assert workspace.onboard("apply", "a.plan", "--sandbox").code == 0

    assert {line["disposition"] for line in workspace.report()} == {"invited"}


@pytest.mark.soak
def test_run_of_a_pipe_that_a_guard_stopped_goes_on_with_the_same_pipe(workspace, shell):
    export = workspace.export(3)

    stopped = shell(f"cat {export} | onboard run - --sandbox --max-invites 2")

    assert stopped.code == 5
    assert stopped.first_step == "Pipe the same export into this command:"
    assert stopped.first_step in workspace.summary()["verdict"]["next_step"]
    assert finish(workspace.start_command(["sh", "-c", f"cat {export} | {stopped.command}"])).code == 0


REFUSED = {
    "onboard plan - --sandbox <&-": (4, "standard input: it is closed; pipe an export into the command"),
    "echo Email | onboard plan - --sandbox --engine dask": (
        2,
        "workers of Dask cannot read the standard input; save the export to a file, or drop --engine dask.",
    ),
}


@pytest.mark.parametrize(("line", "refusal"), REFUSED.items(), ids=REFUSED.keys())
def test_export_that_cannot_be_read_is_refused_in_one_line(shell, line, refusal):
    done = shell(line)

    assert (done.code, done.messages) == (refusal[0], [f"onboard: {refusal[1]}"])


def test_empty_pipe_is_an_empty_file(workspace, piped):
    piped("")

    done = workspace.onboard("plan", "-", "--sandbox")

    assert (done.code, done.messages) == (4, ["onboard: standard input: the file is empty"])
