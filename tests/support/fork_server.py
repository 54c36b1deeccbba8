"""A server that runs ``onboard`` in forked processes, each of which may be killed at a chosen point.

A point is the moment before or after a durable or a network call. Starting Python and loading its libraries takes a
second; forking a process that has done so takes a hundredth of that. So this process loads the libraries and forks a
child for each run. ``python tests/support/fork_server.py 5 6`` reads requests from the sockets 5 and 6, one JSON
object a line, and answers each request with one JSON object. Each socket has its own process, so that runs go on at the
same time::

    {"arguments": ["run", "people.csv"], "folder": "/…", "environment": {…}, "at": {"die": 17}}
    {"code": -9, "points": ["before commit", "after commit"], "stopped": null}

    {"begin": ["run", "people.csv"], "folder": "/…", "environment": {…}, "streams": ["/…/stdout", "/…/stderr"]}
    {"pid": 4711}

    {"ended": 4711}
    {"code": null}

Points are counted from 1. ``at`` may name a point at which the child is killed (``die``), at which its disk fails
(``fail``), or at which it stops (``stop``). A child with fewer points is killed or stops at its end. ``code`` is
negative if a signal ended the child, and null if it stopped. Then ``stopped`` is its process id, and the request
``{"go_on": 4711, "folder": "/…"}`` lets it go on. ``points`` has the kind of each point that the child passed. A run
that is to ``begin`` is not waited for, has no points, and writes into named pipes that are open for reading.
"""

import faulthandler
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

from failing_disk import fail_writes
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from statement_cache import share_statements

import onboarding
from onboarding.cli.app import exit_code_of
from onboarding.cli.app import main as command_line
from onboarding.pipeline import run as pipeline  # noqa: F401 - loaded once, for all children
from onboarding.runtime.aws_session import usual_handlers

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

    def end(self) -> None:
        """Die or stop at the end of the process, if it has passed fewer points than expected.

        Threads that record something at the same moment share a commit, so two runs may differ in their points.
        """
        if self._count < self._at.get("die", 0):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._count < self._at.get("stop", 0):
            os.kill(os.getpid(), signal.SIGSTOP)

    def watch(self) -> None:
        """Count every durable and every network call from now on."""
        event.listen(Engine, "commit", self._before_commit)
        event.listen(Pool, "checkin", self._after_commit)
        usual_handlers().register("before-send", lambda **_: self.reach("before request"))
        usual_handlers().register("response-received", lambda **_: self.reach("after answer"))
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
    share_statements()
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
            exit_code_of(("run", "people.csv", "--sandbox", *flags))
    os.environ.clear()
    os.environ.update(before)


def _serve(stream: TextIO) -> None:
    for line in stream:
        asked = json.loads(line)
        if "begin" in asked:
            answer = _begin(asked)
        elif "ended" in asked:
            answer = {"code": _exit_code(asked["ended"], os.WNOHANG)}
        else:
            answer = _carry_out(asked)
        stream.write(json.dumps(answer) + "\n")
        stream.flush()


def _begin(asked: Mapping[str, Any]) -> dict[str, Any]:
    streams = [os.open(name, os.O_WRONLY) for name in asked["streams"]]
    if not (child := os.fork()):
        os.setsid()  # a group of its own, to which a terminal's Ctrl-C can be sent
        faulthandler.enable()
        sys.argv = [str(Path(onboarding.__file__).with_name("__main__.py")), *asked["begin"]]
        sys.orig_argv = [sys.executable, "-m", "onboarding", *asked["begin"]]
        _run_child(command_line, asked, streams)
    for stream in streams:
        os.close(stream)
    return {"pid": child}


def _carry_out(asked: Mapping[str, Any]) -> dict[str, Any]:
    folder = Path(asked["folder"])
    if child := asked.get("go_on"):
        os.kill(child, signal.SIGCONT)
    elif not (child := os.fork()):
        points = Points(folder, asked["at"])
        files = [folder / name for name in ("stdout.txt", "stderr.txt")]
        streams = [os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for file in files]
        points.watch()
        _run_child(partial(command_line, *asked["arguments"]), asked, streams, points.end)
    code = _exit_code(child, os.WUNTRACED)
    return {
        "code": code,
        "points": (folder / NOTES).read_text(encoding="utf-8").splitlines(),
        "stopped": child if code is None else None,
    }


def _exit_code(child: int, flags: int) -> int | None:
    """Return the exit code of a child, or nothing if it runs or has stopped."""
    ended, status = os.waitpid(child, flags)
    return None if not ended or os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)


def _run_child(
    command: Callable[[], None],
    asked: Mapping[str, Any],
    streams: list[int],
    at_end: Callable[[], None] = lambda: None,
) -> None:
    code = 70
    try:
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for descriptor, stream in enumerate(streams, 1):
            os.dup2(stream, descriptor)
            os.close(stream)
        # The objects of this process remember that its own streams are files.
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8")
        command()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        at_end()
        os._exit(code)


if __name__ == "__main__":
    main()
