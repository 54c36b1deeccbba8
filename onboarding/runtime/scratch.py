"""Temporary files and folders with names, and the removal of those left behind by killed processes.

::

    <folder>/onboarding-<16 hexadecimal digits>/       temporary files of one process
    <folder>/.onboarding-<16 hexadecimal digits>.tmp   a file that ``files.atomic_write`` has not finished

A process keeps a lock on each of these files and folders that it makes. The kernel frees the lock when the process
ends, however it ends. So a file or folder without a lock was left behind. The next process removes it, and so does
``onboard purge``. A temporary file that needs no name has none (``unnamed_file``), so it never stays behind.
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
"""The name of the file that Windows locks in place of its folder."""


@contextmanager
def private_scratch(parent: Path) -> Iterator[Path]:
    """Make a folder for temporary files in the folder ``parent``, and remove it when the block ends.

    Only its owner can enter the folder. Folders left behind in ``parent`` by killed processes are removed first. Raises
    ``OSError``.
    """
    _remove_dead_once(parent)
    folder, descriptor = _new_scratch(parent)
    try:
        yield folder
    finally:
        _remove_locked(folder, descriptor, _remove_tree)


@contextmanager
def unnamed_file(folder: Path | None = None) -> Iterator[BufferedRandom]:
    """Open a temporary file for reading and writing, which nobody can find, and which is gone when it is closed.

    ``folder`` is on the disk that the file is to use; by default this is the folder for temporary files. On Windows the
    file has a name, and the system removes it when it is closed. Raises ``OSError``.
    """
    with TemporaryFile(dir=folder) as file:
        opened: Any = file
        yield getattr(opened, "file", opened)  # on Windows there is a wrapper around the file


@contextmanager
def file_with_path() -> Iterator[tuple[BufferedRandom, Path]]:
    """Open a temporary file, and yield the file and a path with which this process can open the file again.

    The file is in the folder for temporary files. On Linux the file has no name, so only this process can use the path.
    Elsewhere the file is in a private folder. Raises ``OSError``.
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
    """Remove the folders of temporary files left behind in the folder ``parent`` by killed processes."""
    for folder in _entries(parent, _SCRATCH):
        if (descriptor := _lock_if_free(folder, _open_folder)) is not None:
            _remove_locked(folder, descriptor, _remove_tree)


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


def put_in_place(temporary: Path, file: IO[bytes] | IO[str], path: Path) -> None:
    """Give a finished temporary file its name ``path``. ``file`` is the open file, which is closed first on Windows.

    Raises ``OSError``.
    """
    if not IS_POSIX:  # Windows renames no open file
        file.close()
    temporary.replace(path)  # on POSIX before the file is closed, which frees its lock


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

    Raises ``OSError`` if the file cannot be made, or if a file or a link is there already.
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
    """Lock a file or folder that this process has just made, and return whether it is still there.

    Before the lock is taken, another process may remove the file or folder, since without a lock it seems left behind.
    If so, this function closes the descriptor and returns False.
    """
    try:
        is_free = lock(descriptor)
    except OSError:  # nothing can be locked here
        is_free = True
    if is_free and os.path.lexists(path):
        return True
    os.close(descriptor)
    return False


def _lock_if_free(path: Path, opened: Callable[[Path], int]) -> int | None:
    """Lock a file or folder of this user. Return its descriptor, or None if it is locked, a link or another user's.

    ``opened`` opens the file or folder. On a file system without locks this function returns None, so nothing there
    counts as left behind.
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
    shutil.rmtree(folder, ignore_errors=True)  # what cannot be removed stays, and the rest goes


def _open_file(path: Path) -> int:
    return open_unlinked(path, os.O_RDONLY)


def _open_folder(path: Path, *, is_new: bool = False) -> int:
    """Open a folder, and return a descriptor that can be locked.

    Windows opens no folders. There a file in the folder stands for the folder, and is made if ``is_new`` is true.
    Raises ``OSError`` if the folder cannot be opened or is a link.
    """
    if IS_POSIX:
        return open_unlinked(path, open_flags("O_RDONLY", "O_DIRECTORY"))
    return open_unlinked(path / _LOCK, os.O_RDWR | os.O_CREAT if is_new else os.O_RDWR)


def _entries(folder: Path, named: re.Pattern[str]) -> list[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if named.fullmatch(entry.name)]
    return []
