"""The command ``onboard guide``, which shows the documentation by topics.

Each topic is a Markdown file in the folder ``onboarding/guide``, so people can also read it on the repository's web
pages.
"""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.resources import files

import click

from onboarding.cli.help import Command
from onboarding.cli.output import print_result

TOPICS = (
    "start",
    "exports-and-policy",
    "nightly",
    "migration",
    "hr-handoff",
    "destinations-and-permissions",
    "settings",
    "exit-codes",
    "reports-and-schemas",
    "safety-and-ledger",
    "sandbox",
    "many-accounts",
    "containers-and-schedulers",
    "performance",
    "troubleshooting",
    "python",
    "contributing",
)
"""The topics of the guide, in the order in which people need them."""

WIDEST_LINE = 100
"""The most characters of a line of prose. Longer lines are hard to read."""

_LINK_TO_TOPIC = re.compile(r"\[([^]]+)\]\(([a-z-]+)\.md(?:#[^)]*)?\)")


class GuideTopic(click.Choice[str]):
    """The name of a topic. The error about a wrong name suggests the most similar topics."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        """Return the error message for a name that is no topic."""
        if not (near := topics_like(str(value))):
            return super().get_invalid_choice_message(value, ctx)
        return f"There is no topic {str(value)!r}. Did you mean {' or '.join(map(repr, near))}?"


def topics_like(name: str) -> Sequence[str]:
    """Return the topics with a word that begins with ``name``, or else the most similar topic."""
    asked = name.lower().strip()
    with_word = [topic for topic in TOPICS if any(word.startswith(asked) for word in (topic, *topic.split("-")))]
    return with_word if asked and with_word else get_close_matches(asked, TOPICS, n=1)


@click.command(cls=Command)
@click.argument("topic", required=False, type=GuideTopic(TOPICS), metavar="[TOPIC]")
def guide(topic: str | None) -> None:
    """Read the guide: list its topics, or show one topic.

    The pager shows a topic that is longer than the terminal. In a file or a pipe, the output is the topic's Markdown.
    """
    print_result(lambda: _print(topic))


def _print(topic: str | None) -> None:
    if topic is None:
        click.echo("\n".join(_list_of_topics()))
    elif not sys.stdout.isatty():
        click.echo(text_of(topic), nl=False)
    else:
        _show(text_of(topic))


def text_of(topic: str) -> str:
    """Return the Markdown of a topic."""
    return files("onboarding").joinpath("guide", f"{topic}.md").read_text(encoding="utf-8")


def _list_of_topics() -> list[str]:
    widest = max(map(len, TOPICS))
    titles = {topic: text_of(topic).partition("\n")[0].removeprefix("# ") for topic in TOPICS}
    return ["Topics, each shown by onboard guide TOPIC:", *(f"  {name:{widest}}  {titles[name]}" for name in TOPICS)]


def _show(markdown: str) -> None:
    """Show Markdown at a terminal. Use the pager for a text that is longer than the terminal."""
    from onboarding.runtime.colour import has_colour
    from onboarding.runtime.terminal import rendered_markdown  # not needed by --help

    # Some terminals do not know their size. For these terminals, the job assumes the usual size.
    size, is_styled = shutil.get_terminal_size(), has_colour(sys.stdout)
    # A link to another topic becomes the command that shows this topic.
    linked = _LINK_TO_TOPIC.sub(r"\1 (`onboard guide \2`)", markdown)
    text = rendered_markdown(linked, width=min(size.columns, WIDEST_LINE), is_styled=is_styled)
    if text.count("\n") < size.lines or not _is_command(os.environ.get("PAGER", "")):
        click.echo(text, nl=False, color=is_styled)
    else:
        click.echo_via_pager(text, color=is_styled)


def _is_command(text: str) -> bool:
    """Say whether a shell can split a text into words. Any other text is no command of a pager."""
    try:
        shlex.split(text)
    except ValueError:
        return False
    return True
