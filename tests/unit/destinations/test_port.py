"""Translation of AWS errors: whether the service applied the request."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from math import inf

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.destinations import Refused, Throttled, Unconfirmed, Unreachable
from onboarding.destinations.answers import request_errors
from onboarding.model.errors import DestinationClosed
from onboarding.runtime.aws_access import CREDENTIAL_CODES
from onboarding.runtime.aws_errors import THROTTLE_CODES

CANARY = "canary@example.com"


def answer(status, code="", message="", **headers) -> exceptions.ClientError:
    """Return what botocore raises for an error answer."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {name.replace("_", "-"): v for name, v in headers.items()}}
    return exceptions.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "InviteUsers"
    )


def translation_of(error) -> Exception:
    """Return what is raised in place of a botocore error."""
    with pytest.raises(Exception) as caught, request_errors():  # noqa: PT011 - the test looks at whatever comes
        raise error
    return caught.value


def retry_after(header) -> float | None:
    """Return the seconds that a header asks for."""
    return translation_of(answer(429, retry_after=header)).retry_after


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadRequestException", Refused),
        (401, "UnauthorizedClientException", DestinationClosed),
        (403, "ForbiddenException", DestinationClosed),
        (404, "NotFoundException", DestinationClosed),
        (405, "405", DestinationClosed),
        (408, "RequestTimeout", Unconfirmed),
        (409, "ConflictException", Refused),
        (410, "410", DestinationClosed),
        (413, "413", Refused),
        (422, "ValidationError", Refused),
        (429, "ThrottledClientException", Throttled),
        (429, "Throttled", Throttled),
        (429, "", Throttled),
        (500, "ServiceFailureException", Unconfirmed),
        (502, "502", Unconfirmed),
        (503, "ServiceUnavailableException", Unconfirmed),
        (504, "", Unconfirmed),
        (301, "301", Unconfirmed),
        (307, "TemporaryRedirect", Unconfirmed),
    ],
)
def test_status_decides_what_was_applied(status, code, kind):
    assert isinstance(translation_of(answer(status, code)), kind)


@pytest.mark.parametrize("code", sorted(THROTTLE_CODES))
def test_throttling_by_name_with_status_400_was_not_applied(code):
    assert isinstance(translation_of(answer(400, code)), Throttled)


@pytest.mark.parametrize("code", sorted(CREDENTIAL_CODES))
def test_expired_credentials_with_status_400_close_the_destination(code):
    """A chunk would otherwise be halved in search of a bad address that is not there."""
    assert isinstance(translation_of(answer(400, code)), DestinationClosed)


@pytest.mark.parametrize("code", sorted(THROTTLE_CODES | CREDENTIAL_CODES))
def test_server_error_is_in_doubt_whatever_its_name(code):
    """After a 5xx people may have been mailed, so no name makes it a request to repeat."""
    assert isinstance(translation_of(answer(503, code)), Unconfirmed)


def test_refusal_keeps_its_code_and_hides_its_message():
    """The message may quote an address: it is for the report alone."""
    refused = translation_of(answer(400, "BadRequestException", f"{CANARY} is no address"))

    assert (refused.code, refused.message) == ("BadRequestException", f"{CANARY} is no address")
    assert CANARY not in repr(refused)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [(503, "ServiceUnavailable", "503 ServiceUnavailable"), (502, "502", "502"), (504, "", "504")],
)
def test_cause_of_a_doubt_is_status_and_code(status, code, cause):
    assert translation_of(answer(status, code)).cause == cause


@pytest.mark.parametrize(
    ("header", "seconds"), [("0", 0.0), ("7", 7.0), ("0120", 120.0), ("1.5", None), ("-3", None), ("", None)]
)
def test_retry_after_in_seconds(header, seconds):
    assert retry_after(header) == seconds


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30))])
def test_retry_after_as_a_date(zone):
    """The other form of RFC 9110; clocks may differ, so the test leaves some room."""
    date = format_datetime(datetime.now(zone) + timedelta(seconds=600))

    assert 500 < retry_after(date) <= 600


def test_retry_after_a_date_that_has_passed_is_no_wait():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_retry_after_is_optional():
    assert translation_of(answer(429)).retry_after is None


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [-+]\d{1,9}"))
@example("nan")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("Wed, 21 Oct 2015 07:28:00 -0000")
@example("Wed, 21 Oct 2015 07:28:00 +99999999999999")
@example("9" * 400)
@example("\u0663" * 5000)
def test_retry_after_that_cannot_be_read_is_none(header):
    """Whatever stands there, no wait is negative and nothing breaks."""
    seconds = retry_after(header)

    assert seconds is None or 0 <= seconds < inf


REQUEST = {"endpoint_url": f"https://x.example/?user-email={CANARY}", "error": CANARY}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.EndpointConnectionError(**REQUEST), Unreachable),
        (exceptions.ConnectTimeoutError(**REQUEST), Unreachable),
        (exceptions.ProxyConnectionError(proxy_url=CANARY, error=CANARY), Unreachable),
        (exceptions.ReadTimeoutError(**REQUEST), Unconfirmed),
        (exceptions.ConnectionClosedError(**REQUEST), Unconfirmed),
        (exceptions.SSLError(**REQUEST), Unconfirmed),
        (exceptions.HTTPClientError(error=CANARY), Unconfirmed),
        (exceptions.ResponseStreamingError(error=CANARY), Unconfirmed),
        (ResponseParserError(CANARY), Unconfirmed),
        (exceptions.NoCredentialsError(), DestinationClosed),
        (exceptions.PartialCredentialsError(provider="env", cred_var="x"), DestinationClosed),
        (exceptions.CredentialRetrievalError(provider="x", error_msg=CANARY), DestinationClosed),
        (exceptions.UnauthorizedSSOTokenError(), DestinationClosed),
        (exceptions.TokenRetrievalError(provider="x", error_msg=CANARY), DestinationClosed),
        (answer(400, "BadRequestException", CANARY), Refused),
        (answer(403, "ForbiddenException", CANARY), DestinationClosed),
        (answer(500, "ServiceFailureException", CANARY), Unconfirmed),
    ],
)
def test_error_is_translated_without_its_text(error, kind):
    """Messages of botocore quote URLs and requests, and those hold addresses."""
    translation = translation_of(error)

    assert isinstance(translation, kind)
    assert translation.__suppress_context__
    assert CANARY not in repr(translation)


def test_unforeseen_error_is_in_doubt():
    """Over an answer that is not of the model botocore's parsers stumble, after the request was applied."""
    assert translation_of(KeyError(CANARY)) == Unconfirmed("KeyError")
