"""A list of addresses that was pasted from a mail program is read as a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.text.address_list import pasted_entries

LISTS = {
    "quoted names": ('"Lee, Ann" <a@example.com>\n"Roe, Bob" <b@example.com>\n', 2),
    "one line": ("Ann <a@example.com>; Bob <b@example.com>", 2),
    "one line with commas": ("Ann <a@example.com>, b@example.com, Cy Fox <c@example.com>", 3),
    "lines that end with semicolons": ("Ann <a@example.com>;\r\nBob <b@example.com>;\r\nc@example.com", 0),
    "a line of two": ("Ann <a@example.com>; b@example.com\nCy <c@example.com>", 3),
    "plain lines": ("Ann <a@example.com>\nb@example.com\n", 0),
    "bare addresses": ("a@example.com\nb@example.com\n", 0),
    "a table": ("Name,Email\nAnn,a@example.com\n", 0),
    "a table with names in brackets": ("Name;Email\nAnn;Ann <a@example.com>\n", 0),
    "two addresses of one": ("Ann <a@example.com> <b@example.com>", 0),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "entries"), LISTS.values(), ids=LISTS)
def test_entries_of_a_list(text, entries):
    assert len(pasted_entries(text)) == entries


@given(st.lists(st.tuples(st.sampled_from(["Ann", '"Lee, Ann"', '"O;Neill"', ""]), st.integers(0, 99)), min_size=2))
def test_each_entry_is_one_address(people):
    given_entries = [f"{name} <p{number}@example.com>".strip() for name, number in people]

    assert pasted_entries("; ".join(given_entries)) == given_entries
