"""Open a run's destination; in a rehearsal, start the sandbox in place of the destination.

The package ``sandbox`` contains the sandbox, which simulates the services. This module contains the credentials and the
region for the sandbox's clients.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import rmtree

from onboarding.destinations.port import DestinationType, InviteService
from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.runtime.aws import Access
from onboarding.runtime.destination_registry import destinations, load_part
from onboarding.runtime.request_limits import NEVER, CutTime
from onboarding.sandbox import Sandbox
from onboarding.settings.options import account_flag, account_flags
from onboarding.settings.settings import Settings

SANDBOX_ENDPOINT = "sandbox"
"""The name of the sandbox's endpoint in the ledger. The name does not depend on the sandbox's port."""


SANDBOX_REGION = "us-east-1"
"""The region for clients of the sandbox. The sandbox is in no region, but boto3 demands a region."""


@dataclass(frozen=True, slots=True)
class OpenedDestination:
    """An open destination. In a rehearsal, ``sandbox`` is the server that gets the requests; otherwise None."""

    destination: InviteService
    sandbox: Sandbox | None = None


def destination_type(name: str) -> DestinationType:
    """Return the functions that open accounts of the destination ``name``.

    The first call loads the destination's client.
    """
    found: DestinationType = load_part(destinations()[name].adapter)
    return found


@contextmanager
def open_destination(settings: Settings, *, cut: CutTime = NEVER) -> Iterator[OpenedDestination]:
    """Open the destination that the settings name, until the end of the ``with`` block.

    ``cut`` says when the end of the run cuts off the requests in flight. In a rehearsal (``--sandbox``) this function
    starts the sandbox first. With ``--fresh`` it removes the rehearsal's state folder before it starts the sandbox.
    Raises ``ConfigurationError`` for a bad setting.
    """
    opener = destination_type(settings.destination).opener
    if settings.sandbox:
        if settings.fresh:
            rmtree(settings.state_folder(), ignore_errors=True)
        with Sandbox(state=settings.service_state()) as sandbox:
            account = settings.account or destinations()[settings.destination].sandbox_account
            access = sandbox_access(sandbox)
            with opener(settings, access, account, endpoint=SANDBOX_ENDPOINT, cut=cut) as destination:
                yield OpenedDestination(destination, sandbox)
    else:
        if settings.account is None:
            is_named = "destination" in settings.model_fields_set
            flags = account_flag(settings.destination) if is_named else account_flags()
            raise ConfigurationError(
                f"Name the account to invite people to with {flags}, or in a file of settings (--config),"
                " or rehearse with --sandbox.",
                remedy_flags=("--sandbox",),
            )
        access = Access(profile=settings.profile, region=settings.region, endpoint_url=settings.endpoint_url)
        with opener(settings, access, settings.account, cut=cut) as destination:
            yield OpenedDestination(destination)


def sandbox_access(sandbox: Sandbox) -> Access:
    """Return the endpoint URL, region and credentials for clients of a sandbox."""
    keys = dict.fromkeys(("access_key", "secret_key"), "any")  # the sandbox takes any keys
    return Access(endpoint_url=sandbox.url, region=SANDBOX_REGION, **keys)
