"""Run a script in a child process with bounded memory and time, where a hostile file can do no harm.

A hostile workbook or Parquet file may make its library use all memory, never end, or abort. The parent process calls
``confined_child``, and the child runs this module as a file. The child first bounds its own memory and time, and then
runs the script that reads the hostile file. This module imports neither pandas nor other modules of the package, so the
child starts fast.
"""

import ctypes
import json
import os
import runpy
import subprocess  # for scripts of our own, without a shell  # nosec B404
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO

try:
    _resource: Any = import_module("resource")
except ImportError:
    _resource = None

IS_BOUNDED = _resource is not None
"""Whether the system can bound the memory of a child process. Windows cannot."""

_ENVIRONMENT = frozenset({"LD_LIBRARY_PATH", "SYSTEMROOT"})  # without the second variable, no program starts on Windows

PIPE = subprocess.PIPE
_PIPE_BYTES = 2**20
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Confinement:
    """The limits of a child process: ``memory`` in bytes, and ``seconds`` of processor time."""

    memory: int
    seconds: int


@contextmanager
def confined_child(
    script: str, request: str, limits: Confinement, *, stdin: BinaryIO, stdout: BinaryIO | int
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child process that runs a script, and kill the child at the end of the ``with`` block.

    ``limits`` bounds the memory and the time of the child. ``script`` is a path, and ``request`` is the script's only
    argument. The script reads from ``stdin`` and writes to ``stdout``. The child's exit code is the script's exit code.
    """
    # The child gets no credentials. Its messages are dropped, since they might show cells of the file. The child gets
    # the path of the libraries from this process, and needs no start-up files to find the libraries.
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OPENBLAS_NUM_THREADS": "1",
        "OPENPYXL_LXML": "False",
        **{name: value for name, value in os.environ.items() if name in _ENVIRONMENT},
    }
    command = [sys.executable, "-P", "-S", __file__, json.dumps(asdict(limits)), script, request]
    with subprocess.Popen(  # noqa: S603 - our own script  # nosec B603
        command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, env=environment, bufsize=_PIPE_BYTES
    ) as child:
        end = Timer(limits.seconds, child.kill)
        if not IS_BOUNDED:  # otherwise the child bounds its own time
            end.start()
        try:
            yield child
        finally:
            end.cancel()
            child.kill()


def main(limits: str, script: str, request: str) -> None:
    """Bound this process, and run the script with the request as its only argument.

    ``limits`` is a ``Confinement`` as JSON. The script cannot import numpy, so that the child starts faster.
    """
    _confine(Confinement(**json.loads(limits)))
    # An import of numpy then fails, and the libraries work without numpy. To load numpy takes a third of a child's
    # start.
    sys.modules["numpy"] = None  # type: ignore[assignment]  # the typed stubs do not know this use of None
    sys.argv = [script, request]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        # End at once: otherwise Python would write again to a full disk, and would change the exit code.
        os._exit(int(ended.code or 0))


def _confine(limits: Confinement) -> None:
    """Bound memory and time of this process by ``limits``, end this process with its parent, and prevent core files.

    A core file would contain people's data. On Windows, this function does nothing, and the parent process bounds the
    time.
    """
    if _resource is None:
        return
    # Both steps work on Linux only. On other systems, the limit on time ends a child whose parent was killed.
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(1, _SIGKILL)  # PR_SET_PDEATHSIG
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    # Not RLIMIT_AS, which also includes reserved memory and mapped files, above all libraries.
    cpu = limits.seconds + 1  # the parent's clock should end the child before
    for name, limit in (("RLIMIT_CORE", 0), ("RLIMIT_CPU", cpu), ("RLIMIT_DATA", limits.memory)):
        which = getattr(_resource, name)
        hard = _resource.getrlimit(which)[1]
        _resource.setrlimit(which, (limit if hard == _resource.RLIM_INFINITY else min(limit, hard),) * 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
