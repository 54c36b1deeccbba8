"""Was a request applied? Reads botocore's exceptions, the same way for every AWS service.

The status decides, not the error's name: without its header botocore calls a 429 ``Throttled``, and the names differ
between services. A few codes that AWS front ends send with status 400 are named as well, lest a chunk be split in
search of a bad address when the credentials have expired.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
)

from onboarding.destinations.port import Refused, RequestError, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed
from onboarding.runtime.aws import NO_CREDENTIALS

THROTTLE_CODES = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"})
CREDENTIAL_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
CLOSED_STATUSES = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
    }
)

_NEVER_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)


@contextmanager
def translated() -> Iterator[None]:
    """Translate what botocore raises within into a ``RequestError`` or ``DestinationClosed``, without its text.

    botocore's messages may quote a request, so they are dropped; the service's own message travels in ``Refused``
    alone, for the report.
    """
    try:
        yield
    except ClientError as error:
        raise meaning(error) from None
    except NO_CREDENTIALS as error:
        raise DestinationClosed(
            f"There are no usable AWS credentials ({type(error).__name__}); set them, or name a profile with --profile."
        ) from None
    except _NEVER_CONNECTED as error:
        raise Unreachable(type(error).__name__) from None
    except Exception as error:  # noqa: BLE001 - over an answer that is not of the model botocore's parsers just stumble
        raise Unconfirmed(type(error).__name__) from None


def meaning(error: ClientError) -> RequestError | DestinationClosed:
    """Return what an error answer says about whether the request was applied."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    code = str(error.response["Error"].get("Code", ""))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # whatever its code says
        return Unconfirmed(_told(status, code))
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in THROTTLE_CODES:
        return Throttled(_retry_after(error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("retry-after")))
    if status in CLOSED_STATUSES or code in CREDENTIAL_CODES:
        return DestinationClosed(
            f"The service answered {_told(status, code)}; check the account, the endpoint and the AWS profile."
        )
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.REQUEST_TIMEOUT:
        return Refused(code, error.response["Error"].get("Message", ""))
    return Unconfirmed(_told(status, code))


def _told(status: int, code: str) -> str:
    # Where an answer names no error, botocore gives its status as the code.
    return f"{status} {code}" if code and code != str(status) else f"{status}"


def _retry_after(header: str | None) -> float | None:
    """Read ``Retry-After`` in either of its forms (RFC 9110): seconds, or a date."""
    if header is None:
        return None
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
