"""``onboard init`` writes files that work: from flags, and from the answers of a person at a terminal."""

import os
import pty
import subprocess
import sys
import termios
import tomllib

import pytest
from workspace import finish

from onboarding.settings.loading import load_settings


def test_flags_make_a_file_that_passes_the_check_and_is_never_overwritten_unasked(workspace):
    workspace.export(3)

    first = workspace.onboard("init", "people.csv", "--sandbox")
    written = (workspace.folder / "onboard.toml").read_bytes()
    second = workspace.onboard("init", "other.csv", "--sandbox", "--no-check")
    unchanged = (workspace.folder / "onboard.toml").read_bytes()
    third = workspace.onboard("init", "other.csv", "--sandbox", "--no-check", "--force")

    assert (first.code, second.code, third.code) == (0, 2, 0)
    assert "ok       exports        1 file, each with a column of addresses\n" in first.out
    assert " run --config onboard.toml" in first.out.splitlines()[-1]
    assert workspace.mode(workspace.folder / "onboard.toml") == 0o600
    assert unchanged == written
    assert second.messages[0].startswith("onboard: onboard.toml: this is there already; add --force")
    assert b'exports = ["other.csv"]\n' in (workspace.folder / "onboard.toml").read_bytes()


def test_without_a_terminal_nothing_is_asked(workspace):
    done = workspace.onboard("init", "--destination", "wickr")

    assert (done.code, done.out) == (2, "")
    assert done.messages[0] == (
        "onboard: Without a terminal to ask on, init needs more: name --network-id, and the exports."
    )
    assert list(workspace.folder.iterdir()) == []


def test_wrong_value_is_refused_as_in_a_run_before_anything_is_written(workspace):
    flags = ("x.csv", "--network-id", "12", "--region", "eu-central-1")

    done, run = workspace.onboard("init", *flags), workspace.onboard("run", *flags, "--destination", "wickr")

    assert (done.code, run.code) == (2, 2)
    assert done.messages[0] == run.messages[0] == "onboard: --network-id: write the 8 digits of the network's id."
    assert not (workspace.folder / "onboard.toml").exists()


def test_folder_is_no_file_of_settings(workspace):
    done = workspace.onboard("init", "x.csv", "--sandbox", "--config", "set up/")

    assert (done.code, list(workspace.folder.iterdir())) == (2, [])
    assert "such as set up/onboard.toml." in done.messages[0]


def test_what_starts_the_job_is_said_also_where_something_must_be_mended_first(workspace):
    done = workspace.onboard("init", "gone.csv", "--sandbox", "--at", "2:15", "--schedule", "cron")

    assert done.code == 4
    assert " check --config onboard.toml" in done.out
    assert done.out.endswith("/onboarding.crontab) | crontab -\n")


def test_exports_are_found_from_a_file_in_another_folder(workspace):
    workspace.export(3)

    done = workspace.onboard("init", "people.csv", "--sandbox", "--config", "set up/emea.toml", "--at", "2:15")

    assert done.code == 0
    assert load_settings({}, config=workspace.folder / "set up/emea.toml").exports == (
        str(workspace.folder / "people.csv"),
    )


@pytest.mark.soak
def test_line_of_the_crontab_works_with_the_few_variables_that_cron_gives(workspace):
    workspace.export(3)
    workspace.onboard("init", "people.csv", "--sandbox", "--at", "02:15", "--schedule", "cron", "--no-check")
    line = (workspace.folder / "onboarding.crontab").read_text(encoding="utf-8").splitlines()[-1]

    command = ["env", "-i", f"HOME={workspace.folder}", "/bin/sh", "-c", line.split(" ", 5)[5]]
    subprocess.run(command, cwd="/", check=True)

    assert line.startswith("15 2 * * * /")
    assert workspace.summary()["counts"]["invited"] == 3
    assert (workspace.folder / "state/onboarding/sandbox/ledger.sqlite3").exists()  # as by hand


def test_ledger_that_only_a_variable_names_would_not_be_that_of_the_job_at_night(workspace):
    """A run by hand would mail the people, and the job at night would not know it."""
    flags = ("init", "x.csv", "--network-id", "10203040", "--region", "eu-central-1", "--no-check")
    variable = {"ONBOARD_LEDGER": "sqlite:///hunter2.db"}

    nightly = workspace.onboard(*flags, "--at", "02:15", "--schedule", "cron", **variable)
    once = workspace.onboard(*flags, **variable)

    assert (nightly.code, once.code) == (2, 0)
    assert nightly.messages[0].startswith("onboard: ONBOARD_LEDGER: the job at night does not get this variable")
    assert "hunter2" not in nightly.err


