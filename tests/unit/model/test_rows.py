"""Frames of rows, their schema, and the helpers over their columns."""

import numpy as np
import pyarrow as pa
import pytest
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.columns import (
    byte_lengths,
    cell_bytes,
    constant_value,
    contains_any,
    replace_where,
    single_chunk,
    text_array,
)
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import AS_READ, DECIDED, TEXT, check_schema, decide, is_open

SAID = st.lists(st.sampled_from(["", "a", "b", "é", "ab"]), max_size=6)


def test_frame_of_another_shape_is_refused_by_name():
    """The error names a missing column and a column of another dtype, and quotes no cell."""
    frame = rows(["ana@example.com"]).drop(columns="sheet").astype({"name": object})

    with pytest.raises(TypeError, match=r"^not a frame of rows: sheet, name$"):
        check_schema(frame, AS_READ)


def test_rows_as_they_were_read_are_not_decided():
    with pytest.raises(TypeError, match="email, key, duplicate_of"):
        check_schema(rows([]), DECIDED)


def test_decision_is_made_for_the_marked_rows_alone():
    frame = rows(["", "a", "b"], start=3, reason=["old", "old", "old"])

    decide(frame, frame["email_as_given"] != "a", Disposition.REJECTED, Reason.MISSING)
    decide(frame, frame["email_as_given"] == "b", Disposition.IN_DOUBT)

    assert frame["disposition"].tolist() == ["rejected", "", "in_doubt"]
    assert frame["reason"].tolist() == ["missing", "old", ""]
    assert is_open(frame).tolist() == [False, True, False]
    assert frame["disposition"].dtype == TEXT


def test_half_a_character_is_no_text():
    """A lone surrogate cannot be written to any report, so it never gets into a frame."""
    with pytest.raises(UnicodeEncodeError):
        text_array(["\ud800"])


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 2), st.text(max_size=3))))
def test_marked_cells_are_replaced_in_order(rows_of_column):
    """The result is that of replacing one cell after the other."""
    cells, places, others = map(list, zip(*rows_of_column, strict=True)) if rows_of_column else ([], [], [])
    placed = [
        (
            np.array([at == place for at in places], np.bool_),
            pa.array([o for o, at in zip(others, places, strict=True) if at == place], pa.string()),
        )
        for place in (1, 2)
    ]

    found = replace_where(pa.array(cells, pa.string()), *placed)

    assert found.to_pylist() == [other if at else cell for cell, at, other in rows_of_column]


@pytest.mark.parametrize(("cells", "answer"), [(["a#ext#@b", "c"], True), (["c"], False), ([""], False), ([], False)])
def test_column_contains_a_character_if_any_cell_does(cells, answer):
    assert contains_any(pa.array(cells, pa.string()), "#") is answer


@given(SAID, st.integers(0, 4), st.integers(0, 8))
def test_lengths_of_cells_are_right_in_any_slice(cells, start, count):
    """A slice begins anywhere in the buffers of its column."""
    column = pa.array(cells, pa.string()).slice(start, count)

    assert cell_bytes(column).tobytes() == "".join(column.to_pylist()).encode()
    assert byte_lengths(column).tolist() == [len(cell.encode()) for cell in column.to_pylist()]


def test_column_without_text_holds_nothing():
    """Arrow may leave out the buffers of a column without rows."""
    no_buffers = pa.StringArray.from_buffers(0, pa.py_buffer(b""), pa.py_buffer(b""))
    for column in (no_buffers, pa.array([], pa.string()), pa.array(["", ""])):
        assert cell_bytes(column).size == 0
        assert byte_lengths(column).tolist() == [0] * len(column)


@given(SAID.filter(bool), st.booleans())
def test_constant_value_is_the_text_of_all_cells(cells, as_words):
    column = pa.array(["x", *cells], pa.string()).slice(1)

    found = constant_value(column.dictionary_encode() if as_words else column)

    assert found == (cells[0] if len(set(cells)) == 1 else None)


def test_empty_column_has_no_constant_value():
    assert constant_value(pa.array([], pa.string())) is None


def test_values_are_placed_in_an_empty_column():
    """Usually a few rows have a reason, and no other row has a reason yet."""
    where = np.array([False, True, False, True])

    found = replace_where(pa.array(["", "", "", ""]), (where, pa.array(["x", "é", "no more"]).slice(1)))

    found.validate(full=True)
    assert found.to_pylist() == ["", "é", "", "no more"]


def test_column_in_chunks_becomes_one():
    chunks = [pa.array(["a"]), pa.array(["b"])]

    assert single_chunk(pa.chunked_array(chunks)).to_pylist() == ["a", "b"]
    assert single_chunk(pa.chunked_array(chunks[:1])) is not None
    assert single_chunk(pa.chunked_array([], pa.string())).to_pylist() == []
