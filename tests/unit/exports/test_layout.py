"""The right table of a file is read, from the right header."""

import pytest
from in_memory import read

from onboarding.exports.layout.layout import layout_of
from onboarding.exports.tables import Unreadable


def test_rows_that_are_wider_than_the_header_set_the_width():
    """Some systems end every line but the header with a delimiter."""
    rows = [["Name", "Email"], *[["Ana", "ana@corp.example", ""]] * 3, ["Ben"]]

    layout = layout_of(rows, email_column=None)

    assert layout.shape.width == 3


ABOVE = {
    "nothing": ("Employee ID,Name,Email\n", 1),
    "a title": ("Active Employees\nEmployee ID,Name,Email\n", 1 + 1),
    "a title that is a known name": ("Employee\nEmployee ID,Name,Email\n", 2),
    "a title over all columns": ("Employees 2026,,\n,,\nEmployee ID,Name,Email\n", 3),
    "a run stamp with an address in it": ("Run by jane.doe@corp.example on 01/09/2026\nID,Name,Email\n", 2),
    "a version": ("version:v1.0\nName [displayName],ID,User name [userPrincipalName] Required\n", 2),
    "groups of columns": ("Employee,,Contact\nEmployee ID,Name,Email\n", 2),
    "blank lines": ("\n\n,,\nEmployee ID,Name,Email\n", 4),
    "unknown names": ("Staff of 2026\nKennung,Wer,Wohin\n", 2),
}


@pytest.mark.parametrize(("above", "row"), ABOVE.values(), ids=ABOVE.keys())
def test_the_header_is_found_below_titles(above, row):
    """No row above it is a record."""
    rows, facts = read(above + "1,Ana Ruiz,ana@corp.example\n2,Ben Weiß,\n")

    assert facts.header_row == row
    assert rows["row"].tolist() == [row + 1, row + 2]
    assert rows["disposition"].tolist() == ["", ""]


def test_people_without_addresses_above_the_first_one_are_no_titles():
    """They are records, and rejected."""
    rows, facts = read("Employee ID,Name,Email\n1,Ana,\n2,Ben,\n3,Cem,cem@corp.example\n")

    assert (facts.header_row, rows["row"].tolist()) == (1, [2, 3, 4])


def test_the_second_of_two_header_rows_is_no_record():
    """SuccessFactors writes keys, then labels; records begin in row 3."""
    rows, facts = read(
        "STATUS,USERID,FIRSTNAME,EMAIL,custom01\nStatus,User ID,First Name,Email Address,Cost Centre\n"
        "active,1,Ana,ana@corp.example,C1\n"
    )

    assert (facts.header_row, facts.second_header_row) == (1, 2)
    assert rows["row"].tolist() == [3]


def test_a_first_person_without_an_address_is_no_second_header():
    """The rule holds even if the cells are names of columns."""
    rows, facts = read("ID,Name,Type,Email\n1,Ana,Employee,\n2,Ben,Worker,ben@corp.example\n")

    assert facts.second_header_row is None
    assert rows["row"].tolist() == [2, 3]


def test_a_column_that_is_named_tells_the_header():
    """The flag outweighs all lists of names."""
    rows, facts = read("Name,Email\nWer,Wohin\nAna,ana@corp.example\n", email_column="Wohin")

    assert (facts.header_row, facts.columns["email"]) == (2, "Wohin")
    assert rows["row"].tolist() == [3]


def test_a_bare_list_of_addresses_needs_no_header():
    """The owner of each address is clear, and rows count from the first."""
    rows, facts = read("\nana@corp.example\n\nben@corp.example,\n")

    assert facts.header_row is None
    assert rows["row"].tolist() == [1, 2, 3, 4]
    assert rows["email_as_given"].tolist() == ["", "ana@corp.example", "", "ben@corp.example"]


@pytest.mark.parametrize(
    "text",
    ["1,ana@corp.example\n2,ben@corp.example\n", "ana@corp.example\nnobody\n", "ana@corp.example,head@corp.example\n"],
    ids=["ids", "something else", "two columns"],
)
def test_any_other_table_without_a_header_is_refused(text):
    """Without a header the addresses may be of managers, or private."""
    with pytest.raises(Unreadable, match="row 1 holds an address where the column names should be; add a header row"):
        read(text)
