"""Past runs and the rows that they kept."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ledgers import CHIME, NOW, chunk, frame, outcome, run
from pandas.testing import assert_frame_equal
from sqlalchemy import create_engine, update

from onboarding.ledger import Ledger
from onboarding.ledger.schema import runs
from onboarding.model.errors import ExitCode, LedgerFailed
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Scope
from onboarding.model.run import Run


def test_rows_come_back_equal_and_in_order(ledger):
    """Text, numbers, positions and dtypes are equal, whatever the order in which the parts were kept."""
    kept = [frame(0, ["Ada", "=1+1", 'a "b", c\n']), frame(3, ["\u0130pek \U0001f600"]), frame(4, [])]

    for part in (1, 2, 0):
        ledger.keep("first", part, kept[part])

    for before, after in zip(kept, ledger.rows("first"), strict=True):
        assert_frame_equal(after, before)


def test_ledger_may_be_written_between_two_parts(ledger):
    """A writer waits for no reader."""
    ledger.keep("first", 0, frame(0, ["Ada"]))
    ledger.keep("first", 1, frame(1, ["Grace"]))

    for _ in ledger.rows("first"):
        ledger.end("first", exit_code=0, counts={})

    assert ledger.runs()[0].exit_code == 0


def test_run_without_parts_has_no_rows(ledger):
    """No rows are a valid answer."""
    assert list(ledger.rows("unknown")) == []


def test_part_with_a_gap_is_refused(ledger):
    """Only the first position is kept, so the others must follow it."""
    with pytest.raises(ValueError, match="follow one another"):
        ledger.keep("first", 0, frame(0, ["Ada", "Grace", "Joan"]).drop(index=1))


def test_part_that_is_kept_again_is_replaced(ledger):
    """A resumed run keeps its rows again."""
    ledger.keep("first", 0, frame(0, ["Ada", "Grace"]))
    ledger.keep("first", 1, frame(2, ["Joan"]))

    ledger.keep("first", 0, frame(0, ["Mary", "Edith"]))

    assert [part["name"].tolist() for part in ledger.rows("first")] == [["Mary", "Edith"], ["Joan"]]


def test_parts_of_one_run_are_not_those_of_another(ledger):
    """Their parts have the same numbers."""
    ledger.begin(run("second"))
    for run_id, name in (("first", "Ada"), ("second", "Grace"), ("second", "Joan")):
        ledger.keep(run_id, 0, frame(0, [name]))

    assert [part["name"].tolist() for part in ledger.rows("first")] == [["Ada"]]
    assert [part["name"].tolist() for part in ledger.rows("second")] == [["Joan"]]


def test_part_of_a_run_that_never_began_is_refused(ledger):
    """No rows are kept without their run."""
    with pytest.raises(LedgerFailed, match="contradicts"):
        ledger.keep("unknown", 0, frame(0, ["Ada"]))


@pytest.mark.parametrize("run_id", ["another", "", "NUL\0", "\udcff"])
def test_text_that_is_no_run_id_finds_no_run(ledger, run_id):
    assert ledger.find_run(run_id) is None


def test_runs_before_a_run_are_those_to_the_same_account_and_no_plans(ledger):
    for run_id, scope, command in (
        ("second", CHIME, "run"),
        ("elsewhere", Scope("chime", "account-2"), "run"),
        ("planned", CHIME, "plan"),
        ("third", CHIME, "apply"),
        ("later", CHIME, "run"),
    ):
        ledger.begin(replace(run(run_id, scope=scope), command=command))

    assert [found.run_id for found in ledger.runs_before("later", most=2)] == ["third", "second"]
    assert [found.run_id for found in ledger.runs_before("third", most=9)] == ["second", "first"]
    assert ledger.runs_before("first", most=9) == []


def test_runs_are_listed_newest_first_also_if_a_clock_was_set_back(ledger_url):
    """A clock that was far ahead must not make its run the latest for ever."""
    start = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    times = {"c": start, "b": start + timedelta(days=1000), "a": start + timedelta(hours=2), "d": start}
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        for run_id, started_at in times.items():
            ledger.begin(run(run_id, started_at=started_at))

        assert [(past.run_id, past.number, past.started_at) for past in ledger.runs()] == [
            (run_id, number, times[run_id]) for number, run_id in ((4, "d"), (3, "a"), (2, "b"), (1, "c"))
        ]


def test_run_comes_back_as_it_began(ledger_url):
    """It has its settings, its host and its process."""
    begun = Run(
        run_id="r",
        scope=Scope("chime", "account-1", "http://127.0.0.1:8765"),
        host="elsewhere",
        pid=7,
        command="plan",
        version="1.0",
        started_at=NOW,
        settings={"allow_domain": ["a.example"]},
    )
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        ledger.begin(begun)

        assert ledger.runs() == [begun]


def test_end_of_a_run_is_recorded(ledger):
    """The ledger's clock gives the time."""
    ledger.end("first", exit_code=ExitCode.PARTIAL, counts={"invited": 4, "failed": 1})

    (past,) = ledger.runs()

    assert (past.ended_at, past.exit_code, past.counts) == (NOW, 3, {"invited": 4, "failed": 1})


