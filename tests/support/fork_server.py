"""A server that runs ``onboard`` in forked processes, each of which may be killed at a chosen point.

A point is the moment before or after a durable or a network call. Starting Python and loading its libraries takes a
second; forking a process that has done so takes a hundredth of that. So this process loads the libraries and forks a
child for each run. ``python tests/support/fork_server.py`` reads requests from stdin, one JSON object a line, and
answers each request with one JSON object on stdout::

    {"arguments": ["run", "people.csv"], "folder": "/…", "environment": {…}, "die_at": 17, "fail_at": null}
    {"code": -9, "points": ["before commit", "after commit"]}

Points are counted from 1. At ``die_at`` the child is killed, at ``fail_at`` its disk fails. ``code`` is negative
if a signal ended the child. ``points`` has the kind of each point that the child passed.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

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
    """Count the points that a process passes, note each in a file, and kill it or let its disk fail at one of them."""

    def __init__(self, folder: Path, die_at: int | None, fail_at: int | None) -> None:
        self._notes = os.open(folder / NOTES, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._die_at = die_at
        self._fail_at = fail_at
        self._count = 0
        self._lock = Lock()

    def reach(self, what: str) -> None:
        """Pass a point, or die there, whatever other threads are doing."""
        with self._lock:
            self._count += 1
            os.write(self._notes, f"{what}\n".encode())
            if self._count == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if self._count == self._fail_at:
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
    """Answer requests until there are no more."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            points = Points(Path(asked["folder"]), asked["die_at"], asked["fail_at"])
            _run_child(asked["arguments"], Path(asked["folder"]), asked["environment"], points)
        _, status = os.waitpid(child, 0)
        points = (Path(asked["folder"]) / NOTES).read_text(encoding="utf-8").splitlines()
        answer = {"code": os.waitstatus_to_exitcode(status), "points": points}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


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
