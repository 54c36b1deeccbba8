"""Can a run and its rows be told from the ledger alone?"""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from ledgers import CHIME, NOW, run
from pandas.testing import assert_frame_equal

from onboarding.errors import ExitCode
from onboarding.ledger import Ledger, LedgerFailed, Run
from onboarding.rows import DECIDED


def frame(first, names) -> pd.DataFrame:
    """Return decided rows of people with these names, at positions from the first on."""
    columns = {
        column: pd.array([1] * len(names), "int64") if dtype == "int64" else pd.array(names, dtype)
        for column, dtype in DECIDED.items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(first, first + len(names)))


def test_rows_come_back_equal_and_in_order(ledger):
    """Text, numbers, positions and dtypes, whatever order they were kept in."""
    kept = [frame(0, ["Ada", "=1+1", 'a "b", c\n']), frame(3, ["\u0130pek \U0001f600"]), frame(4, [])]

    for part in (1, 2, 0):
        ledger.keep("first", part, kept[part])

    for before, after in zip(kept, ledger.rows("first"), strict=True):
        assert_frame_equal(after, before)


def test_ledger_may_be_written_between_two_parts(ledger):
    """Reading holds nothing that writing waits for."""
    ledger.keep("first", 0, frame(0, ["Ada"]))
    ledger.keep("first", 1, frame(1, ["Grace"]))

    for _ in ledger.rows("first"):
        ledger.end("first", exit_code=0, counts={})

    assert ledger.runs()[0].exit_code == 0


def test_run_without_parts_has_no_rows(ledger):
    """No rows are an answer."""
    assert list(ledger.rows("unknown")) == []


def test_part_with_a_gap_is_refused(ledger):
    """Only its first position is kept, so the others must follow."""
    with pytest.raises(ValueError, match="follow one another"):
        ledger.keep("first", 0, frame(0, ["Ada", "Grace", "Joan"]).drop(index=1))


def test_part_is_kept_once(ledger):
    """What was decided is not decided again."""
    ledger.keep("first", 0, frame(0, ["Ada"]))

    with pytest.raises(LedgerFailed, match="contradicts"):
        ledger.keep("first", 0, frame(0, ["Grace"]))


def test_runs_are_listed_newest_first(ledger_url):
    """To the microsecond, and over midnight."""
    start = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    times = [start, start + timedelta(microseconds=1), start + timedelta(hours=2)]
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        for number in (1, 0, 2):
            ledger.begin(run(f"run-{number}", started_at=times[number]))

        assert [(past.run_id, past.started_at) for past in ledger.runs()] == [
            ("run-2", times[2]),
            ("run-1", times[1]),
            ("run-0", times[0]),
        ]


def test_run_comes_back_as_it_began(ledger_url):
    """Its settings included."""
    begun = Run(
        run_id="r",
        scope=CHIME,
        command="plan",
        version="1.0",
        started_at=NOW,
        settings={"allow_domain": ["a.example"]},
    )
    with Ledger.open(ledger_url, clock=lambda: NOW) as ledger:
        ledger.begin(begun)

        assert ledger.runs() == [begun]


def test_run_tells_how_it_ended(ledger):
    """With the end that the clock gave."""
    ledger.end("first", exit_code=ExitCode.PARTIAL, counts={"invited": 4, "failed": 1})

    (past,) = ledger.runs()

    assert (past.ended_at, past.exit_code, past.counts) == (NOW, 3, {"invited": 4, "failed": 1})