@pytest.mark.parametrize("inputs", [[], [{"source": "staff.csv", "rows": 2}, {"source": "s3://b/\u00fc.csv"}]])
def test_inputs_of_a_run_are_recorded(ledger, inputs):
    """Without inputs, not all rows of the run are kept yet."""
    before = ledger.find_run("first")

    ledger.record_inputs("first", inputs)

    assert before.inputs is None
    assert ledger.find_run("first").inputs == tuple(inputs)


def test_run_is_found_by_its_id(ledger):
    """It equals the run in the list."""
    assert [ledger.find_run("first")] == ledger.runs()
    assert ledger.find_run("unknown") is None


def test_resumed_run_is_open_again(ledger):
    """It belongs to the process that resumed it, from that time on."""
    ledger.begin(replace(run("second"), host="elsewhere", pid=1))
    ledger.end("second", exit_code=ExitCode.STOPPED, counts={"deferred": 1})

    resumed = ledger.reopen("second")

    assert (resumed.host, resumed.pid) == (run("second").host, run("second").pid)
    assert (resumed.ended_at, resumed.exit_code, resumed.resumed_at) == (None, None, NOW)
    assert ledger.find_run("second") == resumed


def test_last_end_of_a_resumed_run_counts(ledger):
    """A run ends once more each time that it is resumed."""
    ledger.end("first", exit_code=ExitCode.STOPPED, counts={"deferred": 1})
    ledger.reopen("first")

    ledger.end("first", exit_code=ExitCode.SETTLED, counts={"invited": 1})

    past = ledger.find_run("first")
    assert (past.ended_at, past.exit_code, past.counts) == (NOW, 0, {"invited": 1})


@pytest.mark.parametrize(
    "change",
    [
        lambda ledger: ledger.reopen("unknown"),
        lambda ledger: ledger.end("unknown", exit_code=0, counts={}),
        lambda ledger: ledger.record_inputs("unknown", []),
    ],
)
def test_run_that_never_began_is_not_changed(ledger, change):
    """A mistyped id is an error, not a silent success."""
    with pytest.raises(LedgerFailed, match="run unknown is not in the ledger"):
        change(ledger)


def test_times_are_recorded_in_utc_wherever_the_job_runs(ledger, monkeypatch):
    """The database compares times as text."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        ledger.claim("first", CHIME, chunk(1, 1))
        ledger.settle("first", [outcome(1, InviteState.INVITED)])
        (told,) = ledger.outcomes("first", 0, 10)["decided_at"]
    finally:
        monkeypatch.undo()
        time.tzset()

    assert told.endswith("+00:00")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("inputs", "["), ("inputs", "[1]"), ("settings", "[1]")),
        *(("counts", "x"), ("counts", '{"invited": "x"}'), ("counts", "[1]")),
        *(("started_at", "x"), ("ended_at", "x"), ("purged_at", "x")),
    ],
)
@pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
def test_damaged_record_of_a_run_ends_in_a_plain_line(ledger, ledger_url, column, value):
    engine = create_engine(ledger_url)
    with engine.begin() as other:
        other.execute(update(runs).values({column: value}))
    engine.dispose()

    for read in (ledger.runs, lambda: ledger.find_run("first")):
        with pytest.raises(LedgerFailed, match="record of run first is damaged; restore the ledger from a backup"):
            read()
