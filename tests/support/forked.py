"""Runs of ``onboard`` in processes that ``fork_server`` forks, each of which may be killed at a chosen point."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from memory import memory_folder

FORK_SERVER = Path(__file__).parent / "fork_server.py"


@dataclass(frozen=True)
class ForkServer:
    """A process that forks a child for each run, and waits for its end unless the run is only to begin."""

    stream: TextIO

    def run(self, *arguments: str, folder: Path, environment: dict[str, str], **at: int) -> dict[str, Any]:
        """Run ``onboard`` in a folder. Return its exit code and the points that it passed.

        ``at`` names points at which something happens: ``die``, ``fail`` or ``stop``.
        """
        return self._ask({"arguments": arguments, "folder": str(folder), "environment": environment, "at": at})

    def go_on(self, stopped: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Let a run go on that stopped at a point, and return how it ended."""
        return self._ask({"go_on": stopped["stopped"], "folder": str(folder)})

    def begin(self, *arguments: str, folder: Path, environment: dict[str, str]) -> "ForkedProcess":
        """Start ``onboard`` in a folder, as a process in a group of its own, and do not wait for its end."""
        with TemporaryDirectory(dir=memory_folder()) as pipes:
            names = [f"{pipes}/{name}" for name in ("stdout", "stderr")]
            for name in names:
                os.mkfifo(name, 0o600)
            ours = [os.open(name, os.O_RDONLY | os.O_NONBLOCK) for name in names]
            place = {"folder": str(folder), "environment": environment}
            pid = self._ask({"begin": arguments, "streams": names, **place})["pid"]
        for descriptor in ours:
            os.set_blocking(descriptor, True)
        stdout, stderr = (os.fdopen(descriptor, encoding="utf-8") for descriptor in ours)
        return ForkedProcess(self, pid, stdout, stderr)

    def ended(self, pid: int) -> int | None:
        """Return the exit code of a process that was started, or nothing if it still runs. Ask only once after it."""
        return self._ask({"ended": pid})["code"]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.stream.write(json.dumps(request) + "\n")
        self.stream.flush()
        return json.loads(self.stream.readline())


@dataclass
class ForkedProcess:
    """A process of ``onboard`` that a fork server has started. It does what tests need of ``subprocess.Popen``."""

    server: ForkServer
    pid: int
    stdout: TextIO
    stderr: TextIO
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code if the process has ended."""
        if self.returncode is None:
            self.returncode = self.server.ended(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code. Raises ``TimeoutExpired``."""
        until = time.monotonic() + (inf if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"onboard, process {self.pid}", timeout)
            time.sleep(0.005)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read what the process says until it ends. Raises ``TimeoutExpired``."""
        with ThreadPoolExecutor(2) as readers:
            told = [readers.submit(_rest_of, stream) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = (each.result() for each in told)
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


def _rest_of(stream: TextIO) -> str:
    if stream.closed:
        return ""
    with stream:
        return stream.read()


@contextmanager
def fork_servers(number: int) -> Iterator[list[ForkServer]]:
    """Start processes that fork runs, as many as there are to be runs at the same time."""
    pairs = [socket.socketpair() for _ in range(number)]
    theirs = [their.fileno() for _, their in pairs]
    with ExitStack() as opened:
        opened.enter_context(subprocess.Popen([sys.executable, FORK_SERVER, *map(str, theirs)], pass_fds=theirs))
        for _, their in pairs:
            their.close()
        ours = [opened.enter_context(our) for our, _ in pairs]
        yield [ForkServer(opened.enter_context(our.makefile("rw", encoding="utf-8"))) for our in ours]
