"""How does a command line become a command, and its result an exit code? Nothing else happens here.

Modules that load pandas or boto3 are imported inside the commands, so that ``--help`` answers at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer

from onboarding import __version__
from onboarding.cli import past, run, setup

app = typer.Typer(
    name="onboard",
    help="Invite everyone in an HR export to Amazon Chime or AWS Wickr, once, and account for every row.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"onboard {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


for command in (
    *(run.run, run.plan, run.apply, run.resume),
    *(past.runs, past.report, past.purge),
    *(setup.check, setup.sandbox),
):
    app.command()(command)


def main() -> None:
    """Run the command line, also where a stream is closed (`onboard run … >&-`)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - open as long as the process
    try:
        app()
    finally:
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)


def _let_go(stream: TextIO) -> None:
    """Write out what a stream still holds; what cannot be written is forgotten, and does not change the exit code."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
