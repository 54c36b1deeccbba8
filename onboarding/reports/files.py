"""How does a file of a report come into being whole, or not at all, and readable by its owner alone?"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from typing import BinaryIO

from onboarding.errors import ConfigurationError, OnboardingError

SYNC_SECONDS = 1.0
"""How often what was written so far is brought to disk."""


class ReportNotWritten(OnboardingError):
    """A report could not be written to its end. What was sent is in the ledger."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of the file system."""

    path: Path

    @property
    def name(self) -> str:
        """Its path."""
        # A name that is not text in the file system's encoding still has to fit into a report.
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def called(self, name: str) -> str:
        """Return its name."""
        return name

    def written_whole(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and never otherwise."""
        path = self.path / name
        if path.parent != self.path:  # that of one part among others
            with suppress(OSError):  # whoever writes there is told
                path.parent.mkdir(mode=0o700, exist_ok=True)
        return written_whole(path)

    @contextmanager
    def read_back(self, name: str) -> Iterator[BinaryIO]:
        """Open a report that was written."""
        try:
            with (self.path / name).open("rb") as file:
                yield file
        except OSError as error:
            raise ReportNotWritten(f"'{self.name}/{name}' could not be read ({error.strerror}).") from None


@contextmanager
def local_folder(out: str, run_id: str) -> Iterator[LocalFolder]:
    """Make the run's own folder, mode 0700, and prove that it can be written to; remove it again if it stays empty.

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


@contextmanager
def written_whole(path: Path, *, sync_seconds: float = SYNC_SECONDS) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under ``path`` when the block ends well, and never otherwise.

    The temporary file has mode 0600 and is fsynced before it is renamed; its folder is fsynced after. Raises
    ``ReportNotWritten`` when the disk is full or fails.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                with _synced_as_it_grows(descriptor, sync_seconds):
                    yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise ReportNotWritten(
            f"{str(path)!r} could not be written ({error.strerror}); see to its folder and the disk. "
            "What was sent is in the ledger."
        ) from None


@contextmanager
def _synced_as_it_grows(descriptor: int, every_seconds: float) -> Iterator[None]:
    """Have the disk write while the file is made, so that little is left to wait for. Raises ``OSError`` at the end."""
    ended = Event()

    def sync() -> None:
        while not ended.wait(every_seconds):
            os.fsync(descriptor)

    with ThreadPoolExecutor(1, "syncing") as thread:
        syncing = thread.submit(sync)
        try:
            yield
        finally:
            ended.set()
        syncing.result()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
