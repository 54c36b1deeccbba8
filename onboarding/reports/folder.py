"""The folder that a run's reports go to: its interface, and the one on a disk. ``s3_folder`` has the one in S3."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Protocol

from onboarding.model.errors import ConfigurationError, ReportNotWritten
from onboarding.reports.s3_folder import s3_folder
from onboarding.runtime.files import atomic_write
from onboarding.runtime.s3 import SCHEME

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Folder(Protocol):
    """A folder for the reports of one run, proven to be writable."""

    @property
    def name(self) -> str:
        """The folder as its user writes it: a path or an ``s3://`` URI."""

    def called(self, name: str) -> str:
        """Return the path of a report of this name within the folder."""

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and otherwise never appears.

        An older report of that name stays until then. Raises ``ReportNotWritten``.
        """

    def read_back(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a written report. Raises ``ReportNotWritten`` if it cannot be read."""


def open_folder(out: str, run_id: str, s3: Callable[[], "S3Client"]) -> AbstractContextManager[Folder]:
    """Make the run's own folder in ``out`` and prove that it is writable; remove it again if it stays empty.

    The run enters it before it sends anything. ``s3`` is called only for a folder in S3. Raises
    ``ConfigurationError``.
    """
    return s3_folder(out, run_id, s3()) if out.startswith(SCHEME) else local_folder(out, run_id)


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of the file system."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's path."""
        # A path that is not text in the encoding of the file system still has to fit into a report.
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def called(self, name: str) -> str:
        """Return the name as it is."""
        return name

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and otherwise never appears."""
        path = self.path / name
        if path.parent != self.path:  # an account's part has a folder of its own
            with suppress(OSError):  # opening the file will say why
                path.parent.mkdir(mode=0o700, exist_ok=True)
        return atomic_write(path)

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a written report."""
        try:
            with (self.path / name).open("rb") as file:
                yield file
        except OSError as error:
            raise ReportNotWritten(f"'{self.name}/{name}' could not be read ({error.strerror}).") from None


@contextmanager
def local_folder(out: str, run_id: str) -> Iterator[LocalFolder]:
    """Make the run's own folder, mode 0700, and prove that it is writable; remove it again if it stays empty.

    Raises ``ConfigurationError``.
    """
    folder = Path(out) / run_id
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".probe-"):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"Reports cannot be written to {out!r} ({error.strerror}); name another folder with --out."
        ) from None
    try:
        yield LocalFolder(folder)
    finally:
        with suppress(OSError):
            folder.rmdir()
