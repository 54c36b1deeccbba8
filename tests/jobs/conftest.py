"""How do these tests run the job as its user does, each at a desk of its own?"""

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
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog

from onboarding.cli.app import app
from onboarding.sandbox import TEAM_ACCOUNT, Sandbox

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 60
"""No wait in these tests is longer; what comes later is a failure."""


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
    def plain(self) -> list[str]:
        """What stderr says besides log lines."""
        return [line for line in self.err.splitlines() if not line.startswith("{")]

    def told(self, event: str) -> list[dict]:
        """Return the log lines of one event."""
        return [line for line in self.events if line["event"] == event]


@dataclass(frozen=True)
class Desk:
    """A user's folder, environment and processes."""

    folder: Path
    processes: list[subprocess.Popen] = field(default_factory=list)

    def onboard(self, *arguments: str, **variables: str) -> Finished:
        """Run ``onboard`` to its end, in this process: starting one takes longer than most runs."""
        out, err = io.StringIO(), io.StringIO()
        with self._sat_at(variables), redirect_stdout(out), redirect_stderr(err):
            try:
                app(arguments)
            except SystemExit as end:
                return Finished(end.code, out.getvalue(), err.getvalue())
        raise AssertionError("the command line always exits")

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        """Start ``onboard`` as a process; it is killed at the end of the test if it is still there."""
        return self.start_command([sys.executable, "-m", "onboarding", *arguments], **variables)

    def start_command(self, command: list[str], **variables: str) -> subprocess.Popen:
        """Start any command in this folder and environment."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
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
            **variables,
        }

    @contextmanager
    def _sat_at(self, variables: Mapping[str, str]) -> Iterator[None]:
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
            logging.basicConfig(handlers=handlers, level=level, force=True)

    def write(self, name: str, content: str | bytes) -> str:
        """Write a file and return its name."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def export(self, count: int, name: str = "people.csv") -> str:
        """Write an export of that many people and return its name."""
        rows = [f"{number},Person {number},person{number}@example.com" for number in range(count)]
        return self.write(name, "\n".join(["Employee ID,Name,Work Email", *rows]) + "\n")

    def runs(self) -> list[Path]:
        """Return the folders of all runs, the oldest first."""
        return sorted((self.folder / "onboarding-reports").glob("*"), key=lambda folder: folder.stat().st_mtime_ns)

    def report(self, run: Path | None = None) -> list[dict[str, str]]:
        """Return the lines of a run's reconciliation, the newest run's unless told."""
        with ((run or self.runs()[-1]) / "reconciliation.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def summary(self) -> dict:
        """Return the newest run's summary."""
        return json.loads((self.runs()[-1] / "summary.json").read_text(encoding="utf-8"))

    def mode(self, path: Path) -> int:
        """Return the permissions of a file or folder."""
        return stat.S_IMODE(path.stat().st_mode)


def finish(process: subprocess.Popen) -> Finished:
    """Wait for a process to end."""
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return Finished(process.returncode, out, err)


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    """Return a desk on which nothing lies yet."""
    desk = Desk(tmp_path)
    yield desk
    for process in desk.processes:
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Run:
    """A run that has ended: what it printed, its summary and the lines of its report."""

    done: Finished
    summary: dict = field(repr=False)
    lines: list[dict[str, str]] = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have which disposition."""
        return self.summary["counts"]

    def of(self, disposition: str) -> list[dict[str, str]]:
        """Return the lines with that disposition."""
        return [line for line in self.lines if line["disposition"] == disposition]


@pytest.fixture
def samples(desk) -> str:
    """Put the sample exports on the desk and return their folder's name."""
    return _put_samples(desk)


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory) -> dict[str, Run]:
    """Rehearse on the sample exports at one desk: a plan, a first run and a second."""
    desk = Desk(tmp_path_factory.mktemp("rehearsal"))
    samples = _put_samples(desk)
    commands = {"plan": "plan", "first": "run", "second": "run"}
    return {
        name: Run(desk.onboard(command, samples, "--sandbox", "--json"), desk.summary(), desk.report())
        for name, command in commands.items()
    }


def _put_samples(desk: Desk) -> str:
    shutil.copytree(ROOT / "sample_data", desk.folder / "sample_data")
    return "sample_data"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve an empty account, in the process of the tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def to_account() -> Callable[[Sandbox], list[str]]:
    """Return the flags that send a run to the Team account of a sandbox."""
    return lambda sandbox: ["--account-id", TEAM_ACCOUNT, "--endpoint-url", sandbox.url]


@pytest.fixture
def throttled() -> Callable[[subprocess.Popen], None]:
    """Return what waits until a run was told 429: a chunk is claimed then, and the run asleep."""

    def wait(run: subprocess.Popen) -> None:
        assert any("request.throttled" in line for line in run.stderr)

    return wait


@pytest.fixture
def eventually(desk) -> Callable[[Callable[[], bool]], None]:
    """Return what waits until a condition holds, or the last process that was started has ended without it."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > end:
                desk.processes[-1].send_signal(signal.SIGABRT)  # faulthandler then tells where it hangs
            assert desk.processes[-1].poll() is None, desk.processes[-1].stderr.read()
            time.sleep(0.01)

    return wait


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


@pytest.fixture
def serve(desk) -> Callable[..., Service]:
    """Return what starts ``onboard sandbox`` with flags of its own."""

    def start(*flags: str, **variables: str) -> Service:
        process = desk.start("sandbox", "--port", "0", *flags, **variables)
        said = process.stdout.readline()
        assert "answers at http" in said, process.stderr.read()
        return Service(said.split(" answers at ")[1].split()[0])

    return start


@pytest.fixture
def finishing() -> Callable[[subprocess.Popen], Finished]:
    """Return what waits for a process that was started."""
    return finish
