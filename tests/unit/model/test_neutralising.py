"""Cells that a spreadsheet may take for a formula are written with an apostrophe, and are read back as they were."""

import re

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.model.neutralising import NEUTRALISABLE, NEUTRALISED, neutralise, read_back

LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠", "<r>")

cell = st.text(max_size=9) | st.lists(st.sampled_from([*LIVE, "'", "a", "é", "<", "r"]), max_size=6).map("".join)


def column(cells) -> pa.Array:
    return pa.array(cells, pa.string())


@given(st.lists(cell, max_size=6))
@example(["-o@example.com", "'-o@example.com", "''-o@example.com", "'ana@example.com", "o'hara@example.com"])
def test_each_cell_is_read_back_as_it_was(cells):
    assert read_back(neutralise(column(cells))).to_pylist() == cells


@given(cell)
def test_no_cell_begins_like_a_formula(given_cell):
    (written,) = neutralise(column([given_cell])).to_pylist()

    assert not written.startswith(LIVE)


@given(cell)
def test_cells_that_begin_otherwise_stay_as_they_are(given_cell):
    (written,) = neutralise(column([given_cell])).to_pylist()

    changed = given_cell.lstrip("'").startswith(LIVE)
    assert written == (f"'{given_cell}" if changed else given_cell)


@pytest.mark.parametrize("expression", [NEUTRALISABLE, NEUTRALISED])
@given(given_cell=cell)
def test_both_engines_read_the_expressions_alike(expression, given_cell):
    by_arrow = pa.compute.match_substring_regex(column([given_cell]), expression)[0].as_py()

    assert by_arrow == bool(re.match(expression, given_cell))
