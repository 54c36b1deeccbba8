"""Rows between the records that change what stands below them are refused, and rows of hints are ignored."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.exports.layout.between_records import heading_meaning
from onboarding.exports.layout.ignored import ignored_reasons, plain_names
from onboarding.exports.tables import CellColumns, Unreadable

NAMES = ["Employee ID", "Name", "Work Email", "Private Email"]


def reasons_of(*rows, names=NAMES, below_header=False):
    """Return the reason of each row of a table whose addresses stand in the third column."""
    columns = tuple(
        pa.array([row[index] if index < len(row) else "" for row in rows], pa.string()) for index in range(3)
    )
    blank = pa.array([not any(row) for row in rows])
    return ignored_reasons(
        CellColumns(columns, blank), [2], [names[:3]], plain_names(names), below_header=below_header
    ).to_pylist()


PERSON = ("E1", "Ana Ruiz", "ana@example.com")


@pytest.mark.parametrize(
    "row",
    [
        ("Employee ID", "Name", "Private Email"),
        ("Name", "Employee ID", "Work Email"),
        ("Personalnummer", "Name", "E-Mail"),
        ("", "name", "work email"),
        ("", "Name", "Manager Email"),
        ("Employee ID", "Colleague", "Line manager's e-mail"),
    ],
)
def test_another_header_is_refused_with_its_row(row):
    with pytest.raises(Unreadable, match="another header stands here") as refusal:
        reasons_of(PERSON, PERSON, row)

    assert refusal.value.records == 2


def test_the_same_header_is_ignored():
    assert reasons_of(PERSON, ("EMPLOYEE ID", "Name", "work email ")) == ["", "repeated_header"]


@pytest.mark.parametrize("row", [("E2", "Bo", ""), ("Name", "", ""), ("E2", "Name", "none"), ("E2", "", "Email")])
def test_records_without_an_address_stay_records(row):
    assert reasons_of(PERSON, row) == ["", ""]


@pytest.mark.parametrize(
    "text",
    ["Status: Terminated", "Terminated Employees", "Former employees", "Inactive", "Retired staff:", "Inaktiv",
     "Ausgeschieden", "STATUS - TERMINATED", "Leavers", "Leavers (last 12 months)", "Left in 2025", "--- LEFT ---",
     "Left:", "Partis en 2026", "Bajas", "Ex-medewerkers", "Entlassene", "退職者", "Уволенные", "ΑΠΟΧΩΡΗΣΑΝΤΕΣ",
     "Alumni", "Offboarded", "Employment Status: Terminated", "Not started yet", "New joiners January 2027"],
)  # fmt: skip
def test_a_heading_above_people_who_left_is_refused(text):
    for row in ((text,), ("", text), ("", "", text)):
        with pytest.raises(Unreadable, match="a heading stands between the rows"):
            reasons_of(PERSON, row)


@pytest.mark.parametrize(
    "text",
    ["Left", "No", "Status: Active", "Sales", "Ann Left", "Terminated: 5", "E7", "Remark: they have left us",
     "Terminated employees excluded", "Inactive: No", "Ex-employees not shown", "Terminated (excluded)",
     "Employment Status: Active", "2026", "Employees", "(none)", "May", "In 2026", "Joan Starter"],
)  # fmt: skip
def test_other_texts_are_no_such_headings(text):
    assert heading_meaning(text.lower()) is None


@pytest.mark.parametrize(
    "row",
    [
        ("Mandatory", "Mandatory", "Optional"),
        ("Text(20)", "Text (50)*", "Email"),
        ("Pflichtfeld", "", "Pflichtfeld"),
        ("max 20 chars", "YYYY-MM-DD", "required"),
    ],
)
def test_hints_below_the_header_are_ignored(row):
    assert reasons_of(row, PERSON, below_header=True) == ["hint_row", ""]
    assert reasons_of(PERSON, row) == ["", ""]


@given(st.permutations(NAMES), st.integers(0, 5))
def test_a_header_in_another_order_is_never_passed_over(order, at):
    rows = [PERSON] * 5
    rows.insert(at, tuple(order))

    if tuple(order[:3]) == tuple(NAMES[:3]):
        assert reasons_of(*rows)[at] == "repeated_header"
    else:
        with pytest.raises(Unreadable):
            reasons_of(*rows)
