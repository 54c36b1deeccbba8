"""A user's folder and environment in which tests run ``onboard``, and what a run leaves there."""

import csv
import http.client
import io
import json
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from documents import checked
from forked import ForkedProcess, ForkServer

from onboarding.cli.app import exit_code_of
from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.sandbox import Sandbox
from onboarding.settings.next_command import FIRST_STEPS, with_pipe_step

ROOT = Path(__file__).parent.parent.parent
INDENT = "    "
"""What stands before a command that the user can copy."""

SAYS = "onboard: "
SEE = "See: "
STEPS = {
    f"{SAYS}{with_pipe_step(step, command)}"
    for step in ("", *FIRST_STEPS.values())
    for command in ("onboard run -", "onboard run people.csv")
}
"""The lines that say what must happen before the command that goes on."""

TIMEOUT_SECONDS = 120
"""The longest wait in these tests. A process that takes longer has failed, even on a busy machine."""


@dataclass(frozen=True)
class Finished:
    """What a process left: its exit code and what it printed."""

    code: int
    out: str = field(repr=False)
    err: str = field(repr=False)

    @property
    def events(self) -> list[dict]:
        """The log lines."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]

    @property
    def messages(self) -> list[str]:
        """What stderr says, without log lines, hints where to read more, and the lines about how to go on."""
        said = [line for line in self.err.splitlines() if not line.startswith(("{", INDENT, SEE))]
        return [line for line in said if line not in STEPS]

    @property
    def more(self) -> str:
        """The command that says more about the message, or an empty text."""
        return next((line for line in self.err.splitlines() if line.startswith(SEE)), "").removeprefix(SEE)

    @property
    def first_step(self) -> str:
        """What must happen before the command that goes on, or an empty text."""
        return next((line for line in self.err.splitlines() if line in STEPS), "").removeprefix(SAYS)

    @property
    def command(self) -> str:
        """The shell command that the last line of stderr suggests, or an empty text if it suggests none."""
        last = (self.err.splitlines() or [""])[-1]
        return last.removeprefix(INDENT) if last.startswith(INDENT) else ""

    def logged(self, event: str) -> list[dict]:
        """Return the log lines of one event."""
        return [line for line in self.events if line["event"] == event]


@dataclass(frozen=True)
class Service:
    """A sandbox in a process of its own."""

    url: str

    def state(self) -> dict:
        """Return its counts."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        connection.request("GET", "/_sandbox/state")
        document = json.load(connection.getresponse())
        connection.close()
        return document


