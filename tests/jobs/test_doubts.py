"""People in doubt are mailed once, however late the service shows them, and are never forgotten."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import WallClock
from workspace import ONE_AT_A_TIME, account_flags, finish

from onboarding.model.run import now
from onboarding.sandbox import Fault, FaultKind, Sandbox

AN_HOUR = ["--resend-after", "1h"]
LOST = Fault(FaultKind.RESET, "InviteUsers")
"""A request that never arrives."""


@pytest.fixture
def there(sandbox) -> list[str]:
    """Return the flags of the sandbox's account."""
    return account_flags(sandbox)


@pytest.fixture
def set_the_clock(workspace) -> Callable[[timedelta], None]:
    """Return what sets the clock on the wall: all times of that clock in the ledger are as much older then."""

    def shift(forward: timedelta) -> None:
        (path,) = (workspace.folder / "state").rglob("ledger.sqlite3")
        with sqlite3.connect(path) as ledger:
            seconds = forward.total_seconds()
            ledger.execute("UPDATE requests SET left_at = left_at - ?", (seconds,))
            for column in ("claimed_at", "decided_at"):
                moved = f"strftime('%Y-%m-%dT%H:%M:%f000+00:00', {column}, '{-seconds:+} seconds')"
                ledger.execute(f"UPDATE invites SET {column} = {moved} WHERE {column} <> ''")  # noqa: S608 - our names
        ledger.close()

    return shift


@pytest.mark.soak
def test_service_that_loses_answers_and_lists_late_mails_nobody_twice_in_many_runs(workspace, sandbox, there):
    """6, until the list shows the people."""
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=400)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_RESET, "InviteUsers", count=1000))
    people = workspace.export(120)

    codes = [workspace.onboard(*command, *there, *AN_HOUR).code for command in [("run", people)] * 2 + [("resume",)]]

    assert codes == [6, 6, 6]
    assert sandbox.times_mailed() == {1: 120}
    sandbox.settings = replace(sandbox.settings, list_delay_seconds=0)
    assert workspace.onboard("run", people, *there, *AN_HOUR).code == 0
    assert sandbox.times_mailed() == {1: 120}


def test_service_that_takes_nothing_leaves_everybody_in_doubt_and_resume_invites_them(workspace, sandbox, there):
    """6, and no monitor takes that for a success."""
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", error="ServiceFailureException", count=1000))
    first = workspace.onboard("run", workspace.export(400), *there, *ONE_AT_A_TIME, *AN_HOUR)
    counts = workspace.summary()["counts"]
    too_early = workspace.onboard("resume", *there, *AN_HOUR)
    monitor = workspace.onboard("runs", *there, "--last-success-within", "26h")
    sandbox.faults.clear()

    last = workspace.onboard("resume", *there)

    assert (first.code, too_early.code, last.code) == (6, 6, 0)
    assert counts == {"in_doubt": 400}
    assert monitor.code != 0
    assert workspace.summary()["counts"] == {"invited": 400}
    assert sandbox.times_mailed() == {1: 400}


