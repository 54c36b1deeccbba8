"""The list of past runs, for a terminal and for scripts."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ledgers import NOW, run

from onboarding.cli.run_table import as_json, show
from onboarding.model.leg import Leg
from onboarding.model.plan import Scope
from onboarding.model.sent import Wave
from onboarding.pipeline.history import PastRun


def past(run_id="20261123T015759Z-8a3499", exit_code=None, counts=(), *, command="run", wave=None, **more) -> PastRun:
    """Return a run with one leg that has ended with this exit code, or has no end if there is none."""
    ended_at = None if exit_code is None else NOW + timedelta(minutes=5)
    leg = Leg(
        number=1,
        command=command,
        host="here",
        pid=1,
        began_at=NOW,
        ended_at=ended_at,
        exit_code=exit_code,
        counts=dict(counts),
        wave=wave,
    )
    begun = run(run_id, **more)
    return PastRun(
        replace(begun, command=command, ended_at=ended_at, exit_code=exit_code, counts=dict(counts), legs=(leg,))
    )


def to_resume(run_id, _settings) -> str:
    return f"onboard resume {run_id}"


def to_begin_again(command, _settings) -> str:
    return f"onboard {command}"


def printed(capsys, *found: PastRun) -> list[str]:
    """Return the lines of the table without its rule."""
    show(found, to_resume, to_begin_again)
    return [line for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]


@pytest.fixture
def narrow(monkeypatch):
    """Give the terminal its usual width, which a mail from cron has as well."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("narrow")
def test_table_fits_80_columns_and_cuts_no_word(capsys):
    counts = {"invited": 1_234_567, "in_doubt": 50, "rejected": 3, "held": 12, "failed": 1, "deferred": 7}

    heading, ended, dead, note = printed(capsys, past(exit_code=6, counts=counts), past("20261122T015759Z-8a3498"))

    assert max(map(len, (heading, ended, dead))) <= 80
    assert heading.split() == ["Run", "End", "Time", "(UTC)", "Command", "Invited", "Held", "Rejected"]
    assert ended.split()[:4] == ["20261123T015759Z-8a3499", "6", "in", "doubt"]
    assert ended.split()[4:] == ["03-01", "08:30", "run", "1,234,567", "12", "3"]
    assert dead.split() == ["20261122T015759Z-8a3498", "no", "end", "03-01", "08:30", "run"]
    assert note == ("No room for Failed, In doubt, Deferred: use a wider terminal, or --json.")


@pytest.mark.parametrize("width", range(50, 121, 5))
def test_no_width_cuts_a_heading_or_a_number(capsys, monkeypatch, width):
    for columns in range(width, width + 5):
        monkeypatch.setenv("COLUMNS", str(columns))

        lines = printed(capsys, past(exit_code=5, counts={"held": 1, "rejected": 61, "excluded": 1}))[:2]

        assert not any("…" in line for line in lines)
        assert max(map(len, lines)) <= columns


