"""Locks on files: a process takes a lock at once or not at all, and the kernel frees the lock when the process dies.

A lock belongs to an open file, not to its name. If someone deletes or replaces the file, a second process can lock the
new file of the same name. So the holder of a lock can check, by a ``FileIdentity``, that the locked file is still in
its place.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ELOOP, ESTALE
from pathlib import Path
from time import sleep

from onboarding.model.values import dataclass
from onboarding.runtime.descriptors import is_locked_by_another, lock, open_unlinked, set_mode

_MOST_TRIES = 100
_SECONDS_BETWEEN_TRIES = 0.001


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """The device and the inode of a file, which identify the file. A rename keeps both, and a copy gets a new inode."""

    device: int
    inode: int

    def is_at(self, path: Path) -> bool:
        """Return whether the file at a path is this file. Links in the last part of the path are not followed."""
        try:
            return identity_of(os.stat(path, follow_symlinks=False)) == self  # noqa: PTH116 - as for descriptors
        except OSError:
            return False


def identity_of(facts: os.stat_result) -> FileIdentity:
    """Return the identity of a file from its facts, which ``os.stat`` and ``os.fstat`` return."""
    return FileIdentity(facts.st_dev, facts.st_ino)


@contextmanager
def locked_file(path: Path, *, mode: int) -> Iterator[int | None]:
    """Lock a file until the block ends, and yield the file's descriptor. Yield None if another process has the lock.

    A missing file is created with the permissions ``mode``. Raises ``OSError`` if the file cannot be opened or locked,
    or if it is not a plain file with one name.
    """
    descriptor = _locked(path, mode)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Return whether a process has the lock of a file. Return False if the file cannot be opened.

    The test shares the lock for an instant. A process that tries to take the lock in this instant fails.
    """
    try:
        descriptor = open_unlinked(path, os.O_RDONLY)
    except OSError:  # no lock, or a lock of another user
        return False
    try:
        return is_locked_by_another(descriptor)
    finally:
        os.close(descriptor)


def _locked(path: Path, mode: int) -> int | None:
    last: OSError = OSError(ESTALE, "it is replaced all the time")
    for _ in range(_MOST_TRIES):
        try:
            descriptor = _opened(path, mode)
        except (FileExistsError, PermissionError) as error:  # another process creates the file at this moment
            last = error
            sleep(_SECONDS_BETWEEN_TRIES)
            continue
        try:
            is_ours = lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if not is_ours:
            os.close(descriptor)
            return None
        if identity_of(os.fstat(descriptor)).is_at(path):
            return descriptor
        os.close(descriptor)  # the file was replaced before it was locked, so another process may lock the new file
    raise last


def _opened(path: Path, mode: int) -> int:
    """Open a plain file that has one name. Create a missing file with the permissions ``mode``.

    Raises ``OSError`` for any other file.
    """
    # In a folder for all users, the kernel refuses a file of another user if it is opened with O_CREAT.
    try:
        descriptor = open_unlinked(path, os.O_RDWR)
    except FileNotFoundError:
        descriptor = open_unlinked(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
        set_mode(descriptor, mode)  # the umask has removed some permissions
        return descriptor
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1:
        os.close(descriptor)
        raise OSError(ELOOP, "it is a link, or no plain file")
    return descriptor
