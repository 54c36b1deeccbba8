"""The user names a column by its header, its letter or its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.layout.column_names import plain_words
from onboarding.exports.layout.column_roles import Role, choose_columns
from onboarding.exports.layout.named_columns import column_letter, find_named_column
from onboarding.exports.tables import Unreadable

HEADER = ["Employee ID", "Name", "Email", "Phone", "Email"]
ROWS = [
    ["1", "Ann", "ann@corp.example", "1", "ann@home.example"],
    ["2", "Bob", "bob@corp.example", "1", "b@home.example"],
]


@pytest.mark.parametrize(("wanted", "index"), [("C", 2), ("e", 4), ("3", 2), ("5", 4), ("employee id", 0), (" E ", 4)])
def test_column_is_named_by_letter_number_or_header(wanted, index):
    assert choose_columns(HEADER, ROWS, email_column=wanted)[Role.EMAIL] == index


@pytest.mark.parametrize(
    ("header", "index"), [(["E", "A", "Email"], 0), (["x", "5", "y", "z", "e"], 4), (["3", "2"], 1)]
)
def test_header_wins_over_letter_and_number(header, index):
    wanted = header[index]

    assert find_named_column(header, wanted, flag="--email-column") == index


@pytest.mark.parametrize("wanted", ["F", "6", "0", "-1", "AAA", "Mial", "C3", "1.5", ""])
def test_what_is_no_column_is_refused(wanted):
    with pytest.raises(Unreadable, match=r'no column ".*" \(--email-column\); the columns are "Employee ID"'):
        find_named_column(HEADER, wanted, flag="--email-column")


def test_columns_of_routes_are_named_by_their_header_alone():
    """A route by ``BU`` must not go by the 73rd column of an export that has no ``BU``."""
    with pytest.raises(Unreadable, match="no column"):
        find_named_column(HEADER, "C", flag="--routes", by_position=False)


def test_advice_about_two_columns_with_the_same_header_works():
    with pytest.raises(Unreadable) as question:
        choose_columns(HEADER, ROWS, email_column=None)

    assert question.value.why == (
        '"Email" (column C), "Email" (column E) may each hold the work address; '
        "choose with --email-column C or --email-column E"
    )


@pytest.mark.parametrize("other", ["Work e-mail address of the company and the office", "Work\nE-mail"])
def test_column_whose_name_a_message_cannot_show_is_advised_by_its_letter(other):
    with pytest.raises(Unreadable, match=r"\(column A\).* --email-column A or --email-column C") as question:
        choose_columns([other, "Name", "Business Email"], [row[2:] for row in ROWS], email_column=None)

    assert "\n" not in question.value.why


@given(
    st.lists(st.sampled_from(["Email", "E-Mail", "C", "E", "1", "2", "3", "Name", ""]), min_size=2, max_size=7),
    st.sampled_from(["Email", "C", "1"]),
)
def test_every_advice_names_one_of_the_columns_in_question(header, wanted):
    """Headers may be called like letters and numbers."""
    try:
        find_named_column(header, wanted, flag="--email-column")
    except Unreadable as question:
        advised = [way.split()[0] for way in question.why.split("--email-column ")[1:]]
    else:
        return

    found = {find_named_column(header, way, flag="--email-column") for way in advised}
    assert all(plain_words(header[index]) == plain_words(wanted) for index in found), (header, wanted, advised)


@given(st.integers(min_value=0, max_value=4095))
def test_each_column_has_its_letter(index):
    header = [f"column number {number}" for number in range(index + 1)]

    assert find_named_column(header, column_letter(index), flag="") == index
