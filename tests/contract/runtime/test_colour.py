"""Colours are where a person wants them: ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` hold for all output."""

import io
import re
import sys

import pytest
import structlog
from rich.table import Table
from terminals import terminal

from onboarding.runtime import logs
from onboarding.runtime.colour import has_colour
from onboarding.runtime.progress import progress_bars
from onboarding.runtime.terminal import PlainConsole

STYLES = re.compile(r"\x1b\[[0-9;]*m")

NAMES = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM", "TTY_COMPATIBLE", "CLICOLOR_FORCE")


@pytest.fixture
def set_variables(monkeypatch):
    """Return a function that sets variables, and removes all others about colours."""

    def set_only(variables):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"TERM": "xterm-256color"} | variables).items():
            monkeypatch.setenv(name, value)

    return set_only


def all_that_is_written():
    """Write a table, a bar and a line of the log to stderr."""
    logs.configure(level="info", log_format="console")
    with progress_bars(enabled=True) as shown:
        shown.bar("inviting", 100)(50, "1 chunk")
        structlog.get_logger().info("chunk.settled", chunk=1)
    table = Table("Export", title="exports")
    table.add_row("staff.csv", style="bold red")
    PlainConsole(stderr=True).print(table)


@pytest.mark.parametrize(
    ("variables", "is_styled"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
    ids=str,
)
def test_terminal_has_colours_unless_a_variable_says_no(set_variables, variables, is_styled):
    set_variables(variables)
    with terminal() as read:
        all_that_is_written()
        seen = read()

    assert "staff.csv" in seen
    assert "chunk.settled" in seen
    assert bool(STYLES.findall(seen)) is is_styled


@pytest.mark.parametrize(
    ("variables", "is_styled"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": ""}, False)], ids=str
)
def test_file_has_colours_only_by_force(set_variables, monkeypatch, variables, is_styled):
    set_variables(variables)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    all_that_is_written()

    assert bool(STYLES.findall(sys.stderr.getvalue())) is is_styled
    assert "\x1b[?" not in sys.stderr.getvalue()
    assert "inviting" not in sys.stderr.getvalue()


def test_dumb_terminal_gets_no_bar_and_no_move_of_the_cursor(set_variables):
    set_variables({"TERM": "dumb"})
    with terminal() as read:
        with progress_bars(enabled=True) as shown:
            shown.bar("inviting", 100)(50, "1 chunk")
        sys.stderr.write("end\n")

        assert read() == "end\r\n"


def test_closed_stream_has_no_colour(set_variables):
    set_variables({})
    closed = io.StringIO()
    closed.close()

    assert not has_colour(closed)
