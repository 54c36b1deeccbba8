"""A list of addresses that was pasted from a mail program is read as a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_memory import InMemory

from onboarding.exports.text.address_list import open_address_list, pasted_entries

LISTS = {
    "quoted names": ('"Lee, Ann" <a@example.com>\n"Roe, Bob" <b@example.com>\n', 2),
    "one line": ("Ann <a@example.com>; Bob <b@example.com>", 2),
    "one line with commas": ("Ann <a@example.com>, b@example.com, Cy Fox <c@example.com>", 3),
    "lines that end with semicolons": ("Ann <a@example.com>;\r\nBob <b@example.com>;\r\nc@example.com", 0),
    "a line of two": ("Ann <a@example.com>; b@example.com\nCy <c@example.com>", 3),
    "plain lines": ("Ann <a@example.com>\nb@example.com\n", 0),
    "bare addresses": ("a@example.com\nb@example.com\n", 0),
    "bare addresses in one line": ("a@example.com; b@example.com", 2),
    "a table": ("Name,Email\nAnn,a@example.com\n", 0),
    "a table with names in brackets": ("Name;Email\nAnn;Ann <a@example.com>\n", 0),
    "two addresses of one": ("Ann <a@example.com> <b@example.com>", 0),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "entries"), LISTS.values(), ids=LISTS)
def test_entries_of_a_list(text, entries):
    assert len(pasted_entries(text)) == entries


@pytest.mark.parametrize("text", ["a@example.com; b@example.com\n", "a@example.com,b@example.com, c@example.com"])
def test_line_of_bare_addresses_is_a_list_and_more_lines_are_none(text):
    """More lines may be a table without a header, with a column of private addresses."""
    table = open_address_list(InMemory(text.encode()), compression="", encoding=None)
    two_lines = InMemory((text.strip() + "\n" + text).encode())

    assert table is not None
    assert len(table.first_rows(9)) == text.count("@")
    assert open_address_list(two_lines, compression="", encoding=None) is None


@given(st.lists(st.tuples(st.sampled_from(["Ann", '"Lee, Ann"', '"O;Neill"', ""]), st.integers(0, 99)), min_size=2))
def test_each_entry_is_one_address(people):
    given_entries = [f"{name} <p{number}@example.com>".strip() for name, number in people]

    assert pasted_entries("; ".join(given_entries)) == given_entries
