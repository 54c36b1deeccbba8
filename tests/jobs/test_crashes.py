"""Nobody is invited twice and nobody forgotten, wherever the process dies.

Each run is a real process that a SIGKILL ends before or after one of its durable or network calls; the next one
recovers, and dies as well; the one after that completes. What counts is the sandbox's own count of mails, on both
databases. By default a point of each kind is tried, and each service and each database has a part in that. A soak tries
all points of a run with each service and on each database, and points of the other scenarios at regular distances. In
between, clocks are set, services show people late, and ledgers are restored from a copy.
"""

import csv
import json
import os
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest
from failing_disk import CAN_FAIL
from forked import ForkServer
from sqlalchemy import create_engine, text

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.wickr import WICKR_GROUP, WICKR_NETWORK, WICKR_OTHER_GROUP
from onboarding.model.run import now
from onboarding.sandbox import Fault, FaultKind, Refusal, Sandbox

PEOPLE = 120
MOST_RECOVERY_POINTS = 17
"""A recovery is killed at one of its first points."""

LATE_SECONDS = 80_000
"""How late a service shows people that shows them late: later than any test ends."""

KILLED = -9
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass
class Figures:
    """What the tests have seen, for the terminal summary."""

    points: int = 0
    kills: int = 0
    twice: int = 0
    forgotten: int = 0
    at: Counter = field(default_factory=Counter)


class ServiceClock:
    """The wall clock of the service. It shows another year if ``year`` is set."""

    year: int | None = None

    def __call__(self) -> datetime:
        return now().replace(year=self.year) if self.year else now()


@dataclass
class Scenario:
    """One account, one ledger, one export: runs in it die and recover."""

    fork_server: ForkServer
    sandbox: Sandbox
    service_clock: ServiceClock
    folder: Path
    ledger: str
    figures: Figures
    flags: tuple[str, ...]
    """Of the destination."""

    def run(
        self,
        *arguments: str,
        resend_after: str = "0s",
        folder: Path | None = None,
        die_at: int | None = None,
        fail_at: int | None = None,
        stop_at: int | None = None,
    ) -> dict[str, Any]:
        """Run ``onboard`` in the folder of the scenario, or in another folder as on another machine."""
        folder = folder or self.folder
        flags = ["--ledger", self.ledger]
        if arguments[0] in ("plan", "run", "resume"):
            flags += [*self.flags, "--endpoint-url", self.sandbox.url]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": "us-east-1",
            "ONBOARD_SETTLE_SECONDS": "0",
            "ONBOARD_RESEND_AFTER": resend_after,
            "ONBOARD_LOCKS": str(folder),
        }
        at = {name: point for name, point in (("die", die_at), ("fail", fail_at), ("stop", stop_at)) if point}
        end = self.fork_server.run(*arguments, *flags, folder=folder, environment=environment, **at)
        if end["code"] == KILLED:
            self.figures.kills += 1
            self.figures.at[end["points"][-1]] += 1
        return end

    def runs(self) -> list[dict[str, Any]]:
        """Return what the ledger knows of its runs."""
        self.run("runs", "--json")
        return json.loads((self.folder / "stdout.txt").read_text(encoding="utf-8"))["runs"]

    @property
    def stderr(self) -> str:
        """The standard error of the last process."""
        return (self.folder / "stderr.txt").read_text(encoding="utf-8")

    def report(self) -> list[dict[str, str]]:
        """Return the lines of the newest report."""
        reports = (self.folder / "onboarding-reports").glob("*/reconciliation.csv")
        newest = max(reports, key=lambda report: report.stat().st_mtime_ns)
        with newest.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def check(self) -> None:
        """Fail unless everybody was mailed once, and is told so."""
        mails = self.sandbox.mails()
        self.figures.twice += sum(times > 1 for times in mails.values())
        self.figures.forgotten += PEOPLE - len(mails)
        assert Counter(mails.values()) == {1: PEOPLE}
        fates = Counter(line["disposition"] for line in self.report())
        assert sum(fates.values()) == fates["invited"] + fates["already"] == PEOPLE


@pytest.fixture(params=["sqlite", "postgresql"])
def new_ledger(request, tmp_path) -> Callable[[], str]:
    """Return what gives the URL of a ledger that does not exist yet, on each database."""
    if request.param == "postgresql":
        return request.getfixturevalue("new_database")
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/ledger{next(numbers)}.db"


