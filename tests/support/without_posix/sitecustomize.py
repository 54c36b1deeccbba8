"""Take from Python, on Linux, what Windows lacks, and refuse what Windows refuses. ``PYTHONPATH`` names this folder.

- The modules ``fcntl``, ``resource``, ``pwd`` and ``grp`` cannot be imported; ``msvcrt`` locks bytes in their place.
- Names that only POSIX has are gone from ``os`` and ``signal``.
- No folder can be opened, and no open file can be renamed, replaced or removed.
- There is no ``/proc``, ``/dev/fd`` or ``/var/tmp``, no file without a name, and nobody may make links.
"""

import asyncio  # noqa: F401 - uses these names itself on Linux, but not on Windows
import errno
import fcntl
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import types

import platformdirs.unix  # noqa: F401 - as asyncio

_UNLOCK = 0
_SIGKILL = int(signal.SIGKILL)
_NAMES = {
    os: (
        "O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_TMPFILE chown fchmod fork forkpty getegid geteuid"
        " getgid getpgid getsid getuid killpg mkfifo nice posix_fadvise pread pwrite sched_getaffinity setsid sysconf"
    ),
    signal: (
        "SIGALRM SIGHUP SIGKILL SIGPIPE SIGQUIT SIGUSR1 SIGUSR2 SIG_BLOCK SIG_SETMASK alarm pthread_sigmask setitimer"
    ),
}
_HIDDEN = ("/proc/self/fd", "/proc/sys", "/dev/fd", "/var/tmp")  # noqa: S108 - to be hidden

_open, _fstat, _stat, _listdir, _session_of = os.open, os.fstat, os.stat, os.listdir, os.getsid


def _is_open(path) -> bool:
    """Return whether a process of this session has a file open."""
    try:
        wanted = os.lstat(path)
    except OSError:
        return False
    for process in filter(str.isdigit, _listdir("/proc")):
        try:
            descriptors = _listdir(f"/proc/{process}/fd") if _session_of(int(process)) == _session_of(0) else []
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                found = _stat(f"/proc/{process}/fd/{descriptor}")
            except OSError:
                continue
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    return False


def _unless_open(change):
    def checked(path, *others, **options):
        for each in (path, *others):
            if isinstance(each, str | os.PathLike) and _is_open(each):
                raise PermissionError(errno.EACCES, "The file is used by another process", str(each))
        return change(path, *others, **options)

    return checked


def _opened(path, flags, mode=0o777, *, dir_fd=None):
    _find(path)
    descriptor = _open(path, flags, mode, dir_fd=dir_fd)
    if stat.S_ISDIR(_fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    return descriptor


def _status(path, **options):
    _find(path)
    return _stat(path, **options)


def _find(path) -> None:
    if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(_HIDDEN):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))


def _no_link(*_arguments, **_options):
    raise OSError(errno.EPERM, "A required privilege is not held by the client")


def _locking(descriptor: int, mode: int, size: int) -> None:
    """Lock or free a range of bytes from the position of an open file, as ``msvcrt.locking`` does."""
    # Linux keeps others from writing only for a file that is open for writing; Windows does so for any open file.
    is_writable = fcntl.fcntl(descriptor, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR)
    kind = fcntl.F_UNLCK if mode == _UNLOCK else fcntl.F_WRLCK if is_writable else fcntl.F_RDLCK
    place = struct.pack("hhqqi4x", kind, os.SEEK_SET, os.lseek(descriptor, 0, os.SEEK_CUR), size, 0)
    try:
        fcntl.fcntl(descriptor, _F_OFD_SETLK, place)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None


def _popen(self, args, *others, **options) -> None:
    """Start a process in which this module is loaded, too: a confined child would load no start-up files."""
    _start(self, [each for each in args if each != "-S"] if isinstance(args, list) else args, *others, **options)


_F_OFD_SETLK = fcntl.F_OFD_SETLK
_start = subprocess.Popen.__init__
subprocess.Popen.__init__ = _popen
subprocess.Popen.kill = lambda process: process.send_signal(_SIGKILL)
tempfile.TemporaryFile = tempfile.NamedTemporaryFile
for name in ("unlink", "remove", "rename", "replace"):
    setattr(os, name, _unless_open(getattr(os, name)))
os.open, os.stat, os.symlink, os.link = _opened, _status, _no_link, _no_link
shutil._use_fd_functions = False  # noqa: SLF001 - as it is on Windows
if hasattr(shutil, "_rmtree_impl"):  # Python 3.13 and newer choose when they load the module
    shutil._rmtree_impl = shutil._rmtree_unsafe  # noqa: SLF001
for module, names in _NAMES.items():
    for name in names.split():
        delattr(module, name)
for name in ("fcntl", "resource", "pwd", "grp"):
    sys.modules[name] = None
sys.modules["msvcrt"] = types.SimpleNamespace(LK_UNLCK=_UNLOCK, LK_NBLCK=2, locking=_locking)
