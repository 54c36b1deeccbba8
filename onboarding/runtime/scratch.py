"""Temporary files and folders with names, and the removal of those left behind by killed processes.

::

    <folder>/onboarding-<16 hexadecimal digits>/       temporary files of one process
    <folder>/.onboarding-<16 hexadecimal digits>.tmp   a file that ``files.atomic_write`` has not finished

A process keeps a lock on each of these files and folders that it makes. The kernel frees the lock when the process
ends, however it ends. So a file or folder without a lock was left behind. The next process removes it, and so does
``onboard purge``. A temporary file that needs no name has none (``tempfile.TemporaryFile``), so it never stays behind.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from secrets import token_hex

_SCRATCH = re.compile(r"onboarding-[0-9a-f]{16}")
_UNFINISHED = re.compile(r"\.onboarding-[0-9a-f]{16}\.tmp")


@contextmanager
def private_scratch(parent: Path) -> Iterator[Path]:
    """Make a folder for temporary files in the folder ``parent``, and remove it when the block ends.

    Only its owner can enter the folder. Folders left behind in ``parent`` by killed processes are removed first. Raises
    ``OSError``.
    """
    _remove_dead_once(parent)
    folder, lock = _new_scratch(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_dead_scratch(parent: Path) -> None:
    """Remove the folders of temporary files left behind in the folder ``parent`` by killed processes."""
    for folder in _entries(parent, _SCRATCH):
        if (lock := _lock_if_free(folder, os.O_DIRECTORY)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


_remove_dead_once = cache(remove_dead_scratch)
"""Call ``remove_dead_scratch`` once for each folder in a process, since the system's temporary folder may be large."""


def remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files left behind in a folder by killed processes, but not in the folders inside it."""
    for file in _entries(folder, _UNFINISHED):
        _remove_if_dead(file)


def new_unfinished(path: Path) -> tuple[Path, int]:
    """Make a locked temporary file in the folder of ``path``, and return the temporary file's path and its descriptor.

    ``path`` is the file that is to be written. A temporary file left behind for ``path`` is removed.
    Closing the descriptor frees the lock. Raises ``OSError``.
    """
    number = hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()
    _remove_if_dead(_unfinished(path, number))
    while True:
        temporary = _unfinished(path, number)
        with suppress(FileExistsError):  # another process is writing the same file, or the name was planted
            descriptor = create_private(temporary)
            if _is_ours(temporary, descriptor):
                return temporary, descriptor
        number = token_hex(8)


def _unfinished(path: Path, number: str) -> Path:
    return path.with_name(f".onboarding-{number}.tmp")


def _remove_if_dead(file: Path) -> None:
    if (lock := _lock_if_free(file)) is not None:
        with suppress(OSError):
            file.unlink()
        os.close(lock)


def create_private(path: Path) -> int:
    """Make a new file with mode 0600, and return its descriptor.

    Raises ``OSError``, also if a file or a link is there already.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _new_scratch(parent: Path) -> tuple[Path, int]:
    while True:
        path = parent / f"onboarding-{token_hex(8)}"
        path.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # another process has removed the folder as left behind
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            if _is_ours(path, descriptor):
                return path, descriptor


def _is_ours(path: Path, descriptor: int) -> bool:
    """Lock a file or folder that this process has just made, and return whether it is still there.

    Before the lock is taken, another process may remove the file or folder, since without a lock it seems left behind.
    If so, this closes the descriptor and returns False.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        is_locked = error.errno in (errno.EAGAIN, errno.EACCES)  # other errors mean that nothing can be locked here
    else:
        is_locked = False
    if not is_locked and os.path.lexists(path):
        return True
    os.close(descriptor)
    return False


def _lock_if_free(path: Path, flags: int = 0) -> int | None:
    """Lock a file or folder of this user. Return its descriptor, or None if it is locked, a link or another user's.

    On a file system without locks this returns None, so nothing there counts as left behind.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | flags)
    except OSError:
        return None
    with suppress(OSError):
        if os.fstat(descriptor).st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
    os.close(descriptor)
    return None


def _entries(folder: Path, named: re.Pattern[str]) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if named.fullmatch(entry.name)]
    return []
