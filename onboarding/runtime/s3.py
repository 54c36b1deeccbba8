"""What is an object in S3, and what do S3's refusals mean in plain words?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from onboarding.runtime.aws import NO_CREDENTIALS

SCHEME = "s3://"

_CREDENTIAL_CODES = frozenset({"ExpiredToken", "InvalidToken", "TokenRefreshRequired"})
"""Those that come with status 400."""

_OTHER_REGION = "the bucket is in another region; name it with --region"
_MEANINGS = {
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "IllegalLocationConstraintException": _OTHER_REGION,
    "InvalidBucketName": "a bucket cannot be called that",
    "InvalidObjectState": "the object is archived; restore it first",
    "InvalidRange": "the object is empty",
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "there is no such object; a folder's name ends with /",
    "PermanentRedirect": _OTHER_REGION,
    "PreconditionFailed": "changed while being read; run again when nobody is writing to it",
}


@dataclass(frozen=True, slots=True)
class Uri:
    """A place in S3: an object's, or with a key that is empty or ends with ``/`` a folder's."""

    bucket: str
    key: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Take ``s3://bucket/key`` apart. Raises ``ValueError`` where no bucket is named."""
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        if not bucket:
            raise ValueError("write s3://bucket/key")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


@dataclass
class Trouble(Exception):
    """S3 did not do what it was asked. ``why`` says so in plain words; ``is_access`` that it is for who asks."""

    why: str
    is_access: bool = False


@contextmanager
def translated() -> Iterator[None]:
    """Translate what botocore raises within into ``Trouble``, without its text."""
    try:
        yield
    except ClientError as error:
        raise _meaning(error) from None
    except NO_CREDENTIALS as error:
        raise Trouble(
            f"there are no usable AWS credentials ({type(error).__name__}); set them or name a --profile",
            is_access=True,
        ) from None
    except ParamValidationError:
        raise Trouble("a bucket or object cannot be called that") from None
    except BotoCoreError as error:
        raise Trouble(f"S3 cannot be reached ({type(error).__name__}); check the network and the endpoint") from None


def _meaning(error: ClientError) -> Trouble:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    code = error.response["Error"].get("Code", "")
    if meaning := _MEANINGS.get(code):
        return Trouble(meaning)
    # Where an answer names no error, botocore gives its status as the code.
    told = f"S3 answers {status}" if code == str(status) else f"S3 answers {status} {code}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or code in _CREDENTIAL_CODES:
        return Trouble(f"{told}; check the credentials (--profile) and what they permit", is_access=True)
    return Trouble(f"{told}; try again later or ask whoever keeps the bucket")