def test_job_at_night_gets_the_region_and_the_profile_that_only_variables_name(workspace):
    flags = ("init", "x.csv", "--network-id", "10203040", "--at", "02:15", "--schedule", "cron", "--no-check")

    done = workspace.onboard(*flags, AWS_REGION="eu-central-1", AWS_PROFILE="hr")

    assert done.code == 0
    values = tomllib.loads((workspace.folder / "onboard.toml").read_text(encoding="utf-8"))
    assert (values["region"], values["profile"]) == ("eu-central-1", "hr")


def test_credentials_that_only_variables_have_are_no_credentials_of_the_job_at_night(workspace):
    flags = ("init", "x.csv", "--network-id", "10203040", "--region", "eu-central-1", "--no-check", "--at", "2:15")
    variables = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}

    minded = workspace.onboard(*flags, "--schedule", "systemd", **variables)
    named = workspace.onboard(*flags, "--schedule", "cron", "--profile", "hr", "--force", **variables)

    assert "An earlier init wrote onboarding.service, onboarding.timer." in named.out
    assert named.out.endswith("    rm onboarding.service onboarding.timer\n")
    assert "An earlier init" not in minded.out
    assert "Mind: your AWS credentials are in variables of this shell" in minded.out
    assert "Mind:" not in named.out
    assert "\n#Environment=AWS_PROFILE=" in (workspace.folder / "onboarding.service").read_text(encoding="utf-8")
    assert "\n#AWS_PROFILE=" in (workspace.folder / "onboarding.crontab").read_text(encoding="utf-8")


def test_service_may_write_where_the_job_writes(workspace):
    done = workspace.onboard(
        *("init", "x.csv", "--network-id", "10203040", "--region", "eu-central-1"),
        *("--at", "02:15", "--schedule", "systemd", "--out", "re ports", "--no-check"),
    )

    service = (workspace.folder / "onboarding.service").read_text(encoding="utf-8")
    assert f'"{workspace.folder}/re ports"' in service
    assert f"{workspace.folder}/state/onboarding " in service
    assert (workspace.folder / "re ports").is_dir()
    assert "systemctl enable --now onboarding.timer" in done.out


def at_terminal(workspace, answers: str):
    """Start ``onboard init`` at a terminal where a person types. Return the process and the terminal."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    process = workspace.start_command([sys.executable, "-m", "onboarding", "init", "--no-check"], at=slave, typed=slave)
    os.close(slave)
    os.write(master, answers.encode())
    return process, master


def test_person_at_a_terminal_is_asked_and_corrected(workspace):
    workspace.export(3)
    answers = [
        "wickr",
        "123",
        "10203040",
        "eu-central-1",
        "",
        "gone.csv",
        "people.csv",
        "none",
        "25:00",
        "2:15",
        "cron",
    ]

    process, master = at_terminal(workspace, "\n".join([*answers, ""]))
    seen = b"".join(iter(lambda: read(master), b"")).decode()
    os.close(master)

    assert finish(process).code == 0
    assert "write the 8 digits" in seen
    assert "this needs an answer" in seen
    assert "nothing is there: gone.csv" in seen
    assert "write a time of day" in seen
    values = tomllib.loads((workspace.folder / "onboard.toml").read_text(encoding="utf-8"))
    assert values == {
        "destination": "wickr",
        "network_id": "10203040",
        "region": "eu-central-1",
        "exports": ["people.csv"],
        "carry_over": True,
        "out": "onboarding-reports",
        "state_dir": f"{workspace.folder}/state/onboarding",
    }
    assert (workspace.folder / "onboarding.crontab").exists()


def test_person_who_stops_leaves_nothing_behind(workspace):
    process, master = at_terminal(workspace, "wickr\n\x04")
    seen = b"".join(iter(lambda: read(master), b"")).decode()
    os.close(master)

    assert finish(process).code == 130
    assert "Traceback" not in seen
    assert list(workspace.folder.iterdir()) == []


def read(master) -> bytes:
    """Return what a terminal gets next, or nothing after its last process has ended."""
    try:
        return os.read(master, 65_536)
    except OSError:
        return b""
