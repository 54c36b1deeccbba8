"""The guide can be read at a terminal, in a pipe, and by its list of topics."""

import pytest

from onboarding.cli.guide import TOPICS, text_of
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
    done = workspace.onboard("guide", "exit-code")

    assert done.code == 2
    assert "'exit-codes'" in done.err


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_at_a_terminal_has_no_signs_of_markdown_and_fits(topic):
    shown = rendered_markdown(text_of(topic), width=80, is_styled=False)

    assert "```" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
