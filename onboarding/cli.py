"""How does the command line become settings, a run and an exit code? Nothing else happens here.

Modules that load pandas or boto3 are imported inside the commands, so that ``--help`` answers at once.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from onboarding import __version__
from onboarding.errors import ExitCode
from onboarding.exits import exit_code_of, say

app = typer.Typer(
    name="onboard",
    help="Invite everyone in an HR export to Amazon Chime, once, and account for every row.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SANDBOX_PORT = 8765


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
    config: Annotated[Path | None, typer.Option(help="A TOML file of settings.")] = None,
    destination: Annotated[str | None, typer.Option(help="Where to invite people: chime. [default: chime]")] = None,
    account_id: Annotated[str | None, typer.Option(help="The Chime Team account.")] = None,
    user_type: Annotated[str | None, typer.Option(help="PrivateUser or SharedDevice.")] = None,
    sandbox: Annotated[bool | None, typer.Option("--sandbox", help="Rehearse against the embedded service.")] = None,
    fresh: Annotated[bool | None, typer.Option("--fresh", help="Forget earlier rehearsals first.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Talk to this endpoint instead of AWS.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile to use.")] = None,
    region: Annotated[str | None, typer.Option(help="The AWS region of S3.")] = None,
    ledger: Annotated[str | None, typer.Option(help="SQLAlchemy URL. [default: SQLite in the state folder]")] = None,
    out: Annotated[
        str | None, typer.Option(help="Folder or s3:// URI for reports. [default: onboarding-reports]")
    ] = None,
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
    deadline: Annotated[str | None, typer.Option(help="Stop sending after 90s, 30m, 2h, ...")] = None,
    low_memory: Annotated[
        bool | None, typer.Option("--low-memory", help="Take less memory for large exports, and more time.")
    ] = None,
    json: Annotated[bool | None, typer.Option("--json", help="Print the summary as JSON.")] = None,
    quiet: Annotated[bool | None, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = None,
    no_progress: Annotated[bool | None, typer.Option("--no-progress", help="Show no progress bar.")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, console or json. [default: auto]")] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error. [default: info; on a terminal warning]")
    ] = None,
) -> None:
    given = {name: value for name, value in locals().items() if name not in ("context", "config")}
    given = {name: value for name, value in given.items() if value is not None and value != []}
    command = context.info_name
    raise typer.Exit(exit_code_of(lambda: _carry_out(given, config, stop_after_plan=command == "plan")))


app.command("run", help="Read, decide, send, report.")(_job)
app.command("plan", help="Do the same without sending: report who would be invited.")(_job)


def _carry_out(given: dict[str, object], config: Path | None, *, stop_after_plan: bool) -> int:
    from onboarding import logs, pipeline, settings

    chosen = settings.load(given, config=config)
    logs.configure(level=chosen.log_level, log_format=chosen.log_format)
    summary = pipeline.run(chosen, stop_after_plan=stop_after_plan)
    try:
        if chosen.json_:
            typer.echo(summary.as_json(), nl=False)
        elif not chosen.quiet:
            summary.show()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich leaves by the second
        # Nobody reads the table (`onboard run … | head`); the run is as it is all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if summary.message:
        say(summary.message)
    return summary.exit_code


@app.command("sandbox", help="Serve the local Chime service over HTTP until stopped.")
def _sandbox(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = SANDBOX_PORT,
    rate: Annotated[float | None, typer.Option(help="Requests a second; more are answered 429.")] = None,
    burst: Annotated[int, typer.Option(help="Requests that pass at once after a rest.")] = 5,
    retry_after: Annotated[bool, typer.Option(help="Whether a 429 says how long to wait.")] = True,
    list_delay: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long ListUsers does not show a new invitee.")
    ] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with an empty account.")] = False,
) -> None:
    def serve() -> int:
        from onboarding import settings
        from onboarding.sandbox import TEAM_ACCOUNT, Sandbox

        # Whatever else the environment sets for runs against this service is not about the service.
        state = settings.load({"sandbox": True, "endpoint_url": None, "ledger": None}).service_state()
        with Sandbox(
            state=state, port=port, rate=rate, burst=burst, retry_after=retry_after, list_delay_seconds=list_delay
        ) as service:
            if fresh:
                service.empty()
            typer.echo(
                f"Amazon Chime's sandbox answers at {service.url} (account {TEAM_ACCOUNT}). Stop it with Ctrl-C."
            )
            with suppress(KeyboardInterrupt):
                service.wait()
        return ExitCode.SETTLED

    raise typer.Exit(exit_code_of(serve))


def main() -> NoReturn:
    """Run the command line."""
    app()
    sys.exit()
