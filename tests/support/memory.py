"""A folder in memory, where bringing data to disk costs nothing."""

import shutil
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the kernel's name for it
_LEAST_FREE_BYTES = 2**30


def memory_folder() -> Path | None:
    """Return a folder in memory with room for a small database, or ``None`` for the usual temporary folder."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free >= _LEAST_FREE_BYTES:
        return _SHARED_MEMORY
    return None
