"""Commands that go on from a run are written as the operator started it, and mean the same to a shell."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from onboarding.runtime.shell import quoted, quoted_for_cmd
from onboarding.settings.invocation import (
    Invocation,
    program_as_called,
    reads_standard_input,
    this_invocation,
)

STARTED = Invocation(
    command="run",
    arguments=("people.csv",),
    options={
        "config": ("--config", "a b.toml"),
        "account_id": ("--account-id", "it's"),
        "fresh": ("--fresh",),
        "confirm": ("--confirm", "3"),
        "max_invites": ("--max-invites", "5"),
    },
)


def test_same_again_leaves_out_what_was_meant_once():
    assert shlex.split(STARTED.again("--confirm", "27")) == [
        *("onboard", "run", "people.csv", "--config", "a b.toml", "--account-id", "it's"),
        *("--max-invites", "5", "--confirm", "27"),
    ]


def test_other_command_gets_only_options_that_it_takes():
    assert shlex.split(STARTED.resumed("R1")) == [
        *("onboard", "resume", "R1", "--config", "a b.toml", "--account-id", "it's")
    ]


def test_export_that_looks_like_an_option_stays_an_export():
    started = Invocation(arguments=("-x.csv", "b.csv"), options={"sandbox": ("--sandbox",)})

    assert started.again() == "onboard run --sandbox -- -x.csv b.csv"


def test_switch_that_was_switched_off_stays_off_unless_a_flag_switches_it_on():
    started = this_invocation("plan", {"sandbox": False, "no_page": False}, ["a.csv"], None)

    assert started.to("plan", "a.csv").endswith("plan a.csv --no-sandbox --page")
    assert started.to("plan", "a.csv", flags=["--sandbox"]).endswith("plan a.csv --page --sandbox")


def test_standard_input_is_an_export():
    assert Invocation(arguments=("-",), options={"sandbox": ("--sandbox",)}).again() == "onboard run - --sandbox"


def test_nightly_job_is_started_again_and_confirmed_by_the_command_that_does_the_same():
    job = Invocation(
        program=("python", "-m", "onboarding"),
        options={"config": ("--config", "/etc/n.toml")},
        job=("python", "-m", "onboarding", "nightly", "/etc/n.toml"),
        folder="/srv/it onboards",
    )

    assert job.again() == "cd '/srv/it onboards' && python -m onboarding nightly /etc/n.toml"
    assert job.again("--confirm", "3").endswith("&& python -m onboarding run --config /etc/n.toml --confirm 3")
    assert job.resumed("R1").endswith("&& python -m onboarding resume R1 --config /etc/n.toml")


def test_migration_goes_on_when_it_is_started_again():
    job = Invocation(job=("python", "m.py", "m.toml"), is_whole_job=True)

    assert (job.resumed("R1"), job.again("--confirm", "9")) == (
        "python m.py m.toml",
        "python m.py m.toml --confirm 9",
    )


@pytest.mark.parametrize(
    "word",
    ["plain.csv", "it's a name.csv", "$(rm -rf x)", "a\nb", "tab\there's", "b\u200bc.csv", "\udcff.csv", "ö.csv"],
)
def test_word_means_the_same_to_a_shell_and_stands_on_one_line(word):
    line = quoted(word)

    assert line.isprintable()
    if line.isascii() and not line.startswith("$"):
        assert shlex.split(line) == [word]


@pytest.mark.parametrize(
    ("name", "words", "program"),
    [
        ("/v/onboarding/__main__.py", ["/v/bin/python", "-m", "onboarding", "run"], "/v/bin/python -m onboarding"),
        ("/v/__main__.py", ["/v/python", "-X", "dev", "-m", "onboarding"], "/v/python -X dev -m onboarding"),
        (".venv/bin/onboard", ["/v/python", ".venv/bin/onboard", "run"], ".venv/bin/onboard"),
        ("/v/pytest", ["/v/python", "/v/pytest", "-m", "not slow"], f"{sys.executable} -m onboarding"),
    ],
)
def test_program_is_called_as_it_was(name, words, program):
    assert " ".join(program_as_called(name, words, is_at_terminal=True)) == program


def test_interpreter_that_cron_found_by_its_name_is_called_by_its_path():
    words = ["python", "-m", "onboarding", "run"]

    assert program_as_called("/v/__main__.py", words, is_at_terminal=True)[0] == "python"
    assert program_as_called("/v/__main__.py", words, is_at_terminal=False)[0] == sys.executable


def test_options_are_those_of_the_command_line_and_where_the_environment_says_the_run_goes_to(monkeypatch):
    for name, value in {"SANDBOX": "true", "OUT": "x", "RATE": "5", "FRESH": "1"}.items():
        monkeypatch.setenv(f"ONBOARD_{name}", value)
    flags = {"out": "y", "rate": 2.0, "exclude": ("a.txt", "b.txt"), "handoff": True}

    options = this_invocation("run", flags, [], Path("c.toml")).options

    assert options == {
        "config": ("--config", "c.toml"),
        "sandbox": ("--sandbox",),
        "out": ("--out", "y"),
        "handoff": ("--handoff",),
        "exclude": ("--exclude", "a.txt", "--exclude", "b.txt"),
        "rate": ("--rate", "2"),
    }


def test_command_goes_on_without_a_file_of_settings_if_it_was_started_so():
    started = this_invocation("run", {}, ["a.csv"], None, is_without_config=True)

    assert started.again().endswith("run a.csv --no-config")


def test_command_works_in_the_state_folder_of_a_service(monkeypatch):
    """A file of settings may name another folder, and would override the variable, but not a flag."""
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/it's here:/other")
    by_service = this_invocation("run", {}, ["a.csv"], Path("c.toml"))
    by_flag = this_invocation("run", {"state_dir": "/srv/state"}, ["a.csv"], Path("c.toml"))

    assert "STATE_DIRECTORY='/var/lib/it'\"'\"'s here' " in by_service.resumed("R1")
    assert "--state-dir" not in by_service.resumed("R1")
    assert by_flag.resumed("R1").endswith("resume R1 --config c.toml --state-dir /srv/state")
    assert "STATE_DIRECTORY" not in by_flag.resumed("R1")


def test_no_secret_of_the_command_line_or_the_environment_is_shown(monkeypatch):
    monkeypatch.setenv("ONBOARD_LEDGER", "postgresql://me:tiger@db.example/l")
    secret = {"notify": ("https://hook.example/tiger",), "ping_url": "https://ping.example/tiger"}

    from_environment = this_invocation("run", secret, ["p.csv"], None)
    from_flag = this_invocation("run", {"ledger": "postgresql://me:ti@ger@db.example/l?password=tiger"}, [], None)

    assert "tiger" not in from_environment.again()
    assert "ledger" not in from_environment.options
    assert from_flag.options["ledger"][1] == "postgresql://me:***@db.example/l?password=***"


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("C:\\hr\\people.csv", "C:\\hr\\people.csv"),
        ("a & b.csv", '"a & b.csv"'),
        ("a&b", '"a&b"'),
        ("", '""'),
        ("C:\\my files\\", '"C:\\my files\\\\"'),
        ('say \\"hi\\"', '"say \\\\\\"hi\\\\\\""'),
    ],
)
def test_word_for_windows_is_in_marks_that_cmd_and_programs_understand(word, line):
    assert quoted_for_cmd(word) == line
    assert " " not in word or subprocess.list2cmdline([word]) == line


def test_word_for_windows_stays_on_one_line():
    assert "\n" not in quoted_for_cmd("a\nb")


@pytest.mark.parametrize(
    ("command", "reads"),
    [
        ("onboard run - --sandbox", True),
        ("(cd '/srv/a - b' && onboard run - --confirm 3)", True),
        ("(cd /srv && onboard run --sandbox -)", True),
        ("C:\\it's\\onboard.exe run - --confirm 3", True),
        ("cd '/srv/a - b' && onboard run staff.csv", False),
        ("C:\\it's\\onboard.exe run --no-page", False),
        ("", False),
    ],
)
def test_command_that_reads_the_standard_input_is_known(command, reads):
    assert reads_standard_input(command) is reads
