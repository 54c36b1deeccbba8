"""The commands ``onboard runs`` and ``report``: list past runs, and write their reports again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.output import print_message, print_result, print_summary
from onboarding.model.errors import ExitCode
from onboarding.model.printable import json_document
from onboarding.model.run import Run
from onboarding.settings.options import TAKEN_BY

COUNTED = ("invited", "already", "failed", "in_doubt", "deferred")
"""The dispositions that have a column in the table of runs. With ``--json``, each run has all dispositions."""

WIDEST_LINE = 500
"""The most characters that a line of the table of runs may have."""


@click.command()
@takes_settings("sandbox", "destination", "account_id", "network_id", "endpoint_url", "ledger", "json", is_light=True)
@click.option(
    "--last-success-within",
    metavar="AGE",
    help="Print nothing; exit with 0 if a run went well within this time (26h), and with 1 if none did.",
)
def runs(line: CommandLine, last_success_within: str | None) -> int:
    """List past runs with their counts."""
    with loading_modules():
        from onboarding.pipeline.history import list_runs, missing_success
        from onboarding.settings.values import read_duration

    settings = line.read_settings()  # a list of runs logs nothing, and setting up the log takes a tenth of its time
    if last_success_within is not None:
        message = missing_success(settings, read_duration(last_success_within, flag="--last-success-within"))
        if message is None:
            return ExitCode.SETTLED
        print_message(message)
        return ExitCode.INTERNAL
    found = list_runs(settings)
    print_result(lambda: click.echo(runs_as_json(found), nl=False) if settings.json_ else show_runs(found))
    return ExitCode.SETTLED


@click.command()
@click.argument("run_id", metavar="RUN_ID")
@takes_settings(*TAKEN_BY["report"])
def report(line: CommandLine, run_id: str) -> int:
    """Write a past run's reports again, from the ledger.

    The command "onboard runs" lists the RUN_IDs.
    """
    from onboarding.pipeline.past_reports import rewrite_report

    settings = line.load_settings()
    summary = rewrite_report(settings, run_id)
    print_summary(settings, summary)
    # The exit code says whether writing worked, not how the run ended; a message says what is missing.
    return ExitCode.INTERNAL if summary.message else ExitCode.SETTLED


def runs_as_json(runs: Sequence[Run]) -> str:
    """Return the runs as one JSON document: a list of objects, the newest run first."""
    return json_document([_with_texts(asdict(run)) for run in runs])


def _with_texts(value: object) -> object:
    """Return a value with each time in it as ISO-8601 text."""
    match value:
        case datetime():
            return value.isoformat()
        case dict():
            return {name: _with_texts(each) for name, each in value.items()}
        case list() | tuple():
            return [_with_texts(each) for each in value]
    return value


def show_runs(runs: Sequence[Run]) -> None:
    """Print a table to stdout with a line for each run, the newest run first. A run that died has no exit code."""
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table

    from onboarding.reports import label_of
    from onboarding.runtime.terminal import PlainConsole

    console = PlainConsole()
    if not runs:
        console.print("The ledger has no run yet.")
        return
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    has_accounts = len({run.scope.account for run in runs}) > 1
    for heading in ("Run", *(["Account"] if has_accounts else []), "Exit"):
        table.add_column(heading, no_wrap=True)
    for heading in (*map(label_of, COUNTED), "Rows"):
        table.add_column(heading, justify="right")
    for run in runs:
        account = [run.scope.account] if has_accounts else []
        table.add_row(run.run_id, *account, *_figures(run))
    if has_accounts:  # a line that the terminal breaks is better than a line without its account
        whole = Measurement.get(console, console.options.update(width=WIDEST_LINE), table)
        console.width = max(console.width, whole.maximum)
    console.print(table)


def _figures(run: Run) -> list[str]:
    exit_code = "" if run.exit_code is None else str(run.exit_code)
    return [exit_code, *(str(run.counts.get(name, 0)) for name in COUNTED), str(sum(run.counts.values()))]
