"""A folder in memory, where bringing data to disk costs nothing."""

import shutil
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the kernel's name for it
SMALL_DATABASE_BYTES = 2**30
LARGE_EXPORTS_BYTES = 2**33
"""Room for all that a soak writes: exports of millions of rows, and their reports."""


def memory_folder(least_free_bytes: int = SMALL_DATABASE_BYTES) -> Path | None:
    """Return a folder in memory with so much room, or ``None`` for the usual temporary folder."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free >= least_free_bytes:
        return _SHARED_MEMORY
    return None
