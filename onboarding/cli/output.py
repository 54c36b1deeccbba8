"""The output of commands: results on stdout, one plain line for each error on stderr, and the exit code."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings

from contextlib import suppress

from onboarding.model.errors import ExitCode, OnboardingError
from onboarding.model.printable import printable

OUT_OF_MEMORY = (
    "The memory is full. What was sent is in the ledger. Give this process more memory, or add --low-memory, and run"
    " again."
)


def print_summary(settings: "Settings", summary: "Summary") -> int:
    """Print the summary of a run as the settings say (JSON, a table or nothing), and return the run's exit code."""
    if settings.json_:
        print_result(lambda: click.echo(summary.as_json(), nl=False))
    elif not settings.quiet:
        print_result(summary.show)
    if summary.message:
        print_message(summary.message)
    return summary.exit_code


def print_result(show: Callable[[], None]) -> None:
    """Print a result to stdout by calling ``show``. If stdout cannot be written, the exit code stays the same."""
    try:
        show()
        sys.stdout.flush()
    except (OSError, SystemExit):  # rich raises SystemExit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_to_exit_code(work: Callable[[], int]) -> int:
    """Call ``work`` and return its exit code. For an exception, print one plain line and return an exit code for it.

    Any unexpected exception is a bug, and its text may quote a row. So the user sees only the type of the exception,
    and the log says where the exception was raised.
    """
    try:
        return work()
    except OnboardingError as error:
        print_message(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print_message("interrupted before anything was sent")
        return ExitCode.INTERRUPTED
    except MemoryError:
        print_message(OUT_OF_MEMORY)
        return ExitCode.INTERNAL
    except Exception as error:  # noqa: BLE001 - the last place that can keep a traceback from the user
        if _is_out_of_memory(error):
            print_message(OUT_OF_MEMORY)
            return ExitCode.INTERNAL
        import structlog  # not needed by --help

        if structlog.is_configured():  # by our own log, which leaves out the text of an exception
            structlog.get_logger().exception("run.crashed")
        print_message(
            f"internal error ({type(error).__name__}); this is a bug. What was sent is in the ledger: run again."
        )
        return ExitCode.INTERNAL


def _is_out_of_memory(error: Exception) -> bool:
    """Return whether an error other than ``MemoryError`` means that the process got no more memory."""
    return "can't start new thread" in str(error) or "malloc" in str(error) or "cannot allocate memory" in str(error)


def print_message(message: str) -> None:
    """Print a message to stderr as one plain line. Do nothing if stderr cannot be written."""
    with suppress(OSError, ValueError):  # the reader of stderr is gone
        print(f"onboard: {printable(message)}", file=sys.stderr)  # noqa: T201 - this is what stderr is for
