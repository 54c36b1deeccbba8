"""What a person must look at is told once: the nightly job, its notices and its reports tell what is new."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from receivers import Receiver
from workspace import Finished, Workspace, account_flags

from onboarding.sandbox import Refusal, Sandbox

STAFF = [f"{number},Person {number},person{number}@example.com" for number in range(20)]
NO_ADDRESS = "71,Nia Okafor,"
TWO_ADDRESSES = "72,Max Weber,max@example.com; weber@example.com"


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
        rows = load_workbook(self.folder / "handoff.xlsx")["Needs you"].values
        titles = next(rows)
        return [row[titles.index("Name")] for row in rows if row[titles.index("New")]]


@dataclass
class Nights:
    """A nightly job with notices that are sent if a person is needed."""

    workspace: Workspace
    receiver: Receiver
    sandbox: Sandbox
    options: str = "handoff = true\n"

    def night(self, *rows: str, when: str = "needed", settings: str = "") -> Night:
        """Run the job on the staff and some other rows."""
        self.workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email", *rows, *STAFF]) + "\n")
        config = self.workspace.write(
            "nightly.toml",
            f'exports = "people.csv"\naccount_id = "sandbox-team"\nendpoint_url = "{self.sandbox.url}"\n'
            f'notify = "{self.receiver.url}/hook"\nnotify_when = "{when}"\n{self.options}{settings}',
        )
        self.receiver.got.clear()
        done = self.workspace.onboard("nightly", config)
        notices = [json.loads(body) for _, body in self.receiver.got]
        return Night(done, notices, self.workspace.summary(), self.workspace.runs()[-1])

    def pass_a_day(self) -> None:
        """Let the ledger believe that everything in it is a day older."""
        (path,) = (self.workspace.folder / "state").rglob("ledger.sqlite3")
        with sqlite3.connect(path) as ledger:
            ledger.execute(
                "UPDATE invites SET decided_at = date(substr(decided_at, 1, 10), '-1 day') || substr(decided_at, 11)"
                " WHERE decided_at != ''"
            )
        ledger.close()


@pytest.fixture
def nights(workspace, sandbox, receiver):
    """Set up a nightly job to the account of the sandbox."""
    return Nights(workspace, receiver, sandbox)


def test_new_hire_without_an_address_is_told_on_the_first_night_alone(nights):
    first = nights.night(NO_ADDRESS)
    second = nights.night(NO_ADDRESS)
    third = nights.night(NO_ADDRESS, when="always")

    assert first.done.code == 0
    assert "Rejected" in first.done.out
    assert first.done.err.startswith("onboard: 1 row needs a person for the first time (1 rejected)")
    assert first.notices[0]["news"] == {"new": 1, "old": 0, "gone": 0}
    assert "What to do: Look at 1 new row" in first.notices[0]["text"]
    assert "20 people invited, 1 row needs a person." in first.page
    assert first.marked == ["Nia Okafor"]
    assert second.is_silent
    assert second.figures == {"new": 0, "old": 1, "gone": 0}
    assert "1 row still waits for a person." in second.page
    assert second.marked == []
    assert "What to do: Nothing new. 1 row still waits for a person." in third.notices[0]["text"]


@pytest.mark.soak
def test_only_news_is_told_in_a_week_of_changing_rows(nights):
    """Rows move, come, go and come back, and a purge makes no row new."""
    nights.night(NO_ADDRESS)

    moved = nights.night(TWO_ADDRESSES, NO_ADDRESS)
    corrected = nights.night(TWO_ADDRESSES, "71,Nia Okafor,nia@example.com", when="always")
    gone = nights.night()
    nights.workspace.onboard("purge", "--older-than", "0s")
    back = nights.night(TWO_ADDRESSES)

    assert moved.figures == {"new": 1, "old": 1, "gone": 0}
    assert moved.notices[0]["news"] == {"new": 1, "old": 1, "gone": 0}
    assert "Rows for a person: 1 new, 1 as before, 0 gone" in moved.notices[0]["text"]
    assert moved.marked == ["Max Weber"]
    assert moved.page.count(">New<") == 1
    assert corrected.figures == {"new": 0, "old": 1, "gone": 1}
    assert "1 row that was open is corrected or gone." in corrected.page
    assert (gone.is_silent, gone.figures) == (True, {"new": 0, "old": 0, "gone": 1})
    assert (back.is_silent, back.figures) == (True, {"new": 0, "old": 1, "gone": 0})


def test_nobody_is_gone_on_a_refused_night_or_after_it(nights):
    """The first night reads the wrong column, and a guard stops the third. Neither says who needs no correction now."""
    first = nights.night(NO_ADDRESS)
    refused = nights.night(NO_ADDRESS, settings='email_column = "Name"\n')
    corrected = nights.night(NO_ADDRESS, when="always")
    stopped = nights.night("99,New Hire,new@example.com", TWO_ADDRESSES, settings="max_invites = 0\n")
    after = nights.night(TWO_ADDRESSES)

    assert [night.done.code for night in (first, refused, corrected, stopped, after)] == [0, 4, 0, 5, 0]
    assert "1 row needs a person for the first time (1 held)." in after.done.err, "the stopped night gave HR nothing"
    assert after.summary["hr_file"]
    assert [night.figures["gone"] for night in (refused, corrected, stopped)] == [0, 0, 0]
    assert not any("corrected or gone" in night.page for night in (refused, corrected, stopped))


@pytest.mark.soak
def test_address_that_is_refused_on_three_nights_is_told_once_more_and_then_rests(nights):
    nights.options = ""
    nights.sandbox.refuse("eve@example.com", Refusal.ENTRY)
    eve = "90,Eve Adler,eve@example.com"
    codes = []
    for _ in range(3):
        codes.append(nights.night(eve).done.code)
        nights.pass_a_day()

    fourth = nights.night(eve)
    fifth = nights.night(eve)
    again = nights.night(eve, settings="retry_refused = true\n")
    nights.sandbox.faults.clear()

    assert codes == [3, 3, 3]
    assert fourth.done.code == 0
    assert fourth.done.err.startswith("onboard: 1 row needs a person for the first time (1 held)")
    assert fourth.notices[0]["news"] == {"new": 1, "old": 0, "gone": 0}
    assert "--retry-refused" in fourth.page
    assert fifth.is_silent
    assert again.done.code == 3
    assert again.summary["counts"]["failed"] == 1


def test_news_that_no_notice_could_tell_is_told_on_the_next_night(nights):
    """No server listens on that port."""
    nights.options = ""
    alive, nights.receiver.url = nights.receiver.url, "http://127.0.0.1:9"
    first = nights.night(NO_ADDRESS)
    nights.receiver.url = alive

    second = nights.night(NO_ADDRESS)

    assert (first.done.code, first.notices) == (0, [])
    assert second.notices[0]["news"] == {"new": 1, "old": 0, "gone": 0}
    assert nights.night(NO_ADDRESS).is_silent


def test_workbook_that_comes_back_half_filled_has_no_news(nights):
    """The run of the workbook makes no row new either, and the next night is silent."""
    night = nights.night(NO_ADDRESS, TWO_ADDRESSES)
    workbook = load_workbook(night.folder / "handoff.xlsx")
    sheet = workbook["Needs you"]
    titles = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[titles.index("Name")].value == "Max Weber")
    row[titles.index("Corrected address")].value = "max@example.com"
    workbook.save(nights.workspace.folder / "back.xlsx")

    done = nights.workspace.onboard("run", "back.xlsx", *account_flags(nights.sandbox))
    answered = nights.workspace.summary()
    after = nights.night(NO_ADDRESS, TWO_ADDRESSES)

    assert done.code == 0
    assert answered["counts"] == {"invited": 1, "rejected": 1}
    assert answered["news"] == {"new": {}, "old": {"rejected": 1}, "gone": {}}
    assert after.is_silent


def test_refused_address_that_comes_back_without_an_answer_is_no_news(nights):
    """As a row of the workbook it is rejected, and it was told as one that the service had refused."""
    nights.sandbox.refuse("person1@example.com", Refusal.ENTRY)
    night = nights.night(NO_ADDRESS)

    nights.workspace.onboard("run", str(night.folder / "handoff.xlsx"), *account_flags(nights.sandbox))

    assert night.figures == {"new": 2, "old": 0, "gone": 0}
    assert nights.workspace.summary()["counts"] == {"rejected": 2}
    assert nights.workspace.summary()["news"]["new"] == {}


def test_hand_off_marks_what_was_new_in_its_run(nights):
    nights.night(NO_ADDRESS)
    night = nights.night(NO_ADDRESS, TWO_ADDRESSES)

    done = nights.workspace.onboard("handoff", "nightly.toml")
    handed_off = Night(done, [], night.summary, nights.workspace.runs()[-1])

    assert "1 row needs a person for the first time (1 held)." in done.out
    assert handed_off.folder != night.folder
    assert handed_off.marked == night.marked == ["Max Weber"]


def test_waves_of_a_run_tell_the_same_rows_once(workspace, sandbox):
    workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email", NO_ADDRESS, *STAFF]) + "\n")

    workspace.onboard("run", "people.csv", *account_flags(sandbox), "--wave", "10")
    first = workspace.summary()["news"]
    workspace.onboard("resume", *account_flags(sandbox))

    assert first == {"new": {"rejected": 1}, "old": {}, "gone": {}}
    assert workspace.summary()["news"] == {"new": {}, "old": {"rejected": 1}, "gone": {}}


def test_plan_tells_what_is_new_and_leaves_it_new(workspace, sandbox):
    """The reader of a plan is seldom the person who must correct the row."""
    workspace.write("people.csv", "\n".join(["Employee ID,Name,Work Email", NO_ADDRESS, *STAFF]) + "\n")

    plan = workspace.onboard("plan", "people.csv", *account_flags(sandbox))
    workspace.onboard("run", "people.csv", *account_flags(sandbox))
    new = workspace.summary()["news"]
    workspace.onboard("report", workspace.runs()[-1].name)

    assert "1 row needs a person for the first time (1 rejected)." in plan.out
    assert new == {"new": {"rejected": 1}, "old": {}, "gone": {}}
    assert workspace.summary()["news"] == new


@pytest.mark.soak
def test_run_to_many_accounts_tells_once_what_each_account_and_no_account_has(
    workspace, sandbox, scheduler, receiver, new_database
):
    flags = ["--endpoint-url", sandbox.url, "--ledger", new_database(), "--engine", "dask", "--scheduler", scheduler]
    flags += ["--account-column", "Account", "--notify", f"{receiver.url}/hook", "--notify-when", "needed"]
    people = ["1,ana@example.com,sandbox-team-de", "2,,sandbox-team-de", "3,,sandbox-team-fr", "4,bo@example.com,"]
    workspace.write("people.csv", "\n".join(["Employee ID,Work Email,Account", *people]) + "\n")

    first = workspace.onboard("run", "people.csv", *flags)
    told = [json.loads(body)["news"] for _, body in receiver.got]
    second = workspace.onboard("run", "people.csv", *flags)

    assert (first.code, second.code) == (0, 0), first.err
    assert told == [{"new": 3, "old": 0, "gone": 0}]
    assert len(receiver.got) == 1
    assert workspace.summary()["news"] == {"new": {}, "old": {"rejected": 2, "held": 1}, "gone": {}}


@pytest.mark.soak
def test_nights_on_a_cluster_tell_the_same(nights, scheduler):
    nights.options += f'engine = "dask"\nscheduler = "{scheduler}"\n'

    first = nights.night(NO_ADDRESS)
    second = nights.night(NO_ADDRESS)

    assert first.figures == {"new": 1, "old": 0, "gone": 0}
    assert second.is_silent
