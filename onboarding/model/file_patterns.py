"""Compare an export with a setting that names it by its path, its file name, or a pattern with ``*`` or ``?``."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath


def fits_file(pattern: str, source: str) -> bool:
    """Say whether a path, a file name or a pattern (``pattern``) means the export with the path or URI ``source``."""
    names = (source, PurePosixPath(source).name)
    return pattern in names or any(fnmatchcase(name, pattern) for name in names)
