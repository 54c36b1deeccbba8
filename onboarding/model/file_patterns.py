"""Whether a setting names an export: by the export's path, by its file name, or by a pattern with ``*`` or ``?``."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath


def fits_file(pattern: str, source: str) -> bool:
    """Return whether a path, a file name or a pattern (``pattern``) fits an export with the path or URI ``source``."""
    names = (source, PurePosixPath(source).name)
    return pattern in names or any(fnmatchcase(name, pattern) for name in names)