@dataclass(frozen=True)
class Workspace:
    """A user's folder, environment and processes."""

    folder: Path
    fork_server: Callable[[], ForkServer] | None = None
    processes: list[subprocess.Popen | ForkedProcess] = field(default_factory=list)

    @property
    def locks(self) -> Path:
        """The folder of the locks that all users of this workspace's machine share."""
        folder = self.folder.with_name(f"{self.folder.name}-locks")
        folder.mkdir(exist_ok=True)
        return folder

    def onboard(self, *arguments: str, **variables: str) -> Finished:
        """Run ``onboard`` to its end, in this process: starting one takes longer than most runs."""
        return recorded(lambda: self.exit_code(*arguments, **variables))

    def exit_code(self, *arguments: str, **variables: str) -> int:
        """Run ``onboard`` to its end in this process, on the stdout and stderr of the moment; return its exit code."""
        with self.entered(variables):
            return exit_code_of(arguments)

    def fork(self, *arguments: str, **variables: str) -> ForkedProcess:
        """Start ``onboard`` in a forked process, which saves the second or two that ``start`` needs.

        It is killed at the end of the test if it is still there.
        """
        process = self.fork_server().begin(*arguments, folder=self.folder, environment=self._environment(variables))
        self.processes.append(process)
        return process

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        """Start ``onboard`` as its user does, for what ``fork`` has not: the interpreter's own start.

        The process is killed at the end of the test if it is still there.
        """
        return self.start_command([sys.executable, "-m", "onboarding", *arguments], **variables)

    def start_command(
        self, command: list[str], *, at: int = subprocess.PIPE, typed: int | None = None, **variables: str
    ) -> subprocess.Popen:
        """Start any command in this folder and environment.

        ``at`` is a terminal for its output, and ``typed`` one for its input.
        """
        pipes = {"stdin": typed, "stdout": at, "stderr": at, "text": True, "encoding": "utf-8"}
        # A group of its own, to which a terminal's Ctrl-C can be sent.
        pipes |= {"start_new_session": True}
        process = subprocess.Popen(command, cwd=self.folder, env=self._environment(variables), **pipes)
        self.processes.append(process)
        return process

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONFAULTHANDLER": "1",
            "ONBOARD_SETTLE_SECONDS": "0",
            "ONBOARD_LOCKS": str(self.locks),
            **variables,
        }

    @contextmanager
    def entered(self, variables: Mapping[str, str]) -> Iterator[None]:
        before, here = dict(os.environ), self._environment(variables)
        handlers, level = logging.root.handlers[:], logging.root.level
        os.environ.clear()
        os.environ.update(here)
        try:
            with chdir(self.folder):
                yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            structlog.reset_defaults()
            structlog.contextvars.clear_contextvars()
            logging.captureWarnings(capture=False)
            logging.basicConfig(handlers=handlers, level=level, force=True)

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file and return its name."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def export(self, count: int, name: str = "people.csv") -> str:
        """Write an export of ``count`` people and return its name."""
        rows = [f"{number},Person {number},person{number}@example.com" for number in range(count)]
        return self.write(name, "\n".join(["Employee ID,Name,Work Email", *rows]) + "\n")

    def holds(self, folder: str, pattern: str) -> bool:
        """Return whether a folder holds, at any depth, something whose path below it matches a pattern.

        Processes may add and remove entries meanwhile. ``os.walk`` passes over a folder that is gone; ``rglob`` raises
        an error.
        """
        top = self.folder / folder
        paths = (Path(at, name) for at, *found in os.walk(top) for name in chain(*found))
        return any(fnmatch(str(path.relative_to(top)), pattern) for path in paths)

    def runs(self) -> list[Path]:
        """Return the folders of all runs, the oldest first."""
        return sorted((self.folder / "onboarding-reports").glob("*"), key=lambda folder: folder.stat().st_mtime_ns)

    def report(self, run: Path | None = None) -> list[dict[str, str]]:
        """Return the lines of a run's reconciliation; by default the newest run's."""
        with ((run or self.runs()[-1]) / "reconciliation.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def summary(self) -> dict:
        """Return the newest run's summary, which must fit its schema."""
        return checked("summary", (self.runs()[-1] / "summary.json").read_text(encoding="utf-8"))

    def mode(self, path: Path) -> int:
        """Return the permissions of a file or folder."""
        return stat.S_IMODE(path.stat().st_mode)

    def serve(self, *flags: str, **variables: str) -> Service:
        """Start ``onboard sandbox`` with flags of its own."""
        process = self.fork("sandbox", "--port", "0", *flags, **variables)
        line = process.stdout.readline()
        assert "answers at http" in line, process.stderr.read()
        return Service(line.split(" answers at ")[1].split()[0])

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition holds. Fail if the process that was started last ends before."""
        process, end = self.processes[-1], time.monotonic() + TIMEOUT_SECONDS
        while not holds():
            if time.monotonic() > end:
                process.send_signal(signal.SIGABRT)  # faulthandler then prints where it hangs
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)

    def copy_settings(self, sample: Path) -> str:
        """Copy a job's sample settings into a folder beside a small ``sample_data``, and return their path."""
        for name in ("sample_data", "jobs"):
            (self.folder / name).mkdir()
        self.export(3, "sample_data/people.csv")
        shutil.copy(sample, self.folder / "jobs")
        return f"jobs/{sample.name}"

    def copy_samples(self) -> str:
        """Copy the sample exports here and return the name of their folder."""
        shutil.copytree(ROOT / "sample_data", self.folder / "sample_data")
        return "sample_data"

    def end_processes(self) -> None:
        """Kill all processes that still run."""
        for process in self.processes:
            process.kill()
            process.communicate()


def recorded(work: Callable[[], int]) -> Finished:
    """Call what prints and returns an exit code, and return both."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = work()
    return Finished(code, out.getvalue(), err.getvalue())


def finish(process: subprocess.Popen | ForkedProcess) -> Finished:
    """Wait for a process to end."""
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    return Finished(process.returncode, out, err)


@dataclass(frozen=True)
class Run:
    """A run that has ended: what it printed, its summary and the lines of its report."""

    done: Finished
    summary: dict = field(repr=False)
    lines: list[dict[str, str]] = field(repr=False)
    shown: dict[str, str] = field(default_factory=dict, repr=False)
    """What terminals show at its end, by the name of the recorded text."""

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have which disposition."""
        return self.summary["counts"]

    def of(self, disposition: str) -> list[dict[str, str]]:
        """Return the lines with that disposition."""
        return [line for line in self.lines if line["disposition"] == disposition]


ONE_AT_A_TIME = ("--concurrency", "1")
"""Flags with which the chunks arrive in their order. Otherwise a fault for one request may meet any chunk."""


def account_flags(sandbox: Sandbox) -> list[str]:
    """Return the flags that send a run to the Team account of a sandbox."""
    return ["--account-id", TEAM_ACCOUNT, "--endpoint-url", sandbox.url]


def wait_until_throttled(run: subprocess.Popen | ForkedProcess) -> None:
    """Wait until the service has answered a run with 429. By then the run sleeps, and has claimed nothing."""
    assert any("request.repeated" in line and "Throttled" in line for line in run.stderr)
