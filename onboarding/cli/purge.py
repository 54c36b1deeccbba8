"""The command ``onboard purge``: announce the work, ask on a terminal, and purge old runs and their reports."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.model.amounts import people, with_noun
from onboarding.model.errors import ConfigurationError, ExitCode
from onboarding.model.printable import printable

if TYPE_CHECKING:
    from onboarding.pipeline.purging import PurgeForecast


@click.command(cls=Command)
@takes_settings("sandbox", "ledger", "aws_secret", "state_dir", "out")
@click.option("--older-than", metavar="AGE", required=True, help="Runs that ended longer ago than this: 90d, 12h.")
@click.option("--reports", is_flag=True, help="Delete the reports and saved plans of these runs too.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
def purge(line: CommandLine, older_than: str, *, reports: bool, yes: bool) -> int:
    """Remove names and addresses from old runs and rehearsals.

    Later runs do not invite the people of these runs again. The command says what it will do, and asks on a terminal.
    Reports stay unless you add --reports. Reports in S3 always stay: let a lifecycle rule of the bucket delete them.
    """
    with loading_modules():
        from onboarding.pipeline.purging import forecast_purge, purge_old_runs
        from onboarding.settings.values import read_duration

    settings = line.load_settings()
    forecast = forecast_purge(settings, read_duration(older_than, flag="--older-than"))
    for text in lines_about_forecast(forecast, reports=reports):
        click.echo(printable(text))
    if not yes:
        is_asked = sys.stdin is not None and sys.stdin.isatty()
        if reports and not is_asked:
            raise ConfigurationError("--reports deletes files for good, and nobody can be asked here; add --yes.")
        if is_asked and not click.confirm("Go on?"):
            click.echo("Nothing was purged.")
            return ExitCode.SETTLED
    done = purge_old_runs(settings, forecast, reports=reports)
    click.echo(f"Purged {with_noun(done.runs, 'run', 'runs')} and {with_noun(done.addresses, 'address', 'addresses')}.")
    if done.rehearsed:
        click.echo(f"The sandbox forgot {people(done.rehearsed)}.")
    return ExitCode.SETTLED


def lines_about_forecast(forecast: "PurgeForecast", *, reports: bool) -> Iterator[str]:
    """Yield lines that announce the work of a purge, and name the reports that will keep people's names."""
    found = forecast.reports
    yield (
        f"This removes the names and addresses of {with_noun(forecast.runs, 'run', 'runs')} that ended before"
        f" {forecast.before:%Y-%m-%d %H:%M} UTC, for good. Whom they invited is still not invited again."
    )
    parts = [with_noun(len(found.folders), "folder of reports", "folders of reports")] if found.folders else []
    parts += [with_noun(len(found.plans), "saved plan", "saved plans")] if found.plans else []
    if parts:
        first = (*found.folders, *found.plans)[0]
        what = f"{' and '.join(parts)} (the first is {first})"
        yield f"It deletes {what}, with all files in them." if reports else f"--reports deletes them too: {what}."
    if found.in_s3:
        there = with_noun(len(found.in_s3), "folder of reports", "folders of reports")
        yield f"In S3, {there} may keep names ({found.in_s3[0]}): let a lifecycle rule of the bucket delete them."
