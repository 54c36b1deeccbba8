"""Read settings from a secret of AWS Secrets Manager. The text of the secret is a JSON object with settings by name."""

import json
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from onboarding.model.errors import AccessRefused, ConfigurationError, OnboardingError, StillThrottled
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import open_secrets_manager
from onboarding.runtime.aws_errors import AwsError, AwsErrorType, read_error
from onboarding.runtime.request_limits import RequestCut

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ARN = "arn:"
_REGION_IN_ARN = 3


def fetch_secret(name: str, *, profile: str | None, region: str | None, place: str) -> dict[str, object]:
    """Return the settings in a secret of AWS Secrets Manager, by name. The values are not checked yet.

    ``name`` is the name or the ARN of the secret, and ``profile`` is the AWS profile with the credentials. The region
    in an ARN overrides ``region``. ``place`` says where the operator has named the secret. Messages begin with this
    place, and show no part of the secret. Raises ``ConfigurationError`` if the secret or the region is missing, or if
    the secret is no JSON object. Raises ``AccessRefused`` if AWS refuses the request or cannot be reached, and
    ``StillThrottled`` if AWS throttles the request.
    """
    access = Access(profile=profile, region=_region_of(name) or region)
    with closing(open_secrets_manager(access)) as client:
        text = _fetch(client, name, place)
    found = _parsed(text)
    if not isinstance(found, dict):
        raise ConfigurationError(
            f'{place}: the secret is not a JSON object of settings; write one such as {{"ledger": "postgresql://…"}}.'
        )
    return found


def _region_of(name: str) -> str:
    parts = name.split(":")
    return parts[_REGION_IN_ARN] if name.startswith(_ARN) and len(parts) > _REGION_IN_ARN else ""


def _fetch(client: "SecretsManagerClient", name: str, place: str) -> str:
    """Return the text of a secret, or an empty text if the secret has bytes in place of a text."""
    try:
        return client.get_secret_value(SecretId=name).get("SecretString", "")
    except (BotoCoreError, ClientError, RequestCut) as error:
        failed = read_error(error)
    raise secret_error(failed, place)


def secret_error(error: AwsError, place: str) -> OnboardingError:
    """Return the error of the job for a failed request to Secrets Manager. Its message begins with ``place``."""
    if error.refused:
        return AccessRefused(f"{place}: {error.refused.problem}; {error.refused.advice}.")
    if error.type is AwsErrorType.THROTTLED:
        return StillThrottled(f"{place}: Secrets Manager throttles this request ({error.cause}); run again later.")
    if error.type is AwsErrorType.REFUSED:
        return ConfigurationError(
            f"{place}: Secrets Manager does not give this secret ({error.cause}); check its name, and --region or"
            " AWS_REGION."
        )
    return AccessRefused(
        f"{place}: Secrets Manager cannot be reached{error.at_endpoint} ({error.cause}); check the network, --region or"
        " AWS_REGION, and AWS_ENDPOINT_URL_SECRETS_MANAGER."
    )


def _parsed(text: str) -> object:
    """Return the value of a JSON text, or None if the text is not JSON. No error contains the text."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None
