"""The sums, the exit code and the message of a run follow from its rows and from why it ended."""

from collections import Counter
from types import SimpleNamespace

import pytest
from ledgers import run

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode, ReconciliationFailed
from onboarding.model.sent import Ending
from onboarding.pipeline.closing import exit_code, summarise
from onboarding.reports import Tally

FOLDER = SimpleNamespace(name="reports/r1")
INVITED, FAILED, IN_DOUBT = Disposition.INVITED, Disposition.FAILED, Disposition.IN_DOUBT


def tally(**by_source) -> Tally:
    """Return a tally of so many invited rows from each source."""
    return Tally.of({f"{source}.csv": Counter({INVITED: rows}) for source, rows in by_source.items()})


@pytest.mark.parametrize("asked", [ExitCode.INTERNAL, ExitCode.CLOSED, ExitCode.GUARD, ExitCode.INTERRUPTED])
def test_exit_code_of_an_early_end_wins_over_that_of_the_rows(asked):
    assert exit_code({INVITED: 1, FAILED: 1, IN_DOUBT: 1}, Ending(asked, "It ended.")) == asked


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({INVITED: 1}, ExitCode.STOPPED),
        ({INVITED: 1, FAILED: 1}, ExitCode.PARTIAL),
        ({INVITED: 1, IN_DOUBT: 1}, ExitCode.IN_DOUBT),
        ({INVITED: 1, FAILED: 1, IN_DOUBT: 1}, ExitCode.IN_DOUBT),
    ],
)
def test_rows_win_over_a_stop_and_rows_in_doubt_win_over_failed_rows(counts, code):
    assert exit_code(counts, Ending(ExitCode.STOPPED, "The deadline has passed.")) == code


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({INVITED: 1}, ExitCode.SETTLED),
        ({INVITED: 1, FAILED: 1}, ExitCode.PARTIAL),
        ({FAILED: 1, IN_DOUBT: 1}, ExitCode.IN_DOUBT),
    ],
)
def test_rows_say_how_a_run_ends_that_nothing_has_stopped(counts, code):
    assert exit_code(counts, None) == code


def test_summary_has_the_rows_of_all_sources():
    inputs = [{"source": "a.csv", "rows": 2}, {"source": "b.csv", "rows": 3}]

    summary = summarise(run("r1"), tally(a=2, b=3), inputs, FOLDER)

    assert (summary.rows_read, summary.counts, summary.exit_code) == (5, {INVITED: 5}, ExitCode.SETTLED)
    assert summary.counts_by_source == {"a.csv": {INVITED: 2}, "b.csv": {INVITED: 3}}


@pytest.mark.parametrize("rows", [{"a": 1, "b": 3}, {"a": 3, "b": 2}, {"a": 2}])
def test_summary_is_refused_where_a_source_has_more_or_fewer_lines_than_rows(rows):
    inputs = [{"source": "a.csv", "rows": 2}, {"source": "b.csv", "rows": 3}]

    with pytest.raises(ReconciliationFailed):
        summarise(run("r1"), tally(**rows), inputs, FOLDER)


def test_run_without_a_usable_row_refuses_its_input():
    rejected = Tally.of({"a.csv": Counter({Disposition.REJECTED: 2, Disposition.IGNORED: 1})})

    summary = summarise(run("r1"), rejected, [{"source": "a.csv", "rows": 3}], FOLDER)

    assert summary.exit_code == ExitCode.INPUT_REFUSED
    assert summary.message.startswith("No row has a usable address")
