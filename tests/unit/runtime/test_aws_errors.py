"""Errors of AWS mean the same in every service."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from onboarding.destinations.answers import request_errors
from onboarding.model.errors import DestinationClosed
from onboarding.runtime.aws_access import CREDENTIAL_CODES, FailedCall
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
        (
            answer(403, "InvalidAccessKeyId"),
            True,
            "AWS does not know the credentials (403 InvalidAccessKeyId); check them",
        ),
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


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (("chime", "InviteUsers"), "chime:InviteUsers"),
        (("wickr", "ListUsers"), "wickr:ListUsers"),
        (("s3", "ListObjectsV2"), "s3:ListBucket"),
        (("s3", "CreateMultipartUpload"), "s3:PutObject"),
        (("s3", "AbortMultipartUpload"), "s3:AbortMultipartUpload"),
    ],
)
def test_refused_call_names_the_permission_as_iam_calls_it(call, permission):
    with pytest.raises(DestinationClosed, match=f" to {call[1]}; grant {permission} in IAM to "), request_errors():
        raise answer(403, "AccessDenied") from FailedCall(*call, None)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", r"have expired \(400 ExpiredToken\); get new ones"),
        ("UnrecognizedClientException", "does not know the credentials .*; check them, or name another profile"),
        ("SignatureDoesNotMatch", "does not accept the signature .*; check the secret key, and the clock"),
    ],
)
def test_refused_credentials_say_what_is_wrong_with_them(code, words):
    with pytest.raises(DestinationClosed, match=words), request_errors():
        raise answer(400, code)