@pytest.fixture
def copy_ledger(request, tmp_path) -> Iterator[Callable[[str], str]]:
    """Return what copies a ledger that no process uses, and returns the URL of the copy."""
    copies: list[str] = []

    def copy(ledger: str) -> str:
        if ledger.startswith("sqlite"):
            path = tmp_path / f"copy{len(copies)}.db"
            shutil.copy(ledger.removeprefix("sqlite:///"), path)
            copies.append(f"sqlite:///{path}")
        else:
            copies.append(request.getfixturevalue("postgresql").copy(ledger))
        return copies[-1]

    yield copy
    for ledger in copies:
        if ledger.startswith("postgresql"):
            request.getfixturevalue("postgresql").drop(ledger)


DESTINATIONS = {
    "chime": ("--account-id", TEAM_ACCOUNT),
    "wickr": ("--destination", "wickr", "--network-id", WICKR_NETWORK),
}
FORBIDDEN = (
    Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1000, error="ForbiddenException"),
    Fault(FaultKind.ERROR, "BatchCreateUser", after=1, count=1000, error="ForbiddenError"),
)

THROTTLED = (
    Fault(FaultKind.ERROR, "InviteUsers", after=1, count=2, error="ThrottledClientException"),
    Fault(FaultKind.ERROR, "BatchCreateUser", after=1, count=2, error="RateLimitError"),
)
REFUSED = "person60@example.com"


@pytest.fixture
def destination() -> str:
    """Return which service people are invited to, unless a test has several."""
    return "chime"


@pytest.fixture
def new_scenario(fork_server, new_ledger, destination, tmp_path) -> Iterator[Callable[[], Scenario]]:
    """Return what gives a scenario in which nothing has happened; they share the figures."""
    figures, numbers, service_clock = Figures(), count(), ServiceClock()
    with Sandbox(now=service_clock) as sandbox:
        settings = sandbox.settings

        def create() -> Scenario:
            sandbox.settings = settings
            sandbox.empty()
            sandbox.faults.clear()
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            rows = [f"{number},person{number}@example.com" for number in range(PEOPLE)]
            (folder / "people.csv").write_text("\n".join(["Employee ID,Work Email", *rows]), encoding="utf-8")
            return Scenario(
                fork_server, sandbox, service_clock, folder, new_ledger(), figures, DESTINATIONS[destination]
            )

        yield create


@pytest.fixture
def sample(request, soak) -> Callable[..., list[int]]:
    """Return what picks points of a run by their kinds: one of each kind, or each ``soak_step``-th in a soak."""

    def choose(points: list[str], *, kinds: slice = slice(None), soak_step: int = 1, soak_from: int = 1) -> list[int]:
        if soak:
            return list(range(soak_from, len(points) + 1, soak_step))
        chance = Random(request.node.name)  # noqa: S311 - no secret; the same points in each session
        chosen = sorted(set(points))[kinds]
        return sorted(chance.choice([at for at, kind in enumerate(points, 1) if kind == one]) for one in chosen)

    return choose


def forbid(scenario: Scenario) -> None:
    """Let whichever service is asked take one request and forbid all others."""
    for fault in FORBIDDEN:
        scenario.sandbox.faults.add(fault)


def finish(scenario: Scenario) -> None:
    """Run until a run completes, as an operator would who follows the message.

    Until the doubts are old enough, a run completes only if it has nobody in doubt whom the service does not show.
    """
    end = scenario.run("run", "people.csv", resend_after="1h")
    if end["code"] == 6:
        assert "Resume the run after" in scenario.stderr
        assert {line["disposition"] for line in scenario.report()} <= {"invited", "already", "in_doubt"}
        end = scenario.run("run", "people.csv")
    assert end["code"] == 0, scenario.stderr
    scenario.check()


PAIRS = [
    ("chime", "sqlite"),
    ("wickr", "postgresql"),
    pytest.param("chime", "postgresql", marks=pytest.mark.soak),
    pytest.param("wickr", "sqlite", marks=pytest.mark.soak),
]
on_pairs = pytest.mark.parametrize(("destination", "new_ledger"), PAIRS, indirect=["new_ledger"])
"""By default each service and each database is in one pair."""


