"""A guard against tests that write files, start processes, send signals or open connections.

The interpreter announces each of these to its audit hooks. A hook cannot be removed, so it looks whether it is on.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ANNOUNCED = frozenset({
    *("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.kill", "os.killpg"),
    *("signal.pthread_kill", "socket.connect", "sqlite3.connect"),
    *("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"),
})  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_HARMLESS = ("__pycache__", ".hypothesis", ":memory:", os.devnull)
"""Parts of the paths that Python and the tools of the tests write themselves, or that are no files."""

_STANDARD_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")  # noqa: PTH120 - the beginning of paths
_PACKAGES = os.sep + "site-packages" + os.sep

_state = threading.local()


class Impure(AssertionError):
    """A unit test has an effect outside its process."""


@contextmanager
def pure() -> Iterator[None]:
    """Raise ``Impure`` for each effect that this thread has outside its process. It is raised again if it is caught."""
    _state.effects = effects = []
    try:
        yield
    finally:
        _state.effects = None
    if effects:
        raise Impure(effects[0])


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    effects = getattr(_state, "effects", None)
    if effects is None or not (event in _ANNOUNCED or (event == "open" and _is_writing(arguments))):
        return
    about = ", ".join(map(repr, arguments[:2]))
    if not any(part in about for part in _HARMLESS) and not _is_by_hypothesis():
        effects.append(f"{event}({about}): a unit test touches no disk, process, signal or socket; see tests/contract")
        raise Impure(effects[-1])


def _is_writing(arguments: tuple[object, ...]) -> bool:
    if isinstance(arguments[0], int):  # the file was announced when it got its number, as those of importlib are
        return False
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & _WRITING)


def _is_by_hypothesis() -> bool:
    """Say whether Hypothesis writes to its caches. To refuse that would hide why a test failed."""
    frame = sys._getframe(2)  # noqa: SLF001 - the documented way to look at the callers
    while frame:
        name = frame.f_code.co_filename
        if _PACKAGES in name or not name.startswith(_STANDARD_LIBRARY):
            return f"{_PACKAGES}hypothesis{os.sep}" in name
        frame = frame.f_back
    return False


sys.addaudithook(_watch)
