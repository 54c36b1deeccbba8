"""Open files without following links, lock them, and sync them to the disk, on Linux, macOS and Windows.

The kernel frees a lock when the process with the lock ends, even if a signal kills the process. The library
``filelock`` opens and empties the file that it locks. So this module uses the standard library's modules for locks
instead: ``msvcrt`` on Windows, and ``fcntl`` on other systems.
"""

import errno
import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any


def _module_or_none(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt = _module_or_none("fcntl"), _module_or_none("msvcrt")

IS_POSIX = _fcntl is not None
"""Whether the system follows POSIX: a process can open folders, and can rename and remove open files."""

_LOCKED_BYTE = 2**30
"""The position of the byte that Windows locks.

Other processes cannot read a locked byte. No real file is long enough to contain this byte.
"""

_moving = Lock()
"""The lock for threads that move the position of a descriptor. Windows reads and writes only at this position."""


def open_flags(*names: str) -> int:
    """Return the flags of ``os.open`` with these names, as one number, without the flags that this system lacks.

    On Windows, the number always contains the flag O_BINARY, without which Windows would change the bytes of a file.
    """
    flags = 0
    for name in (*names, "O_BINARY"):
        flags |= getattr(os, name, 0)
    return flags


def open_unlinked(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file and return its descriptor, which child processes do not inherit. The call never waits for a pipe.

    ``flags`` are the flags of ``os.open``, and ``mode`` the permissions of a new file. Raises ``OSError`` if the file
    cannot be opened, or if the last part of the path is a link.
    """
    descriptor = os.open(path, flags | open_flags("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"), mode)
    if not hasattr(os, "O_NOFOLLOW"):
        try:
            if not os.path.samestat(os.lstat(path), os.fstat(descriptor)):
                raise OSError(errno.ELOOP, "it is a link")  # noqa: TRY301 - the descriptor is closed in one place
        except OSError:
            os.close(descriptor)
            raise
    return descriptor


def lock(descriptor: int) -> bool:
    """Try to lock an open file or folder, and say whether this process got the lock. The function does not wait.

    The lock ends when the process closes the descriptor. Raises ``OSError`` if the file system has no locks.
    """
    try:
        if _fcntl:
            _fcntl.flock(descriptor, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        else:
            _lock_byte(descriptor, "LK_NBLCK")
    except (BlockingIOError, PermissionError):  # file systems raise one of these two errors
        return False
    return True


def is_locked_by_another(descriptor: int) -> bool:
    """Say whether another open descriptor of the same file has locked the file.

    The function takes the lock for an instant. On POSIX it is a shared lock, so two calls do not disturb each other.
    """
    try:
        if _fcntl:
            _fcntl.flock(descriptor, _fcntl.LOCK_SH | _fcntl.LOCK_NB)
        else:
            _lock_byte(descriptor, "LK_NBLCK")
            _lock_byte(descriptor, "LK_UNLCK")
    except (BlockingIOError, PermissionError):
        return True
    except OSError:  # on a file system without locks, no process has a lock
        return False
    return False


def _lock_byte(descriptor: int, how: str) -> None:
    if _msvcrt is None:
        raise OSError(errno.ENOLCK, "this system has no locks on files")
    with _moving:
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            _msvcrt.locking(descriptor, getattr(_msvcrt, how), 1)
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)


def read_start(descriptor: int, size: int) -> bytes:
    """Return the first ``size`` bytes of an open file, or fewer bytes from a shorter file.

    Raises ``OSError`` on a failure.
    """
    if hasattr(os, "pread"):
        return bytes(os.pread(descriptor, size, 0))
    with _moving:
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, size)


def write_start(descriptor: int, content: bytes) -> None:
    """Write bytes at the start of an open file, with one call of the system. Raises ``OSError`` on a failure."""
    if hasattr(os, "pwrite"):
        os.pwrite(descriptor, content, 0)
        return
    with _moving:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, content)


def can_reopen() -> bool:
    """Say whether ``reopened_path`` works on this system, which must be Linux.

    On macOS, both opened files would share one position. Windows has no paths of open files.
    """
    return Path("/proc/self/fd").is_dir()


def reopened_path(descriptor: int) -> Path:
    """Return a path by which this process can open an open file again, with a separate position."""
    return Path(f"/dev/fd/{descriptor}")


def sync(descriptor: int) -> None:
    """Write an open file or folder to the disk, and wait until the disk has stored it. Raises ``OSError`` on a failure.

    On macOS, the function uses F_FULLFSYNC, since ``os.fsync`` leaves the content in the disk's own memory.
    """
    if full_sync := getattr(_fcntl, "F_FULLFSYNC", None):
        with suppress(OSError):  # some file systems, such as those of other machines, do not support F_FULLFSYNC
            _fcntl.fcntl(descriptor, full_sync)
            return
    os.fsync(descriptor)


def is_of_this_user(facts: os.stat_result) -> bool:
    """Say whether a file belongs to the user of this process. ``facts`` are the answer of ``os.fstat``.

    On Windows, Python does not know the owner of a file, and the permissions of the folder decide who may write. So the
    function returns True.
    """
    return not hasattr(os, "geteuid") or facts.st_uid == os.geteuid()


def set_mode(descriptor: int, mode: int) -> None:
    """Give an open file the permissions ``mode``, even against the umask. On Windows this function does nothing."""
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)
