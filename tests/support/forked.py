"""Runs of ``onboard`` in processes that ``fork_server`` forks, each of which may be killed at a chosen point."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

FORK_SERVER = Path(__file__).parent / "fork_server.py"


@dataclass(frozen=True)
class ForkServer:
    """A process that forks one child for each run, one run at a time."""

    stream: TextIO

    def run(self, *arguments: str, folder: Path, environment: dict[str, str], **at: int) -> dict[str, Any]:
        """Run ``onboard`` in a folder. Return its exit code and the points that it passed.

        ``at`` names points at which something happens: ``die``, ``fail`` or ``stop``.
        """
        return self._ask({"arguments": arguments, "folder": str(folder), "environment": environment, "at": at})

    def go_on(self, stopped: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Let a run go on that stopped at a point, and return how it ended."""
        return self._ask({"go_on": stopped["stopped"], "folder": str(folder)})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.stream.write(json.dumps(request) + "\n")
        self.stream.flush()
        return json.loads(self.stream.readline())


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
