"""The folder for a run's reports, on a disk or in S3: make it, write each report whole, and read a report back.

The folder shows a whole report or no report. The run writes a report for S3 to a temporary file without a name. Then
the run uploads a small report in one request, and a large report in several requests. S3 shows no part of a report
before the last byte has arrived. S3 never stores a report unencrypted. ``runtime.files`` writes whole files on a disk.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

from onboarding.model.errors import OutRefused, ReportNotWritten
from onboarding.model.values import dataclass
from onboarding.runtime.files import atomic_write
from onboarding.runtime.s3 import SCHEME, S3Failed, Uri, s3_errors
from onboarding.runtime.scratch import remove_unfinished, unnamed_file

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


class Folder(Protocol):
    """A folder for the reports of one run. The run has checked that it can write to the folder."""

    @property
    def name(self) -> str:
        """The path or the ``s3://`` URI of the folder."""

    def path_of(self, name: str) -> str:
        """Return the path of a report inside the folder. ``name`` is the name of the report."""

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing. The folder shows the report only if the block ends without an error.

        An older report of the same name stays until the new report replaces it. Raises ``ReportNotWritten``.
        """

    def read_back(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a written report for reading. Raises ``ReportNotWritten`` if the report cannot be read."""


def open_folder(out: str, run_id: str, s3: Callable[[], "S3Client"]) -> AbstractContextManager[Folder]:
    """Return a context that makes the folder of a run inside the folder ``out``, and checks that it is writable.

    The run enters the context before it sends anything. At the end, a folder on a disk is removed if it is still empty.
    ``s3`` opens the client, and is called only for a folder in S3. Raises ``OutRefused`` if no report can be
    written to the folder.
    """
    return s3_folder(out, run_id, s3()) if out.startswith(SCHEME) else local_folder(out, run_id)


def written_folder(name: str, s3: Callable[[], "S3Client"]) -> Folder:
    """Return the folder of a run that has ended, to read its reports back.

    ``name`` is the folder's path or URI in the run's summary. ``s3`` opens the client, and is called only for a folder
    in S3.
    """
    return S3Folder(Uri.of(name), asks=False, client=s3()) if name.startswith(SCHEME) else LocalFolder(Path(name))


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder on a disk."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's path."""
        # A path may contain bytes that are no text in the encoding of the file system. A report must still show it.
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def path_of(self, name: str) -> str:
        """Return the path of a report inside the folder: the report's name, unchanged."""
        return name

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing. The folder shows the report only if the block ends without an error.

        Raises ``ReportNotWritten``.
        """
        path = self.path / name
        if path.parent != self.path:  # in a run to many accounts, the reports of an account have their own folder
            with suppress(OSError):  # opening the file will raise an error that says why
                path.parent.mkdir(mode=0o700, exist_ok=True)
        return atomic_write(path)

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a written report for reading. Raises ``ReportNotWritten`` if the report cannot be read."""
        with (
            _errors_translated(f"'{self.name}/{name}' could not be read"),
            (self.path / name).open("rb") as file,
        ):
            yield file


def remove_unfinished_reports(out: str) -> None:
    """Remove the unfinished files of killed runs from the folders of all runs in the folder ``out``.

    S3 has no unfinished files, so nothing is removed there.
    """
    for run in () if out.startswith(SCHEME) else _folders_in(Path(out)):
        remove_unfinished(run)
        for parts in _folders_in(run):  # of a run to many accounts
            remove_unfinished(parts)


def _folders_in(folder: Path) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []


