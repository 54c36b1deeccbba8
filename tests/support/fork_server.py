"""A server that runs ``onboard`` in forked processes, each of which may be killed at a chosen point.

A point is the moment before or after a durable or a network call. Starting Python and loading its libraries takes a
second; forking a process that has done so takes a hundredth of that. So this process loads the libraries and forks a
child for each run. ``python tests/support/fork_server.py 5 6`` reads requests from the sockets 5 and 6, one JSON
object a line, and answers each request with one JSON object. Each socket has its own process, so that runs go on at the
same time::

    {"arguments": ["run", "people.csv"], "folder": "/…", "environment": {…}, "at": {"die": 17}}
    {"code": -9, "points": ["before commit", "after commit"], "stopped": null}

Points are counted from 1. ``at`` may name a point at which the child is killed (``die``), at which its disk fails
(``fail``), or at which it stops (``stop``). ``code`` is negative if a signal ended the child, and null if it stopped.
Then ``stopped`` is its process id, and the request ``{"go_on": 4711, "folder": "/…"}`` lets it go on. ``points`` has
the kind of each point that the child passed.
"""

import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from threading import Lock
from typing import TextIO

from botocore import handlers
from failing_disk import fail_writes
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from onboarding.cli.app import app
from onboarding.pipeline import run as pipeline  # noqa: F401 - loaded once, for all children

NOTES = "points.txt"
WRITES = "writes"
DURABLE = ("os.rename", "os.remove")
"""The audit events of the interpreter for the files that a run writes."""


class Points:
    """Count the points that a process passes, note each in a file, and kill or stop it at one, or let its disk fail."""

    def __init__(self, folder: Path, at: Mapping[str, int]) -> None:
        self._notes = os.open(folder / NOTES, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._at = at
        self._count = 0
        self._lock = Lock()

    def reach(self, what: str) -> None:
        """Pass a point, or die or stop there, whatever other threads are doing."""
        with self._lock:
            self._count += 1
            os.write(self._notes, f"{what}\n".encode())
            if self._count == self._at.get("die"):
                os.kill(os.getpid(), signal.SIGKILL)
            if self._count == self._at.get("stop"):
                os.kill(os.getpid(), signal.SIGSTOP)
            if self._count == self._at.get("fail"):
                fail_writes()

    def watch(self) -> None:
        """Count every durable and every network call from now on."""
        event.listen(Engine, "commit", self._before_commit)
        event.listen(Pool, "checkin", self._after_commit)
        handlers.BUILTIN_HANDLERS += [
            ("before-send", lambda **_: self.reach("before request")),
            ("response-received", lambda **_: self.reach("after answer")),
        ]
        sys.addaudithook(lambda name, _arguments: self.reach(name) if name in DURABLE else None)

    def _before_commit(self, connection: Connection) -> None:
        # Reading leaves nothing behind that a crash could spoil.
        if connection.get_execution_options().get("writing"):
            connection.info[WRITES] = True
            self.reach("before commit")

    def _after_commit(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if record.info.pop(WRITES, False):
            self.reach("after commit")


def main() -> None:
    """Answer the requests from each socket until there are no more."""
    _warm_up()
    for lane in map(int, sys.argv[1:]):
        if not os.fork():
            with socket.socket(fileno=lane) as connection, connection.makefile("rw", encoding="utf-8") as stream:
                _serve(stream)
            os._exit(0)
    for lane in map(int, sys.argv[1:]):
        os.close(lane)
        os.wait()


def _warm_up() -> None:
    """Rehearse once for each service, so that the runs find all modules and the models of the services loaded."""
    before = dict(os.environ)
    with (
        tempfile.TemporaryDirectory() as folder,
        chdir(folder),
        Path(os.devnull).open("w", encoding="utf-8") as nothing,
        redirect_stdout(nothing),
        redirect_stderr(nothing),
    ):
        os.environ.update(HOME=folder, XDG_STATE_HOME=folder, ONBOARD_LOCKS=folder, ONBOARD_QUIET="1")
        Path("people.csv").write_text("Email\nperson@example.com", encoding="utf-8")
        for flags in ((), ("--destination", "wickr")):
            with suppress(SystemExit):
                app(("run", "people.csv", "--sandbox", *flags))
    os.environ.clear()
    os.environ.update(before)


def _serve(stream: TextIO) -> None:
    for line in stream:
        asked = json.loads(line)
        folder = Path(asked["folder"])
        if child := asked.get("go_on"):
            os.kill(child, signal.SIGCONT)
        elif not (child := os.fork()):
            _run_child(asked["arguments"], folder, asked["environment"], Points(folder, asked["at"]))
        _, status = os.waitpid(child, os.WUNTRACED)
        stopped = child if os.WIFSTOPPED(status) else None
        answer = {
            "code": None if stopped else os.waitstatus_to_exitcode(status),
            "points": (folder / NOTES).read_text(encoding="utf-8").splitlines(),
            "stopped": stopped,
        }
        stream.write(json.dumps(answer) + "\n")
        stream.flush()


def _run_child(arguments: list[str], folder: Path, environment: Mapping[str, str], points: Points) -> None:
    code = 70
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for descriptor, name in ((1, "stdout.txt"), (2, "stderr.txt")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        points.watch()
        app(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
