"""How a setting names some of a run's exports: by a path, by a file's name, or by a pattern with ``*`` or ``?``."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath


def fits_file(pattern: str, source: str) -> bool:
    """Return whether a path, a name or a pattern means an export. ``source`` is the export's path or URI."""
    names = (source, PurePosixPath(source).name)
    return pattern in names or any(fnmatchcase(name, pattern) for name in names)
