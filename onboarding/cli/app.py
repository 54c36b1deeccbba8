"""The entry point of ``onboard``: the list of its commands, usage errors, and the start and end of the process.

The commands are in the other modules of this package. Slow libraries, such as pandas and boto3, load only when a
command needs them. So ``--help`` answers at once.
"""

import atexit
import codecs
import gc
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

import click

from onboarding import __version__
from onboarding.cli.answers import answers
from onboarding.cli.check import check
from onboarding.cli.guide import guide
from onboarding.cli.help import PrintsHelp
from onboarding.cli.init import init
from onboarding.cli.inspect import inspect
from onboarding.cli.output import print_command, print_message, print_result, run_to_exit_code
from onboarding.cli.past import report, runs
from onboarding.cli.purge import purge
from onboarding.cli.ready_made_jobs import handoff, migrate, nightly
from onboarding.cli.run import apply, plan, resume, run
from onboarding.cli.samples import samples
from onboarding.cli.sandbox import sandbox
from onboarding.cli.schema import schema
from onboarding.cli.who import who
from onboarding.model.destinations import in_words
from onboarding.model.errors import ExitCode
from onboarding.model.mistyped import most_similar
from onboarding.runtime.destination_registry import destinations, unusable_destinations
from onboarding.runtime.shell import shell_command
from onboarding.settings.invocation import this_invocation, this_program

GROUPS: Mapping[str, Sequence[click.Command]] = MappingProxyType(
    {
        "Invite people": (run, plan, apply, resume),
        "Ready-made jobs, each with a file of settings": (nightly, migrate, handoff),
        "Look back": (runs, who, report, answers, purge),
        "Set up and try": (init, inspect, check, sandbox, samples),
        "Read": (guide, schema),
    }
)
"""The commands of ``onboard`` in groups, by their purpose. People need the groups and commands in this order."""

COMPLETION = "_ONBOARD_COMPLETE"
"""The environment variable with which a shell asks for its completion script, and later for completions of a word."""


class Commands(PrintsHelp, click.Group):
    """The commands of ``onboard``. Help lists them in groups."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of the commands in the order of ``GROUPS``."""
        return list(self.commands)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group of commands into the formatter, with the first sentence of each command's help."""
        width = max(map(len, self.commands))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{each.name:{width}}", each.get_short_help_str(limit=200)) for each in commands])

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write into the formatter how to read more help."""
        formatter.write_paragraph()
        formatter.write_text(
            f"{context.command_path} COMMAND --help says more about a command. {context.command_path} guide start is"
            " the place to begin."
        )


def _show_version(context: click.Context, _option: click.Parameter, value: object) -> None:
    """Print the version and end the process, if the command line contains ``--version``."""
    if value and not context.resilient_parsing:
        print_result(lambda: click.echo(f"onboard {__version__}"))
        context.exit()


SERVICES = in_words((each.full_title for each in destinations().values()), "or")


@click.group(
    "onboard",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=f"Invite everyone in an HR export to {SERVICES}, once, and account for every row.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def app() -> None:
    """Invite everyone in an HR export, once, and account for every row."""


for group in GROUPS.values():
    for command in group:
        app.add_command(command)


def main(*arguments: str) -> None:
    """Carry out the command line, even if stdout or stderr is closed (``onboard run … >&-``).

    ``arguments`` are the words of the command line after the program, by default the words of this process.
    """
    # Otherwise Python would search the objects of all modules for cycles before the process ends, in vain.
    atexit.register(gc.freeze)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the process
    # Otherwise pydantic would look for plugins in each installed package, and the plugins could read the settings.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # A file's name may contain letters that the encoding of a stream lacks. JSON escapes are valid in JSON output, too.
    codecs.register_error("json_escapes", _json_escapes)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="json_escapes")
    try:
        sys.exit(exit_code_of(arguments or sys.argv[1:]))
    finally:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)


def exit_code_of(words: Sequence[str], commands: click.Group = app) -> int:
    """Carry out one of the commands, and return its exit code. An exception becomes one plain line and an exit code.

    ``words`` are the words of the command line after the program. Raises ``SystemExit`` only if a shell asks for
    completions.
    """
    for problem in unusable_destinations():
        print_message(problem)
    meant: list[str] = []
    program = "onboard" if COMPLETION in os.environ else shell_command(this_program())

    def work() -> int:
        try:
            return commands.main(list(words), program, COMPLETION, standalone_mode=False) or ExitCode.SETTLED
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            return error.exit_code
        except click.exceptions.NoSuchOption as error:
            meant.extend(_as_meant(words, error.option_name, error.possibilities))
            raise
        except click.exceptions.NoSuchCommand as error:
            meant.extend(_as_meant(words, error.command_name, error.possibilities))
            raise

    code = run_to_exit_code(work, is_quiet=not {"-q", "--quiet"}.isdisjoint(words))
    if meant:
        started = this_invocation("", {}, [], None)
        print_command(replace(started, job=(*started.program, *meant)).again())
    return code


def _as_meant(words: Sequence[str], typed: str, similar: Sequence[str] | None) -> list[str]:
    """Return the words, with the most similar option or command in place of ``typed``.

    Return no words if nothing is similar, or if ``typed`` is not exactly one of the words.
    """
    where = [number for number, word in enumerate(words) if word.partition("=")[0] == typed]
    right = most_similar(typed, similar or ())
    if not right or len(where) != 1:
        return []
    at = where[0]
    return [*words[:at], right + words[at][len(typed) :], *words[at + 1 :]]


def _json_escapes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _flush(stream: TextIO) -> None:
    """Write out the text in a stream's buffer. A stream that refuses the text does not change the exit code."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
