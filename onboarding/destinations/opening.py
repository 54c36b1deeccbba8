"""Which destination do the settings name, and how is it reached?"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from shutil import rmtree

from onboarding.aws import Access, open_chime
from onboarding.destinations.base import Service
from onboarding.destinations.chime import ChimeDestination
from onboarding.errors import ConfigurationError
from onboarding.sandbox import TEAM_ACCOUNT, Sandbox
from onboarding.settings import Settings

SANDBOX_ENDPOINT = "sandbox"
"""What the ledger calls the embedded service, whatever port it got this time."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A destination that can be talked to, and the embedded service behind it in a rehearsal."""

    destination: Service
    sandbox: Sandbox | None = None


@contextmanager
def open_destination(settings: Settings) -> Iterator[Opened]:
    """Open the destination that the settings name, with the embedded service behind it if they say so.

    Raises ``ConfigurationError``.
    """
    if settings.sandbox:
        if settings.fresh:
            rmtree(settings.state_folder(), ignore_errors=True)
        with Sandbox(state=settings.service_state()) as sandbox:
            access = Access(endpoint_url=sandbox.url, access_key="sandbox", secret_key="sandbox")  # noqa: S106 - not one
            account_id = settings.account_id or TEAM_ACCOUNT
            with closing(open_chime(access, connections=settings.concurrency)) as client:
                destination = ChimeDestination(
                    client, account_id, user_type=settings.user_type, endpoint=SANDBOX_ENDPOINT
                )
                yield Opened(destination, sandbox)
    else:
        if settings.account_id is None:
            raise ConfigurationError("Name the account to invite people to with --account-id, or add --sandbox.")
        access = Access(profile=settings.profile, endpoint_url=settings.endpoint_url)
        with closing(open_chime(access, connections=settings.concurrency)) as client:
            yield Opened(ChimeDestination(client, settings.account_id, user_type=settings.user_type))
