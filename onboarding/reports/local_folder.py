"""How does a file of a report come into being whole, or not at all, and readable by its owner alone?"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from onboarding.model.errors import ConfigurationError, ReportNotWritten
from onboarding.runtime.files import atomic_write


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

    def atomic_write(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a report for writing that appears when the block ends well, and never otherwise."""
        path = self.path / name
        if path.parent != self.path:  # that of one part among others
            with suppress(OSError):  # whoever writes there is told
                path.parent.mkdir(mode=0o700, exist_ok=True)
        return atomic_write(path)

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
