"""How does the process end: with one plain line on stderr and the exit code of the contract."""

import sys
from collections.abc import Callable
from contextlib import suppress

from onboarding.model.errors import ExitCode, OnboardingError


def exit_code_of(work: Callable[[], int]) -> int:
    """Do the work and return its exit code; whatever it raises becomes one plain line and a code.

    An exception that is no ``OnboardingError`` is a bug. Its text may quote a row, so the user is told its type, and
    the log where it was.
    """
    try:
        return work()
    except OnboardingError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted before anything was sent")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can keep a traceback from the user
        import structlog  # not needed by --help

        if structlog.is_configured():  # by our own logs, which tell an exception without its text
            structlog.get_logger().exception("run.crashed")
        say(f"internal error ({type(error).__name__}); this is a bug. What was sent is in the ledger: run again.")
        return ExitCode.INTERNAL


def say(message: str) -> None:
    """Tell the user one plain line on stderr."""
    with suppress(OSError, ValueError):  # nobody reads it any more
        print(f"onboard: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201 - this is what stderr is for
