"""The clients of AWS's services for a run, with their credentials, time-outs and retries.

No other module imports boto3. The module ``aws_errors`` translates the errors of the clients.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

from onboarding.model.errors import ConfigurationError
from onboarding.runtime.aws import OWN_CHAIN, Access
from onboarding.runtime.aws_session import aws_session
from onboarding.runtime.endpoints import canonical_endpoint
from onboarding.runtime.limited_clients import limited
from onboarding.runtime.request_limits import NEVER, CutTime, RequestLimits

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 60
S3_ATTEMPTS = 5
SNS_ATTEMPTS = 3
SNS_TIMEOUT_SECONDS = 3
"""The longest wait of one attempt for a connection to SNS, and for the answer, each in seconds."""

SECRETS_ATTEMPTS = 3
SECRETS_TIMEOUT_SECONDS = 5
"""The longest wait of one attempt for a connection to Secrets Manager, and for the answer, each in seconds."""

ONE_ATTEMPT = RequestLimits(seconds=READ_TIMEOUT_SECONDS)
SNS_LIMITS = RequestLimits(seconds=SNS_TIMEOUT_SECONDS * SNS_ATTEMPTS)
SECRETS_LIMITS = RequestLimits(seconds=2 * SECRETS_TIMEOUT_SECONDS * SECRETS_ATTEMPTS)
S3_LIMITS = RequestLimits(seconds=READ_TIMEOUT_SECONDS + 5, step_bytes=2**16, last_seconds=1.5)
"""The limits of a call to S3. The limits apply to each step of 64 KiB, since a whole object may take hours.

botocore's own time-out is shorter, so that botocore repeats a request without an answer.
"""


def open_service(
    service: str,
    access: Access,
    *,
    only_region: str | None = None,
    connections: int = 1,
    limits: RequestLimits = ONE_ATTEMPT,
    cut: CutTime = NEVER,
) -> Any:
    """Return a thread-safe client of the service with botocore's name ``service``, such as ``wickr``.

    ``only_region`` is the region of the service's only endpoint; None means the region of ``access``. The client keeps
    at most ``connections`` connections open. Each call ends within ``limits``, and soon after ``cut`` says that the run
    ends.

    botocore makes one attempt for each call, since its retry modes do not suit the job. The retry modes repeat only
    some requests after a 429. But they also repeat requests after time-outs and 5xx. The job must never repeat such
    requests blindly.

    Raises ``ConfigurationError`` for an unknown profile, no region or a bad URL.
    """
    check = f"{'' if only_region else '--region, '}--endpoint-url and AWS_ENDPOINT_URL_{service.upper()}"
    with _explain_errors(access, check=check):
        client = _client(service, access, _one_attempt(connections), limits, cut, region=only_region or access.region)
        _check_endpoint(client)
        return client


def open_s3(access: Access = OWN_CHAIN, *, limits: RequestLimits = S3_LIMITS, cut: CutTime = NEVER) -> "S3Client":
    """Return a thread-safe S3 client.

    Each step of a call ends within ``limits`` (``RequestLimits``), and soon after ``cut`` says that the run ends.
    botocore may repeat these requests, since to read or write a whole object twice does no harm. Raises
    ``ConfigurationError`` for an unknown profile, a bad region or a bad URL.
    """
    config = _several_attempts(S3_ATTEMPTS, connect_seconds=CONNECT_TIMEOUT_SECONDS, read_seconds=READ_TIMEOUT_SECONDS)
    with _explain_errors(access, check="--region and AWS_ENDPOINT_URL_S3"):
        client: S3Client = _client("s3", access, config, limits, cut, region=access.region)
        return client


def open_sns(access: Access = OWN_CHAIN) -> "SNSClient":
    """Return a thread-safe SNS client, with short time-outs. The topic must be in the region of ``access``.

    botocore may repeat these requests, since two notifications are better than no notification. Raises
    ``ConfigurationError`` for an unknown profile, a bad region or a bad URL.
    """
    config = _several_attempts(SNS_ATTEMPTS, connect_seconds=SNS_TIMEOUT_SECONDS, read_seconds=SNS_TIMEOUT_SECONDS)
    with _explain_errors(access, check="--notify and AWS_ENDPOINT_URL_SNS"):
        client: SNSClient = _client("sns", access, config, SNS_LIMITS, NEVER, region=access.region)
        return client


def open_secrets_manager(access: Access = OWN_CHAIN) -> "SecretsManagerClient":
    """Return a thread-safe client of Secrets Manager, with short time-outs.

    botocore may repeat these requests, since they only read. Raises ``ConfigurationError`` for an unknown profile, no
    region or a bad URL.
    """
    config = _several_attempts(
        SECRETS_ATTEMPTS, connect_seconds=SECRETS_TIMEOUT_SECONDS, read_seconds=SECRETS_TIMEOUT_SECONDS
    )
    with _explain_errors(access, check="--region or AWS_REGION, and AWS_ENDPOINT_URL_SECRETS_MANAGER"):
        client: SecretsManagerClient = _client(
            "secretsmanager", access, config, SECRETS_LIMITS, NEVER, region=access.region
        )
        return client


def _check_endpoint(client: BaseClient) -> None:
    """Raise ``ValueError`` if the endpoint of the client, for example from the environment, has no canonical form."""
    try:
        canonical_endpoint(client.meta.endpoint_url)
    except ValueError:
        client.close()
        raise


def _several_attempts(attempts: int, *, connect_seconds: float, read_seconds: float) -> Config:
    """Return the configuration of a client whose requests botocore may repeat. Time-outs are in seconds."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
    )


def _one_attempt(connections: int) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": 1},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        max_pool_connections=connections,
    )


@contextmanager
def _explain_errors(access: Access, *, check: str) -> Iterator[None]:
    try:
        yield
    except ProfileNotFound:
        raise ConfigurationError(
            f"The AWS profile {access.profile!r} is not in the AWS configuration; name another with --profile."
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"The AWS settings cannot be used ({error}); check {check}.") from None


def _client(
    service: str, access: Access, config: Config, limits: RequestLimits, cut: CutTime, *, region: str | None
) -> Any:
    session = aws_session()
    session.register("creating-client-class", limited(limits, cut, session))
    with_credentials = boto3.Session(
        botocore_session=session,
        profile_name=access.profile,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
    )
    return with_credentials.client(  # type: ignore[call-overload] # the stubs know literal names only
        service, region_name=region, endpoint_url=access.endpoint_url, config=config
    )
