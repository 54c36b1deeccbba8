"""The URIs of S3 objects and folders, and the errors of S3 in plain words.

The module ``aws`` opens the client of S3.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.runtime.aws_errors import AwsError, read_error
from onboarding.runtime.request_limits import RequestCut

SCHEME = "s3://"

_OTHER_REGION = "the bucket is in another region; name it with --region"
_EXPLANATIONS = {
    "AuthorizationHeaderMalformed": _OTHER_REGION,
    "IllegalLocationConstraintException": _OTHER_REGION,
    "InvalidBucketName": "a bucket cannot be called that",
    "InvalidObjectState": "the object is archived; restore it first",
    "InvalidRange": "the object is empty",
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "there is no such object; a folder's name ends with /",
    "PermanentRedirect": _OTHER_REGION,
    "PreconditionFailed": "changed while being read; run again when no program writes to it",
}


@dataclass(frozen=True, slots=True)
class Uri:
    """A place in S3: an object, or a folder if the key is empty or ends with ``/``."""

    bucket: str
    key: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Split a text like ``s3://bucket/key``. Raises ``ValueError`` if the text names no bucket."""
        bucket, _, key = text.removeprefix(SCHEME).partition("/")
        if not bucket:
            raise ValueError("write s3://bucket/key")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def absolute_place(place: str) -> str:
    """Return the absolute path of a file or folder, or an unchanged URI of S3."""
    return place if place.startswith(SCHEME) else str(Path(place).absolute())


@dataclass
class S3Failed(Exception):
    """The error for a failed request to S3. ``why`` is the reason in plain words.

    ``is_access`` is True if usable credentials are missing, or if S3 refuses the credentials. ``run_ends`` is the exit
    code of the run if the end of the run cut the request off, and otherwise None.
    """

    why: str
    is_access: bool = False
    run_ends: ExitCode | None = None


@contextmanager
def s3_errors() -> Iterator[None]:
    """Turn botocore's errors from the ``with`` block into ``S3Failed``, without the text of these errors."""
    try:
        yield
    except ParamValidationError:
        raise S3Failed("a bucket or object cannot be called that") from None
    except RequestCut as cut:
        raise S3Failed(f"S3 gave {cut}", run_ends=cut.run_ends) from None
    except (BotoCoreError, ClientError) as error:
        raise _explain(read_error(error)) from None


def _explain(error: AwsError) -> S3Failed:
    if explanation := _EXPLANATIONS.get(error.code):
        return S3Failed(explanation)
    if error.refused:
        return S3Failed(f"{error.refused.problem}; {error.refused.advice}", is_access=True)
    if not error.status:
        return S3Failed(f"S3 cannot be reached{error.at_endpoint} ({error.cause}); check the network and the endpoint")
    return S3Failed(f"S3 answers {error.cause}; try again later or ask the owner of the bucket")