@pytest.fixture
def half(request) -> slice:
    """Return which half of the kinds of points to sample, so that the pairs that run by default have all of them."""
    return slice(int(request.node.callspec.params["new_ledger"] == "sqlite"), None, 2)


@on_pairs
def test_run_that_dies_anywhere_and_then_dies_in_its_recovery_mails_everybody_once(
    new_scenario, sample, half, destination, soak, record_property
):
    # In a soak, each destination dies at all points, between its two databases, and so does each database.
    odd_or_even = 1 + ((destination == "wickr") != (half.start == 1))
    points = sample(new_scenario().run("run", "people.csv")["points"], kinds=half, soak_step=2, soak_from=odd_or_even)

    for die_at in points:
        scenario = new_scenario()
        assert scenario.run("run", "people.csv", die_at=die_at)["code"] == KILLED
        scenario.run("run", "people.csv", die_at=die_at % MOST_RECOVERY_POINTS + 1)
        finish(scenario)

    figures = scenario.figures
    told = f"{len(points)} points, {figures.kills} kills, {figures.twice} mailed twice, {figures.forgotten} forgotten; "
    record_property("figures", told + ", ".join(f"{what}: {times}" for what, times in sorted(figures.at.items())))
    assert figures.kills >= len(points)
    # With two chunks in flight, a sample may meet two points of one kind.
    assert not soak or set(figures.at) >= {"before commit", "after commit", "before request", "after answer"}
    assert (figures.twice, figures.forgotten) == (0, 0)


@pytest.mark.soak
@pytest.mark.parametrize("destination", DESTINATIONS)
def test_run_that_dies_anywhere_among_429s_and_refusals_mails_everybody_once(new_scenario, sample):
    """A throttled chunk is released and claimed again, and a refused chunk is claimed and settled piece by piece."""

    def new_trouble() -> Scenario:
        scenario = new_scenario()
        for fault in THROTTLED:
            scenario.sandbox.faults.add(fault)
        scenario.sandbox.refuse(REFUSED, Refusal.REQUEST)
        return scenario

    points = new_trouble().run("run", "people.csv", "--concurrency", "1")["points"]
    assert points.count("before request") > 15

    for die_at in sample(points, soak_step=15):
        scenario = new_trouble()
        assert scenario.run("run", "people.csv", "--concurrency", "1", die_at=die_at)["code"] == KILLED

        end = scenario.run("run", "people.csv")

        assert end["code"] == 3, scenario.stderr
        mails = scenario.sandbox.mails()
        assert Counter(mails.values()) == {1: PEOPLE - 1}
        assert REFUSED not in mails
        assert [line["email"] for line in scenario.report() if line["disposition"] == "failed"] == [REFUSED]


def list_late(scenario: Scenario, seconds: float) -> None:
    """Let the service show people only so many seconds after their mail."""
    scenario.sandbox.settings = replace(scenario.sandbox.settings, list_delay_seconds=seconds)


def set_the_clocks(scenario: Scenario, hours: int) -> None:
    """Set the clocks on the wall, of this machine and of the database: what is in the ledger looks older then."""
    engine = create_engine(scenario.ledger)
    with engine.begin() as connection:
        connection.execute(text("UPDATE requests SET left_at = left_at - :seconds"), {"seconds": hours * 3600})
    engine.dispose()


@pytest.mark.soak
@pytest.mark.parametrize("destination", DESTINATIONS)
def test_run_that_dies_anywhere_while_clocks_jump_and_people_are_shown_late_mails_everybody_once(new_scenario, sample):
    """The next runs look older or younger by days, and the service shows nobody whom the dead runs have mailed."""
    jumps = cycle((2, 72, -2, 20_000))

    for die_at in sample(new_scenario().run("run", "people.csv")["points"], soak_step=9):
        scenario = new_scenario()
        assert scenario.runs() == []  # the ledger has its tables from now on
        list_late(scenario, LATE_SECONDS)
        scenario.run("run", "people.csv", die_at=die_at)
        set_the_clocks(scenario, next(jumps))
        scenario.run("run", "people.csv", resend_after="1h", die_at=die_at % MOST_RECOVERY_POINTS + 1)
        set_the_clocks(scenario, next(jumps))
        assert scenario.run("run", "people.csv", resend_after="1h")["code"] in (0, 6), scenario.stderr
        list_late(scenario, 0)
        finish(scenario)

    assert (scenario.figures.twice, scenario.figures.forgotten) == (0, 0)


