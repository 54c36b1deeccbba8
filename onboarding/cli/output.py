"""The output of commands: results on stdout, one plain line for each error on stderr, and the exit code.

A second line names the topic of the guide that says more about an error. ``--quiet`` leaves out the second line.
"""

import os
import sys
import textwrap
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import click

from onboarding.cli.error_topics import NO_TOPIC, TOPIC_OF_CODE, topic_of
from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.printable import printable
from onboarding.runtime.shell import shell_command
from onboarding.settings.invocation import this_program

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.invocation import Invocation
    from onboarding.settings.settings import Settings

OUT_OF_MEMORY = (
    "The memory is full. What was sent is in the ledger. Give this process more memory, or add --low-memory, and run"
    " again."
)

IS_QUIET = "onboarding.cli.output.is_quiet"
"""The key in the ``meta`` of click's context that records whether the operator wants no hints."""


def print_summary(settings: "Settings", summary: "Summary") -> int:
    """Print the summary of a run, and return the run's exit code. The settings choose JSON, a table or no output."""
    if settings.json_:
        print_result(lambda: click.echo(summary.as_json(), nl=False))
    elif not settings.quiet:
        print_result(summary.show)
    if summary.message:
        print_message(summary.message)
    print_topic(TOPIC_OF_CODE[summary.exit_code])
    if summary.exit_code != ExitCode.SETTLED or not settings.quiet:
        print_command(summary.next_command, summary.exit_code)
    return summary.exit_code


def print_result(show: Callable[[], None]) -> None:
    """Call ``show``, which prints a result to stdout. A closed stdout does not change the exit code."""
    try:
        show()
        sys.stdout.flush()
    except (OSError, SystemExit):  # rich raises SystemExit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_to_exit_code(work: Callable[[], int], invocation: "Invocation | None" = None, *, is_quiet: bool = False) -> int:
    """Call ``work`` and return its exit code. For an exception, print one plain line and return the error's exit code.

    A second line says where to read more, except with ``is_quiet`` or after a call of ``note_quiet``. ``invocation``
    says how the operator started the process. With an ``invocation``, the last line is the operator's next shell
    command.
    """
    try:
        return work()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place that can keep a traceback away
        exit_code, message = _explain(error)
        print_message(message)
        if not is_quiet:
            _print_more_about(error)
        if invocation:
            from onboarding.settings.next_command import command_after_error, needs_no_step  # not needed by --help

            first = ExitCode.SETTLED if needs_no_step(error, invocation) else exit_code
            print_command(command_after_error(error, invocation), first)
        return exit_code


def _explain(error: BaseException) -> tuple[ExitCode, str]:
    """Return the exit code and one plain line for an error.

    An unexpected exception is a bug, and its text may quote a row. So the line contains only the type of the exception,
    and the log contains the lines of code that raised the exception.
    """
    match error:
        case OnboardingError():
            return error.exit_code, str(error)
        case KeyboardInterrupt() | click.Abort():
            return ExitCode.INTERRUPTED, "interrupted before anything was sent"
        case click.ClickException():  # the text may quote any argument, and print_message makes it printable
            return ExitCode.USAGE, " ".join(error.format_message().split())
    if isinstance(error, MemoryError) or _is_out_of_memory(error):
        return ExitCode.INTERNAL, OUT_OF_MEMORY
    import structlog  # not needed by --help

    if structlog.is_configured():  # this log leaves out the text of an exception
        structlog.get_logger().exception("run.crashed")
    name = type(error).__name__
    return ExitCode.INTERNAL, f"internal error ({name}); this is a bug. What was sent is in the ledger: run again."


def _is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error of another class than ``MemoryError`` means that the process got no more memory."""
    return "can't start new thread" in str(error) or "malloc" in str(error) or "cannot allocate memory" in str(error)


def print_message(message: str) -> None:
    """Print a message to stderr as one plain line. Do nothing if stderr is closed."""
    with suppress(OSError, ValueError):  # the reader of stderr is gone
        line = _wrapped(f"onboard: {printable(message)}", sys.stderr)
        print(line, file=sys.stderr)  # noqa: T201 - this is what stderr is for


def print_found_config(name: str, about: str = "") -> None:
    """Print the name of the file of settings to stderr, on one line, if the operator did not name the file.

    ``about`` is a sentence about the file, or empty.
    """
    with suppress(OSError, ValueError):  # the reader of stderr is gone
        print(f"Settings: {printable(f'{name}. {about}' if about else name)}", file=sys.stderr)  # noqa: T201 - this is what stderr is for


def _print_more_about(error: BaseException) -> None:
    """Print to stderr where to read more about an error: in the help of a mistyped command, or else in the guide."""
    if isinstance(error, click.UsageError) and error.ctx:
        print_see(f"{error.ctx.command_path} --help")
    else:
        print_topic(topic_of(error))


def print_topic(topic: str) -> None:
    """Print to stderr the command that shows a topic of the guide. Print nothing for an empty text."""
    if topic != NO_TOPIC:
        print_see(f"{shell_command(this_program())} guide {topic}")


def print_see(command: str) -> None:
    """Print to stderr a command that says more about the message above it. Print nothing with ``--quiet``."""
    context = click.get_current_context(silent=True)
    if context is None or not context.meta.get(IS_QUIET, False):
        with suppress(OSError, ValueError):  # the reader of stderr is gone
            print(f"See: {command}", file=sys.stderr)  # noqa: T201 - this is what stderr is for


def note_quiet(*, is_quiet: bool) -> None:
    """Note for this process whether the operator wants to read errors without hints."""
    if context := click.get_current_context(silent=True):
        context.meta[IS_QUIET] = is_quiet


def _wrapped(text: str, stream: TextIO) -> str:
    """Break a text into lines that fit the terminal. If ``stream`` is no terminal, return the text unchanged."""
    with suppress(OSError, ValueError, AttributeError):  # the stream is closed or missing, or has no size
        if stream.isatty() and (width := os.get_terminal_size(stream.fileno()).columns):
            lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
            return "\n".join(lines)
    return text


def print_command(command: str, exit_code: int = ExitCode.SETTLED) -> None:
    """Print a shell command to stderr, on a line of its own that can be copied. Print nothing for an empty text.

    ``exit_code`` is the exit code of the run. If the command would fail again at once, a line above the command says
    what to do first.
    """
    if command:
        from onboarding.settings.next_command import first_step  # not needed by --help

        if step := first_step(command, exit_code):
            print_message(step)
        with suppress(OSError, ValueError):  # the reader of stderr is gone
            print(f"    {command}", file=sys.stderr)  # noqa: T201 - this is what stderr is for
