"""The legs of runs: each process that worked on a run, how it ended, and what it sent."""

from dataclasses import replace

from frames import decided
from ledgers import CHIME, NOW, chunk, outcome, run

from onboarding.model.errors import ExitCode
from onboarding.model.leg import LegFigures
from onboarding.model.outcomes import InviteState
from onboarding.model.rows import joined_rows_detail
from onboarding.model.sent import Moment, SettledDoubts, Wave

WAVE = Wave(1, of=2, left=3)
FIGURES = LegFigures(
    requests=3,
    throttled=1,
    settled_doubts=SettledDoubts(there=2, released=1, left=4),
    progress=(Moment(), Moment(1.5, addresses=100, requests=3, throttled=1)),
    seconds={"send": 1.5, "prepare": 0.25},
)


def legs(ledger) -> list[tuple[int, str, int | None]]:
    """Return number, command and exit code of each leg of the run ``first``."""
    return [(leg.number, leg.command, leg.exit_code) for leg in ledger.find_run("first").legs]


def test_run_begins_with_its_first_leg(ledger):
    (leg,) = ledger.find_run("first").legs

    assert (leg.number, leg.command, leg.began_at) == (1, "run", NOW)
    assert (leg.ended_at, leg.exit_code, leg.wave) == (None, None, None)


def test_each_resumption_is_a_leg_and_ends_with_its_run(ledger):
    ledger.end("first", exit_code=ExitCode.STOPPED, counts={"deferred": 1}, wave=WAVE)
    resumed = ledger.begin_leg(ledger.find_run("first"), "resume")
    ledger.reopen("first", leg=resumed.leg)

    ledger.end("first", exit_code=ExitCode.SETTLED, counts={"invited": 1})

    assert legs(ledger) == [(1, "run", 8), (2, "resume", 0)]
    assert [(leg.wave, leg.counts) for leg in ledger.find_run("first").legs] == [
        (WAVE, {"deferred": 1}),
        (None, {"invited": 1}),
    ]


def test_refused_resumption_leaves_the_run_as_it_was(ledger):
    """Another process may hold the run at that moment, and has its own leg."""
    ledger.end("first", exit_code=ExitCode.STOPPED, counts={"deferred": 1})
    before = ledger.find_run("first")

    refused = ledger.begin_leg(before, "resume")
    ledger.fail("first", leg=refused.leg, exit_code=ExitCode.HELD)

    assert ledger.find_run("first") == before
    assert legs(ledger) == [(1, "run", 8), (2, "resume", 11)]


def test_failed_leg_that_holds_the_run_ends_the_run(ledger):
    ledger.fail("first", leg=1, exit_code=ExitCode.INPUT_REFUSED)

    assert ledger.find_run("first").exit_code == ExitCode.INPUT_REFUSED
    assert legs(ledger) == [(1, "run", 4)]


def test_end_that_is_on_record_stays_when_the_leg_fails_later(ledger):
    ledger.end("first", exit_code=ExitCode.GUARD, counts={"deferred": 1})

    ledger.fail("first", leg=1, exit_code=ExitCode.INTERNAL)

    assert (ledger.find_run("first").exit_code, legs(ledger)) == (ExitCode.GUARD, [(1, "run", 5)])


def test_legs_of_one_run_are_not_those_of_another(ledger):
    ledger.begin(replace(run("second"), command="plan"))

    assert {past.run_id: [leg.command for leg in past.legs] for past in ledger.runs(CHIME)} == {
        "first": ["run"],
        "second": ["plan"],
    }


def test_figures_of_all_legs_add_up(ledger):
    """Their progress goes on without the days between them, and a leg that was killed has no figures."""
    ledger.end("first", exit_code=ExitCode.SETTLED, counts={}, figures=FIGURES)
    ledger.reopen("first", leg=ledger.begin_leg(ledger.find_run("first"), "resume").leg)
    ledger.reopen("first", leg=ledger.begin_leg(ledger.find_run("first"), "resume").leg)
    ledger.end("first", exit_code=ExitCode.SETTLED, counts={}, figures=FIGURES)

    assert ledger.figures("first", before=3) == FIGURES
    assert ledger.figures("first") == LegFigures(
        requests=6,
        throttled=2,
        settled_doubts=SettledDoubts(there=4, released=2, left=4),
        progress=(*FIGURES.progress, Moment(1.5, 100, 3, 1), Moment(3.0, 200, 6, 2)),
        seconds={"send": 3.0, "prepare": 0.5},
    )


def test_run_without_figures_has_none(ledger):
    assert ledger.figures("first") is None
    assert ledger.departures("first") == 0


def test_counts_of_a_run_without_an_end_are_those_of_its_rows_and_invites(ledger):
    """Rows that were decided count as they are. Claimed rows count by their state, and the other open rows wait."""
    rows = decided([f"person{number}@example.com" for number in range(9)])
    rows.loc[[0, 8], "disposition"] = ["ignored", "held"]
    rows.loc[0, "reason"] = "blank_row"
    rows.loc[0, "detail"] = joined_rows_detail(1000)
    ledger.keep("first", 0, rows)
    ledger.claim("first", CHIME, chunk(1, 4))
    ledger.settle("first", [outcome(1, InviteState.INVITED), outcome(2, InviteState.FAILED, error="x")])
    ledger.settle("first", [outcome(3, InviteState.RELEASED)])

    assert ledger.counts("first") == {
        "ignored": 1000,
        "held": 1,
        "invited": 1,
        "failed": 1,
        "in_doubt": 1,
        "deferred": 4,
    }
    assert ledger.departures("first") == 1


def test_counts_follow_rows_that_are_kept_again(ledger):
    rows = decided(["ada@example.com", "bob@example.com"])
    ledger.keep("first", 0, rows)
    rows.loc[1, "disposition"] = "already"
    ledger.keep("first", 0, rows)

    assert ledger.counts("first") == {"deferred": 1, "already": 1}