@pytest.mark.soak
@pytest.mark.parametrize("destination", DESTINATIONS)
def test_ledger_that_is_restored_after_a_run_died_anywhere_mails_nobody_twice(
    new_scenario, copy_ledger, sample, record_property
):
    """The copy knows nothing of the dead run, and the service shows late whom that run has mailed."""
    codes = Counter()

    def new_backup() -> tuple[Scenario, str]:
        scenario = new_scenario()
        list_late(scenario, LATE_SECONDS)
        assert scenario.run("plan", "people.csv")["code"] == 0, scenario.stderr
        return scenario, copy_ledger(scenario.ledger)

    points = new_backup()[0].run("run", "people.csv")["points"]
    for die_at in sample(points, soak_step=9):
        scenario, backup = new_backup()
        scenario.run("run", "people.csv", resend_after="1h", die_at=die_at)
        mailed, scenario.ledger = len(scenario.sandbox.mails()), backup

        code = scenario.run("run", "people.csv", resend_after="1h")["code"]

        codes[code] += 1
        assert code == 8 if mailed else code in (0, 8), scenario.stderr
        list_late(scenario, 0)
        assert scenario.run("run", "people.csv")["code"] == 0, scenario.stderr
        scenario.check()

    record_property("figures", f"codes {dict(codes)}, 0 mailed twice, 0 forgotten")
    assert codes[8]


@on_pairs
def test_resumed_run_that_dies_anywhere_mails_everybody_once(new_scenario, sample, half):
    """Its report is the interrupted run's, with everybody in it."""
    scenario = new_scenario()
    forbid(scenario)
    assert scenario.run("run", "people.csv")["code"] == 7
    scenario.sandbox.faults.clear()
    points = scenario.run("resume")["points"]
    scenario.check()

    for die_at in sample(points, kinds=half, soak_step=7):
        scenario = new_scenario()
        forbid(scenario)
        scenario.run("run", "people.csv")
        scenario.sandbox.faults.clear()
        assert scenario.run("resume", die_at=die_at)["code"] == KILLED

        end = scenario.run("resume")

        assert end["code"] == 0, scenario.stderr
        assert Counter(scenario.sandbox.mails().values()) == {1: PEOPLE}
        if "nothing to resume" not in scenario.stderr:
            assert Counter(line["disposition"] for line in scenario.report()) == {"invited": PEOPLE}


