"""Cells that a spreadsheet may take for a formula are written with an apostrophe, and are read back as they were."""

import re

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.model.neutralising import LEFT_LIVE, NEUTRALISED, neutralise, read_back, read_back_text

LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠", "<r>")
SEPARATORS = (",", ";", "|", "\t", "\r", "\n")
FORMULAS = ("=", "+", "-", "@", "\x00", "＝", "＋", "－", "＠")

signs = [*LIVE, *SEPARATORS, "'", '"', "a", "é", " ", "<", "r"]
cell = st.text(max_size=9) | st.lists(st.sampled_from(signs), max_size=9).map("".join)


def column(cells) -> pa.Array:
    return pa.array(cells, pa.string())


def written(given_cell: str) -> str:
    return neutralise(column([given_cell]))[0].as_py()


@given(st.lists(cell, max_size=6))
@example(["-o@example.com", "'-o@example.com", "''-o@example.com", "'ana@example.com", "o'hara@example.com"])
@example(["x;=1", "x;'=1", "x;''=1", 'x;"=1', "x;'\"=1", "\t=1", "'\t'=1", ";;=1", "x,\r\n=1"])
def test_each_cell_is_read_back_as_it_was(cells):
    assert read_back(neutralise(column(cells))).to_pylist() == cells
    assert [read_back_text(written(given_cell)) for given_cell in cells] == cells


@given(cell)
def test_no_cell_begins_like_a_formula(given_cell):
    assert not written(given_cell).startswith(LIVE)


@given(cell)
@example("x;=1+1;y")
@example("Ana;=cmd|'/C calc'!A0;z")
@example('x;"=1+1"')
def test_no_piece_of_a_cell_begins_like_a_formula(given_cell):
    """A spreadsheet may split the file at any of these signs, and quotes that open within a cell do not help."""
    first, *pieces = re.split("[,;|\t\r\n]", written(given_cell))

    assert not first.startswith(FORMULAS)
    assert not any(piece.lstrip('"').startswith(FORMULAS) for piece in pieces)


@pytest.mark.parametrize(
    ("given_cell", "safe"),
    [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("x\t=1", "x\t'=1"),
        ("x|@SUM(A1)", "x|'@SUM(A1)"),
        ("x,-1", "x,'-1"),
        ("x\n+1", "x\n'+1"),
        ('x;"=1"', 'x;\'"=1"'),
        ("x;＝1", "x;'＝1"),
        (";=1;=2", ";'=1;'=2"),
        ("=1;=2", "'=1;'=2"),
        ("\t=1", "'\t'=1"),
    ],
)
def test_formula_after_a_separator_gets_an_apostrophe_there(given_cell, safe):
    assert written(given_cell) == safe


@given(cell)
@example("Ruiz, Ana-Maria")
@example("an @-sign - or two; a=b, o'hara+x=1@example.com")
def test_cells_without_such_a_beginning_stay_as_they_are(given_cell):
    """Each apostrophe that is added stands before signs that a spreadsheet may take for a formula."""
    at_start = given_cell.lstrip("'").startswith(LIVE)
    pieces = re.split("(?<=[,;|\t\r\n])", given_cell)
    inside = sum(piece.lstrip("'\"").startswith(FORMULAS) for piece in pieces[1:])

    safe = written(given_cell)

    assert len(safe) - len(given_cell) == at_start + inside
    assert at_start or inside or safe == given_cell


@given(cell)
def test_reader_knows_cells_that_no_writer_would_have_left(given_cell):
    """So a report in which a person undid an apostrophe is found out."""
    was_written = written(read_back_text(given_cell)) == given_cell

    assert bool(re.search(LEFT_LIVE, given_cell)) is not was_written


@pytest.mark.parametrize("expression", [NEUTRALISED, LEFT_LIVE])
@given(given_cell=cell)
def test_both_engines_read_the_expressions_alike(expression, given_cell):
    by_arrow = pa.compute.match_substring_regex(column([given_cell]), expression)[0].as_py()

    assert by_arrow == bool(re.search(expression, given_cell))


@given(cell)
def test_expression_marks_the_cells_that_reading_back_changes(given_cell):
    assert bool(re.search(NEUTRALISED, given_cell)) is (read_back_text(given_cell) != given_cell)
