"""Workbooks as people hand them in: the right people, or a question, and a word about what was passed over."""

from pathlib import Path

import pytest

from onboarding.pipeline.inspecting import inspect_exports
from onboarding.settings.settings import Settings

CASES = Path(__file__).parents[2] / "cases" / "exports"

ANN, BOB, CY = "ann.lee@example.com", "bob.roe@example.com", "cy.fox@example.com"


def inspected(case, **settings):
    return list(inspect_exports(Settings(exports=(str(CASES / case),), **settings)))


def planned(export):
    return [row.email_as_given for row in export.rows if row.disposition == "planned"]


def test_rows_that_a_filter_hides_are_held():
    (export,) = inspected("hidden_rows.xlsx")

    assert planned(export) == [ANN, CY]
    assert [row.reason for row in export.rows] == ["", "hidden_row", ""]


def test_rows_that_a_filter_hides_are_read_on_request():
    (export,) = inspected("hidden_rows.xlsx", hidden_rows="read")

    assert planned(export) == [ANN, BOB, CY]


def test_private_addresses_below_a_merged_title_are_not_read():
    (export,) = inspected("two_level_private.xlsx")

    assert planned(export) == [ANN, BOB]
    assert export.facts["second_header_row"] == 2


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("sheet_dropped.xlsx", ['"Leavers 2025" can be read', '"Staff"', '"Email 1", "Email 2"', "--sheet"]),
        (
            "formula_uncached.xlsx",
            ['"Work Email" are formulas that were never calculated', "open the workbook in Excel"],
        ),
        ("people.docx", ["this is a Word document; export its table as .xlsx or CSV"]),
        ("people.numbers", ["this is a document of Numbers; export its table as .xlsx or CSV"]),
    ],
)
def test_refusal_says_what_is_wrong_and_what_to_do(case, words):
    (export,) = inspected(case)

    assert [word for word in words if word not in export.refused] == []


def test_sheet_of_one_file_can_be_chosen():
    (export,) = inspected("sheet_dropped.xlsx", sheet="sheet_*.xlsx=Staff", email_column="Email 1")

    assert planned(export) == [ANN, BOB, CY]


def test_folder_is_read_with_its_workbook_and_the_rest_is_said():
    text, workbook = inspected("xlsm_in_folder", sheet="b.xlsm=DE")

    assert text.facts["notes"][0] == 'In the folder of this file, these were passed over: "c.xltx".'
    assert workbook.refused == ""
    assert workbook.facts["sheet"] == "DE"
