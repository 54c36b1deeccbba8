"""Find out from an exception of botocore whether AWS applied the failed request, in the same way for all services.

The HTTP status decides, and not the name of the error, since names differ between services and may be missing. A few
error codes override the status, since AWS front ends send these codes with status 400. For example, expired credentials
would otherwise look like a bad request. The module ``aws_access`` puts refused access into plain words. The module
``s3`` puts the other errors of S3 into plain words.
"""

from dataclasses import field, replace
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError

from onboarding.model.printable import printable
from onboarding.model.run import now
from onboarding.model.values import dataclass
from onboarding.runtime.aws_access import (
    CREDENTIAL_CODES,
    NO_CREDENTIALS,
    RefusedAccess,
    called_endpoint,
    explain_missing_credentials,
    explain_refused_answer,
)
from onboarding.runtime.request_limits import RequestCut

THROTTLE_CODES = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled"})

_NEVER_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)


class AwsErrorType(Enum):
    """The kinds of failed calls, by the effect of the request."""

    NO_CREDENTIALS = auto()
    """Nothing was sent, since usable credentials are missing."""
    NOT_CONNECTED = auto()
    """Nothing was sent, since the client got no connection, or cut the request off before it left."""
    THROTTLED = auto()
    """The service answered 429, or a code with the same meaning, and applied nothing."""
    ACCESS_REFUSED = auto()
    """The service refused these credentials and applied nothing."""
    REFUSED = auto()
    """The service refused the request with a 4xx for any other reason, and applied nothing."""
    UNCONFIRMED = auto()
    """After a timeout, a reset, a 5xx or an unreadable answer, the service may have applied the request."""


@dataclass(frozen=True, slots=True)
class AwsError:
    """A failed call without botocore's text, which may quote the request.

    ``cause`` is the status with the service's code, the name of botocore's exception, or the reason why the client cut
    the request off. ``status`` is 0 without an answer. ``message`` is the text of the service, and may contain an
    address. ``retry_after`` is in seconds; None if the service named no time. ``refused`` is the reason for refused
    access, for the types ``NO_CREDENTIALS`` and ``ACCESS_REFUSED``, and otherwise None. ``endpoint`` is the URL of the
    service, or empty if the URL is unknown.
    """

    type: AwsErrorType
    cause: str
    status: int = 0
    code: str = ""
    message: str = field(default="", repr=False)
    retry_after: float | None = None
    refused: RefusedAccess | None = None
    endpoint: str = ""

    @property
    def at_endpoint(self) -> str:
        """A space, the word ``at`` and the URL of the service; empty if the URL is unknown."""
        return f" at {self.endpoint}" if self.endpoint else ""


LONGEST_LINE = 200
"""The most characters that the job keeps of a service's text."""

LONGEST_RETRY_AFTER_SECONDS = 86_400.0
"""The longest wait that a number in ``Retry-After`` can demand, in seconds: a day. No run waits so long."""


def one_line(text: str) -> str:
    """Return a text of a service as a short line for the ledger, reports and terminals."""
    return printable(text[:LONGEST_LINE])[:LONGEST_LINE]


def read_error(error: Exception) -> AwsError:
    """Return the kind and the details of a failed call from botocore's exception."""
    return replace(_read(error), endpoint=called_endpoint(error))


def _read(error: Exception) -> AwsError:
    cause = type(error).__name__
    if isinstance(error, ClientError):
        return _read_answer(error)
    if isinstance(error, NO_CREDENTIALS):
        return AwsError(AwsErrorType.NO_CREDENTIALS, cause, refused=explain_missing_credentials(error))
    if isinstance(error, _NEVER_CONNECTED):
        return AwsError(AwsErrorType.NOT_CONNECTED, cause)
    if isinstance(error, RequestCut):
        return AwsError(AwsErrorType.UNCONFIRMED if error.has_left else AwsErrorType.NOT_CONNECTED, str(error))
    # Any exception: botocore's parsers raise many kinds of errors for an answer that does not fit the service's model.
    return AwsError(AwsErrorType.UNCONFIRMED, cause)


def _read_answer(error: ClientError) -> AwsError:
    metadata = error.response["ResponseMetadata"]
    told = error.response.get("Error", {})  # botocore leaves "Error" out for status 300
    status, code = metadata["HTTPStatusCode"], one_line(str(told.get("Code", "")))
    # If an answer names no error, botocore uses the status as the code.
    cause = f"{status} {code}" if code and code != str(status) else f"{status}"
    error_type = _type_of(status, code)
    is_access = error_type is AwsErrorType.ACCESS_REFUSED
    return AwsError(
        error_type,
        cause,
        status,
        code,
        one_line(str(told.get("Message", ""))),
        _retry_after(metadata.get("HTTPHeaders", {}).get("retry-after")),
        explain_refused_answer(error, cause=cause, code=code) if is_access else None,
    )


def _type_of(status: int, code: str) -> AwsErrorType:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # whatever its code says
        return AwsErrorType.UNCONFIRMED
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in THROTTLE_CODES:
        return AwsErrorType.THROTTLED
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or code in CREDENTIAL_CODES:
        return AwsErrorType.ACCESS_REFUSED
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.REQUEST_TIMEOUT:
        return AwsErrorType.REFUSED
    return AwsErrorType.UNCONFIRMED


def _retry_after(header: str | None) -> float | None:
    """Return the wait in a ``Retry-After`` header in seconds, or None if the header is missing or cannot be read.

    The header is a number of seconds or a date (RFC 9110).
    """
    if header is None:
        return None
    if header.isdecimal():
        return min(float(header), LONGEST_RETRY_AFTER_SECONDS)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now()).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
