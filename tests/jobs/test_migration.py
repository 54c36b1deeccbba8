"""The job for moving many people once: plan, confirm, and wave after wave."""

import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from documents import checked
from workspace import finish

from onboarding.sandbox import Fault, FaultKind

MIGRATION = Path(__file__).parent.parent.parent / "jobs" / "migration.py"


@pytest.fixture
def migrate(workspace):
    """Return what runs the job in this process."""
    return partial(workspace.onboard, "migrate")


@pytest.fixture
def config(workspace, sandbox):
    """Write settings for 130 people in waves of 60."""
    people = workspace.export(130)
    there = f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    return workspace.write("migration.toml", f'exports = "{people}"\nwave = 60\n{there}')


def test_migration_is_planned_confirmed_and_sent_in_waves(workspace, migrate, config, sandbox, receiver):
    """Each wave that is sent as planned is a success, also for the monitor, and says how many people are left."""
    with (workspace.folder / config).open("a") as settings:
        settings.write(f'notify = ["{receiver.url}/hook"]\nping_url = "{receiver.url}/ping"\nnotify_when = "needed"\n')
    planned = migrate(config)
    mailed = [sandbox.counts().addresses_mailed]

    waves = [migrate(config, "--confirm", "130"), migrate(config), migrate(config)]
    mailed += [sandbox.counts().addresses_mailed]

    assert planned.code == 0
    assert planned.command.endswith("migration.toml --confirm 130")
    assert [wave.code for wave in waves] == [0, 0, 0]
    assert [wave.messages[0].partition(":")[2].strip()[:35] for wave in waves] == [
        "Wave 1 of 3 sent, 70 people are lef",
        "Wave 2 of 3 sent, 10 people are lef",
        "Wave 3 of 3 sent: no people are lef",
    ]
    assert mailed == [0, 130]
    assert sandbox.counts().addresses_mailed_more_than_once == 0
    assert {path for path, _ in receiver.got} == {"/ping/start", "/ping"}


def test_reports_of_a_migration_tell_all_of_it(workspace, migrate, config, sandbox):
    """Not only what its last wave sent: all people, all requests, and all requests that were throttled."""
    migrate(config)
    migrate(config, "--confirm", "130")
    first, first_page = workspace.summary(), (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", error="ThrottledClientException", count=1))
    migrate(config)
    last = migrate(config)

    summary, page = workspace.summary(), (workspace.runs()[-1] / "report.html").read_text(encoding="utf-8")
    assert first["wave"] == {"number": 1, "of": 3, "left": 70}
    assert "Wave 1 of 3 sent, 70 people are left for 2 more waves." in first_page
    assert "No row needs a person." in first_page  # those of later waves can wait
    assert summary["counts"] == {"invited": 130}
    assert summary["wave"] == {"number": 3, "of": 3, "left": 0}
    assert (summary["requests"], summary["throttled"], summary["legs"]) == (6, 1, 3)
    assert [
        (each["leg"], each["command"], each["people"], each["requests"], each["throttled"], each["wave"]["number"])
        for each in summary["waves"]
    ] == [(1, "apply", 60, 2, 0, 1), (2, "resume", 60, 3, 1, 2), (3, "resume", 10, 1, 0, 3)]
    assert [(point["run_id"], point["invited"], point["for_a_person"]) for point in summary["trend"]] == [
        (summary["run_id"], 130, 0)
    ]
    assert summary["course"][-1]["addresses"] == 130
    assert "3 of 3 sent" in page
    assert "130 people invited" in page
    assert "all in all it sent 6 requests, 1 throttled." in last.out


def test_wave_that_was_interrupted_is_finished_before_the_next(workspace, migrate, config, sandbox):
    """A night with expired credentials between them is on record, and changes nothing."""
    migrate(config)
    sandbox.faults.add(Fault(FaultKind.ERROR, "InviteUsers", after=1, count=1000, error="ForbiddenException"))
    interrupted = migrate(config, "--confirm", "130")
    sandbox.faults.clear()
    sandbox.faults.add(Fault(FaultKind.ERROR, "GetAccount", error="ForbiddenException"))
    refused = migrate(config)
    waves = [migrate(config) for _ in range(3)]

    (run, _) = checked("runs", workspace.onboard("runs", "--json").out)["runs"]
    assert (interrupted.code, refused.code) == (7, 7)
    assert [wave.code for wave in waves] == [0, 0, 0]
    assert "Wave 1 of 3 sent" in waves[0].messages[0]
    assert sandbox.counts().addresses_mailed == 130
    assert [(leg["command"], leg["exit_code"]) for leg in run["legs"]] == [
        ("apply", 7),
        ("resume", 7),
        *[("resume", 0)] * 3,
    ]


def test_wave_whose_process_was_killed_at_its_end_is_not_followed_by_another_at_once(
    workspace, migrate, config, sandbox
):
    migrate(config)
    sandbox.faults.add(Fault(FaultKind.ACT_THEN_HANG, "InviteUsers", seconds=600, count=2))
    process = workspace.fork("migrate", config, "--confirm", "130")
    workspace.wait_until(lambda: sandbox.counts().mails == 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    sandbox.faults.clear()

    finished = migrate(config)
    mailed = sandbox.counts().addresses_mailed
    following = migrate(config)

    assert (finished.code, following.code) == (0, 0)
    assert "Wave 1 of 3 sent, 70 people are left" in finished.messages[0]
    assert mailed == 60
    assert "Wave 2 of 3 sent" in following.messages[0]
    assert sandbox.counts().addresses_mailed_more_than_once == 0


def test_another_number_than_the_plans_sends_nothing(migrate, config, sandbox):
    migrate(config)

    done = migrate(config, "--confirm", "131")

    assert done.code == 5
    assert "131" in done.messages[-1]
    assert sandbox.counts().addresses_mailed == 0


def test_confirming_before_there_is_a_plan_is_refused(migrate, config):
    done = migrate(config, "--confirm", "130")

    assert done.code == 4
    assert "migration.plan" in done.messages[-1]


@pytest.mark.soak
def test_migration_that_is_done_has_nobody_left(migrate, config):
    for flags in ([], ["--confirm", "130"], [], []):
        migrate(config, *flags)

    done = migrate(config)

    assert done.code == 0
    assert " + 0 people to invite\n" in done.out


@pytest.mark.parametrize("arguments", [[], ["nowhere.toml"], ["a.toml", "b.toml"], ["a.toml", "--confirm"]])
def test_migration_without_settings_is_told_what_to_do(migrate, arguments):
    assert migrate(*arguments).code == 2


def test_sample_settings_work_as_they_are(workspace):
    """In a process of its own, as an operator starts it."""
    config = workspace.copy_settings(MIGRATION.with_suffix(".toml"))

    done = finish(workspace.start_command([sys.executable, str(MIGRATION), config]))

    assert done.code == 0
    assert (workspace.runs()[-1] / "handoff.xlsx").exists()
