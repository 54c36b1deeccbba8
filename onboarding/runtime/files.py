"""Open regular files, find similar paths, make private folders, and write files whole or not at all.

The module ``reports.folder`` makes the folder of a run's reports.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BufferedReader
from itertools import islice
from pathlib import Path
from tempfile import gettempdir
from threading import Event
from typing import BinaryIO

from onboarding.model.errors import ReportNotWritten
from onboarding.model.mistyped import most_similar
from onboarding.runtime.descriptors import IS_POSIX, open_flags, sync
from onboarding.runtime.scratch import new_unfinished, put_in_place

_SHARED = "/var/tmp"  # noqa: S108 - its files are opened with care  # nosec B108
NOT_REGULAR = "not a regular file"
_MOST_NAMES = 5_000
"""The most names that the job compares with a mistyped name. So many comparisons take less than a second."""


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading. Raises ``OSError`` if that fails, and for a folder, pipe, socket or device.

    So the job never waits for the writer of a pipe, and never reads an endless device.
    """
    _check_regular(path.stat())  # before the file is opened, since to open a device may have an effect
    # Another process may have put a pipe there in the meantime. With O_NONBLOCK, the call does not wait for the pipe's
    # writer.
    descriptor = os.open(path, open_flags("O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC"))
    try:
        _check_regular(os.fstat(descriptor))
        return open(descriptor, "rb")  # noqa: PTH123 - a descriptor is no path
    except BaseException:
        os.close(descriptor)
        raise


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NOT_REGULAR)


def similar_path(missing: Path) -> Path | None:
    """Return the existing path that is most similar to a missing path, or None if no existing path is similar.

    The two paths differ in one name. The function compares names without suffixes first, and suffixes only of equally
    similar names. The result is never a hidden file. The name of a hidden file begins with a dot.
    """
    place = missing
    while place.parent != place and not os.path.lexists(place.parent):
        place = place.parent
    with suppress(OSError, ValueError):
        with os.scandir(place.parent) as entries:
            names = [entry.name for entry in islice(entries, _MOST_NAMES) if not entry.name.startswith(".")]
        stem = most_similar(place.stem, (Path(name).stem for name in names))
        alike = [name for name in names if Path(name).stem.casefold() == stem.casefold()]
        if stem and (near := most_similar(place.name, alike) or min(alike)):
            found = place.with_name(near) / missing.relative_to(place)
            return found if found.exists() else None
    return None


def make_private_folder(folder: Path) -> Path:
    """Make a folder and its missing parents, with mode 0700, and return the folder. Raises ``OSError`` on a failure."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    return folder


def folder_of_all_users() -> str:
    """Return a folder in which each user of this machine may write: /var/tmp, or the Public folder of Windows.

    On POSIX, the result is always /var/tmp, even if this folder is missing, since all users must get the same folder.
    """
    return _SHARED if IS_POSIX else os.environ.get("PUBLIC") or gettempdir()


SYNC_SECONDS = 1.0
"""The time in seconds between two syncs of a growing file to the disk."""


@contextmanager
def atomic_write(
    path: Path, *, sync_seconds: float = SYNC_SECONDS, fsync: Callable[[int], None] = sync
) -> Iterator[BinaryIO]:
    """Open a temporary file for writing. The file gets its name ``path`` only if the ``with`` block ends well.

    After an error, the function removes the temporary file. The mode of the file is 0600. ``fsync`` syncs the file to
    the disk every ``sync_seconds``, and again before the file gets its name. Then the function syncs the folder, except
    on Windows. The module ``scratch`` finds and removes the temporary files of killed processes. Raises
    ``ReportNotWritten`` if the disk is full or fails.
    """
    try:
        temporary, descriptor = new_unfinished(path)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
                with _synced_as_it_grows(descriptor, sync_seconds, fsync):
                    yield file
                file.flush()
                fsync(file.fileno())
                put_in_place(temporary, file, path)
            _sync_folder(path.parent, fsync)
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
def _synced_as_it_grows(descriptor: int, every_seconds: float, fsync: Callable[[int], None]) -> Iterator[None]:
    """Sync a growing file every ``every_seconds``, so that little is left to sync at the end.

    If a sync fails, the function raises ``OSError`` at the end of the ``with`` block.
    """
    ended = Event()

    def sync_often() -> None:
        while not ended.wait(every_seconds):
            fsync(descriptor)

    with ThreadPoolExecutor(1, "sync") as thread:
        syncing = thread.submit(sync_often)
        try:
            yield
        finally:
            ended.set()
        syncing.result()


def _sync_folder(folder: Path, fsync: Callable[[int], None]) -> None:
    if not IS_POSIX:  # Windows opens no folders, and syncs the new name of a file by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fsync(descriptor)
    finally:
        os.close(descriptor)


STANDARD_INPUT_NAME = "standard input"
"""The name of the standard input in reports, for the location ``model.choices.STANDARD_INPUT``."""
