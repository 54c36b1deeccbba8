"""The endpoint, region and credentials for AWS, and a run's S3 client, which opens at its first use.

The module ``aws_clients`` opens clients and loads boto3. So other modules import ``aws_clients`` only when they need a
client.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from onboarding.model.errors import ExitCode
from onboarding.model.values import dataclass
from onboarding.runtime.request_limits import NEVER, CutTime

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Access:
    """The endpoint, region, profile and keys for AWS.

    If a field is None, boto3 finds the value itself. Only the sandbox needs keys in this object.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


OpenS3 = Callable[[], "S3Client"]
"""A function that returns a client of S3, such as a ``LazyS3Client``."""

OWN_CHAIN = Access()
"""The access that names nothing, so that boto3 finds the endpoint, the region and the credentials itself."""


class LazyS3Client:
    """A source of an S3 client: the first call opens the client, and each call returns the same client.

    ``cut`` says when the run ends, and may be set later. If a process unpickles several sources with the same access,
    all of them become the same ``LazyS3Client``.
    """

    def __init__(self, access: Access = OWN_CHAIN) -> None:
        self._access = access
        self.cut: CutTime = NEVER
        self._opening = Lock()
        self._client: S3Client | None = None

    def __call__(self) -> "S3Client":
        """Return the client. Raises ``ConfigurationError`` for an unknown profile, a bad region or a bad URL."""
        from onboarding.runtime.aws_clients import open_s3  # noqa: PLC0415 - loads boto3

        with self._opening:
            self._client = self._client or open_s3(self._access, cut=self)
            return self._client

    @property
    def exit_code(self) -> ExitCode | None:
        """The exit code of the run after a request to stop, and None without a request (``CutTime``)."""
        return self.cut.exit_code

    def cut_at(self) -> float:
        """Return the time on ``time.monotonic`` at which the end of the run cuts off requests in flight."""
        return self.cut.cut_at()

    def close(self) -> None:
        """Close the client, if it is open."""
        if self._client:
            self._client.close()

    def __reduce__(self) -> tuple[Callable[[Access], "LazyS3Client"], tuple[Access]]:
        """Pickle the access, without the client."""
        return _s3_of_this_process, (self._access,)


@cache
def _s3_of_this_process(access: Access) -> LazyS3Client:
    return LazyS3Client(access)


def lazy_s3_client(access: Access) -> AbstractContextManager[LazyS3Client]:
    """Yield a ``LazyS3Client``, and close its client at the end of the ``with`` block."""
    return closing(LazyS3Client(access))
