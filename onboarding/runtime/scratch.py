"""Make temporary files and folders, and remove the files and folders of killed processes.

::

    <folder>/onboarding-<16 hexadecimal digits>/       temporary files of one process
    <folder>/.onboarding-<16 hexadecimal digits>.tmp   a file that ``files.atomic_write`` has not finished

A process locks each of these files and folders that it makes. The kernel frees the lock when the process ends, even if
a signal kills the process. So a file or folder without a lock belongs to a killed process. The next process and
``onboard purge`` remove these files and folders. A temporary file without a name (``unnamed_file``) is gone when its
process ends.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BufferedRandom
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any

from onboarding.runtime.descriptors import (
    IS_POSIX,
    can_reopen,
    is_of_this_user,
    lock,
    open_flags,
    open_unlinked,
    reopened_path,
)

_SCRATCH = re.compile(r"onboarding-[0-9a-f]{16}")
_UNFINISHED = re.compile(r"\.onboarding-[0-9a-f]{16}\.tmp")
_LOCK = ".lock"
"""The name of the lock file in a folder. Windows cannot lock the folder itself."""


@contextmanager
def private_scratch(parent: Path) -> Iterator[Path]:
    """Make a folder for temporary files in the folder ``parent``, and remove it at the end of the ``with`` block.

    Only the owner can enter the folder. The function first removes folders of killed processes from ``parent``. Raises
    ``OSError`` on a failure.
    """
    _remove_dead_once(parent)
    folder, descriptor = _new_scratch(parent)
    try:
        yield folder
    finally:
        _remove_locked(folder, descriptor, _remove_tree)


@contextmanager
def unnamed_file(folder: Path | None = None) -> Iterator[BufferedRandom]:
    """Open a temporary file without a name for reading and writing. The file is gone when it is closed.

    The file is on the disk of ``folder``, by default the folder for temporary files. On Windows, the file has a name,
    and the system removes the closed file. Raises ``OSError`` on a failure.
    """
    with TemporaryFile(dir=folder) as file:
        opened: Any = file
        yield getattr(opened, "file", opened)  # on Windows there is a wrapper around the file


@contextmanager
def file_with_path() -> Iterator[tuple[BufferedRandom, Path]]:
    """Open a temporary file, and yield the file and a path by which this process can open the file again.

    The file is in the folder for temporary files. On Linux, the file has no name, so only this process can use the
    path. On other systems, the file is in a private folder. Raises ``OSError`` on a failure.
    """
    if can_reopen():
        with unnamed_file() as file:
            yield file, reopened_path(file.fileno())
        return
    with private_scratch(Path(gettempdir())) as folder:
        path = folder / "copy"
        with open(create_private(path), "w+b") as file:
            yield file, path


def remove_dead_scratch(parent: Path) -> None:
    """Remove the folders for temporary files that killed processes have left in the folder ``parent``."""
    for folder in _entries(parent, _SCRATCH):
        if (descriptor := _lock_if_free(folder, _open_folder)) is not None:
            _remove_locked(folder, descriptor, _remove_tree)


_remove_dead_once = cache(remove_dead_scratch)
"""Call ``remove_dead_scratch`` once for each folder in a process, since the system's temporary folder may be large."""


def remove_unfinished(folder: Path) -> None:
    """Remove the unfinished files of killed processes from a folder, but not from its subfolders."""
    for file in _entries(folder, _UNFINISHED):
        _remove_if_dead(file)


def new_unfinished(path: Path) -> tuple[Path, int]:
    """Make a locked temporary file in the folder of ``path``, and return the temporary file's path and its descriptor.

    ``path`` is the file that the caller wants to write. The function removes an old temporary file for ``path``. The
    lock ends when the descriptor is closed. Raises ``OSError`` on a failure.
    """
    number = hashlib.blake2b(os.fsencode(path.name), digest_size=8).hexdigest()
    _remove_if_dead(_unfinished(path, number))
    while True:
        temporary = _unfinished(path, number)
        with suppress(FileExistsError):  # another process is writing the same file, or the name is a trap
            descriptor = create_private(temporary)
            if _is_ours(temporary, descriptor):
                return temporary, descriptor
        number = token_hex(8)


def _unfinished(path: Path, number: str) -> Path:
    return path.with_name(f".onboarding-{number}.tmp")


def put_in_place(temporary: Path, file: IO[bytes] | IO[str], path: Path) -> None:
    """Give a finished temporary file its name ``path``. Raises ``OSError`` on a failure.

    ``file`` is the open temporary file. On Windows, the function closes this file first.
    """
    if not IS_POSIX:  # Windows renames no open file
        file.close()
    temporary.replace(path)  # on POSIX, the file is renamed before it is closed, since closing frees its lock


def _remove_if_dead(file: Path) -> None:
    if (descriptor := _lock_if_free(file, _open_file)) is not None:
        _remove_locked(file, descriptor, os.unlink)


def _remove_locked(path: Path, descriptor: int, remove: Callable[[Path], object]) -> None:
    """Call ``remove`` to remove a file or folder that this process has locked, and close the descriptor of the lock."""
    if not IS_POSIX:  # Windows removes no open file
        os.close(descriptor)
    with suppress(OSError):
        remove(path)
    if IS_POSIX:
        os.close(descriptor)


def create_private(path: Path) -> int:
    """Make a new file with mode 0600, and return its descriptor.

    Raises ``OSError`` if the file cannot be made, or if a file or a link of this name exists.
    """
    return open_unlinked(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)


def _new_scratch(parent: Path) -> tuple[Path, int]:
    while True:
        path = parent / f"onboarding-{token_hex(8)}"
        path.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # another process has removed the folder as left behind
            descriptor = _open_folder(path, is_new=True)
            if _is_ours(path, descriptor):
                return path, descriptor


def _is_ours(path: Path, descriptor: int) -> bool:
    """Lock a new file or folder of this process, and say whether it still exists.

    Another process may remove the file or folder before this process locks it, since a file without a lock seems to
    belong to a killed process. If the file is gone, this function closes the descriptor and returns False.
    """
    try:
        is_free = lock(descriptor)
    except OSError:  # this file system has no locks
        is_free = True
    if is_free and os.path.lexists(path):
        return True
    os.close(descriptor)
    return False


def _lock_if_free(path: Path, opened: Callable[[Path], int]) -> int | None:
    """Lock a file or folder of this user, and return the descriptor.

    Return None if the file or folder is locked, is a link, or belongs to another user.

    ``opened`` opens the file or folder. On a file system without locks, the function returns None, so that no process
    removes files there.
    """
    try:
        descriptor = opened(path)
    except OSError:
        return None
    with suppress(OSError):
        if is_of_this_user(os.fstat(descriptor)) and lock(descriptor):
            return descriptor
    os.close(descriptor)
    return None


def _remove_tree(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # a file that cannot be removed stays, and the others are removed


def _open_file(path: Path) -> int:
    return open_unlinked(path, os.O_RDONLY)


def _open_folder(path: Path, *, is_new: bool = False) -> int:
    """Open a folder, and return a descriptor that a process can lock.

    Windows opens no folders, so the function opens a file in the folder instead. If ``is_new`` is true, the function
    makes this file. Raises ``OSError`` if the folder cannot be opened or is a link.
    """
    if IS_POSIX:
        return open_unlinked(path, open_flags("O_RDONLY", "O_DIRECTORY"))
    return open_unlinked(path / _LOCK, os.O_RDWR | os.O_CREAT if is_new else os.O_RDWR)


def _entries(folder: Path, named: re.Pattern[str]) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if named.fullmatch(entry.name)]
    return []
