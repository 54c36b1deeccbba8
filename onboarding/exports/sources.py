"""Which files hold the exports, and are they still what they were when they were found?"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from onboarding.errors import InputRefused

SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
"""What a folder's exports are called. A file that is named itself may be called anything."""


class Digest(Protocol):
    """What ``hashlib`` makes."""

    def update(self, data: bytes, /) -> None:
        """Take some more bytes in."""


@dataclass(frozen=True, slots=True)
class Version:
    """What the file system says of a file, and what changes when somebody writes to it. Sizes in bytes."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Take what matters from a ``stat`` or ``fstat``."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class File:
    """A local file as it was when it was found. ``name`` is how its user would recognise it."""

    name: str
    path: Path
    version: Version

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, or raise ``InputRefused``."""
        with _plainly(self.name), self.path.open("rb") as stream:
            return stream.read(size)

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of ``size``, each of them taken into the digest first.

        Raises ``InputRefused`` if the file cannot be read or is no longer the one that was found.
        """
        with _plainly(self.name), self.path.open("rb") as stream:
            self._check(stream.fileno())
            while block := stream.read(size):
                digest.update(block)
                yield block
            self._check(stream.fileno())

    def _check(self, descriptor: int) -> None:
        if Version.of(os.fstat(descriptor)) != self.version:
            raise InputRefused(f"{self.name}: changed while being read; run again when nobody is writing to it")


def find(locations: Sequence[str]) -> tuple[File, ...]:
    """Return the files at the given locations, each once, in the order given and sorted within a location.

    A location is a file, a folder or a pattern (``*``, ``?``, ``[…]``, ``**``). A folder stands for the files
    directly in it whose name ends like an export's (``SUFFIXES``): what somebody filed away below it is not swept
    in, ``folder/**/*.csv`` is. Hidden files are skipped unless named. Raises ``InputRefused``.
    """
    files: dict[tuple[int, int], File] = {}
    for location in locations:
        with _plainly(location):
            for path in _paths(location):
                file = _file(path)
                files.setdefault((file.version.device, file.version.inode), file)
    if not files:
        raise InputRefused("no export was named: give a file, a folder or a pattern")
    return tuple(files.values())


def _paths(location: str) -> Iterable[Path]:
    path = Path(location)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _matching(location)
    return _in_folder(path) if stat.S_ISDIR(mode) else (path,)


def _in_folder(folder: Path) -> list[Path]:
    entries = [entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES]
    paths = sorted(entry for entry in entries if not entry.name.startswith(".") and not entry.is_dir())
    if not paths:
        raise InputRefused(f"{_name(folder)}: the folder holds no {', '.join(sorted(SUFFIXES))} file")
    return paths


def _matching(pattern: str) -> list[Path]:
    if not any(character in pattern for character in "*?["):
        raise InputRefused(f"{pattern}: no such file or folder")
    whole = Path(pattern)
    try:
        # Not glob.glob: it follows links to folders, and two links in a loop would keep it busy for ever.
        matches = sorted(Path(whole.anchor or ".").glob(str(whole.relative_to(whole.anchor))))
    except ValueError as error:
        raise InputRefused(f"{pattern}: not a pattern; ** stands alone between slashes") from error
    named = set(whole.parts)
    paths = [path for path in matches if not path.is_dir() and not any(map(_is_hidden, set(path.parts) - named))]
    if not paths:
        raise InputRefused(f"{pattern}: no file matches")
    return paths


def _is_hidden(part: str) -> bool:
    return part.startswith(".") and part != ".."


def _file(path: Path) -> File:
    name = _name(path)
    with _plainly(name):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe would wait for its writer.
        raise InputRefused(f"{name}: not a regular file")
    if status.st_size == 0:
        raise InputRefused(f"{name}: the file is empty")
    return File(name, path, Version.of(status))


def _name(path: Path) -> str:
    # A name that is not text in the file system's encoding still has to fit into a report.
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


@contextmanager
def _plainly(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read: {error.strerror or 'input/output error'}") from error