@pytest.mark.parametrize("new_ledger", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_dead_run_shows_whom_it_may_have_mailed(new_scenario, sample, soak):
    """Until somebody resumes, its report has each unknown."""
    scenario = new_scenario()
    points = scenario.run("run", "people.csv")["points"]
    seen = set()

    for die_at in sample(points, kinds=slice(None, None, 2), soak_step=3):
        scenario = new_scenario()
        scenario.run("run", "people.csv", die_at=die_at)
        if not (runs := scenario.runs()) or scenario.run("report", runs[0]["run_id"])["code"]:
            assert scenario.sandbox.mails() == {}
            continue
        fates = Counter(line["disposition"] for line in scenario.report())
        mailed = len(scenario.sandbox.mails())
        assert sum(fates.values()) == PEOPLE
        assert fates["invited"] <= mailed <= fates["invited"] + fates["in_doubt"]
        seen |= fates.keys()

    assert seen <= {"invited", "in_doubt", "deferred"}
    assert len(seen) == 3 or not soak


GROUPS = (WICKR_GROUP, WICKR_OTHER_GROUP)
BY_COLUMN = {"chime": (), "wickr": ("--security-group-column", "Unit")}


def write_groups(scenario: Scenario, people: int) -> None:
    """Write the export anew, with people in two groups by turns. Every other person of one group names no group."""
    units = cycle(("", WICKR_OTHER_GROUP, "Default", "Other"))
    rows = [f"{number},{person},{next(units)}" for number, person in enumerate(addresses(range(people)))]
    lines = "\n".join(["Employee ID,Work Email,Unit", *rows])
    (scenario.folder / "people.csv").write_text(lines, encoding="utf-8")


def invite_years_ago(scenario: Scenario, *arguments: str) -> None:
    """Run ``onboard run`` as if it were 2020, by the service's clock and by what the ledger says afterwards."""
    scenario.service_clock.year = 2020
    assert scenario.run("run", *arguments)["code"] == 0, scenario.stderr
    scenario.service_clock.year = None
    engine = create_engine(scenario.ledger)
    with engine.begin() as connection:
        connection.execute(text("UPDATE invites SET decided_at = '2020' || substr(decided_at, 5)"))
    engine.dispose()


@pytest.mark.parametrize("destination", ["wickr", pytest.param("chime", marks=pytest.mark.soak)])
@pytest.mark.parametrize("new_ledger", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_run_that_invites_people_again_and_dies_anywhere_mails_them_one_more_time_only(
    new_scenario, destination, sample, record_property
):
    """Half of the people were invited long ago and are still pending; the other half are new, and join two groups."""
    flags = ("people.csv", *BY_COLUMN[destination], "--reinvite-after", "14d", "--max-new", "100%")

    def pending_people() -> Scenario:
        scenario = new_scenario()
        write_groups(scenario, PEOPLE // 2)
        invite_years_ago(scenario, *flags)
        write_groups(scenario, PEOPLE)
        return scenario

    points = pending_people().run("run", *flags)["points"]
    sampled = sample(points, kinds=slice(None, None, 2), soak_step=9)
    due, everybody = set(addresses(range(PEOPLE // 2))), addresses(range(PEOPLE))
    seen = Counter[str]()

    for die_at in sampled:
        scenario = pending_people()
        assert scenario.run("run", *flags, die_at=die_at)["code"] == KILLED
        scenario.run("run", *flags, die_at=die_at % MOST_RECOVERY_POINTS + 1)
        if (end := scenario.run("run", *flags, resend_after="1h"))["code"] == 6:
            end = scenario.run("run", *flags)
        assert end["code"] == 0, scenario.stderr
        mails, groups = scenario.sandbox.mails(), scenario.sandbox.groups()
        seen["mails too many"] += sum(times > 1 + (person in due) for person, times in mails.items())
        seen["forgotten"] += sum(mails.get(person, 0) < 1 + (person in due) for person in everybody)
        wanted = dict(zip(everybody, cycle(GROUPS), strict=False)) if destination == "wickr" else {}
        seen["in a wrong group"] += sum(groups.get(person) != group for person, group in wanted.items())
        fates = Counter(line["disposition"] for line in scenario.report())
        assert sum(fates.values()) == fates["invited"] + fates["already"] == PEOPLE

    told = ", ".join(f"{count} {what}" for what, count in seen.items())
    record_property("figures", f"{len(sampled)} points, {scenario.figures.kills} kills, {told}")
    assert seen.total() == 0


def lose_hold(scenario: Scenario) -> None:
    """End the sessions of the database, or delete the lock beside the ledger."""
    if scenario.ledger.startswith("sqlite"):
        for lock in Path(scenario.ledger.removeprefix("sqlite:///")).parent.glob("*.lock"):
            lock.unlink()
        return
    engine = create_engine(scenario.ledger)
    with engine.connect() as connection:
        connection.execute(text(END_SESSIONS))
    engine.dispose()


@on_pairs
def test_run_that_loses_its_hold_anywhere_is_overtaken_and_mails_nobody_twice(
    new_scenario, sample, half, record_property
):
    """It stops at a point, as a process of a machine that is suspended does. Another machine runs, and it goes on."""
    points, codes = new_scenario().run("run", "people.csv")["points"], Counter()
    # A transaction of SQLite would keep all others waiting, as long as its process is stopped.
    is_locked = [new_scenario().ledger.startswith("sqlite") and kind == "before commit" for kind in points]
    stops = [at for at in sample(points, kinds=half, soak_step=7) if not is_locked[at - 1]]

    for stop_at in stops:
        scenario = new_scenario()
        stopped = scenario.run("run", "people.csv", resend_after="1h", stop_at=stop_at)
        lose_hold(scenario)
        other = scenario.folder / "other"
        other.mkdir()
        shutil.copy(scenario.folder / "people.csv", other)
        second = scenario.run("run", "people.csv", resend_after="1h", folder=other)
        first = scenario.fork_server.go_on(stopped, scenario.folder)
        codes[first["code"], second["code"]] += 1
        finish(scenario)

    figures = scenario.figures
    ends = ", ".join(f"{first} and {second}: {times}" for (first, second), times in sorted(codes.items()))
    told = f"{len(stops)} points, {figures.twice} mailed twice, {figures.forgotten} forgotten; codes {ends}"
    record_property("figures", told)
    # A database may end a session while the ledger is opened, before there is a hold. Two chunks in flight shift the
    # points, so the stopped process may be in a transaction of SQLite after all. Then the ledger is busy for the second
    # run.
    assert {first for first, _ in codes} <= {0, 8, 11}
    assert {second for _, second in codes} <= {0, 6, 8}
    assert (figures.twice, figures.forgotten) == (0, 0)


# By default the ledger is on the disk that fails.
@pytest.mark.parametrize("new_ledger", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
@pytest.mark.skipif(not CAN_FAIL, reason="only Linux lets a process filter its own system calls")
def test_disk_that_fails_anywhere_ends_the_run_and_mails_everybody_once(new_scenario, sample):
    """From one point on nothing comes to disk: not the ledger, unless it is a server's, and not the report."""
    points = new_scenario().run("run", "people.csv")["points"]
    codes = Counter()

    for fail_at in sample(points, kinds=slice(None, None, 2), soak_step=5):
        scenario = new_scenario()
        end = scenario.run("run", "people.csv", fail_at=fail_at)
        codes[end["code"]] += 1
        assert "Traceback" not in scenario.stderr
        assert end["code"] == 0 or re.search("answered with an I/O error|could not be written", scenario.stderr)
        finish(scenario)

    assert codes.keys() <= {0, 1, 2}  # a ledger that cannot even be opened is no ledger: the configuration is wrong
    assert codes[1] >= 1


@pytest.mark.soak
@pytest.mark.parametrize("new_ledger", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)], indirect=True)
def test_purge_that_dies_anywhere_is_finished_by_the_next(new_scenario, sample):
    """No name is left behind then, and nobody is invited again."""
    purge = ("purge", "--older-than", "0d")
    scenario = new_scenario()
    scenario.run("run", "people.csv")
    points = scenario.run(*purge)["points"]

    for die_at in sample(points, kinds=slice(None, None, 2), soak_step=5):
        scenario = new_scenario()
        scenario.run("run", "people.csv")
        assert scenario.run(*purge, die_at=die_at)["code"] == KILLED

        assert scenario.run(*purge)["code"] == 0

        assert [run["purged_at"] is not None for run in scenario.runs()] == [True]
        assert scenario.run("report", scenario.runs()[0]["run_id"])["code"] == 0
        assert {(line["email"], line["disposition"]) for line in scenario.report()} == {("", "invited")}
        assert scenario.run("run", "people.csv")["code"] == 0
        assert Counter(scenario.sandbox.mails().values()) == {1: PEOPLE}


@pytest.mark.soak
def test_night_with_a_wrong_export_that_dies_anywhere_sends_nothing_and_the_corrected_night_passes(
    new_scenario, sample, record_property
):
    """In a wrong export, half of the people have their name where their address should be, and others are new."""

    def wrong_night() -> Scenario:
        scenario = new_scenario()
        assert scenario.run("run", "people.csv")["code"] == 0, scenario.stderr
        shutil.copy(scenario.folder / "people.csv", scenario.folder / "right.csv")
        write_people(scenario, [*(f"Person {n}" for n in range(60)), *addresses(range(60, PEOPLE + 30))])
        return scenario

    points = wrong_night().run("run", "people.csv")["points"]
    assert "before commit" in points
    sampled = sample(points, soak_step=9)

    for die_at in sampled:
        scenario = wrong_night()
        assert scenario.run("run", "people.csv", die_at=die_at)["code"] == KILLED
        assert scenario.run("resume")["code"] in (0, 5, 8), scenario.stderr
        assert scenario.run("run", "people.csv")["code"] == 5
        assert "Stopped, nothing sent" in scenario.stderr
        assert Counter(scenario.sandbox.mails().values()) == {1: PEOPLE}

        shutil.copy(scenario.folder / "right.csv", scenario.folder / "people.csv")
        assert scenario.run("run", "people.csv")["code"] == 0, scenario.stderr
        scenario.check()

    record_property("figures", f"{len(sampled)} points, {scenario.figures.kills} kills; 0 sent by a wrong night")


@pytest.mark.soak
def test_confirmed_run_that_dies_anywhere_and_goes_on_as_the_printed_lines_say_mails_everybody_once(
    new_scenario, sample, record_property
):
    """A guard stops 60 new people until the operator types the printed line."""

    def stopped_night() -> Scenario:
        scenario = new_scenario()
        write_people(scenario, addresses(range(60)))
        assert scenario.run("run", "people.csv")["code"] == 0, scenario.stderr
        write_people(scenario, addresses(range(PEOPLE)))
        assert scenario.run("run", "people.csv")["code"] == 5
        return scenario

    scenario = stopped_night()
    assert "--confirm 60" in scenario.stderr
    points = type_the_line(scenario)["points"]
    scenario.check()
    sampled = sample(points, soak_step=9)

    for die_at in sampled:
        scenario = stopped_night()
        assert type_the_line(scenario, die_at=die_at)["code"] == KILLED
        scenario.run("resume")
        for _ in range(3):
            if scenario.run("run", "people.csv")["code"] != 0:
                type_the_line(scenario)
        scenario.check()

    record_property("figures", f"{len(sampled)} points, {scenario.figures.kills} kills, 0 mailed twice, 0 forgotten")


@pytest.mark.soak
def test_people_at_a_new_domain_wait_wherever_a_run_dies_until_they_are_allowed(new_scenario, sample, record_property):
    """All others are invited meanwhile. Partial exports list only the people of the day."""
    newcomers = [f"newcomer{n}@new.example" for n in range(4)]

    def night_with_newcomers() -> Scenario:
        scenario = new_scenario()
        write_people(scenario, addresses(range(80)))
        assert scenario.run("run", "people.csv", "--roster", "partial")["code"] == 0, scenario.stderr
        write_people(scenario, [*addresses(range(80, PEOPLE)), *newcomers])
        return scenario

    points = night_with_newcomers().run("run", "people.csv", "--roster", "partial")["points"]
    sampled = sample(points, soak_step=9)

    for die_at in sampled:
        scenario = night_with_newcomers()
        assert scenario.run("run", "people.csv", "--roster", "partial", die_at=die_at)["code"] == KILLED
        scenario.run("resume", die_at=die_at % MOST_RECOVERY_POINTS + 1)
        assert scenario.run("run", "people.csv", "--roster", "partial")["code"] == 0, scenario.stderr
        assert Counter(scenario.sandbox.mails().values()) == {1: PEOPLE}
        assert scenario.sandbox.mails().keys().isdisjoint(newcomers)

        allowed = ("run", "people.csv", "--roster", "partial", "--no-hold", "new_domain")
        scenario.run(*allowed, die_at=die_at)
        assert scenario.run(*allowed)["code"] == 0, scenario.stderr
        assert Counter(scenario.sandbox.mails().values()) == {1: PEOPLE + len(newcomers)}
        write_people(scenario, [])
        assert scenario.run("run", "people.csv", "--roster", "partial")["code"] == 0, scenario.stderr

    record_property("figures", f"{len(sampled)} points, {scenario.figures.kills} kills, 0 mailed twice, 0 forgotten")


def addresses(numbers: Iterable[int]) -> list[str]:
    """Return the addresses of the people with these numbers."""
    return [f"person{number}@example.com" for number in numbers]


def write_people(scenario: Scenario, cells: list[str]) -> None:
    """Write the export anew, with these cells in its column of addresses."""
    rows = [f"{cell.partition('@')[0]},{cell}" for cell in cells]
    (scenario.folder / "people.csv").write_text("\n".join(["Employee ID,Work Email", *rows]), encoding="utf-8")


def type_the_line(scenario: Scenario, **at: int) -> dict[str, Any]:
    """Run the command that the last line of the standard error suggests."""
    words = shlex.split(scenario.stderr.splitlines()[-1])
    return scenario.run(*words[next(at for at, word in enumerate(words) if word in ("run", "resume")) :], **at)
