"""Find and read files on this machine's disks. The module ``s3_objects`` reads the files in S3."""

import os
import stat
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from onboarding.exports.sources.source import Digest
from onboarding.model.errors import InputRefused
from onboarding.model.mistyped import blaming
from onboarding.model.printable import printable
from onboarding.model.values import dataclass
from onboarding.runtime.files import NOT_REGULAR, open_regular, similar_path

SUFFIXES = frozenset(
    {
        ".csv",
        ".tsv",
        ".txt",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".xlsb",
        ".ods",
        ".parquet",
        ".gz",
        ".bz2",
        ".xz",
        ".zst",
        ".zip",
    }
)
"""The suffixes of the files that the job reads from a folder. A file that the user names may have any name."""

_OF_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})
_NAMES_SHOWN = 12

WILDCARDS = frozenset("*?[")
CHANGED = "changed while being read; run again when no program writes to it"


@dataclass(frozen=True, slots=True)
class FileVersion:
    """The version of a file in the file system. Each write to the file changes the version.

    ``size`` is in bytes, and ``modified_ns`` is the time of the last write in nanoseconds.
    """

    device: int = field(compare=False)  # each machine numbers a shared disk differently
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the version of a file from the answer of ``stat`` or ``fstat``."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on a disk of this machine, as a ``Source``."""

    name: str
    path: Path
    version: FileVersion
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.version.size

    @property
    def modified_at(self) -> datetime:
        """The time of the last write to the file, from the file system."""
        return datetime.fromtimestamp(self.version.modified_ns / 1e9, UTC)

    @property
    def identity(self) -> Hashable:
        """The device and the inode of the file. All links to the file have the same device and inode."""
        return self.version.device, self.version.inode

    def head(self, size: int) -> bytes:
        """Return the first bytes: ``size`` bytes, or fewer at the end of the file."""
        return b"".join(self.span(0, size, size))

    def blocks(self, size: int, digest: Digest) -> Iterator[bytes]:
        """Yield all bytes in blocks of at most ``size`` bytes, and add each block to the digest first."""
        return with_digest(self.span(0, self.size, size), digest)

    def span(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``stop`` or the file's end, in blocks of at most ``size`` bytes."""
        with _refusing_os_errors(self.name), open_regular(self.path) as stream:
            self._check(os.fstat(stream.fileno()))
            stream.seek(start)
            while block := stream.read(min(size, stop - start)):
                start += len(block)
                yield block
            self._check(os.fstat(stream.fileno()))

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """Return a context with the path of the file.

        The method checks before and after the ``with`` block that the file did not change.
        """
        with _refusing_os_errors(self.name):
            self._check(self.path.stat())
            try:
                yield self.path
            finally:
                self._check(self.path.stat())

    def _check(self, status: os.stat_result) -> None:
        if FileVersion.of(status) != self.version:
            raise InputRefused(f"{self.name}: {CHANGED}")


def files_at(location: str) -> list[LocalFile]:
    """Return the files at a location, sorted. A location is a file, a folder or a pattern.

    A pattern contains ``*``, ``?``, ``[…]`` or ``**``. A folder means its own files with one of the ``SUFFIXES``. The
    function leaves out subfolders, since people keep old files there. The pattern ``folder/**/*.csv`` includes
    subfolders. The function skips a hidden file unless the user names the file. Raises ``InputRefused`` if there is no
    file, or if a file is empty or cannot be read.
    """
    with _refusing_os_errors(_name(Path(location))):
        files = [_file(path) for path in _paths(location)]
        path = Path(location)
        notes = note_of_rest(entry.name + "/" * entry.is_dir() for entry in _rest_of(path)) if path.is_dir() else ()
        return [replace(files[0], notes=notes), *files[1:]] if notes else files


def with_digest(blocks: Iterable[bytes], digest: Digest) -> Iterator[bytes]:
    """Yield the given blocks, and add each block to the digest first."""
    for block in blocks:
        digest.update(block)
        yield block


def is_skipped(name: str) -> bool:
    """Say whether the job skips a file or folder of this name, if the user names only a folder or a pattern.

    The job skips hidden files and folders, and the lock file of an open workbook.
    """
    return (name.startswith(".") and name != "..") or name.startswith("~$")


def note_of_rest(names: Iterable[str]) -> tuple[str, ...]:
    """Return a note about the skipped files and folders in a folder, or no note without such files and folders.

    ``names`` are the names of these files and folders.
    """
    rest = sorted(name for name in names if not is_skipped(name) and name.lower() not in _OF_SYSTEMS)
    if not rest:
        return ()
    shown = ", ".join('"…"' if "@" in name else f'"{printable(name)}"' for name in rest[:_NAMES_SHOWN])
    more = f" and {len(rest) - _NAMES_SHOWN:,} more" if len(rest) > _NAMES_SHOWN else ""
    return (f"In the folder of this file, these were passed over: {shown}{more}.",)


def _rest_of(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if entry.suffix.lower() not in SUFFIXES or entry.is_dir())


def _paths(location: str) -> Iterable[Path]:
    path = Path(location)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _matching(location)
    return _in_folder(path) if stat.S_ISDIR(mode) else (path,)


def _in_folder(folder: Path) -> list[Path]:
    entries = [entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES]
    paths = sorted(entry for entry in entries if not is_skipped(entry.name) and not entry.is_dir())
    if not paths:
        raise InputRefused(f"{_name(folder)}: the folder holds no {', '.join(sorted(SUFFIXES))} file")
    return paths


def _matching(pattern: str) -> list[Path]:
    whole = Path(pattern)
    if WILDCARDS.isdisjoint(pattern):
        raise _no_such_file(whole)
    try:
        # Not glob.glob, which follows links to folders, and would never end at two links in a loop.
        matches = sorted(Path(whole.anchor or ".").glob(str(whole.relative_to(whole.anchor))))
    except ValueError as error:
        raise InputRefused(f"{_name(whole)}: not a pattern; ** stands alone between slashes") from error
    named = set(whole.parts)
    paths = [path for path in matches if not path.is_dir() and not any(map(is_skipped, set(path.parts) - named))]
    if not paths:
        raise InputRefused(f"{_name(whole)}: no file matches")
    return paths


def _file(path: Path) -> LocalFile:
    name = _name(path)
    with _refusing_os_errors(name):
        try:
            status = path.stat()
        except FileNotFoundError:
            raise _no_such_file(path) from None
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe would wait for its writer.
        raise InputRefused(f"{name}: {NOT_REGULAR}")
    if status.st_size == 0:
        raise InputRefused(f"{name}: the file is empty")
    # The path is absolute, since another process may read the file from another working folder.
    return LocalFile(name, path.absolute(), FileVersion.of(status))


def _no_such_file(path: Path) -> InputRefused:
    """Return the error for a path that does not exist, with the most similar path that exists."""
    meant = None if path.is_symlink() else similar_path(path)
    question = f", did you mean {_name(meant)}?" if meant else ""
    return blaming(InputRefused(f"{_name(path)}: {_missing(path)}{question}"), str(path), str(meant or ""))


def _missing(path: Path) -> str:
    return "a link to a file that is not there" if path.is_symlink() else "no such file or folder"


def _name(path: Path) -> str:
    # A report must also be able to contain a name that is no text in the file system's encoding.
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


@contextmanager
def _refusing_os_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read: {error.strerror or 'input/output error'}") from error
