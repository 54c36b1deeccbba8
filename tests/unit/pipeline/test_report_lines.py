"""The sums, the exit code and the message of a run follow from its rows and from why it ended."""

import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ledgers import run

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode, ReconciliationFailed
from onboarding.model.sent import Ending, Wave
from onboarding.pipeline.endings import ending_of, exit_code, words_for_after
from onboarding.pipeline.endings_of_accounts import ending_of_parts
from onboarding.pipeline.report_lines import summarise
from onboarding.reports import Tally
from onboarding.runtime.boot_clock import BootClock

FOLDER = SimpleNamespace(name="reports/r1")
INVITED, FAILED = Disposition.INVITED, Disposition.FAILED
IN_DOUBT, DEFERRED = Disposition.IN_DOUBT, Disposition.DEFERRED


def tally(**by_source) -> Tally:
    """Return a tally of so many invited rows from each source."""
    return Tally.of({f"{source}.csv": Counter({INVITED: rows}) for source, rows in by_source.items()})


def code_of(counts, stopped) -> ExitCode:
    """Return the exit code of a run with these counts that was stopped like this."""
    return exit_code(counts, ending_of(counts, stopped))


@pytest.mark.parametrize("asked", [ExitCode.INTERNAL, ExitCode.CLOSED, ExitCode.GUARD, ExitCode.INTERRUPTED])
def test_exit_code_of_an_early_end_wins_over_that_of_the_rows(asked):
    assert code_of({INVITED: 1, FAILED: 1, IN_DOUBT: 1}, Ending(asked, "It ended.")) == asked


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
    assert code_of(counts, Ending(ExitCode.STOPPED, "The deadline has passed.")) == code


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({INVITED: 1}, ExitCode.SETTLED),
        ({INVITED: 1, FAILED: 1}, ExitCode.PARTIAL),
        ({FAILED: 1, IN_DOUBT: 1}, ExitCode.IN_DOUBT),
        ({INVITED: 1, DEFERRED: 1}, ExitCode.STOPPED),
        ({FAILED: 1, DEFERRED: 1}, ExitCode.PARTIAL),
        ({IN_DOUBT: 1, DEFERRED: 1}, ExitCode.IN_DOUBT),
    ],
)
def test_rows_say_how_a_run_ends_that_nothing_has_stopped(counts, code):
    assert code_of(counts, None) == code


@pytest.mark.parametrize(("ending", "before"), [(None, ""), (Ending(ExitCode.CLOSED, "It is gone."), "It is gone. ")])
def test_message_says_what_helps_people_in_doubt_however_the_run_ended(ending, before):
    found = ending_of({INVITED: 1, IN_DOUBT: 2}, ending, "Resume the run after 14:06 UTC.")

    assert found.exit_code == (ending.exit_code if ending else ExitCode.IN_DOUBT)
    assert found.message == (
        f"{before}Whether 2 people were invited is not known, and nothing was sent to them again."
        " Resume the run after 14:06 UTC."
    )


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


def summary_of(counts, ending=None):
    """Return the summary of a run of one export that ended with these counts."""
    rows = Tally.of({"a.csv": Counter(counts)})
    return summarise(run("r1"), rows, [{"source": "a.csv", "rows": sum(counts.values())}], FOLDER, ending)


def test_people_who_were_left_out_make_no_success_of_a_run_that_nothing_has_stopped():
    """Their answers were lost, or the run died before it sent to them."""
    summary = summary_of({INVITED: 1, DEFERRED: 2})

    assert summary.exit_code == ExitCode.STOPPED
    assert summary.message == "2 people were not invited; resume the run, or leave that to the next run."


def test_people_in_doubt_are_told_also_where_something_else_has_stopped_the_run():
    summary = summary_of({INVITED: 1, IN_DOUBT: 2}, Ending(ExitCode.STOPPED, "The deadline has passed."))

    assert summary.exit_code == ExitCode.IN_DOUBT
    assert summary.message == (
        "Whether 2 people were invited is not known, and nothing was sent to them again. Resume the run."
        " The deadline has passed."
    )


def test_end_of_a_wave_stays_the_end_of_a_wave():
    ended = Ending(ExitCode.SETTLED, "Wave 1 of 2 sent, 1 person is left.", Wave(1, of=2, left=1))

    summary = summary_of({INVITED: 2, DEFERRED: 1}, ended)

    assert (summary.exit_code, summary.message, summary.wave) == (ExitCode.SETTLED, ended.message, ended.wave)
    assert Disposition.DEFERRED not in summary.for_a_person


def test_wave_that_left_out_some_of_its_own_people_is_no_success():
    ended = Ending(ExitCode.SETTLED, "Wave 1 of 2 sent, 1 person is left.", Wave(1, of=2, left=1))

    summary = summary_of({INVITED: 1, DEFERRED: 2}, ended)

    assert (summary.exit_code, summary.wave) == (ExitCode.STOPPED, None)
    assert Disposition.DEFERRED in summary.for_a_person


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({INVITED: 2}, ExitCode.SETTLED),
        ({INVITED: 1, DEFERRED: 1}, ExitCode.STOPPED),
        ({FAILED: 1, DEFERRED: 1}, ExitCode.PARTIAL),
        ({IN_DOUBT: 1, DEFERRED: 1}, ExitCode.IN_DOUBT),
    ],
)
def test_run_to_many_accounts_ends_as_its_accounts_do(counts, code):
    parts = [summary_of({INVITED: 1}), summary_of(counts)]
    together = dict(sum((Counter(part.counts) for part in parts), Counter()))

    exit_code, message = ending_of_parts(parts, together, signalled=None, stopped="")

    assert exit_code == code
    assert bool(message) is (code is not ExitCode.SETTLED)


@pytest.mark.parametrize(("left", "code"), [(DEFERRED, ExitCode.STOPPED), (IN_DOUBT, ExitCode.IN_DOUBT)])
def test_rows_that_are_left_out_make_no_success_of_a_run_to_many_accounts(left, code):
    """Also where the summary of an account has missed them."""
    parts = [replace(summary_of({INVITED: 1, left: 1}), exit_code=ExitCode.SETTLED)]

    exit_code, message = ending_of_parts(parts, {INVITED: 1, left: 1}, signalled=None, stopped="")

    assert exit_code == code
    assert message


@pytest.mark.parametrize(
    ("seconds", "seconds_if_booted", "words"),
    [
        (-1, -1, ""),
        (0, 90_000, ""),
        (60, 60, r" after \S+( \S+)? UTC"),
        (60, 90_060, r" after \S+( \S+)? UTC \(after \S+ \S+ UTC on another machine, or if this one is restarted\)"),
    ],
)
def test_words_for_a_time_name_both_times_only_if_they_differ(seconds, seconds_if_booted, words):
    boot_clock = BootClock("boot", lambda: 0.0)

    assert re.fullmatch(words, words_for_after(seconds, seconds_if_booted, boot_clock=boot_clock))


def test_words_for_a_time_name_the_later_time_where_each_process_has_a_clock_of_its_own():
    boot_clock = BootClock("process", lambda: 0.0, is_shared=False)

    assert re.fullmatch(r" after \d{4}-\S+ \S+ UTC", words_for_after(0, 90_000, boot_clock=boot_clock))
