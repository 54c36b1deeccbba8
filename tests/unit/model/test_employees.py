"""Employee ids are compared by one key, and placeholders have none."""

import pyarrow as pa
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.blank import BLANK
from onboarding.model.employees import NO_ID, PLACEHOLDERS, employee_keys


def key(cell: str) -> str:
    return employee_keys(pa.array([cell])).to_pylist()[0]


@pytest.mark.parametrize("spelling", SPELLINGS_OF_AN_ID)
def test_all_spellings_of_an_id_have_one_key(spelling):
    assert key(spelling) == "äb7"


@pytest.mark.parametrize(
    ("cell", "id_"),
    [
        ('="00123"', "00123"),
        ("'00123", "00123"),
        ("'00123'", "00123"),
        ('"00123"', "00123"),
        ('\u00a0=" 00123 " ', "00123"),
        ("101.0", "101"),
        ("101.00", "101"),
        ("0101.0", "0101"),
        ('="101.0"', "101"),
        ('="ÄB7"', "äb7"),
        ('="0"', ""),
        ("'n/a", ""),
    ],
)
def test_what_spreadsheets_add_to_an_id_does_not_count(cell, id_):
    assert key(cell) == id_


@pytest.mark.parametrize("cell", ["101.5", "101.01", "1.0.0", "a1.0", "o'hara", "=7", '7"', "10"])
def test_other_signs_in_an_id_count(cell):
    assert key(cell) == cell


@pytest.mark.parametrize("cell", ["7", "07", "0070", "E 7", "E-7"])
def test_zeros_and_signs_are_part_of_an_id(cell):
    assert key(cell) == cell.lower()


@pytest.mark.parametrize("cell", sorted(NO_ID))
def test_placeholder_is_no_key_in_any_case_and_space(cell):
    assert key(cell) == key(f"\u00a0{cell.upper()}\t") == ""


@given(st.text() | st.text(st.sampled_from("=\"'7. 0\u00a0a"), max_size=8))
def test_key_of_a_key_is_the_key(cell):
    assert key(key(cell)) == key(cell)


@given(st.text(st.sampled_from("aB7 .-\t\x1a\x1c\x1f\x85\u00a0"), max_size=5))
def test_ascii_ids_and_others_get_their_keys_by_the_same_rule(cell):
    """Columns of ASCII ids take a faster path."""
    assert employee_keys(pa.array([f"{cell}é"])).to_pylist() == [f"{key(cell + 'x')[:-1]}é"]


@given(st.lists(st.text()))
def test_column_has_the_key_of_each_of_its_cells(cells):
    column = pa.array(["0", *cells], pa.string()).slice(1)

    assert employee_keys(column).to_pylist() == list(map(key, cells))


def test_placeholders_are_written_as_cells_are_compared():
    assert all(word == word.strip(BLANK).casefold() for word in PLACEHOLDERS)
