"""The guide can be read at a terminal, in a pipe, and by its list of topics."""

import os
import pty
import sys
import termios

import pytest

from onboarding.cli.guide import TOPICS, text_of, topics_like
from onboarding.runtime.terminal import rendered_markdown


def test_guide_lists_its_topics(workspace):
    done = workspace.onboard("guide")

    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == list(TOPICS)
    assert "  exit-codes                    Exit codes: what to do when a run stops\n" in done.out


def test_pipe_gets_the_markdown_of_a_topic(workspace):
    done = workspace.onboard("guide", "exit-codes")

    assert (done.code, done.out) == (0, text_of("exit-codes"))


def test_unknown_topic_is_answered_with_the_topics(workspace):
    done = workspace.onboard("guide", "weather")

    assert done.code == 2
    assert "'exit-codes'" in done.err


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("exit-code", ["exit-codes"]),
        ("nightli", ["nightly"]),
        ("containers", ["containers-and-schedulers"]),
        ("Ledger", ["safety-and-ledger"]),
        ("weather", []),
        ("", []),
    ],
)
def test_topics_like_a_wrong_name_are_found(asked, near):
    assert topics_like(asked) == near


def test_wrong_topic_is_answered_with_the_one_that_was_meant(workspace):
    done = workspace.onboard("guide", "nightli")

    assert done.code == 2
    assert "There is no topic 'nightli'. Did you mean 'nightly'?" in done.err


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_at_a_terminal_has_no_signs_of_markdown_and_fits(topic):
    shown = rendered_markdown(text_of(topic), width=80, is_styled=False)

    assert "```" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


@pytest.mark.parametrize(("size", "pager"), [((0, 0), "cat"), ((24, 80), "less 'one quote")])
def test_topic_is_shown_on_a_terminal_of_unknown_size_and_without_a_usable_pager(workspace, size, pager):
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, size)
    process = workspace.start_command([sys.executable, "-m", "onboarding", "guide", "start"], at=slave, PAGER=pager)
    os.close(slave)
    seen = b"".join(iter(lambda: read(master), b"")).decode()
    os.close(master)

    assert process.wait() == 0
    assert "Traceback" not in seen
    assert "sample_data" in seen


def read(master) -> bytes:
    """Return what a terminal gets next, or nothing after its last process has ended."""
    try:
        return os.read(master, 65_536)
    except OSError:
        return b""
