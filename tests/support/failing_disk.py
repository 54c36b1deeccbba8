"""A disk that fails under a running process: the kernel answers EIO when the process brings data to disk.

The process puts a filter of system calls on itself (``seccomp(2)``), which it can never take off again. After that
``fsync`` and ``fdatasync`` fail in all threads. Linux only; it needs no privilege and no device.
"""

import ctypes
import errno
import os
import platform
import struct

CALLS = {"x86_64": (74, 75, 317), "aarch64": (82, 83, 277)}
"""The numbers of ``fsync``, ``fdatasync`` and ``seccomp`` by machine."""

CAN_FAIL = platform.system() == "Linux" and platform.machine() in CALLS

_NO_NEW_PRIVILEGES = 38  # of prctl; without it only root may filter
_FILTER, _IN_ALL_THREADS = 1, 1
_LOAD_NUMBER, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000 | errno.EIO


def fail_writes() -> None:
    """Make every ``fsync`` of this process fail from now on. Raises ``OSError`` if the kernel refuses."""
    fsync, fdatasync, seccomp = CALLS[platform.machine()]
    steps = (
        (_LOAD_NUMBER, 0, 0, 0),
        (_IF_EQUAL, 2, 0, fsync),
        (_IF_EQUAL, 1, 0, fdatasync),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _FAIL),
    )
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)))
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or system.syscall(seccomp, _FILTER, _IN_ALL_THREADS, described):
        raise OSError(ctypes.get_errno(), f"no filter of system calls: {os.strerror(ctypes.get_errno())}")
