"""How does a report come into being in S3, whole or not at all, and never unencrypted?

It is written to a temporary file that has no name and is put when it is finished: in one request, or for a large one
in parts, which S3 shows only when the last is there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Literal

from onboarding.model.errors import ConfigurationError, ReportNotWritten
from onboarding.runtime.s3 import Trouble, Uri, translated

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
    """What keys in a bucket have in common; ``asks`` says that encryption must be asked for."""

    uri: Uri
    asks: bool
    client: "S3Client" = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Its URI."""
        return str(self.uri)

    def called(self, name: str) -> str:
        """Return its name."""
        return name

    @contextmanager
    def atomic_write(self, name: str) -> Iterator[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and never otherwise."""
        how = {"ContentType": CONTENT_TYPES.get(PurePosixPath(name).suffix, ANY_TYPE)}
        if self.asks:
            how["ServerSideEncryption"] = ENCRYPTION
        try:
            with TemporaryFile() as file:
                yield file
                file.seek(0)
                with translated():
                    self.client.upload_fileobj(file, self.uri.bucket, f"{self.uri.key}/{name}", ExtraArgs=how)
        except (Trouble, OSError) as error:
            why = error.why if isinstance(error, Trouble) else error.strerror
            raise ReportNotWritten(
                f"'{self.name}/{name}' could not be written ({why}). What was sent is in the ledger."
            ) from None

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a report that was written."""
        try:
            with TemporaryFile() as file:
                with translated():
                    self.client.download_fileobj(self.uri.bucket, f"{self.uri.key}/{name}", file)
                file.seek(0)
                yield file
        except (Trouble, OSError) as error:
            why = error.why if isinstance(error, Trouble) else error.strerror
            raise ReportNotWritten(f"'{self.name}/{name}' could not be read ({why}).") from None


@contextmanager
def s3_folder(out: str, run_id: str, client: "S3Client") -> Iterator[S3Folder]:
    """Give the run's own folder in S3, proven to take reports. Raises ``ConfigurationError``."""
    try:
        place = Uri.of(out)
        folder = Uri(place.bucket, "/".join(filter(None, (place.key.strip("/"), run_id))))
        asks = _must_ask(folder, client)
    except (Trouble, ValueError) as error:
        why = error.why if isinstance(error, Trouble) else error
        raise ConfigurationError(
            f"Reports cannot be written to {out!r} ({why}); name another folder with --out."
        ) from None
    yield S3Folder(folder, asks, client)


def _must_ask(folder: Uri, client: "S3Client") -> bool:
    """Say whether encryption must be asked for, having proven that reports may be written.

    A bucket that encrypts by itself does it as its owner wants, perhaps with a key of theirs, which asking would
    override. Any other is asked, and so is one that takes nothing unasked.
    """
    try:
        if _is_encrypted(folder, client, asking=False):
            return False
    except Trouble as trouble:
        if not trouble.is_access:
            raise
    _is_encrypted(folder, client, asking=True)
    return True


def _is_encrypted(folder: Uri, client: "S3Client", *, asking: bool) -> bool:
    """Begin an upload and abandon it, which takes the permission to write and shows nobody anything."""
    bucket, key = folder.bucket, f"{folder.key}/{PROBE}"
    with translated():
        if asking:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key, ServerSideEncryption=ENCRYPTION)
        else:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key)
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=begun["UploadId"])
    return "ServerSideEncryption" in begun
