"""The folder in S3 that a run's reports go to: each appears whole or not at all, and never unencrypted.

A report is written to a temporary file without a name and uploaded when it is finished: in one request, or in parts if
it is large. S3 shows nothing of it before the last part has arrived.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Literal

from onboarding.model.errors import ConfigurationError, ReportNotWritten
from onboarding.runtime.s3 import S3Failed, Uri, s3_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_TYPES = MappingProxyType(
    {
        ".csv": "text/csv; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".json": "application/json",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
ANY_TYPE = "application/octet-stream"

ENCRYPTION: Literal["AES256"] = "AES256"
PROBE = ".probe"


@dataclass(frozen=True, slots=True)
class S3Folder:
    """A prefix of keys in a bucket. ``asks`` says that uploads must ask for encryption."""

    uri: Uri
    asks: bool
    client: "S3Client" = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The folder's URI."""
        return str(self.uri)

    def called(self, name: str) -> str:
        """Return the name as it is."""
        return name

    @contextmanager
    def atomic_write(self, name: str) -> Iterator[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and otherwise never appears."""
        options = {"ContentType": CONTENT_TYPES.get(PurePosixPath(name).suffix, ANY_TYPE)}
        if self.asks:
            options["ServerSideEncryption"] = ENCRYPTION
        try:
            with TemporaryFile() as file:
                yield file
                file.seek(0)
                with s3_errors():
                    self.client.upload_fileobj(file, self.uri.bucket, f"{self.uri.key}/{name}", ExtraArgs=options)
        except (S3Failed, OSError) as error:
            raise ReportNotWritten(
                f"'{self.name}/{name}' could not be written ({_why(error)}). What was sent is in the ledger."
            ) from None

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a written report."""
        try:
            with TemporaryFile() as file:
                with s3_errors():
                    self.client.download_fileobj(self.uri.bucket, f"{self.uri.key}/{name}", file)
                file.seek(0)
                yield file
        except (S3Failed, OSError) as error:
            raise ReportNotWritten(f"'{self.name}/{name}' could not be read ({_why(error)}).") from None


def _why(error: S3Failed | OSError) -> str | None:
    return error.why if isinstance(error, S3Failed) else error.strerror


@contextmanager
def s3_folder(out: str, run_id: str, client: "S3Client") -> Iterator[S3Folder]:
    """Return the run's own folder in S3, proven to be writable. Raises ``ConfigurationError``."""
    try:
        place = Uri.of(out)
        folder = Uri(place.bucket, "/".join(filter(None, (place.key.strip("/"), run_id))))
        asks = _must_ask(folder, client)
    except (S3Failed, ValueError) as error:
        why = error.why if isinstance(error, S3Failed) else error
        raise ConfigurationError(
            f"Reports cannot be written to {out!r} ({why}); name another folder with --out."
        ) from None
    yield S3Folder(folder, asks, client)


def _must_ask(folder: Uri, client: "S3Client") -> bool:
    """Return whether uploads must ask for encryption, and prove that reports may be written.

    A bucket that encrypts by itself does so as its owner wants, perhaps with the owner's key, and asking would override
    that. Uploads to any other bucket ask, also where the bucket refuses uploads that do not ask.
    """
    try:
        if _is_encrypted(folder, client, asking=False):
            return False
    except S3Failed as error:
        if not error.is_access:
            raise
    _is_encrypted(folder, client, asking=True)
    return True


def _is_encrypted(folder: Uri, client: "S3Client", *, asking: bool) -> bool:
    """Begin an upload and abandon it, which needs the permission to write and leaves nothing behind."""
    bucket, key = folder.bucket, f"{folder.key}/{PROBE}"
    with s3_errors():
        if asking:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key, ServerSideEncryption=ENCRYPTION)
        else:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key)
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=begun["UploadId"])
    return "ServerSideEncryption" in begun
