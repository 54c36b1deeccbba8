"""How are boto3 clients opened? This is the only module that does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    CredentialRetrievalError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.loaders import JSONFileLoader
from botocore.session import get_session

from onboarding.model.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_chime import ChimeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_wickr import WickrAdminAPIClient

CHIME_REGION = "us-east-1"
"""Chime has one endpoint, in this region, whatever region the caller works in."""

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60
S3_ATTEMPTS = 5
SNS_ATTEMPTS = 3
SNS_TIMEOUT_SECONDS = 3
"""To connect, and to answer: nobody waits for a notice longer than that."""

NO_CREDENTIALS = (
    CredentialRetrievalError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
"""What botocore raises where there are no usable credentials."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach AWS. Empty fields leave the choice to boto3's own chain; keys are given for the sandbox alone."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


OWN_CHAIN = Access()
"""What boto3 finds by itself."""


def open_chime(access: Access, *, connections: int = 1) -> "ChimeClient":
    """Return a thread-safe Chime client that keeps so many connections open.

    botocore makes one attempt for each call: its retry modes leave Chime's modelled 429 alone and repeat the time-outs
    and 5xx that must never be repeated blindly. Raises ``ConfigurationError`` for an unknown profile or a bad URL.
    """
    with _plainly(access, check="--endpoint-url"):
        return _session(access).client(
            "chime", region_name=CHIME_REGION, endpoint_url=access.endpoint_url, config=_one_attempt(connections)
        )


def open_wickr(access: Access, *, connections: int = 1) -> "WickrAdminAPIClient":
    """Return a thread-safe Wickr client that keeps so many connections open.

    botocore makes one attempt for each call here, too, and would make up a new token for each. Raises
    ``ConfigurationError`` for an unknown profile, no region or a bad URL.
    """
    with _plainly(access, check="--region and --endpoint-url"):
        return _session(access).client(
            "wickr", region_name=access.region, endpoint_url=access.endpoint_url, config=_one_attempt(connections)
        )


def open_s3(access: Access = OWN_CHAIN) -> "S3Client":
    """Return a thread-safe S3 client.

    Here botocore may repeat a request as it sees fit: to read an object, or to put a whole one, does the same however
    often it is done. Raises ``ConfigurationError`` for an unknown profile, a bad region or a bad URL.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": S3_ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
    )
    with _plainly(access, check="--region and AWS_ENDPOINT_URL_S3"):
        return _session(access).client("s3", region_name=access.region, endpoint_url=access.endpoint_url, config=config)


def open_sns(access: Access = OWN_CHAIN) -> "SNSClient":
    """Return a thread-safe SNS client of the topic's own region, which gives up soon.

    Here botocore may repeat a request as well: a notice that comes twice is better than none. Raises
    ``ConfigurationError`` for an unknown profile, a bad region or a bad URL.
    """
    config = Config(
        retries={"mode": "standard", "total_max_attempts": SNS_ATTEMPTS},
        connect_timeout=SNS_TIMEOUT_SECONDS,
        read_timeout=SNS_TIMEOUT_SECONDS,
    )
    with _plainly(access, check="--notify and AWS_ENDPOINT_URL_SNS"):
        return _session(access).client(
            "sns", region_name=access.region, endpoint_url=access.endpoint_url, config=config
        )


class S3AtNeed:
    """Return a client of S3 when called, always the same, opened when first asked for.

    Pickled, it becomes the one of the process that it comes to.
    """

    def __init__(self, access: Access = OWN_CHAIN) -> None:
        self._access = access
        self._opening = Lock()
        self._client: S3Client | None = None

    def __call__(self) -> "S3Client":
        """Return the client. Raises as ``open_s3`` does."""
        with self._opening:
            self._client = self._client or open_s3(self._access)
            return self._client

    def close(self) -> None:
        """Close the client, if it was opened."""
        if self._client:
            self._client.close()

    def __reduce__(self) -> tuple[Callable[[Access], "S3AtNeed"], tuple[Access]]:
        """Travel without the client."""
        return _s3_of_this_process, (self._access,)


@cache
def _s3_of_this_process(access: Access) -> S3AtNeed:
    return S3AtNeed(access)


def s3_at_need(access: Access) -> AbstractContextManager[S3AtNeed]:
    """Yield what returns a client of S3 when called, which is closed at the end."""
    return closing(S3AtNeed(access))


def foreign_endpoint(endpoint_url: str) -> str:
    """Return the endpoint if it is not the vendor's own, else the empty string: the ledger's key tells them apart."""
    host = urlsplit(endpoint_url).hostname or ""
    return "" if host.endswith((".amazonaws.com", ".api.aws")) else endpoint_url


def _one_attempt(connections: int) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=connections,
    )


@contextmanager
def _plainly(access: Access, *, check: str) -> Iterator[None]:
    try:
        yield
    except ProfileNotFound:
        raise ConfigurationError(
            f"The AWS profile {access.profile!r} is not in the AWS configuration; name another with --profile."
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"The AWS settings cannot be used ({error}); check {check}.") from None


class _Files(JSONFileLoader):
    """botocore's own files, each read once: a process that sends to many accounts has a session for each of them."""

    @cache  # noqa: B019 - there is one of these
    def load_file(self, file_path: str) -> object:
        """Return what is in a file, or nothing."""
        return super().load_file(file_path)


_FILES = _Files()


def _session(access: Access) -> boto3.Session:
    session = get_session()
    session.get_component("data_loader").file_loader = _FILES
    return boto3.Session(
        botocore_session=session,
        profile_name=access.profile,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
    )
