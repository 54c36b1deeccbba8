"""How are boto3 clients opened? This is the only module that does."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

from onboarding.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_chime import ChimeClient

CHIME_REGION = "us-east-1"
"""Chime has one endpoint, in this region, whatever region the caller works in."""

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach AWS. Empty fields leave the choice to boto3's own chain; keys are given for the sandbox alone."""

    profile: str | None = None
    endpoint_url: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


def open_chime(access: Access) -> "ChimeClient":
    """Return a thread-safe Chime client.

    botocore makes one attempt for each call: its retry modes leave Chime's modelled 429 alone and repeat the time-outs
    and 5xx that must never be repeated blindly. Raises ``ConfigurationError`` for an unknown profile or a bad URL.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
    )
    try:
        session = boto3.Session(
            profile_name=access.profile,
            aws_access_key_id=access.access_key,
            aws_secret_access_key=access.secret_key,
        )
        return session.client("chime", region_name=CHIME_REGION, endpoint_url=access.endpoint_url, config=config)
    except ProfileNotFound:
        raise ConfigurationError(
            f"The AWS profile {access.profile!r} is not in the AWS configuration; name another with --profile."
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"The AWS settings cannot be used ({error}); check --endpoint-url.") from None


def foreign_endpoint(endpoint_url: str) -> str:
    """Return the endpoint if it is not the vendor's own, else the empty string: the ledger's key tells them apart."""
    host = urlsplit(endpoint_url).hostname or ""
    return "" if host.endswith((".amazonaws.com", ".api.aws")) else endpoint_url
