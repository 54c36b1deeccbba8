"""Find out whether two processes run the same code of this program. The version number does not show this."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

CODE_SUFFIXES = (".py", ".pyi", ".toml", ".txt")
"""The suffixes of files that decide about rows: code, and files of words and letters that the code reads."""

NO_CODE = frozenset({"samples", "__pycache__"})
"""The folders of the package without code. A wheel contains the samples in the package, and a checkout does not."""


@cache
def own_code_hash() -> str:
    """Return the hash of this program's code, as 12 hexadecimal digits.

    The first call computes the hash, and later calls return the same hash. So a worker with old code still reports the
    old hash after an installation of new code.
    """
    return code_hash(files("onboarding"))


def code_hash(package: Traversable) -> str:
    """Return the hash of the code in the folder of a package, as 12 hexadecimal digits.

    The hash ignores line ends, since git may change them on Windows. The folder may be inside of a ZIP file.
    """
    found = sha256()
    for name, text in sorted(_code_files(package, "")):
        found.update(f"{name}\0{len(text)}\0".encode())
        found.update(text)
    return found.hexdigest()[:12]


def _code_files(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of each file with code.

    The path is relative to the package, with slashes. ``above`` is the path of ``folder``.
    """
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in NO_CODE:
                yield from _code_files(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(CODE_SUFFIXES):
            yield f"{above}{entry.name}", entry.read_bytes().replace(b"\r\n", b"\n")
