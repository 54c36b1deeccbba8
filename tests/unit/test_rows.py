"""What a frame of rows is, and what is refused as one."""

import numpy as np
import pyarrow as pa
import pytest
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.rows import (
    AS_READ,
    DECIDED,
    TEXT,
    Disposition,
    Reason,
    check,
    decide,
    is_open,
    mentions,
    put,
    text,
)


def test_frame_of_another_shape_is_refused_by_name():
    """A missing column and one of another dtype are both told, and no cell is."""
    frame = rows(["ana@example.com"]).drop(columns="sheet").astype({"name": object})

    with pytest.raises(TypeError, match=r"^not a frame of rows: sheet, name$"):
        check(frame, AS_READ)


def test_rows_as_they_were_read_are_not_decided():
    with pytest.raises(TypeError, match="email, key, duplicate_of"):
        check(rows([]), DECIDED)


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
        text(["\ud800"])


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 2), st.text(max_size=3))))
def test_values_are_put_where_they_belong(rows_of_column):
    """As if each cell had been replaced by itself."""
    cells, places, others = map(list, zip(*rows_of_column, strict=True)) if rows_of_column else ([], [], [])
    placed = [
        (
            np.array([at == place for at in places], np.bool_),
            pa.array([o for o, at in zip(others, places, strict=True) if at == place], pa.string()),
        )
        for place in (1, 2)
    ]

    found = put(pa.array(cells, pa.string()), *placed)

    assert found.to_pylist() == [other if at else cell for cell, at, other in rows_of_column]


@pytest.mark.parametrize(("cells", "answer"), [(["a#ext#@b", "c"], True), (["c"], False), ([""], False), ([], False)])
def test_a_column_that_mentions_something_may_hold_it(cells, answer):
    assert mentions(pa.array(cells, pa.string()), "#ext#@") is answer
