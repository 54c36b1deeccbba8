"""Which commands tell of past runs?"""

from typing import Annotated

import typer

from onboarding.cli.exits import exit_code_of, say
from onboarding.cli.output import chosen_by, printed, summarised
from onboarding.model.errors import ExitCode
from onboarding.settings.options import Given, taking


@taking(
    *("sandbox", "destination", "account_id", "network_id", "endpoint_url", "ledger", "json"),
    last_success_within=Annotated[
        str | None,
        typer.Option(help="Print nothing; exit with 0 if a run went well so lately (26h), and with 1 if none did."),
    ],
)
def runs(given: Given, last_success_within: str | None) -> int:
    """List past runs with their counts."""
    from onboarding.pipeline import past
    from onboarding.reports import as_json, show_runs
    from onboarding.settings.values import duration

    def show() -> int:
        chosen = chosen_by(given)
        if last_success_within is not None:
            lately = past.success_within(chosen, duration(last_success_within, flag="--last-success-within"))
            if lately is None:
                return ExitCode.SETTLED
            say(lately)
            return ExitCode.INTERNAL
        found = past.runs(chosen)
        printed(lambda: typer.echo(as_json(found), nl=False) if chosen.json_ else show_runs(found))
        return ExitCode.SETTLED

    return exit_code_of(show)


@taking(
    *("sandbox", "profile", "region", "ledger", "out", "handoff", "no_page", "json", "quiet"),
    run_id=Annotated[str, typer.Argument(help="The run; onboard runs lists them.")],
)
def report(given: Given, run_id: str) -> int:
    """Write a past run's reports again, from the ledger."""
    from onboarding.pipeline import past

    def write() -> int:
        chosen = chosen_by(given)
        summary = past.report(chosen, run_id)
        summarised(chosen, summary)
        # The report is written, whatever it tells of the run; a page or workbook that is missing is told.
        return ExitCode.INTERNAL if summary.message else ExitCode.SETTLED

    return exit_code_of(write)


@taking(
    *("sandbox", "ledger"),
    older_than=Annotated[str, typer.Option(help="Runs that ended longer ago than this: 90d, 12h.")],
)
def purge(given: Given, older_than: str) -> int:
    """Take names and addresses out of old runs; whom they invited is not invited again."""
    from onboarding.pipeline import past
    from onboarding.settings.values import duration

    def empty() -> int:
        done = past.purge(chosen_by(given), duration(older_than, flag="--older-than"))
        typer.echo(f"Purged {done.runs} runs: {done.addresses} addresses are hashes now.")
        return ExitCode.SETTLED

    return exit_code_of(empty)
