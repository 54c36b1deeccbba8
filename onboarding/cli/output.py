"""Print the result of a command to stdout."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from onboarding.cli.exits import say

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings.settings import Settings


def print_summary(settings: "Settings", summary: "Summary") -> int:
    """Print the summary of a run as the settings want it, and return the run's exit code."""
    if settings.json_:
        print_result(lambda: click.echo(summary.as_json(), nl=False))
    elif not settings.quiet:
        print_result(summary.show)
    if summary.message:
        say(summary.message)
    return summary.exit_code


def print_result(show: Callable[[], None]) -> None:
    """Print a result to stdout. A reader that went away, or a full disk, does not change the exit code."""
    try:
        show()
        sys.stdout.flush()
    except (OSError, SystemExit):  # rich raises the second
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
