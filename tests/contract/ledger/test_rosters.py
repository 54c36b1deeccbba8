"""The rosters of runs, and the figures that the guards saw."""

import dataclasses

import pytest
from ledgers import run

from onboarding.model.run import GuardFigures


@pytest.fixture
def begun(ledger):
    ledger.begin(run("another"))
    return ledger


def test_roster_comes_back_part_by_part(begun):
    begun.rosters.keep("first", [b"a" * 16, b"b" * 16])
    begun.rosters.keep("another", [b""])

    assert list(begun.rosters.parts("first")) == [b"a" * 16, b"b" * 16]
    assert list(begun.rosters.parts("another")) == [b""]
    assert begun.rosters.run_ids() == {"first", "another"}


def test_roster_replaces_the_earlier_one_of_its_run(begun):
    """A worker that takes over from a dead one keeps the roster once more."""
    begun.rosters.keep("first", [b"a", b"b", b"c"])

    begun.rosters.keep("first", [b"d"])

    assert list(begun.rosters.parts("first")) == [b"d"]


def test_roster_that_is_dropped_is_gone(begun):
    begun.rosters.keep("first", [b"a"])
    begun.rosters.keep("another", [b"b"])

    begun.rosters.drop(["first", "unknown"])

    assert list(begun.rosters.parts("first")) == []
    assert begun.rosters.run_ids() == {"another"}


def test_figures_of_the_guards_are_on_record_with_the_inputs(begun):
    seen = GuardFigures(people=100, rejected=30, held=2, excluded=5, hits=("rejected",))

    begun.record_inputs("first", [], seen)
    begun.record_inputs("another", [])

    assert begun.find_run("first").guards == seen
    assert begun.find_run("another").guards is None


def test_figures_have_only_what_json_can_hold():
    counts = ("people", "rejected", "held", "excluded", "filtered")

    assert set(dataclasses.asdict(GuardFigures())) == {*counts, "hits", "accepted"}
