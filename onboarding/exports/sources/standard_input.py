"""Read the standard input as a file: copy it once to a temporary file."""

import atexit
import os
import shutil
import stat
import sys
from contextlib import ExitStack
from functools import cache
from io import BufferedRandom
from pathlib import Path

from onboarding.exports.sources.local_files import FileVersion, LocalFile
from onboarding.model.errors import InputRefused
from onboarding.runtime.descriptors import can_reopen, reopened_path
from onboarding.runtime.files import STANDARD_INPUT_NAME
from onboarding.runtime.scratch import file_with_path, unnamed_file

_DESCRIPTOR = 0
_COPY_BLOCK_BYTES = 2**20


def standard_input() -> LocalFile:
    """Return the standard input as a file that can be read twice, and from any position on.

    The first call copies the input to a file in the folder for temporary files. On Linux, the copy is a file without a
    name, and becomes the new standard input. The copy is gone when the process ends. Raises ``InputRefused`` if the
    input is closed, a terminal or empty, or if the copy fails.
    """
    try:
        path = _unnamed_copy() if can_reopen() else _named_copy()
        status = path.stat()
    except OSError as error:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it cannot be copied: {error.strerror}") from error
    if not status.st_size:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: the file is empty")
    return LocalFile(STANDARD_INPUT_NAME, path, FileVersion.of(status))


def _unnamed_copy() -> Path:
    if not _is_copy():
        with unnamed_file() as copy:
            _fill(copy)
            os.dup2(copy.fileno(), _DESCRIPTOR)
    return reopened_path(_DESCRIPTOR)


@cache
def _named_copy() -> Path:
    """Return the path of a private copy of the standard input. The process removes the copy when it ends."""
    _is_copy()
    with ExitStack() as stack:
        copy, path = stack.enter_context(file_with_path())
        _fill(copy)
        atexit.register(stack.pop_all().close)
    return path


def _is_copy() -> bool:
    """Say whether the standard input is already a copy, which is a file without a name.

    Raises ``InputRefused`` if the standard input is closed.
    """
    if sys.stdin is None:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it is closed; pipe an export into the command")
    status = os.fstat(_DESCRIPTOR)
    return stat.S_ISREG(status.st_mode) and not status.st_nlink


def _fill(copy: BufferedRandom) -> None:
    if os.isatty(_DESCRIPTOR):
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it is the terminal; pipe an export in, or name a file")
    with open(_DESCRIPTOR, "rb", closefd=False) as stream:
        shutil.copyfileobj(stream, copy, _COPY_BLOCK_BYTES)
    copy.flush()
