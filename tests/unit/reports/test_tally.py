"""The tally counts every line and finds sums that do not hold."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode, ReconciliationFailed
from onboarding.model.rows import joined_rows_detail
from onboarding.reports import Tally

lines = st.lists(st.tuples(st.sampled_from(["b.csv", "a.csv", "c.csv"]), st.sampled_from(list(Disposition))))


def report_lines(sources, dispositions, reasons=(), details=()) -> pd.DataFrame:
    """Return lines of the report with the columns that the tally reads."""
    cells = {"source": sources, "disposition": dispositions, "reason": reasons, "detail": details}
    return pd.DataFrame({name: text_array(column or [""] * len(sources)) for name, column in cells.items()})


def tally_of(*frames) -> Tally:
    """Return the tally of frames that are given as pairs of source and disposition."""
    tally = Tally()
    for pairs in frames:
        sources, dispositions = zip(*pairs, strict=True) if pairs else ((), ())
        tally.add(report_lines(sources, dispositions))
    return tally


@given(st.lists(lines, max_size=4))
def test_counts_are_those_of_counting_line_by_line(frames):
    tally = tally_of(*frames)

    expected = {}
    for source, disposition in (pair for frame in frames for pair in frame):
        counts = expected.setdefault(source, {})
        counts[disposition] = counts.get(disposition, 0) + 1
    assert tally.by_source() == expected
    assert list(tally.by_source()) == list(expected)
    assert sum(tally.total().values()) == sum(map(len, frames))
    assert tally.total() == {
        disposition: sum(counts.get(disposition, 0) for counts in expected.values())
        for disposition in {pair[1] for frame in frames for pair in frame}
    }


@given(lines)
def test_sums_hold_for_the_rows_that_were_read(pairs):
    read = {source: sum(pair[0] == source for pair in pairs) for source in ("a.csv", "b.csv", "c.csv")}

    tally_of(pairs).check(read)


@pytest.mark.parametrize(
    "read", [{"a.csv": 2, "b.csv": 1}, {"a.csv": 1}, {"a.csv": 1, "b.csv": 0}, {"a.csv": 1, "b.csv": 1, "c.csv": 1}]
)
def test_sums_that_do_not_hold_fail_the_run(read):
    """A row that was lost or reported twice is found before people trust the report."""
    tally = tally_of([("a.csv", Disposition.INVITED), ("b.csv", Disposition.FAILED)])

    with pytest.raises(ReconciliationFailed, match="this is a bug") as caught:
        tally.check(read)

    assert caught.value.exit_code is ExitCode.INTERNAL


def test_row_without_a_disposition_is_noticed():
    with pytest.raises(ValueError, match="''"):
        tally_of([("a.csv", "")])


def test_line_that_stands_for_a_run_of_blank_rows_counts_all_of_them():
    tally = Tally()

    tally.add(
        report_lines(
            ["a.csv"] * 3,
            ["planned", "ignored", "ignored"],
            ["", *["blank_row"] * 2],
            ["", joined_rows_detail(12_345), ""],
        )
    )

    assert tally.by_source() == {"a.csv": {Disposition.PLANNED: 1, Disposition.IGNORED: 12_346}}
    tally.check({"a.csv": 12_347})
