"""What a person sees at a terminal is as recorded: ``python tests/support/recorded_output.py`` records it again."""

import os
import pty
import re
import sys
import termios

import pytest
from recorded_output import COLUMNS, COMMANDS, FOLDER, STYLES, as_recorded
from workspace import TIMEOUT_SECONDS

ESCAPE = "␛"


def recorded(name):
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("command", "name"), [("run", "first"), ("plan", "plan")])
def test_end_of_a_command_looks_as_recorded(rehearsal, command, name):
    seen = rehearsal[name].shown

    assert all(name.startswith(f"{command}-") for name in seen)
    assert seen == {name: recorded(name) for name in seen}
    assert len(seen) == len(COLUMNS) * len(STYLES)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("columns", COLUMNS)
def test_recorded_texts_fit_and_colours_only_style_them(command, columns):
    """Only what a person copies may be longer than a line: a path or a command."""
    plain, colour = (recorded(f"{command}-{columns}-{style}.txt") for style in STYLES)

    assert ESCAPE not in plain
    assert {line for line in plain.splitlines() if len(line) > columns and "/" not in line} == set()
    unstyled = re.sub(rf"{ESCAPE}\[[0-9;]*m", "", colour)
    assert [line.rstrip() for line in unstyled.splitlines()] == plain.splitlines()


@pytest.mark.soak
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("columns", "style"), [(80, "plain"), (140, "colour")])
def test_process_at_a_terminal_writes_what_is_recorded(workspace, command, columns, style):
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    process = workspace.start_command(
        [sys.executable, "-m", "onboarding", command, workspace.copy_samples(), "--sandbox"],
        at=slave,
        ONBOARD_NO_PROGRESS="1",
        **{STYLES[style]: "1"},
    )
    os.close(slave)
    written = b"".join(iter(lambda: read(master), b""))
    process.wait(TIMEOUT_SECONDS)
    os.close(master)

    seen = re.sub(r"^    \S+ -m onboarding ", "    onboard ", written.decode(), flags=re.MULTILINE)
    assert as_recorded(seen) == recorded(f"{command}-{columns}-{style}.txt")


def read(master) -> bytes:
    """Return what a terminal gets next, or nothing after its last process has ended."""
    try:
        return os.read(master, 65_536)
    except OSError:
        return b""
