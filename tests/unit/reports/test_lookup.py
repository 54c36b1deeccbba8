"""The rows that the page carries so that people can be looked up."""

import json

import pandas as pd
from browser import lines_of

from onboarding.model.columns import text_array
from onboarding.model.outcomes import InviteState
from onboarding.reports.page.lookup import LONGEST_CELL, MOST_BYTES, MOST_COLLECTED, MOST_ROWS, RowsToLookUp


def document_of(*frames: pd.DataFrame) -> dict[str, object]:
    rows = RowsToLookUp()
    for lines in frames:
        rows.add(lines)
    text, number = rows.document({"hr/staff.csv": "staff.csv"})
    document = json.loads(text)
    assert document["rows"] == number
    return document


def cells(column, rows) -> list[str]:
    """Return a column of the document as a list."""
    if isinstance(column, list):
        return column
    return [column["words"][code] for code in column.get("codes", [0] * rows)]


def test_each_row_says_what_became_of_it_why_and_where():
    lines = lines_of(
        ["Ana@example.com", "", "<bo@example.com>"],
        sent={0: InviteState.INVITED},
        source="hr/staff.csv",
        name=["Ana", "Dee", "Bo"],
        employee_id=["7", "8", "9"],
    )

    found = document_of(lines)

    assert found["name"] == ["Ana", "Dee", "Bo"]
    assert found["employee_id"] == ["7", "8", "9"]
    assert [found["fates"][fate]["key"] for fate in found["fate"]] == ["invited", "rejected", "deferred"]
    assert cells(found["why"], 3)[1] == "The row has no address; enter one."
    assert cells(found["source"], 3) == ["hr/staff.csv"] * 3
    assert found["short"] == ["staff.csv"]
    assert found["row"] == [2, 3, 4]
    assert found["email"] == {"2": "bo@example.com"}


def test_text_cannot_end_the_element_that_holds_it():
    rows = RowsToLookUp()
    rows.add(lines_of([""], name=["</script><!-- <script>"]))

    text, _ = rows.document({})

    assert "<" not in text
    assert json.loads(text)["name"] == {"words": ["</script><!-- <script>"]}


def many(count: int, **columns: str) -> pd.DataFrame:
    """Return lines of many people, made from a single line."""
    lines = lines_of([""]).loc[[0] * count].reset_index(drop=True)
    texts = {name: text_array([f"{number}{text}" for number in range(count)]) for name, text in columns.items()}
    return lines.assign(**texts)


def test_all_rows_are_there_while_they_fit():
    assert document_of(many(MOST_COLLECTED - 5, name="n"), many(5, name="m"))["rows"] == MOST_COLLECTED


def test_first_rows_are_there_if_not_all_fit():
    found = document_of(many(MOST_ROWS, name="n"), many(MOST_ROWS, name="m"), many(1, name="o"))

    assert found["rows"] == MOST_ROWS
    assert found["name"][-1] == f"{MOST_ROWS - 1}n"


def test_long_cells_leave_fewer_rows_and_never_a_larger_page():
    rows = RowsToLookUp()
    rows.add(many(8_000, name="x" * 5_000, email_as_given="é" * LONGEST_CELL))

    text, number = rows.document({})

    assert 0 < number < 8_000
    assert len(text.encode()) <= MOST_BYTES


def test_run_without_rows_has_a_document():
    assert document_of()["rows"] == 0
