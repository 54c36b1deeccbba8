"""Where do the reports of a run go?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, BinaryIO, Protocol

from onboarding.reports.local_folder import local_folder
from onboarding.reports.s3_folder import s3_folder
from onboarding.runtime.s3 import SCHEME

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Folder(Protocol):
    """The place for the reports of one run, known to take them."""

    @property
    def name(self) -> str:
        """What its user calls it: a path or an ``s3://`` URI."""

    def called(self, name: str) -> str:
        """Return where in the folder a report of this name is."""

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and never otherwise.

        What was there under that name before stays until then. Raises ``ReportNotWritten``.
        """

    def read_back(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report that was written. Raises ``ReportNotWritten`` for what the block finds that it was not."""


def open_folder(out: str, run_id: str, s3: Callable[[], "S3Client"]) -> AbstractContextManager[Folder]:
    """Make the run's own folder in ``out`` and prove that it can be written to; leave nothing if it stays empty.

    Entered before anything is sent. ``s3`` is called if the folder is in S3. Raises ``ConfigurationError``.
    """
    return s3_folder(out, run_id, s3()) if out.startswith(SCHEME) else local_folder(out, run_id)
