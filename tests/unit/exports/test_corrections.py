"""Corrections in a returned hand-off workbook are read, and unclear ones are refused."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_memory import read
from sheets import Sheet

from onboarding.addresses.normalise import normalise
from onboarding.exports.layout.corrections import NOT_CORRECTED, UNSURE
from onboarding.exports.layout.table_choice import readable_table
from onboarding.exports.tables import Unreadable
from onboarding.model.columns import text_array
from onboarding.model.neutralising import read_back
from onboarding.reports.handoff.cells import safe_texts

HEADER = "Source,Sheet,Row,Employee ID,Name,Address as given,What is wrong,Corrected address"
TITLES = HEADER.split(",")
ANA = ["staff.csv", "", "2", "007", "Ana Ruiz", "ana@corp,example", "No address.", "ana@corp.example"]
BEN = ["staff.csv", "", "3", "8", "Ben Okafor", "ben@gmial.example", "Did you mean gmail.example?", ""]


def as_csv(*rows) -> str:
    """Return rows as text with every cell in quotes."""
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def back(*rows, titles=TITLES, **options) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows of a sheet that was saved as CSV, and the columns they were read from."""
    frame, facts = read(as_csv(titles, *rows), **options)
    return frame, facts.columns


def test_corrected_row_is_a_record_with_the_new_address():
    frame, columns = back(ANA, BEN)

    assert frame[["employee_id", "name", "email_as_given", "disposition"]].iloc[0].tolist() == [
        "007", "Ana Ruiz", "ana@corp.example", "",
    ]  # fmt: skip
    assert columns["email"] == "Corrected address"


def test_uncorrected_row_still_waits_and_shows_the_wrong_address():
    """An address that was held is not invited just because the cell stayed empty."""
    frame, _ = back(ANA, BEN)

    shown = ["disposition", "reason", "detail", "email_as_given"]
    assert frame[shown].iloc[1].tolist() == ["rejected", "missing", NOT_CORRECTED, "ben@gmial.example"]
    assert normalise(frame)["disposition"].tolist() == ["", "rejected"]


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\n"])
def test_space_is_no_correction(blank):
    frame, _ = back([*BEN[:-1], blank])

    assert frame["detail"].tolist() == [NOT_CORRECTED]


def test_bad_correction_is_rejected_as_any_other_address():
    frame, _ = back([*BEN[:-1], "ben at corp"], [*ANA[:-1], "-"])

    found = normalise(frame)
    assert found["reason"].tolist() == ["invalid_syntax", "missing"]
    assert found["detail"].tolist() == ["An email address must have an @-sign.", "The row has no address; enter one."]


@pytest.mark.parametrize(
    "titles",
    [
        ["Corrected address", "Address as given"],
        ["Name", "Corrected address", "Work Email", "Address as given", "Status", "Manager Email"],
        ["Address as given", " corrected  ADDRESS ", "Hire date", "Name"],
        ["Work Email", "Corrected address (please)", "Address as given", "Name"],
        ["Name", "Corrected address"],
        ["Corrected address", "What is wrong"],
    ],
)
def test_columns_may_be_moved_added_and_left_out(titles):
    """An added column decides nothing: not the address, and not who is invited."""
    frame, columns = back(*([f"x{at}@{n}.example" for at in range(len(titles))] for n in "abc"), titles=titles)

    at = next(at for at, title in enumerate(titles) if "orrected" in title)
    assert frame["email_as_given"].tolist() == [f"x{at}@{n}.example" for n in "abc"]
    assert set(columns) <= {"email", "email_before", "name"}


def test_waiting_row_shows_no_address_if_the_column_of_wrong_ones_is_gone():
    frame, _ = back(["Ana", ""], ["Ben", "ben@corp.example"], titles=["Name", "Corrected address"])

    assert frame["email_as_given"].tolist() == ["", "ben@corp.example"]
    assert frame["detail"].tolist() == [NOT_CORRECTED, ""]


def test_title_above_the_header_does_no_harm():
    frame, _ = read("Please fill in\n\n" + as_csv(TITLES, ANA, BEN))

    assert frame["row"].tolist() == [4, 5]
    assert frame["disposition"].tolist() == ["", "rejected"]


@pytest.mark.parametrize("source", ["Total: 9", "Report generated 2026-01-01.csv", "Example: staff.csv", "9 employees"])
def test_file_named_like_a_footer_has_records_all_the_same(source):
    frame, _ = back([source, *BEN[1:]], [source, *BEN[1:-1], "ben at corp"])

    assert frame["reason"].tolist() == ["missing", ""]


def test_note_of_the_workbook_about_left_out_rows_is_a_footer():
    note = "Total of 9 rows, of which 3 more than a sheet holds are not here; reconciliation.csv has them all."

    frame, _ = back(ANA, ["", "", "", "", note, "", "", ""], ["", "", "", "", "", "", "", ""])

    assert frame["reason"].tolist() == ["", "footer", "blank_row"]


def test_header_without_corrections_is_refused():
    """The addresses as given are the wrong ones."""
    with pytest.raises(Unreadable, match='has no column "Corrected address" any more; put it back'):
        back(ANA[:-1], titles=TITLES[:-1])


def test_header_with_two_columns_of_corrections_is_refused():
    with pytest.raises(Unreadable, match='has the column "Corrected address" twice; delete the one'):
        back([*ANA, ""], titles=[*TITLES, "Corrected Address"])


