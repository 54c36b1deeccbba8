"""What a person must look at is told once: the nightly job, its notices and its reports tell what is new."""

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from openpyxl import load_workbook
from workspace import Finished, Workspace

NIGHTLY = Path(__file__).parent.parent.parent / "jobs" / "nightly.py"

STAFF = [f"{number},Person {number},person{number}@example.com" for number in range(20)]
NO_ADDRESS = "71,Nia Okafor,"
TWO_ADDRESSES = "72,Max Weber,max@example.com; weber@example.com"


class Receiver(ThreadingHTTPServer):
    """A webhook that keeps the notices it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.notices: list[dict] = []


class Handler(BaseHTTPRequestHandler):
    """Answer everything with 200."""

    def do_POST(self) -> None:
        self.server.notices.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Night:
    """What one night left: what cron would mail, the notices, the summary, and the folder of the reports."""

    done: Finished
    notices: list[dict]
    summary: dict
    folder: Path

    @property
    def is_silent(self) -> bool:
        """Whether the night went well, and neither printed nor sent anything."""
        return (self.done.code, self.done.out, self.done.err, self.notices) == (0, "", "", [])

    @property
    def figures(self) -> dict[str, int]:
        """The numbers of rows that are new and old, and of people who are gone."""
        return {name: sum(counts.values()) for name, counts in self.summary["news"].items()}

    @property
    def page(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    @property
    def marked(self) -> list[str]:
        """The names of the people whose rows the workbook marks as new."""
        rows = load_workbook(self.folder / "handoff.xlsx", read_only=True)["Needs you"].values
        titles = next(rows)
        return [row[titles.index("Name")] for row in rows if row[titles.index("New")]]


@dataclass(frozen=True)
class Nights:
    """A nightly job with notices that are sent if a person is needed."""

    workspace: Workspace
    receiver: Receiver

    def night(self, *rows: str, when: str = "needed", settings: str = "") -> Night:
        """Run the job on the staff and some other rows."""
        self.workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email", *rows, *STAFF]) + "\n")
        options = f'notify_when = "{when}"\nhandoff = true\n{settings}'
        config = self.workspace.write("tonight.toml", (self.workspace.folder / "nightly.toml").read_text() + options)
        self.receiver.notices.clear()
        done = self.workspace.script(NIGHTLY, config)
        return Night(done, list(self.receiver.notices), self.workspace.summary(), self.workspace.runs()[-1])


@pytest.fixture
def nights(workspace, sandbox):
    """Set up a nightly job to the account of the sandbox."""
    with Receiver() as receiver:
        thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        workspace.write(
            "nightly.toml",
            f'exports = "people.csv"\naccount_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
            f'notify = "http://127.0.0.1:{receiver.server_port}/hook"\n',
        )
        yield Nights(workspace, receiver)
        receiver.shutdown()
        thread.join()


def test_new_hire_without_an_address_is_told_on_the_first_night_alone(nights):
    first = nights.night(NO_ADDRESS)
    second = nights.night(NO_ADDRESS)
    third = nights.night(NO_ADDRESS, when="always")

    assert first.done.code == 0
    assert "Rejected" in first.done.out
    assert first.done.err.startswith("onboard: 1 row needs a person for the first time (1 rejected)")
    assert first.notices[0]["news"] == {"new": 1, "old": 0, "gone": 0}
    assert "What to do: Look at 1 new row" in first.notices[0]["text"]
    assert "1 row needs a person (1 new)." in first.page
    assert first.marked == ["Nia Okafor"]
    assert second.is_silent
    assert second.figures == {"new": 0, "old": 1, "gone": 0}
    assert "1 row needs a person (none new)." in second.page
    assert second.marked == []
    assert "What to do: Nothing new. 1 row still waits for a person:" in third.notices[0]["text"]
