"""People who are carried over from the last run, and what today's exports say of them."""

from dataclasses import replace

import pandas as pd
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import decided

from onboarding.pipeline.carry_over import CarryOver

FILE = "carried over from run r1"


def carried(**people) -> CarryOver:
    """Return people who are carried over, by employee id and address."""
    return CarryOver("/state/carried-over.csv", FILE, frozenset(people.values()), frozenset(people))


def dispositions(given: CarryOver, *frames: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the disposition, reason and original of each row of the last frame."""
    *_, last = given.without_newer(frames)
    columns = (last[name] for name in ("disposition", "reason", "duplicate_of"))
    return list(zip(*columns, strict=True))


def ours(*cells, start, ids) -> pd.DataFrame:
    return decided(list(cells), start=start, source=FILE, employee_id=ids)


def test_people_in_no_export_are_invited():
    today = decided(["new@example.com"], employee_id=["9"])

    found = dispositions(carried(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert found == [("", "", "")]


def test_people_who_left_since_are_not_invited():
    today = decided(["ada@example.com"], employee_id=["e1"])
    today.loc[0, ["disposition", "reason"]] = ["excluded", "inactive"]

    found = dispositions(carried(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert found == [("duplicate", "same_address", "staff.csv#2")]


def test_people_with_another_address_since_are_invited_there_alone():
    today = decided(["ada.new@example.com"], employee_id=["E1 "])

    found = dispositions(carried(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert found == [("duplicate", "same_employee_other_address", "staff.csv#2")]


@pytest.mark.parametrize("spelling", SPELLINGS_OF_AN_ID)
def test_all_spellings_of_an_id_are_one_employee(spelling):
    today = decided(["ada.new@example.com"], employee_id=[spelling])

    found = dispositions(carried(äb7="ada@example.com"), today, ours("ada@example.com", start=1, ids=["Äb7"]))

    assert found == [("duplicate", "same_employee_other_address", "staff.csv#2")]


def test_people_without_an_id_are_known_by_their_address_alone():
    today = decided(["ada@example.com", "bob@example.com"], employee_id=["", ""])
    today.loc[0, ["disposition", "reason"]] = ["held", "unknown_status"]
    given = CarryOver("/state/carried-over.csv", FILE, frozenset({"ada@example.com", "eve@example.com"}), frozenset())

    found = dispositions(given, today, ours("ada@example.com", "eve@example.com", start=2, ids=["", ""]))

    assert found == [("duplicate", "same_address", "staff.csv#2"), ("", "", "")]


def test_rows_of_the_exports_stay_as_they_are():
    today = decided(["ada@example.com"], employee_id=["e1"])

    (first,) = carried(e1="ada@example.com").without_newer([today])

    assert first is today


def test_people_whom_other_rules_chose_are_held():
    """The file lacks the cells that the rules read."""
    given = replace(carried(e1="ada@example.com", e2="bob@example.com"), by_other_rules=frozenset({"ada@example.com"}))

    found = dispositions(given, ours("ada@example.com", "bob@example.com", start=0, ids=["e1", "e2"]))

    assert found == [("held", "undecided_rule", ""), ("", "", "")]
