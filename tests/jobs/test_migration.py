"""The job for moving many people once: plan, confirm, and wave after wave."""

import sys
from functools import partial
from pathlib import Path

import pytest
from workspace import finish

MIGRATION = Path(__file__).parent.parent.parent / "jobs" / "migration.py"


@pytest.fixture
def migrate(workspace):
    """Return what runs the job in this process."""
    return partial(workspace.script, MIGRATION)


@pytest.fixture
def config(workspace, sandbox):
    """Write settings for 130 people in waves of 60."""
    people = workspace.export(130)
    there = f'account_id = "sandbox-team"\nendpoint_url = "{sandbox.url}"\n'
    return workspace.write("migration.toml", f'exports = "{people}"\nwave = 60\n{there}')


def test_migration_is_planned_confirmed_and_sent_in_waves(workspace, migrate, config, sandbox):
    planned = migrate(config)
    mailed = [sandbox.counts().addresses_mailed]
    codes = []
    for flags in (["--confirm", "130"], [], []):
        codes.append(migrate(config, *flags).code)
        mailed.append(sandbox.counts().addresses_mailed)

    assert planned.code == 0
    assert planned.messages[-1].endswith("--confirm 130")
    assert codes == [8, 8, 0]
    assert mailed == [0, 60, 120, 130]
    assert workspace.summary()["counts"] == {"invited": 130}
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
    assert "0 people would be invited" in done.out


@pytest.mark.parametrize("arguments", [[], ["nowhere.toml"], ["a.toml", "b.toml"], ["a.toml", "--confirm"]])
def test_migration_without_settings_is_told_what_to_do(migrate, arguments):
    done = migrate(*arguments)

    assert done.code == 2
    assert len(done.messages) == 1


def test_sample_settings_work_as_they_are(workspace):
    """In a process of its own, as an operator starts it."""
    (workspace.folder / "sample_data").mkdir()
    workspace.export(3, "sample_data/people.csv")

    done = finish(workspace.start_command([sys.executable, str(MIGRATION), str(MIGRATION.with_suffix(".toml"))]))

    assert done.code == 0
    assert (workspace.runs()[-1] / "handoff.xlsx").exists()