@pytest.mark.parametrize("wanted", ["Work Email", "corrected address"])
def test_setting_for_all_exports_does_no_harm(wanted):
    """The setting may name a column of the HR system's exports."""
    frame, columns = back(ANA, BEN, email_column=wanted)

    assert columns["email"] == "Corrected address"
    assert frame["detail"].tolist() == ["", NOT_CORRECTED]


def test_another_column_of_it_may_be_named():
    frame, _ = back(ANA, BEN, email_column="Address as given")

    assert frame["email_as_given"].tolist() == ["ana@corp,example", "ben@gmial.example"]
    assert frame["disposition"].tolist() == ["", ""]


def test_work_address_beside_corrections_in_any_other_file_is_not_guessed():
    """A person has removed the column that marks the workbook."""
    rows = [[f"a{n}@x.example", f"b{n}@x.example"] for n in range(3)]

    with pytest.raises(Unreadable, match='"Work Email", "Corrected address" may each'):
        back(*rows, titles=["Work Email", "Corrected address"])


def test_corrected_postal_address_is_ignored():
    frame, columns = back(["ana@corp.example", "Main Street 1"], titles=["Work Email", "Corrected address"])

    assert columns["email"] == "Work Email"
    assert frame["disposition"].tolist() == [""]


OTHERS = [
    Sheet("Summary", [["What became of all people"], ["Account", "Example"], ["Export", "Rows"], ["staff.csv", "9"]]),
    Sheet("Invited", [[*TITLES[:6], "Address"], [*ANA[:5], "ana@corp.example", "ana@corp.example"]]),
    Sheet("Everything", [TITLES[:7], ANA[:7], BEN[:7]]),
]


@pytest.mark.parametrize("name", ["Needs you", "Sheet1"])
@pytest.mark.parametrize("correction", ["", "ana@corp.example", "ana at corp"])
@pytest.mark.parametrize("others", [[], OTHERS, [Sheet("HR", [["Name", "Email"], ["Cem", "cem@corp.example"]])]])
def test_only_the_sheet_of_corrections_is_read(name, correction, others):
    """The sheet may stand in any place, under any name, with or without corrections."""
    sheet = Sheet(name, [TITLES, [*ANA[:-1], correction]])

    tables = [*others, sheet], [sheet, *others]

    assert [readable_table(each, email_column=None)[0] for each in tables] == [sheet, sheet]


def test_other_sheets_alone_are_refused_in_one_plain_line():
    with pytest.raises(Unreadable, match=r"^the hand-off workbook has no column \"Corrected address\" any more"):
        readable_table([*OTHERS, Sheet("HR", [["Name", "Email"], ["Cem", "cem@corp.example"]])], email_column=None)


def test_double_column_is_reported_before_sheets_without_the_column():
    twice = Sheet("Needs you", [[*TITLES, TITLES[-1]], [*ANA, ""]])

    with pytest.raises(Unreadable, match="twice"):
        readable_table([*OTHERS, twice, Sheet("Copy", [TITLES, ANA])], email_column=None)


def test_two_sheets_of_corrections_must_be_told_apart():
    with pytest.raises(Unreadable, match='sheets "Needs you", "Copy" may each be meant; choose with --sheet'):
        readable_table([*OTHERS, Sheet("Needs you", [TITLES, ANA]), Sheet("Copy", [TITLES, BEN])], email_column=None)


@given(st.lists(st.text(st.sampled_from("=+-@\t\n＝＋－＠'<r>a é"), max_size=6)))
def test_cells_are_as_they_were_before_the_workbook_neutralised_them(cells):
    assert read_back(pa.array(safe_texts(pd.Series(text_array(cells))), pa.string())).to_pylist() == cells


def test_address_that_begins_like_a_formula_comes_back_as_it_was():
    """A person has copied it from the cell beside it."""
    frame, _ = back([*ANA[:4], "'=Ana", "'+ana@corp.example", "", "'+ana@corp.example"])

    assert frame[["name", "email_as_given"]].iloc[0].tolist() == ["=Ana", "+ana@corp.example"]


@pytest.mark.parametrize("given", ["+ana@corp.example", "''+ana@corp.example", ""])
def test_correction_that_a_spreadsheet_may_have_changed_is_held(given):
    """A spreadsheet takes an apostrophe away from a cell that a person edits."""
    frame, _ = back([*ANA[:5], given, "", "'+ana@corp.example"])

    shown = ["email_as_given", "disposition", "reason", "detail"]
    assert frame[shown].iloc[0].tolist() == ["+ana@corp.example", "held", "unusual_characters", UNSURE]


def test_correction_that_begins_like_a_formula_was_typed_by_a_person():
    frame, _ = back([*ANA[:7], "+ana@corp.example"])

    assert frame[["email_as_given", "disposition"]].iloc[0].tolist() == ["+ana@corp.example", ""]


def test_other_column_of_the_workbook_is_read_back_too():
    """The user may name the column of addresses as given."""
    frame, _ = back([*ANA[:4], "'=Ana", "'-ana@corp.example", "", ""], email_column="Address as given")

    assert frame[["name", "email_as_given"]].iloc[0].tolist() == ["=Ana", "-ana@corp.example"]


def test_export_that_is_no_report_keeps_its_apostrophes():
    frame, _ = read(as_csv(["Name", "Work Email"], ["'=Ana", "'-ana@corp.example"]))

    assert frame[["name", "email_as_given"]].iloc[0].tolist() == ["'=Ana", "'-ana@corp.example"]
