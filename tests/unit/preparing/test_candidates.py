"""Routing: which account a row goes to, and which group its person joins."""

import pandas as pd
import pytest
from frames import rows
from hypothesis import given
from hypothesis import strategies as st

from onboarding.model.columns import text_array
from onboarding.model.routes import Route, Routes, comparable
from onboarding.model.rows import ACCOUNT_COLUMN, ROUTING_PREFIX, is_open
from onboarding.preparing.candidates import put_into_groups, route_to_accounts

BY_COUNTRY = Routes(
    ("Country", "Unit"),
    table=(
        Route(("de", "labs"), "german-labs"),
        Route(("de", ""), "germany"),
        Route(("", "labs"), "labs"),
    ),
)
CELLS = st.sampled_from(["DE", " de ", "FR", "", "Labs", "LABS", "x"])


def routed(routes, *cells, dispositions=None):
    """Return routed rows with these cells in the columns of the routes."""
    frame = rows(["ana@example.com"] * len(cells), disposition=dispositions or [""] * len(cells))
    for place, name in enumerate(routes.columns):
        frame[ROUTING_PREFIX + name] = text_array([row[place] for row in cells])
    return route_to_accounts(frame, routes)


@pytest.mark.parametrize(
    ("cells", "account"),
    [
        (("DE", "Labs"), "german-labs"),
        ((" de ", "Sales"), "germany"),
        (("FR", "LABS"), "labs"),
        (("FR", "Sales"), ""),
        (("", ""), ""),
    ],
)
def test_first_line_that_fits_counts(cells, account):
    assert routed(BY_COUNTRY, cells)[ACCOUNT_COLUMN].tolist() == [account]


def test_column_of_accounts_names_them_itself():
    by_column = Routes(("Chime account",))

    assert routed(by_column, (" a-1 ",), ("A-1",))[ACCOUNT_COLUMN].tolist() == ["a-1", "a-1"]
    assert by_column.accounts == ()


@pytest.mark.parametrize(
    "cell",
    ["cy@example.com", "=1+1", "+1", "-", "", "a b", "a\nb", "a\x1fb", "ä", "a" * 101, "a\u202eb", "../a", "@", "n\ta"],
)
def test_cell_that_cannot_be_an_account_name_names_no_account(cell):
    """It would get into log lines, manifest and ledger, where no purge looks for addresses."""
    frame = routed(Routes(("Chime account",)), (cell,), ("a-1",))

    assert frame[ACCOUNT_COLUMN].tolist() == ["", "a-1"]
    assert frame["reason"].tolist() == ["no_account", ""]
    assert "cy@" not in frame["detail"][0]


def test_account_name_fits_the_pattern_of_its_destination():
    by_column = Routes(("Network",), "[0-9]{8}")

    assert routed(by_column, ("12345678\u200b",), ("n/a",), ("123456789",))[ACCOUNT_COLUMN].tolist() == [
        "12345678",
        "",
        "",
    ]


def test_accounts_of_a_table_are_each_named_once():
    assert BY_COUNTRY.accounts == ("german-labs", "germany", "labs")


def test_open_row_without_an_account_is_held_and_says_why():
    frame = routed(BY_COUNTRY, ("FR", "ask ana@example.com"), ("FR", "x" * 100), dispositions=["", "excluded"])

    assert frame["disposition"].tolist() == ["held", "excluded"]
    assert frame["reason"].tolist() == ["no_account", ""]
    assert frame["detail"].tolist() == [
        'No account is known for Country "FR", Unit "ask …"; mend the row or the table of routes.',
        "",
    ]


def test_empty_frame_is_routed():
    assert routed(BY_COUNTRY)[ACCOUNT_COLUMN].tolist() == []


def first_that_fits(table, row):
    """Return the account of the first line whose cells are each empty or the row's."""
    for line in table:
        if all(wanted in ("", comparable(cell)) for wanted, cell in zip(line.where, row, strict=True)):
            return line.account
    return ""


@given(st.lists(st.tuples(CELLS, CELLS)), st.lists(st.tuples(CELLS, CELLS, st.sampled_from("abc")), max_size=5))
def test_columns_are_routed_as_each_row_alone(cells, lines):
    table = tuple(Route((comparable(one), comparable(two)), account) for one, two, account in lines)
    routes = Routes(("Country", "Unit"), table=table)

    found = routed(routes, *cells)

    assert found[ACCOUNT_COLUMN].tolist() == [first_that_fits(table, row) for row in cells]
    assert (found["disposition"] == "held").tolist() == [not account for account in found[ACCOUNT_COLUMN]]
    assert isinstance(found, pd.DataFrame)


def test_person_has_the_group_of_the_cell_without_outer_space():
    cells = text_array(["Other", " \u00a0 ", " x y "])
    frame = put_into_groups(rows(["a@example.com"] * 3).assign(**{"by Unit": cells}), "by Unit")

    assert frame["security_group"].tolist() == ["Other", "", "x y"]
    assert is_open(frame).all()


def test_row_of_a_workbook_is_held_since_its_group_stands_in_the_export():
    """Files that the job makes of an account's members have no groups either, and their people join the usual group."""
    members = rows(["a@example.com"])

    held = put_into_groups(members.assign(answer=text_array([""])), "by Unit")

    assert (held["disposition"].tolist(), held["reason"].tolist()) == (["held"], ["unknown_group"])
    assert is_open(put_into_groups(members, "by Unit")).all()
