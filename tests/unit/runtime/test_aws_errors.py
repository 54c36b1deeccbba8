"""Errors of AWS mean the same in every service."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from onboarding.destinations.answers import request_errors
from onboarding.model.errors import DestinationClosed
from onboarding.runtime.aws_errors import CREDENTIAL_CODES
from onboarding.runtime.s3 import S3Failed, s3_errors


def answer(status, code) -> ClientError:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "Operation")


def s3_failure(error) -> S3Failed:
    """Return the error that is raised in place of an error of botocore."""
    with pytest.raises(S3Failed) as caught, s3_errors():
        raise error
    return caught.value


@pytest.mark.parametrize("code", sorted(CREDENTIAL_CODES | {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"}))
def test_expired_credentials_with_status_400_are_known_by_all_services(code):
    """Destinations and S3 once knew different codes: one halved chunks, the other said to try again later."""
    with pytest.raises(DestinationClosed), request_errors():
        raise answer(400, code)

    assert s3_failure(answer(400, code)).is_access


@pytest.mark.parametrize(
    ("error", "is_access", "why"),
    [
        (answer(403, "InvalidAccessKeyId"), True, "S3 answers 403 InvalidAccessKeyId; check the credentials"),
        (answer(404, "NoSuchKey"), False, "there is no such object"),
        (answer(404, "404"), False, "S3 answers 404; try again later"),
        (answer(503, "SlowDown"), False, "S3 answers 503 SlowDown; try again later"),
        (NoCredentialsError(), True, "there are no usable AWS credentials (NoCredentialsError)"),
        (EndpointConnectionError(endpoint_url="http://s3"), False, "S3 cannot be reached (EndpointConnectionError)"),
    ],
)
def test_refusal_of_s3_has_plain_words(error, is_access, why):
    failure = s3_failure(error)

    assert failure.is_access is is_access
    assert failure.why.startswith(why)


def test_error_that_is_not_of_botocore_passes_through_s3():
    with pytest.raises(KeyError), s3_errors():
        raise KeyError("row")
