"""Read the standard input as a file: copy it once to a temporary file without a name."""

import os
import shutil
import stat
import sys
from pathlib import Path
from tempfile import TemporaryFile

from onboarding.exports.sources.local_files import FileVersion, LocalFile
from onboarding.model.errors import InputRefused
from onboarding.runtime.files import STANDARD_INPUT_NAME

_DESCRIPTOR = 0
_COPY_BLOCK_BYTES = 2**20


def standard_input() -> LocalFile:
    """Return the standard input as a file that readers can read twice and seek in.

    The first call copies the input to a file without a name, in the folder for temporary files. It puts this file in
    the place of the standard input. The file is gone when the process ends. Raises ``InputRefused`` if the input is
    closed, a terminal or empty, or if the copy fails.
    """
    try:
        if not _is_copy():
            _copy()
        status = os.fstat(_DESCRIPTOR)
    except OSError as error:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it cannot be copied: {error.strerror}") from error
    if not status.st_size:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: the file is empty")
    return LocalFile(STANDARD_INPUT_NAME, Path(f"/dev/fd/{_DESCRIPTOR}"), FileVersion.of(status))


def _is_copy() -> bool:
    """Return whether the standard input is a copy already, so that it is a file without a name.

    Raises ``InputRefused`` if the standard input is closed.
    """
    if sys.stdin is None:
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it is closed; pipe an export into the command")
    status = os.fstat(_DESCRIPTOR)
    return stat.S_ISREG(status.st_mode) and not status.st_nlink


def _copy() -> None:
    if os.isatty(_DESCRIPTOR):
        raise InputRefused(f"{STANDARD_INPUT_NAME}: it is the terminal; pipe an export in, or name a file")
    with TemporaryFile() as copy:
        with open(_DESCRIPTOR, "rb", closefd=False) as stream:
            shutil.copyfileobj(stream, copy, _COPY_BLOCK_BYTES)
        copy.flush()
        os.dup2(copy.fileno(), _DESCRIPTOR)