def test_wide_terminal_shows_all_columns_that_have_a_number(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")

    heading, ended = printed(capsys, past(exit_code=3, counts={"invited": 2, "failed": 1}))

    assert heading.split()[5:] == ["Invited", "Held", "Rejected", "Failed", "Rows"]
    assert ended.split()[-5:] == ["2", "0", "0", "1", "3"]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(
    ("exit_code", "more", "words"),
    [
        (0, {}, "0 settled"),
        (0, {"command": "plan"}, "0 planned"),
        (0, {"wave": Wave(3, of=11, left=1466)}, "0 wave 3/11"),
        (2, {}, "2 settings"),
        (4, {}, "4 bad input"),
        (7, {}, "7 no access"),
        (8, {}, "8 not done"),
        (11, {}, "11 kept out"),
    ],
)
def test_words_stand_beside_the_code(capsys, exit_code, more, words):
    ended = printed(capsys, past(exit_code=exit_code, **more))[1]

    assert f" {words} " in ended


@pytest.mark.usefixtures("narrow")
def test_plan_says_how_many_people_it_would_invite(capsys):
    nights = [past(exit_code=0, counts={"invited": 1}), past(exit_code=5, command="plan", counts={"planned": 1498})]

    lines = printed(capsys, *nights, past(exit_code=0, command="plan", counts={"held": 1}))

    assert [line.split()[-3] for line in lines[1:4]] == ["1", "1,498*", "0"]
    assert lines[4] == "* would be invited: a plan sends nothing."
    assert not any("*" in line for line in printed(capsys, nights[0]))


@pytest.mark.usefixtures("narrow")
def test_run_that_goes_on_is_told_from_one_that_died(capsys):
    _, going_on, dead = printed(capsys, replace(past("a"), is_going_on=True), past("b"))

    assert [going_on.split()[1], dead.split()[1:3]] == ["running", ["no", "end"]]


@pytest.mark.usefixtures("narrow")
def test_each_resumption_has_a_line_and_the_newest_is_first(capsys):
    """A resumption that was refused has no figures, and does not change those of the run."""
    begun = past(exit_code=0, counts={"invited": 2, "deferred": 1}, wave=Wave(1, of=2, left=1)).run
    refused = replace(
        begun.legs[0], number=2, command="resume", began_at=NOW + timedelta(days=1), exit_code=7, counts={}, wave=None
    )

    _, last, first, *_ = printed(capsys, PastRun(replace(begun, legs=(*begun.legs, refused))))

    assert last.split()[1:] == ["7", "no", "access", "03-02", "08:30", "resume"]
    assert first.split()[1:] == ["0", "wave", "1/2", "03-01", "08:30", "run", "2", "0", "0"]


def test_document_for_scripts_has_everything_but_addresses():
    counts = {"invited": 1_234_567, "in_doubt": 50}
    ended, dead = json.loads(as_json([past(exit_code=6, counts=counts), past("dead")]))["runs"]

    assert (ended["exit_code"], ended["counts"]["in_doubt"], ended["is_going_on"]) == (6, 50, False)
    assert ended["ended_at"] == ended["legs"][0]["ended_at"] == (NOW + timedelta(minutes=5)).isoformat()
    assert (dead["ended_at"], dead["exit_code"], dead["purged_at"]) == (None, None, None)
    assert ended["scope"] == {"destination": "chime", "account": "account-1", "endpoint": ""}


@pytest.mark.usefixtures("narrow")
def test_accounts_are_shown_whole_where_there_are_several(capsys):
    """The terminal may break the line."""
    _, ended, other, *_ = printed(capsys, past(exit_code=6), past("other", 0, scope=Scope("chime", "a" * 60)))

    assert ended.split()[1:4] == ["account-1", "6", "in"]
    assert other.split()[:3] == ["other", "a" * 60, "0"]


@pytest.mark.usefixtures("narrow")
def test_rehearsal_elsewhere_is_told_from_the_real_account(capsys):
    elsewhere = Scope("wickr", "10203040", "http://127.0.0.1:8765")

    heading, real, rehearsed, *notes = printed(
        capsys, past(exit_code=0, counts={"held": 1}), past("b" * 22, 0, scope=elsewhere)
    )

    assert heading.split() == ["Run", "Account", "End", "Time", "(UTC)", "Invited", "Held"]
    assert " wickr 10203040 [1] " in rehearsed
    assert "[1]" not in real
    assert notes == ["No room for Rejected: use a wider terminal, or --json.", "[1] at http://127.0.0.1:8765"]


@pytest.mark.usefixtures("narrow")
def test_run_that_can_be_resumed_is_followed_by_its_command(capsys):
    dead = replace(past(), can_be_resumed=True)

    lines = printed(capsys, dead, past("20261122T015759Z-8a3498", exit_code=0))

    assert lines[-2:] == ["To finish what is left:", "    onboard resume 20261123T015759Z-8a3499"]


@pytest.mark.usefixtures("narrow")
def test_run_that_was_not_ready_to_send_is_followed_by_the_command_that_begins_it_again(capsys):
    *_, heading, command = printed(capsys, replace(past(), must_begin_again=True))

    assert (heading, command) == ("To begin again what ended before it was ready to send:", "    onboard run")


@pytest.mark.usefixtures("narrow")
def test_killed_run_that_a_later_run_has_made_good_says_so(capsys):
    _, dead, note = printed(capsys, replace(past(), is_made_good=True))

    assert dead.split()[1:3] == ["made", "good"]
    assert note == "made good: the run was cut off, and a later run to its account has gone well."
