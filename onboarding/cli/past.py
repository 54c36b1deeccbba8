"""The commands ``onboard runs`` and ``report``: list past runs, and write their reports again."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import click

from onboarding.cli.command import CommandLine, loading_modules, takes_settings
from onboarding.cli.help import Command
from onboarding.cli.other_ledgers import finding_run, has_runs, say_nothing_found
from onboarding.cli.output import print_message, print_result, print_summary
from onboarding.model.errors import ExitCode
from onboarding.settings.destination_options import ACCOUNT_OF
from onboarding.settings.options import TAKEN_BY


@click.command(cls=Command)
@takes_settings(
    *(
        "sandbox",
        "destination",
        *ACCOUNT_OF.values(),
        "endpoint_url",
        "ledger",
        "aws_secret",
        "state_dir",
        "json",
    ),
    is_light=True,
)
@click.option(
    "--last-success-within",
    metavar="AGE",
    help="Print nothing; exit with 0 if a run there went well within this time (26h), and with 1 if none did.",
)
def runs(line: CommandLine, last_success_within: str | None) -> int:
    """List all runs that began, refused runs included, with their ends and counts."""
    with loading_modules():
        from onboarding.pipeline.history import list_runs, missing_success
        from onboarding.settings.values import read_duration

    # This command logs nothing, and to set up the log would take a tenth of the command's time.
    loaded = line.read_settings()
    settings = loaded.settings
    if last_success_within is not None:
        message = missing_success(settings, read_duration(last_success_within, flag="--last-success-within"))
        if message is None:
            return ExitCode.SETTLED
        print_message(message)
        return ExitCode.INTERNAL
    if not settings.quiet:
        line.say_found_config(loaded)
    from onboarding.cli.run_table import as_json, show
    from onboarding.pipeline.interrupted import to_name_again
    from onboarding.settings.next_command import command_to_begin_again, command_to_resume

    def to_begin_again(command: str, recorded: Mapping[str, object]) -> str:
        return command_to_begin_again(command, to_name_again(recorded, settings), line.invocation)

    found, to_resume = list_runs(settings), partial(command_to_resume, invocation=line.invocation)
    if settings.json_:
        print_result(lambda: click.echo(as_json(found), nl=False))
    elif found:
        print_result(lambda: show(found, to_resume, to_begin_again))
    else:
        say_nothing_found(line, has_runs, "runs", "runs")
    return ExitCode.SETTLED


@click.command(cls=Command)
@click.argument("run_id", metavar="RUN_ID")
@takes_settings(*TAKEN_BY["report"])
def report(line: CommandLine, run_id: str) -> int:
    """Write a past run's reports again, from the ledger.

    The command "onboard runs" lists the RUN_IDs.
    """
    with loading_modules():
        from onboarding.pipeline.past_reports import rewrite_report

    settings = line.load_settings()
    with finding_run(line, run_id, "report"):
        summary = rewrite_report(settings, run_id, invocation=line.invocation)
    if summary.message:
        summary = replace(summary, next_command=line.invocation.again())
    print_summary(settings, summary)
    # The exit code says whether the reports were written, not how the run ended. A message names missing reports.
    return ExitCode.INTERNAL if summary.message else ExitCode.SETTLED
