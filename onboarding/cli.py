"""How does the command line become settings, a run and an exit code? Nothing else happens here.

Modules that load pandas or boto3 are imported inside the commands, so that ``--help`` answers at once.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from onboarding import __version__, options
from onboarding.errors import ExitCode
from onboarding.exits import exit_code_of, say
from onboarding.serve import serve

if TYPE_CHECKING:
    from onboarding.reports import Summary
    from onboarding.settings import Settings

app = typer.Typer(
    name="onboard",
    help="Invite everyone in an HR export to Amazon Chime, once, and account for every row.",
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


def _job(
    context: typer.Context,
    exports: Annotated[
        list[str] | None, typer.Argument(metavar="EXPORT...", help="Files, folders, globs or s3:// URIs.")
    ] = None,
    config: options.Config = None,
    destination: options.Destination = None,
    account_id: options.AccountId = None,
    user_type: options.UserType = None,
    sandbox: options.InSandbox = None,
    fresh: Annotated[bool | None, typer.Option("--fresh", help="Forget earlier rehearsals first.")] = None,
    endpoint_url: options.EndpointUrl = None,
    profile: options.Profile = None,
    region: options.Region = None,
    ledger: options.LedgerUrl = None,
    out: options.Out = None,
    email_column: Annotated[str | None, typer.Option(help="The header of the column of addresses.")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of the workbooks to read.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding of text files. [default: found out]")] = None,
    allow_domain: Annotated[list[str] | None, typer.Option(help="Invite this domain only. Repeatable.")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="A file of addresses or employee ids to leave out. Repeatable.")
    ] = None,
    starts_before: Annotated[
        str | None, typer.Option(help="Invite who starts before this day: 2026-12-01. [default: tomorrow]")
    ] = None,
    date_order: Annotated[
        str | None, typer.Option(help="How the exports write 03/04/2026: dmy, mdy or ymd. [default: as they tell]")
    ] = None,
    hold: Annotated[
        list[str] | None, typer.Option(help="Hold rows for this reason too: role_address. Repeatable.")
    ] = None,
    no_hold: Annotated[
        list[str] | None, typer.Option(help="Hold no row for this reason, such as near_miss_domain. Repeatable.")
    ] = None,
    rate: options.Rate = None,
    concurrency: options.Concurrency = None,
    deadline: options.Deadline = None,
    settle_seconds: options.SettleSeconds = None,
    resend_unconfirmed: options.ResendUnconfirmed = None,
    low_memory: Annotated[
        bool | None, typer.Option("--low-memory", help="Take less memory for large exports, and more time.")
    ] = None,
    json: options.AsJson = None,
    quiet: options.Quiet = None,
    no_progress: options.NoProgress = None,
    log_format: options.LogFormat = None,
    log_level: options.LogLevel = None,
) -> None:
    given = _given(locals())
    from onboarding import pipeline

    stops = context.info_name == "plan"
    _end(lambda: _summarised(lambda chosen: pipeline.run(chosen, stop_after_plan=stops), given, config))


app.command("run", help="Read, decide, send, report.")(_job)
app.command("plan", help="Do the same without sending: report who would be invited.")(_job)


@app.command("resume", help="Settle what is in doubt, and finish what an interrupted run left.")
def _resume(
    run_id: Annotated[str | None, typer.Argument(help="The run. [default: the latest, if it was interrupted]")] = None,
    config: options.Config = None,
    destination: options.Destination = None,
    account_id: options.AccountId = None,
    user_type: options.UserType = None,
    sandbox: options.InSandbox = None,
    endpoint_url: options.EndpointUrl = None,
    profile: options.Profile = None,
    region: options.Region = None,
    ledger: options.LedgerUrl = None,
    out: options.Out = None,
    rate: options.Rate = None,
    concurrency: options.Concurrency = None,
    deadline: options.Deadline = None,
    settle_seconds: options.SettleSeconds = None,
    resend_unconfirmed: options.ResendUnconfirmed = None,
    json: options.AsJson = None,
    quiet: options.Quiet = None,
    no_progress: options.NoProgress = None,
    log_format: options.LogFormat = None,
    log_level: options.LogLevel = None,
) -> None:
    given = _given(locals())
    from onboarding import pipeline

    _end(lambda: _summarised(lambda chosen: pipeline.resume(chosen, run_id), given, config))


@app.command("report", help="Write a past run's reports again, from the ledger.")
def _report(
    run_id: Annotated[str, typer.Argument(help="The run; onboard runs lists them.")],
    config: options.Config = None,
    sandbox: options.InSandbox = None,
    profile: options.Profile = None,
    region: options.Region = None,
    ledger: options.LedgerUrl = None,
    out: options.Out = None,
    json: options.AsJson = None,
    quiet: options.Quiet = None,
) -> None:
    given = _given(locals())
    from onboarding import past

    def write() -> int:
        _summarised(lambda chosen: past.report(chosen, run_id), given, config)
        return ExitCode.SETTLED  # the report is written, whatever it tells

    _end(write)


@app.command("runs", help="List past runs with their counts.")
def _runs(
    config: options.Config = None,
    sandbox: options.InSandbox = None,
    ledger: options.LedgerUrl = None,
    json: options.AsJson = None,
) -> None:
    given = _given(locals())
    from onboarding import past
    from onboarding.reports import as_json, show_runs

    def show() -> int:
        chosen = _settings(given, config)
        found = past.runs(chosen)
        _print(lambda: typer.echo(as_json(found), nl=False) if chosen.json_ else show_runs(found))
        return ExitCode.SETTLED

    _end(show)


@app.command("purge", help="Take names and addresses out of old runs; whom they invited is not invited again.")
def _purge(
    older_than: Annotated[str, typer.Option(help="Runs that ended longer ago than this: 90d, 12h.")],
    config: options.Config = None,
    sandbox: options.InSandbox = None,
    ledger: options.LedgerUrl = None,
) -> None:
    given = _given(locals())
    from onboarding import past
    from onboarding.settings import duration

    def purge() -> int:
        done = past.purge(_settings(given, config), duration(older_than, flag="--older-than"))
        typer.echo(f"Purged {done.runs} runs: {done.addresses} addresses are hashes now.")
        return ExitCode.SETTLED

    _end(purge)


def _given(values: dict[str, object]) -> dict[str, object]:
    """Return the settings that were given on the command line."""
    own = ("context", "config", "run_id", "older_than")
    return {name: value for name, value in values.items() if name not in own and value is not None and value != []}


def _end(work: Callable[[], int]) -> NoReturn:
    raise typer.Exit(exit_code_of(work))


def _settings(given: dict[str, object], config: Path | None) -> "Settings":
    from onboarding import logs, settings

    chosen = settings.load(given, config=config)
    logs.configure(level=chosen.log_level, log_format=chosen.log_format)
    return chosen


def _summarised(work: Callable[["Settings"], "Summary"], given: dict[str, object], config: Path | None) -> int:
    chosen = _settings(given, config)
    summary = work(chosen)
    if chosen.json_:
        _print(lambda: typer.echo(summary.as_json(), nl=False))
    elif not chosen.quiet:
        _print(summary.show)
    if summary.message:
        say(summary.message)
    return summary.exit_code


def _print(result: Callable[[], None]) -> None:
    try:
        result()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich leaves by the second
        # Nobody reads the table (`onboard run … | head`); the run is as it is all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app.command("sandbox", help="Serve the local Chime service over HTTP until stopped.")(serve)


def main() -> NoReturn:
    """Run the command line."""
    app()
    sys.exit()