@contextmanager
def local_folder(out: str, run_id: str) -> Iterator[LocalFolder]:
    """Make the folder of a run on a disk, with mode 0700, and check that it is writable.

    If a killed process left unfinished files in the folder, they are removed first. At the end, the folder is removed
    if it is still empty. Raises ``OutRefused`` if the folder cannot be made or written.
    """
    folder = Path(out) / run_id
    remove_unfinished(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unnamed_file(folder):
            pass
    except OSError as error:
        raise _unusable(out, error.strerror) from None
    try:
        yield LocalFolder(folder)
    finally:
        with suppress(OSError):
            folder.rmdir()


@dataclass(frozen=True, slots=True)
class S3Folder:
    """A folder in S3: a prefix of object names in a bucket. ``asks`` says whether each upload asks for encryption."""

    uri: Uri
    asks: bool
    client: "S3Client" = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The folder's URI."""
        return str(self.uri)

    def path_of(self, name: str) -> str:
        """Return the path of a report inside the folder: the report's name, unchanged."""
        return name

    @contextmanager
    def atomic_write(self, name: str) -> Iterator[BinaryIO]:
        """Open a report for writing. The folder shows the report only if the block ends without an error.

        Raises ``ReportNotWritten``.
        """
        options = {"ContentType": CONTENT_TYPES.get(PurePosixPath(name).suffix, ANY_TYPE)}
        if self.asks:
            options["ServerSideEncryption"] = ENCRYPTION
        what = f"'{self.name}/{name}' could not be written"
        with _errors_translated(what, " What was sent is in the ledger."), unnamed_file() as file:
            yield file
            file.seek(0)
            with s3_errors():
                self.client.upload_fileobj(file, self.uri.bucket, f"{self.uri.key}/{name}", ExtraArgs=options)

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a written report for reading. Raises ``ReportNotWritten`` if the report cannot be read."""
        with _errors_translated(f"'{self.name}/{name}' could not be read"), unnamed_file() as file:
            with s3_errors():
                self.client.download_fileobj(self.uri.bucket, f"{self.uri.key}/{name}", file)
            file.seek(0)
            yield file


@contextmanager
def s3_folder(out: str, run_id: str, client: "S3Client") -> Iterator[S3Folder]:
    """Yield the folder of a run in S3, after a check that it is writable. Raises ``OutRefused`` if it is not."""
    try:
        place = Uri.of(out)
        folder = Uri(place.bucket, "/".join(filter(None, (place.key.strip("/"), run_id))))
        asks = _must_ask_for_encryption(folder, client)
    except (S3Failed, ValueError) as error:
        raise _unusable(out, error.why if isinstance(error, S3Failed) else error) from None
    yield S3Folder(folder, asks, client)


def _must_ask_for_encryption(folder: Uri, client: "S3Client") -> bool:
    """Return whether uploads must ask for encryption, and check that reports may be written.

    Some buckets encrypt each upload by themselves, perhaps with the owner's key. An upload that asked for encryption
    would override the owner's choice. Uploads to all other buckets ask for encryption, since some buckets refuse
    uploads that do not ask. Raises ``S3Failed`` if no report may be written.
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
    """Begin an upload, abandon it, and return whether S3 would have encrypted the object.

    The attempt needs the permission to write, and leaves nothing behind. ``asking`` says whether the upload asks for
    encryption. Raises ``S3Failed``.
    """
    bucket, key = folder.bucket, f"{folder.key}/{PROBE}"
    with s3_errors():
        if asking:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key, ServerSideEncryption=ENCRYPTION)
        else:
            begun = client.create_multipart_upload(Bucket=bucket, Key=key)
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=begun["UploadId"])
    return "ServerSideEncryption" in begun


@contextmanager
def _errors_translated(what: str, advice: str = "") -> Iterator[None]:
    """Turn failures of S3 or the disk into ``ReportNotWritten``.

    The text of this error has the failed step (``what``), the reason, and the ``advice``.
    """
    try:
        yield
    except S3Failed as error:
        raise ReportNotWritten(f"{what} ({error.why}).{advice}") from None
    except OSError as error:
        raise ReportNotWritten(f"{what} ({error.strerror}).{advice}") from None


def _unusable(out: str, why: object) -> OutRefused:
    return OutRefused(f"Reports cannot be written to {out!r} ({why}); name another folder with --out.")