@pytest.mark.soak
@pytest.mark.parametrize(
    "forward", [pytest.param(timedelta(hours=2), marks=pytest.mark.soak), timedelta(days=3), timedelta(hours=-2)]
)
def test_clock_that_jumps_has_nobody_sent_to_again_too_early(workspace, sandbox, there, set_the_clock, forward):
    sandbox.faults.add(LOST)
    people = workspace.export(60)
    assert workspace.onboard("run", people, *there, *ONE_AT_A_TIME, *AN_HOUR).code == 6
    set_the_clock(forward)

    again = workspace.onboard("run", people, *there, *AN_HOUR)

    assert again.code == 6
    assert workspace.summary()["counts"] == {"already": 10, "in_doubt": 50}
    assert workspace.onboard("run", people, *there).code == 0
    assert sandbox.times_mailed() == {1: 60}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_message_about_people_in_doubt_names_the_time_that_holds_after_a_restart(
    request, workspace, sandbox, there, database
):
    """A ledger in a file then counts by the clock on the wall less a day. PostgreSQL counts by its own clock."""
    place = "sqlite:///ledger.db" if database == "sqlite" else request.getfixturevalue("new_database")()
    sandbox.faults.add(LOST)
    begun = now()

    done = workspace.onboard("run", workspace.export(9), *there, *AN_HOUR, "--ledger", place)

    found = re.search(r"Resume the run after (\S+ )?\S+ UTC( \(after (.*) UTC on another machine.*\))?\.", done.err)
    assert done.code == 6
    assert bool(found[3]) == (database == "sqlite")
    if found[3]:
        restarted = datetime.strptime(found[3], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        assert begun + timedelta(hours=25) <= restarted <= now() + timedelta(hours=25, minutes=1)


SET_CLOCK = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
"""The library that sets the clock on the wall for one process, where a machine has it."""

ANOTHER_BOOT = ["unshare", "--time", "--boottime", "200000", "--monotonic", "200000"]
"""The command that gives a process a boot clock of its own, which looks two days older."""


def can_boot() -> bool:
    """Say whether a process may get a boot clock of its own here."""
    is_there = shutil.which(ANOTHER_BOOT[0])
    return bool(is_there) and subprocess.run([*ANOTHER_BOOT, "true"], capture_output=True, check=False).returncode == 0


def start_with_clock(workspace, clock: Path, *arguments: str) -> subprocess.Popen:
    """Start ``onboard`` with a clock on the wall that is set as the file ``clock`` says: ``+3d``."""
    variables = {
        "LD_PRELOAD": SET_CLOCK,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    return workspace.start(*arguments, **variables)


@pytest.mark.soak
@pytest.mark.skipif(not SET_CLOCK, reason="libfaketime is not installed here")
@pytest.mark.parametrize("jump", ["+2h", "+3d", "-2h"])
def test_process_with_another_clock_on_the_wall_sends_nobody_again_too_early(workspace, sandbox, there, tmp_path, jump):
    sandbox.faults.add(LOST)
    people, clock = workspace.export(60), tmp_path / "clock"
    assert workspace.onboard("run", people, *there, *ONE_AT_A_TIME, *AN_HOUR).code == 6
    clock.write_text(jump, encoding="ascii")

    again = finish(start_with_clock(workspace, clock, "run", people, *there, *AN_HOUR))

    begun = datetime.fromisoformat(again.events[0]["timestamp"])
    assert abs(begun - now()) > timedelta(hours=1)
    assert again.code == 6
    assert workspace.onboard("run", people, *there).code == 0
    assert sandbox.times_mailed() == {1: 60}


@pytest.mark.soak
@pytest.mark.skipif(not SET_CLOCK, reason="libfaketime is not installed here")
def test_clock_that_is_set_while_a_run_waits_for_the_service_shortens_no_wait(workspace, sandbox, there, tmp_path):
    """Otherwise the service would be asked before it acts on the request whose answer was lost."""
    clock = tmp_path / "clock"
    clock.write_text("+0", encoding="ascii")
    sandbox.faults.add(Fault(FaultKind.ACT_LATE, "InviteUsers", seconds=1))
    run = start_with_clock(workspace, clock, "run", workspace.export(9), *there, *AN_HOUR, "--settle-seconds", "2")
    assert any("doubt.waiting" in line for line in run.stderr)

    clock.write_text("+2h", encoding="ascii")

    assert finish(run).code == 0
    assert workspace.summary()["confirmed"] == {"there": 9, "released": 0, "left": 0}
    assert sandbox.times_mailed() == {1: 9}


@pytest.mark.soak  # by default, contract/ledger/test_doubts.py boots
@pytest.mark.skipif(not can_boot(), reason="no time namespace can be made here")
def test_process_after_another_boot_sends_nobody_again_too_early(workspace, sandbox, there):
    """Its boot clock tells nothing about the doubt, though it looks two days older."""
    sandbox.faults.add(LOST)
    people = workspace.export(60)
    assert workspace.onboard("run", people, *there, *ONE_AT_A_TIME, *AN_HOUR).code == 6
    command = [*ANOTHER_BOOT, sys.executable, "-m", "onboarding", "run", people, *there, *AN_HOUR]

    again = finish(workspace.start_command(command))

    assert again.code == 6
    assert "if this one is restarted" in again.err
    assert workspace.onboard("run", people, *there).code == 0
    assert sandbox.times_mailed() == {1: 60}


@pytest.mark.soak
def test_run_that_found_people_in_doubt_sends_to_them_when_it_is_resumed(workspace, sandbox, there):
    """Another run had sent to them, which is forgotten by then."""
    sandbox.faults.add(LOST)
    people = workspace.export(60)
    workspace.onboard("run", people, *there, *ONE_AT_A_TIME, *AN_HOUR)
    second = workspace.onboard("run", people, *there, *AN_HOUR)

    done = workspace.onboard("resume", *there)

    assert (second.code, done.code) == (6, 0)
    assert workspace.summary()["counts"] == {"already": 10, "invited": 50}
    assert sandbox.times_mailed() == {1: 60}


def test_people_in_doubt_are_carried_over_until_they_are_settled(workspace, sandbox, there):
    """The exports of later nights lack them."""
    sandbox.faults.add(LOST)
    nights = [workspace.onboard("run", workspace.export(60), *there, *ONE_AT_A_TIME, *AN_HOUR)]
    workspace.write("bo.csv", "Name,Work Email\nBo,bo@example.com\n")
    workspace.write("cy.csv", "Name,Work Email\nCy,cy@example.com\n")

    nights += [workspace.onboard("run", "bo.csv", *there, "--carry-over", *AN_HOUR)]
    counts = workspace.summary()["counts"]
    nights += [workspace.onboard("run", "cy.csv", *there, "--carry-over")]

    assert [night.code for night in nights] == [6, 6, 0]
    assert counts == {"invited": 1, "in_doubt": 50}
    assert workspace.summary()["counts"] == {"invited": 51}
    assert sandbox.times_mailed() == {1: 62}


@pytest.mark.soak
@pytest.mark.parametrize(
    ("fault", "list_delay_seconds", "codes"),
    [
        (FaultKind.RESET, 0, [6, 6, 0]),
        pytest.param(FaultKind.ACT_THEN_RESET, 0, [0, 0, 0], marks=pytest.mark.soak),
        (FaultKind.ACT_THEN_RESET, 60, [6, 6, 0]),
    ],
    ids=["never arrived", "arrived", "arrived and is listed late"],
)
def test_second_invite_whose_answer_is_lost_is_sent_once(workspace, fault, list_delay_seconds, codes):
    """The service shows when it last invited the person. That decides, since the person is pending in any case."""
    clock = WallClock()
    with Sandbox(now=clock) as sandbox:
        there = [*account_flags(sandbox), "--reinvite-after", "30d"]
        assert workspace.onboard("run", workspace.export(9), *there).code == 0
        (path,) = (workspace.folder / "state").rglob("ledger.sqlite3")
        with sqlite3.connect(path) as ledger:
            long_ago = clock().isoformat(timespec="microseconds")
            ledger.execute("UPDATE invites SET claimed_at = ?, decided_at = ?", (long_ago, long_ago))
        ledger.close()
        clock.moment = now()
        sandbox.settings = replace(sandbox.settings, list_delay_seconds=list_delay_seconds)
        sandbox.faults.add(Fault(fault, "InviteUsers"))

        ends = [workspace.onboard("run", "people.csv", *there, *AN_HOUR) for _ in range(2)]
        clock.advance(list_delay_seconds)
        ends += [workspace.onboard("run", "people.csv", *there)]

        assert [end.code for end in ends] == codes
        assert sandbox.times_mailed() == {2: 9}
