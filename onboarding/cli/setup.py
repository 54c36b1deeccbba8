"""Which commands help before a first run?"""

from contextlib import suppress
from typing import Annotated

import typer

from onboarding.cli.exits import exit_code_of
from onboarding.cli.output import chosen_by, printed
from onboarding.model.errors import ExitCode
from onboarding.settings.options import Given, taking

PORT = 8765


@taking(
    *("exports", "destination", "account_id", "user_type", "network_id", "security_group"),
    *("sandbox", "endpoint_url", "profile", "region", "ledger", "out", "engine", "account_column", "routes", "json"),
)
def check(given: Given) -> int:
    """Tell whether a run would work, and what to do if not."""
    from onboarding.pipeline.check import check as examination
    from onboarding.settings import settings

    def examine() -> int:
        chosen = chosen_by(given)
        findings = examination.examine(chosen, settings.origins(given.flags, config=given.config))
        if chosen.json_:
            printed(lambda: typer.echo(examination.as_json(findings), nl=False))
        else:
            printed(lambda: examination.show(findings))
        return examination.exit_code(findings)

    return exit_code_of(examine)


def sandbox(
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1.")] = PORT,
    rate: Annotated[float | None, typer.Option(help="Requests a second; more are answered 429.")] = None,
    burst: Annotated[int, typer.Option(help="Requests that pass at once after a rest.")] = 5,
    latency: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long a request and its answer travel together.")
    ] = 0,
    jitter: Annotated[float, typer.Option(metavar="SHARE", help="By which share of that it may be more or less.")] = 0,
    retry_after: Annotated[bool, typer.Option(help="Whether a 429 says how long to wait.")] = True,
    list_delay: Annotated[
        float, typer.Option(metavar="SECONDS", help="How long ListUsers does not show a new invitee.")
    ] = 0,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with an empty account.")] = False,
) -> None:
    """Serve the local Chime and Wickr service over HTTP until stopped."""

    def work() -> int:
        from onboarding.sandbox import TEAM_ACCOUNT, WICKR_NETWORK, Sandbox
        from onboarding.settings import settings

        # Whatever else the environment sets for runs against this service is not about the service.
        state = settings.load({"sandbox": True, "endpoint_url": None, "ledger": None}).service_state()
        with Sandbox(
            state=state,
            port=port,
            rate=rate,
            burst=burst,
            latency_seconds=latency,
            jitter=jitter,
            retry_after=retry_after,
            list_delay_seconds=list_delay,
        ) as service:
            if fresh:
                service.empty()
            typer.echo(
                f"The sandbox of Amazon Chime and AWS Wickr answers at {service.url} (account {TEAM_ACCOUNT}, network"
                f" {WICKR_NETWORK}). Stop it with Ctrl-C."
            )
            with suppress(KeyboardInterrupt):
                service.wait()
        return ExitCode.SETTLED

    raise typer.Exit(exit_code_of(work))
