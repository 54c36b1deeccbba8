"""Whom the last run left, and what today's exports say of them."""

import pandas as pd
import pytest
from edge_cells import SPELLINGS_OF_AN_ID
from frames import decided

from onboarding.pipeline.carry_over import LeftOver

FILE = "left-over-from-r1.csv"


def left(**people) -> LeftOver:
    """Return people who were left over, by employee id and address."""
    return LeftOver(FILE, frozenset(people.values()), frozenset(people))


def told(given: LeftOver, *frames: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the fate of each row of the last frame."""
    *_, last = given.outweighed(frames)
    columns = (last[name] for name in ("disposition", "reason", "duplicate_of"))
    return list(zip(*columns, strict=True))


def ours(*cells, start, ids) -> pd.DataFrame:
    return decided(list(cells), start=start, source=FILE, employee_id=ids)


def test_whoever_is_in_no_export_is_invited():
    today = decided(["new@example.com"], employee_id=["9"])

    fates = told(left(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert fates == [("", "", "")]


def test_whoever_left_since_is_not_invited():
    today = decided(["ada@example.com"], employee_id=["e1"])
    today.loc[0, ["disposition", "reason"]] = ["excluded", "inactive"]

    fates = told(left(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert fates == [("duplicate", "same_address", "staff.csv#2")]


def test_whoever_has_another_address_since_is_invited_there_alone():
    today = decided(["ada.new@example.com"], employee_id=["E1 "])

    fates = told(left(e1="ada@example.com"), today, ours("ada@example.com", start=1, ids=["e1"]))

    assert fates == [("duplicate", "same_employee_other_address", "staff.csv#2")]


@pytest.mark.parametrize("spelling", SPELLINGS_OF_AN_ID)
def test_employee_is_one_however_the_id_is_spelt(spelling):
    today = decided(["ada.new@example.com"], employee_id=[spelling])

    fates = told(left(äb7="ada@example.com"), today, ours("ada@example.com", start=1, ids=["Äb7"]))

    assert fates == [("duplicate", "same_employee_other_address", "staff.csv#2")]


def test_people_without_an_id_are_known_by_their_address_alone():
    today = decided(["ada@example.com", "bob@example.com"], employee_id=["", ""])
    today.loc[0, ["disposition", "reason"]] = ["held", "unknown_status"]
    given = LeftOver(FILE, frozenset({"ada@example.com", "eve@example.com"}), frozenset())

    fates = told(given, today, ours("ada@example.com", "eve@example.com", start=2, ids=["", ""]))

    assert fates == [("duplicate", "same_address", "staff.csv#2"), ("", "", "")]


def test_rows_of_the_exports_stay_as_they_are():
    today = decided(["ada@example.com"], employee_id=["e1"])

    (first,) = left(e1="ada@example.com").outweighed([today])

    assert first is today
