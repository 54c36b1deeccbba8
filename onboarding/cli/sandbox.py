"""The command ``onboard sandbox``, which serves all destinations on this machine until you stop it."""

from contextlib import suppress
from math import isnan
from typing import Any

import click

from onboarding.cli.command import CommandLine, takes_settings
from onboarding.cli.help import Command
from onboarding.model.errors import ExitCode
from onboarding.runtime.destination_registry import default_destination
from onboarding.sandbox import DAY_SECONDS, DEFAULT_BURST, HIGHEST_RATE, LONGEST_LATENCY_SECONDS, LOWEST_RATE

PORT = 8765
EXAMPLE_PERMISSION = default_destination().permissions[-1]


class FiniteRange(click.FloatRange):
    """The type of an option that is a number within bounds. NaN is refused; ``click.FloatRange`` would accept it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number, or exit with a message that names the option and the bounds."""
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


@click.command(cls=Command, context_settings={"show_default": True})
@takes_settings("state_dir", is_light=True)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help="The port on 127.0.0.1.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Answer requests for this host name, too.")
@click.option(
    "--rate",
    type=FiniteRange(LOWEST_RATE, HIGHEST_RATE),
    metavar="N",
    help="Requests a second; the service answers more with 429. [default: no limit]",
)
@click.option(
    "--burst",
    type=click.IntRange(1, HIGHEST_RATE),
    default=DEFAULT_BURST,
    help="Requests that pass at once after a rest.",
)
@click.option(
    "--latency",
    type=FiniteRange(0, LONGEST_LATENCY_SECONDS),
    default=0,
    metavar="SECONDS",
    help="How long a request and its answer travel.",
)
@click.option(
    "--jitter",
    type=FiniteRange(0, 1),
    default=0,
    metavar="SHARE",
    help="By which share of that it may be more or less.",
)
@click.option("--retry-after/--no-retry-after", default=True, help="Whether a 429 says how long to wait.")
@click.option(
    "--list-delay",
    type=FiniteRange(0, DAY_SECONDS),
    default=0,
    metavar="SECONDS",
    help="How long ListUsers hides a new user.",
)
@click.option(
    "--deny",
    multiple=True,
    metavar="PERMISSION",
    help=f"Refuse an operation, as if this permission were missing: {EXAMPLE_PERMISSION}. Repeatable.",
)
@click.option(
    "--expired-credentials",
    is_flag=True,
    show_default=False,
    help="Refuse all requests, as if their credentials had expired.",
)
@click.option("--fresh", is_flag=True, show_default=False, help="Begin with an empty account.")
def sandbox(  # noqa: PLR0913 - each option is a parameter
    line: CommandLine,
    *,
    port: int,
    allow_host: tuple[str, ...],
    rate: float | None,
    burst: int,
    latency: float,
    jitter: float,
    retry_after: bool,
    list_delay: float,
    deny: tuple[str, ...],
    expired_credentials: bool,
    fresh: bool,
) -> int:
    """Serve all destinations on this machine over HTTP until you stop the command."""
    from onboarding.model.destinations import in_words
    from onboarding.runtime.destination_registry import destinations
    from onboarding.sandbox import Sandbox
    from onboarding.settings.loading import load_settings

    # Only the state folder matters here; other settings are for runs against this service.
    chosen = load_settings(line.flags, config=line.config, names={"state_dir"}).with_values({"sandbox": True})
    with Sandbox(
        state=chosen.service_state(),
        port=port,
        allowed_hosts=allow_host,
        rate=rate,
        burst=burst,
        latency_seconds=latency,
        jitter=jitter,
        retry_after=retry_after,
        list_delay_seconds=list_delay,
    ) as service:
        if fresh:
            service.empty()
        service.refuse_access(deny, is_expired=expired_credentials)
        described = destinations().values()
        names = in_words((each.full_title for each in described), "and")
        accounts = ", ".join(f"{each.account.name.removesuffix('_id')} {each.sandbox_account}" for each in described)
        click.echo(f"The sandbox of {names} answers at {service.url} ({accounts}). Stop it with Ctrl-C.")
        with suppress(KeyboardInterrupt):
            service.wait()
    return ExitCode.SETTLED
