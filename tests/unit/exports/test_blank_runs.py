"""A long run of blank rows becomes one row, wherever batches begin, and no other row is touched."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.blank_runs import LONGEST_SHORT_RUN, count_reasons, join_blank_runs
from onboarding.exports.tables import CellColumns

LONG = LONGEST_SHORT_RUN + 1


def batch(*stretches):
    """Return a batch of records: a number stands for so many blank records, a text for a record of a person."""
    cells = [cell for some in stretches for cell in ([""] * some if isinstance(some, int) else [some])]
    column = pa.array(cells, pa.string())
    blank = pa.array([not cell for cell in cells])
    return CellColumns((column,), blank), pa.array(["" if cell else "blank_row" for cell in cells], pa.string())


def joined(*batches):
    """Return what becomes of the batches: for each piece its first record, its cells, and how many records it joins."""
    pieces = list(join_blank_runs(batches))
    return [(piece.records_before, piece.cells.columns[0].to_pylist(), piece.joined) for piece in pieces]


def test_long_run_becomes_one_record_between_its_neighbours():
    assert joined(batch("a", LONG, "b")) == [(0, ["a"], 0), (1, [""], LONG), (LONG + 1, ["b"], 0)]


@pytest.mark.parametrize("run", [1, LONGEST_SHORT_RUN])
def test_short_run_stays_as_it_is(run):
    assert joined(batch("a", run, "b")) == [(0, ["a", *[""] * run, "b"], 0)]


def test_run_goes_on_in_the_next_batches():
    pieces = joined(batch("a", LONG), batch(LONG), batch(5, "b", 2), batch("c"))

    assert pieces == [
        (0, ["a"], 0),
        (1, [""], 2 * LONG + 5),
        (2 * LONG + 6, ["b", "", ""], 0),
        (2 * LONG + 9, ["c"], 0),
    ]


def test_run_at_the_end_of_the_export_is_yielded():
    assert joined(batch("a"), batch(LONG)) == [(0, ["a"], 0), (1, [""], LONG)]


def test_run_that_becomes_long_in_a_later_batch_is_joined_from_its_start():
    """Two engines cut an export differently, and their reports must be the same."""
    pieces = joined(batch("a", LONGEST_SHORT_RUN), batch(1), batch(1, "b"))

    assert pieces == [(0, ["a"], 0), (1, [""], LONG + 1), (LONG + 2, ["b"], 0)]


def test_export_of_short_batches_keeps_its_batches():
    """Few and large frames take less time."""
    assert joined(batch("a", 3), batch(3, "b")) == [(0, ["a", "", "", ""], 0), (4, ["", "", "", "b"], 0)]


HALF = LONGEST_SHORT_RUN // 2
stretches = st.lists(st.one_of(st.sampled_from([1, 2, HALF, LONG, 2 * LONG]), st.just("a")), min_size=1, max_size=4)


@given(st.lists(stretches, max_size=4))
def test_every_record_is_in_exactly_one_piece(batches):
    made = [batch(*some) for some in batches]

    pieces = list(join_blank_runs(made))

    assert sum(piece.records for piece in pieces) == sum(len(reasons) for _, reasons in made)
    assert [piece.records_before for piece in pieces] == [
        sum(piece.records for piece in pieces[:at]) for at in range(len(pieces))
    ]
    blank = sum(count_reasons(piece).get("blank_row", 0) for piece in pieces)
    assert blank == sum(reasons.to_pylist().count("blank_row") for _, reasons in made)


@given(st.lists(stretches, max_size=4))
def test_joined_runs_do_not_depend_on_where_batches_begin(batches):
    whole = batch(*(some for stretch in batches for some in stretch))

    assert runs_of(batch(*some) for some in batches) == runs_of([whole])


def runs_of(batches):
    """Return the joined runs, each with its place."""
    return [(piece.records_before, piece.joined) for piece in join_blank_runs(batches) if piece.joined]
