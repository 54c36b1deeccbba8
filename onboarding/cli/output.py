"""How does a command end: what is printed, who is told, which exit code?"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from onboarding.cli.exits import say
from onboarding.settings.options import Given

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings


def chosen_by(given: Given) -> "Settings":
    """Return the settings, and let log lines look as they say. Raises ``ConfigurationError``."""
    from onboarding.runtime import logs
    from onboarding.settings import settings

    chosen = settings.load(given.flags, config=given.config)
    level = chosen.log_level or ("warning" if chosen.quiet else None)
    logs.configure(level=level, log_format=chosen.log_format)
    return chosen


def summarised(chosen: "Settings", summary: "Summary") -> int:
    """Print the summary of a run as the settings want it, and return the run's exit code."""
    if chosen.json_:
        printed(lambda: typer.echo(summary.as_json(), nl=False))
    elif not chosen.quiet:
        printed(summary.show)
    if summary.message:
        say(summary.message)
    return summary.exit_code


def printed(result: Callable[[], None]) -> None:
    """Print a result to stdout, and do not mind if nobody reads it to its end."""
    try:
        result()
        sys.stdout.flush()
    except (OSError, SystemExit):  # rich leaves by the second
        # Nobody reads the table (`onboard run … | head`), or its disk is full; the run is as it is all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
