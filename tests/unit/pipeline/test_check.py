"""Findings of a check are shown to a person, to a script and to the shell."""

import json

import pytest

from onboarding.model.errors import ConfigurationError
from onboarding.pipeline.check.check import check_configuration
from onboarding.pipeline.check.findings import (
    EXIT_CODES,
    Check,
    CheckStatus,
    Finding,
    as_json,
    bad,
    exit_code,
    ok,
    refused,
    show,
    skipped,
    warn,
)
from onboarding.pipeline.check.service import check_region
from onboarding.settings.settings import Settings

FOUND = [
    ok(Check.LEDGER, "none yet"),
    warn(Check.CLOCK, "9 minutes off", "set it"),
    bad(Check.ACCOUNT, "not there", "name another"),
    skipped(Check.LOCK, "the account is not known"),
]


def test_each_finding_is_one_aligned_line(capsys):
    """However narrow the terminal is."""
    show(FOUND)

    assert capsys.readouterr().out.splitlines() == [
        "ok       ledger         none yet",
        "warn     clock          9 minutes off; set it",
        "bad      account        not there; name another",
        "skipped  lock           because the account is not known",
    ]


def test_colour_is_for_the_status_alone(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    show([ok(Check.LEDGER, "12 [bold]people")])

    assert capsys.readouterr().out == "\x1b[32mok     \x1b[0m  ledger         12 [bold]people\n"


def test_no_colour_where_none_is_wanted(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")

    show([ok(Check.LEDGER, "none yet")])

    assert "\x1b[3" not in capsys.readouterr().out


def test_names_from_a_service_or_a_file_do_not_steer_the_terminal(capsys):
    show([ok(Check.ACCOUNT, "Corp\x1b[2J\r\nTeam")])

    assert capsys.readouterr().out == "ok       account        Corp\\x1b[2J\\r\\nTeam\n"


def test_script_gets_objects():
    found = json.loads(as_json(FOUND))["findings"]

    assert found[1] == {"check": "clock", "status": "warn", "message": "9 minutes off", "advice": "set it"}
    assert [finding["status"] for finding in found] == ["ok", "warn", "bad", "skipped"]


def test_file_name_that_is_no_text_fits_into_json():
    assert json.loads(as_json([ok(Check.OUTPUT, "\udcff")]))["findings"][0]["message"] == "\udcff"


def test_nothing_bad_is_zero():
    """A skipped check counts as neither."""
    assert exit_code([FOUND[0], FOUND[1], FOUND[3]]) == 0


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ([Check.CONFIGURATION], 2),
        ([Check.LEDGER], 2),
        ([Check.OUTPUT], 2),
        ([Check.EXPORTS], 4),
        ([Check.EXCLUSIONS], 4),
        ([Check.CREDENTIALS], 7),
        ([Check.ENDPOINT], 7),
        ([Check.ACCOUNT], 7),
        ([Check.LOCK], 11),
        ([Check.LOCK, Check.ACCOUNT], 7),
        ([Check.ACCOUNT, Check.EXPORTS], 4),
        ([Check.EXPORTS, Check.OUTPUT], 2),
    ],
)
def test_first_that_is_bad_names_the_exit_code(checks, code):
    assert exit_code([bad(check, "wrong", "mend it") for check in checks]) == code


def test_each_check_has_an_exit_code():
    assert set(EXIT_CODES) == set(Check)


@pytest.mark.parametrize(
    ("told", "message", "advice"),
    [
        ("ledger x: too old; too odd; name another one.", "ledger x: too old; too odd", "name another one"),
        ("ledger x: the disk is full", "ledger x: the disk is full", "see to it"),
    ],
)
def test_error_says_what_is_wrong_and_then_what_to_do(told, message, advice):
    found = refused(Check.LEDGER, ConfigurationError(told), otherwise="see to it")

    assert found == Finding(Check.LEDGER, CheckStatus.BAD, message, advice)


def test_configuration_names_settings_and_no_value():
    """A ledger's URL may hold a password."""
    settings = Settings(account_id="account-1", ledger="postgresql://me:secret@db.example/it", rate=3, quiet=True)
    origins = {"rate": "hr.toml", "ledger": "environment", "account_id": "flag", "quiet": "hr.toml", "out": "default"}

    found = check_configuration(settings, origins)

    assert found == ok(
        Check.CONFIGURATION,
        "account_id from flags; ledger from the environment; quiet, rate from hr.toml; the rest are defaults",
    )


def test_file_of_settings_without_a_name_is_called_that():
    found = check_configuration(Settings(sandbox=True), {"sandbox": "file"})

    assert found.message == "sandbox from the file of settings; the rest are defaults"


def test_run_without_an_account_is_refused_by_name():
    found = check_configuration(Settings(), {"out": "default"})

    assert (found.status, found.message) == (CheckStatus.BAD, "no account is named (all settings are defaults)")
    assert found.advice == "name it with --network-id (Wickr) or --account-id (Chime), or add --sandbox"


def test_region_does_not_matter_without_s3():
    assert check_region(Settings(sandbox=True, exports=("people.csv",))) == ()


@pytest.mark.parametrize("setting", ["exports", "exclude"])
def test_region_is_shown_for_exports_and_lists_in_s3(setting):
    settings = Settings(**{setting: ("s3://bucket/people.csv",)}, region="eu-central-1")

    assert check_region(settings) == (ok(Check.REGION, "eu-central-1"),)
