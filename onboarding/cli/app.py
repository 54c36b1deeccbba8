"""The entry point of ``onboard``: the list of its commands, usage errors, and the start and end of the process.

The commands are in the other modules of this room. A command imports modules that load pandas or boto3 only when it
runs, so that ``--help`` answers at once.
"""

import codecs
import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from onboarding import __version__
from onboarding.cli.answers import answers
from onboarding.cli.check import check
from onboarding.cli.guide import guide
from onboarding.cli.inspect import inspect
from onboarding.cli.past import report, runs
from onboarding.cli.purge import purge
from onboarding.cli.ready_made_jobs import handoff, migrate, nightly
from onboarding.cli.run import apply, plan, resume, run
from onboarding.cli.samples import samples
from onboarding.cli.sandbox import sandbox
from onboarding.cli.schema import schema
from onboarding.cli.who import who
from onboarding.model.printable import printable
from onboarding.settings.invocation import this_program


class Commands(click.Group):
    """The commands of ``onboard``. Help lists the commands in the order in which people need them.

    Click's message about a wrong command line may quote any argument, so this class makes the message ``printable``.
    """

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands in the order in which this module adds them."""
        return list(self.commands)

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Parse the options before the command's name, and return the other arguments.

        Raises ``UsageError`` for a wrong option.
        """
        with _printable_mistakes():
            return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> object:
        """Find the command, parse its options and arguments, and run it. Raises ``UsageError`` for a wrong argument."""
        with _printable_mistakes():
            return super().invoke(context)


@contextmanager
def _printable_mistakes() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.UsageError(printable(error.format_message()), error.ctx) from None


@click.group("onboard", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="onboard %(version)s")
def app() -> None:
    """Invite everyone in an HR export to Amazon Chime or AWS Wickr, once, and account for every row."""


COMMANDS = (
    *(run, plan, apply, resume, nightly, migrate, handoff, runs, who, report, answers, purge),
    *(inspect, check, schema, sandbox, samples, guide),
)
"""The commands of ``onboard``, in the order in which people need them."""

for command in COMMANDS:
    app.add_command(command)


def main(*arguments: str) -> None:
    """Run the command line, even if stdout or stderr is closed (``onboard run … >&-``).

    ``arguments`` are the words of the command line. By default, they are the words with which this process was started.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the process
    # A file may have a name that the encoding of a stream lacks. These escapes are right in JSON, too.
    codecs.register_error("json_escapes", _json_escapes)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="json_escapes")
    try:
        app(arguments or None, prog_name=shlex.join(this_program()))
    finally:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)


def _json_escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _flush(stream: TextIO) -> None:
    """Write out the text that a stream still holds. If the stream cannot be written, the exit code stays the same."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
