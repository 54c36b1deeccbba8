"""Exports with wrapped, damaged or shared addresses: right addresses are planned, and all others wait for a person."""

from datetime import date
from pathlib import Path

import pytest

from onboarding.exports import open_exports
from onboarding.model.choices import USUAL_SUSPICIONS
from onboarding.preparing.candidates import Rules
from onboarding.preparing.exclusions import ExclusionLists
from onboarding.preparing.local_engine import EngineContext, prepare_locally
from onboarding.preparing.policy import Policy

CASES = Path(__file__).parents[2] / "cases" / "exports"


def no_s3():
    raise AssertionError("nothing here is in S3")


@pytest.fixture
def fates(tmp_path):
    """Prepare an export, and return ``email``, ``disposition`` and ``reason`` of each row that is a record."""

    def prepare(case: str, *, excluded: str = "") -> list[tuple[str, str, str]]:
        lists = ExclusionLists.read([str(CASES / excluded)] if excluded else [], s3=no_s3)
        rules = Rules(Policy(today=date(2026, 12, 1), exclusions=lists.exclusions), USUAL_SUSPICIONS)
        exports = open_exports([str(CASES / case)])
        frames = list(prepare_locally(exports, rules, EngineContext(tmp_path / "scratch")))
        columns = [[value for frame in frames for value in frame[name]] for name in ("email", "disposition", "reason")]
        return list(zip(*columns, strict=True))

    return prepare


def planned(*names: str) -> list[tuple[str, str, str]]:
    return [(f"{name}@example.com", "", "") for name in names]


def test_wrapped_addresses_are_planned_without_their_wrappings(fates):
    found = fates("wrapped_addresses.csv")

    mended = [
        "ann.lee",
        "bob.roe",
        "cy.fox",
        "di.orr",
        "ed.poe",
        "flo.ash",
        "gus.elm",
        "hal.oak",
        "ida.yew",
        "jo.fir",
        "kit.box",
    ]
    assert found[:11] == planned(*mended)
    assert [row[0] for row in found[11:]] == ["", ""]


@pytest.mark.parametrize("case", ["access_hyperlink.csv", "hyperlink_formula.csv"])
def test_links_of_office_programs_are_planned(fates, case):
    assert fates(case) == planned("ann.lee", "bob.roe")


def test_formulas_for_texts_are_read_as_these_texts(fates):
    assert fates("equals_quote.csv") == [
        *planned("ann.lee", "bob.roe"),
        ("cy.fox@example.com", "excluded", "inactive"),
    ]


def test_id_in_a_formula_is_found_on_the_exclusion_list(fates):
    assert fates("equals_quote_exclude.csv", excluded="excl.txt") == [
        ("ann.lee@example.com", "excluded", "on_exclusion_list"),
        *planned("bob.roe"),
    ]


def test_damaged_addresses_are_held(fates):
    assert {row[1:] for row in fates("09_damaged_addresses.csv")} == {("held", "damaged_text")}


def test_domains_that_cannot_exist_are_held(fates):
    found = fates("10_no_such_tld.csv")

    assert [row[1] for row in found] == [""] * 20 + ["held"] * 7
    assert {row[2] for row in found[20:]} <= {"no_such_domain", "near_miss_domain"}


def test_address_of_many_employees_is_held(fates):
    shared = ("noemail@example.com", "held", "shared_address")

    assert fates("placeholder_address.csv") == [shared, shared, shared, *planned("di.orr"), shared]
