"""The list of past runs, for a terminal and for scripts."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ledgers import NOW, run

from onboarding.cli.past import runs_as_json, show_runs
from onboarding.model.plan import Scope

ENDED = replace(
    run("20261123T015759Z-8a3499"),
    ended_at=NOW + timedelta(minutes=5),
    exit_code=6,
    counts={"invited": 1_234_567, "in_doubt": 50, "rejected": 3},
)
DEAD = run("20261122T015759Z-8a3498")


@pytest.fixture
def narrow(monkeypatch):
    """Give the terminal its usual width."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("narrow")
def test_ids_are_shown_whole(capsys):
    """The operator types an id after ``onboard report``."""
    show_runs([ENDED, DEAD])

    first, head, _, ended, dead = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [*first, *head] == [
        "Already",
        "Run",
        "Exit",
        "Invited",
        "there",
        "Failed",
        "In",
        "doubt",
        "Deferred",
        "Rows",
    ]
    assert ended == [ENDED.run_id, "6", "1234567", "0", "0", "50", "0", "1234620"]
    assert dead == [DEAD.run_id, "0", "0", "0", "0", "0", "0"]


def test_ledger_without_runs_says_so(capsys):
    show_runs([])

    assert capsys.readouterr().out == "The ledger has no run yet.\n"


def test_document_for_scripts_has_everything_but_addresses():
    ended, dead = json.loads(runs_as_json([ENDED, DEAD]))

    assert (ended["run_id"], ended["exit_code"], ended["counts"]["in_doubt"]) == (ENDED.run_id, 6, 50)
    assert ended["ended_at"] == (NOW + timedelta(minutes=5)).isoformat()
    assert (dead["ended_at"], dead["exit_code"], dead["purged_at"]) == (None, None, None)
    assert ended["scope"] == {"destination": "chime", "account": "account-1", "endpoint": ""}


def test_document_says_when_a_run_was_resumed():
    (found,) = json.loads(runs_as_json([replace(ENDED, resumed_at=NOW)]))

    assert found["resumed_at"] == NOW.isoformat()


@pytest.mark.usefixtures("narrow")
def test_accounts_are_shown_whole_where_there_are_several(capsys):
    """The terminal may break the line."""
    show_runs([ENDED, run("other", scope=Scope("chime", "a" * 60))])

    ended, other = capsys.readouterr().out.splitlines()[3:5]
    assert ended.split()[:3] == [ENDED.run_id, "account-1", "6"]
    assert other.split()[:2] == ["other", "a" * 60]
