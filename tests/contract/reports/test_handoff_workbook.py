"""The hand-off workbook says the same to every reader, and comes back whatever was done to it."""

import re
from collections import Counter

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from frames import rows
from hypothesis import example, given
from hypothesis import strategies as st
from soak import examples
from summaries import NOW, summary_of
from workbooks import write_ods

from onboarding.addresses.normalise import normalise
from onboarding.exports import open_exports
from onboarding.exports.layout.corrections import NOT_CORRECTED
from onboarding.exports.workbook_readers import WorkbookReader, sheets_of, texts_of
from onboarding.model import neutralising
from onboarding.model.blank import BLANK
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode, InputRefused
from onboarding.model.hr_answers import NOT_ANSWERED
from onboarding.model.questions import Question, identities, questions_of
from onboarding.reports import ReportContext, reconcile
from onboarding.reports.folder import LocalFolder
from onboarding.reports.handoff.columns import LAYOUTS
from onboarding.reports.handoff.workbook import open_handoff

CONTEXT = ReportContext("r1", "chime", "account-1", NOW.isoformat(), Disposition.INVITED)
cell = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.text(st.sampled_from("=+-@\t\r\n\0\x1f＝＠'<r>&;a é\u202e😀\ufffe"), max_size=8),
)


def lines_of(dispositions, **columns) -> pd.DataFrame:
    """Return lines of the report for rows with these dispositions; an empty one was invited."""
    given_columns = {name: columns.get(name, [""] * len(dispositions)) for name in ("email_as_given", "name")}
    given_columns["employee_id"] = columns.get("employee_id", [""] * len(dispositions))
    frame = rows(given_columns.pop("email_as_given"), disposition=dispositions, **given_columns)
    return reconcile(
        frame.assign(email=text_array([""] * len(frame)), duplicate_of=frame["detail"]), NO_OUTCOMES, CONTEXT
    )


NO_OUTCOMES = pd.DataFrame()


def write(folder, lines, **how):
    """Write a workbook of these lines."""
    counts = dict(Counter(map(Disposition, lines["disposition"])))
    with open_handoff(LocalFolder(folder), folder.parent, **how) as report:
        report.append(lines)
        report.finish(summary_of(counts, counts_by_source={"staff.csv": counts}, folder="reports"))
    return folder / "handoff.xlsx"


def as_safe(given_cell) -> str:
    """Return the text that a workbook holds for a cell."""
    legal = re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", re.sub("\r\n?", "\n", given_cell))
    return neutralising.neutralise(pa.array([legal], pa.string()))[0].as_py()


@pytest.mark.soak
@examples(0.5)
@given(st.lists(st.tuples(cell, cell, cell, st.sampled_from(["", "held", "excluded", "duplicate"])), max_size=6))
@example([("=cmd|' /C calc'!A0", "00123", "＝1", "held"), ("<r><t>x</t></r>", "2026-03-15", "\u202ea", "")])
@example([("x" * 40_000, "\0", "\r\n=1", "held"), ("<script>", "TRUE", "1e5", "duplicate")])
@example([("_x0041_", "_x000D_", "&lt;", "")])
@example([("x;=1+1;y", "7\t'@1", "a|=b", "held")])
def test_every_reader_finds_the_given_text(tmp_path_factory, people):
    """Calamine reads the workbook when it comes back, and openpyxl takes over. All sheets have the same text."""
    names, ids, addresses, dispositions = zip(*people, strict=True) if people else [()] * 4
    lines = lines_of(dispositions, name=names, employee_id=ids, email_as_given=addresses)

    path = str(write(tmp_path_factory.mktemp("book"), lines))

    expected = [[as_safe(cell)[:32_766] for cell in (*who, address)] for *who, address, _ in swapped(people)]
    for reader in WorkbookReader:
        found = cells_by(reader, path)
        if reader is WorkbookReader.OPENPYXL:  # which leaves Excel's way of writing what XML cannot hold as it is
            found = {name: [[cell.replace("_x005F_", "_") for cell in row] for row in of] for name, of in found.items()}
        assert trimmed(found["Everything"]) == trimmed(expected)
        for layout in (each for each in LAYOUTS if each.dispositions):
            here = [
                row for row, line in zip(expected, lines["disposition"], strict=True) if line in layout.dispositions
            ]
            assert trimmed(found[layout.name]) == trimmed(here)


def swapped(people):
    """Yield people with the columns in the order of the sheets."""
    return ((employee_id, name, address, disposition) for name, employee_id, address, disposition in people)


def cells_by(reader, path):
    """Return the employee ids, names and addresses of each sheet of people."""
    with sheets_of(path, reader) as sheets:
        every = {sheet.name: list(texts_of(sheet.rows(), BLANK))[1:] for sheet in sheets}
    return {layout.name: [(row + [""] * 3)[:3] for row in every[layout.name] if row] for layout in LAYOUTS}


def trimmed(found):
    """Return rows without blank cells, and without the mark at the end of a long cell."""
    return [[cell[:32_766] if cell.strip(BLANK) else "" for cell in row] for row in found]


@examples(0.5)
@given(st.lists(st.tuples(cell, cell, cell), max_size=6))
def test_workbook_is_read_back_with_the_text_of_the_export(tmp_path_factory, people):
    """Reading undoes what the workbook did to be harmless. Only text that no workbook can hold differs."""
    names, ids, addresses = zip(*people, strict=True) if people else [()] * 3
    lines = lines_of(["held"] * len(people), name=names, employee_id=ids, email_as_given=addresses)

    path = str(write(tmp_path_factory.mktemp("book"), lines))

    found = cells_by(WorkbookReader.CALAMINE, path)["Needs you"]
    said = [neutralising.read_back(pa.array(row, pa.string())).to_pylist() for row in found]
    legal = [
        [
            neutralising.read_back(pa.array([as_safe(cell)], pa.string()))[0].as_py()
            for cell in (employee_id, name, address)
        ]
        for name, employee_id, address in people
    ]
    assert trimmed(said) == trimmed(legal)


@examples(0.5)
@given(st.lists(st.tuples(cell, cell, cell, st.sampled_from(["", "unknown_status"])), min_size=1, max_size=6))
@example([("=cmd|' /C calc'!A0", "00123", "＝1", ""), ("<r><t>x</t></r>", "2026-03-15", "\u202ea", "")])
@example([("x" * 40_000, "\0", "\r\n=1", ""), ("😀" * 199 + " a", "_x0041_", "_x000D_", "unknown_status")])
@example([("", "0\x1f", "", ""), ("", "n/a\ufffe", "'", "")])
def test_question_of_a_row_still_belongs_to_the_row_when_it_comes_back(tmp_path_factory, people):
    names, ids, addresses, reasons = zip(*people, strict=True)
    lines = lines_of(["held"] * len(people), name=names, employee_id=ids, email_as_given=addresses)
    lines["reason"], lines["detail"] = text_array(reasons), text_array([f"{name} is odd" for name in names])

    path = str(write(tmp_path_factory.mktemp("book"), lines))

    for reader in WorkbookReader:
        with sheets_of(path, reader) as sheets:
            head, *found = next(list(texts_of(sheet.rows(), BLANK)) for sheet in sheets if sheet.name == "Needs you")
        if reader is WorkbookReader.OPENPYXL:  # which leaves Excel's way of writing what XML cannot hold as it is
            found = [[cell.replace("_x005F_", "_") for cell in row] for row in found]
        back = pd.DataFrame([(row + [""] * len(head))[: len(head)] for row in found], columns=head)
        said = {name: text_array(neutralising.read_back(pa.array(back[name], pa.string()))) for name in head}
        frame = pd.DataFrame({"employee_id": said["Employee ID"], "name": said["Name"]})
        persons = identities(frame, pa.array(said["Address as given"])).to_pylist()
        questions = [Question.from_cell(*pair) for pair in zip(said["Question"], persons, strict=True)]
        assert questions == questions_of(lines)


@pytest.fixture
def handoff(tmp_path):
    """Return a workbook in which two of the five rows that need a person are corrected, one of them badly."""
    path = write(
        tmp_path,
        lines_of(
            ["rejected", "", "held", "rejected", "failed", "in_doubt", "duplicate", "excluded"],
            employee_id=["007", "8", "9", "10", "11", "12", "13", "14"],
            name=["=Ana", "Ben", "Cem", "Dora", "Eve", "Fay", "Gil", "Hal"],
            email_as_given=["+ana@corp", *[f"{name}@corp.example" for name in ("b", "c", "d", "e", "f", "g", "h")]],
        ),
    )
    book = openpyxl.load_workbook(path)
    sheet = book["Needs you"]
    sheet["G2"] = "ana@corp.example"
    sheet["G4"] = "dora at corp"
    book.save(path)
    return path


def sort(book):
    sheet = book["Needs you"]
    people = sorted(([cell.value for cell in row] for row in sheet.iter_rows(min_row=2)), key=lambda row: row[1])
    for at, row in enumerate(reversed(people), 2):
        for column, value in enumerate(row, 1):
            sheet.cell(at, column).value = value


def filter_rows(book):
    sheet = book["Needs you"]
    sheet.auto_filter.add_filter_column(1, ["Eve"])
    for row in (2, 3, 4):
        sheet.row_dimensions[row].hidden = True


def add_columns(book):
    sheet = book["Needs you"]
    sheet.insert_cols(1, 2)
    for row, values in enumerate([("Status", "Manager Email"), *[("done", "head@corp.example")] * 5], 1):
        sheet.cell(row, 1).value, sheet.cell(row, 2).value = values


def move_columns(book):
    sheet = book["Needs you"]
    for row in sheet.iter_rows():
        values = [cell.value for cell in row]
        for one, value in zip(row, reversed(values), strict=True):
            one.value = value


def delete_columns(book):
    book["Needs you"].delete_cols(10, 3)
    book["Needs you"].delete_cols(4, 2)


def remove_sheets(book):
    for name in (
        "Summary",
        "Invited",
        "To be invited",
        "Already there",
        "Not sent",
        "Duplicate",
        "Everything",
        "Legend",
    ):
        del book[name]
    book["Needs you"].title = "Sheet1"


def put_a_title_above(book):
    book["Needs you"].insert_rows(1, 2)
    book["Needs you"]["A1"] = "Please fill in until Friday"


def add_a_sheet_of_addresses(book):
    sheet = book.create_sheet("HR", 0)
    for row in (["Name", "Work Email"], ["Ida", "ida@corp.example"]):
        sheet.append(row)


def link_addresses(book):
    """Excel makes a link of each address that is typed."""
    book["Needs you"]["G2"].hyperlink = "mailto:ana@corp.example"


def do_nothing(_):
    pass


@pytest.mark.parametrize(
    "change",
    [
        *(do_nothing, sort, filter_rows, add_columns, move_columns, delete_columns, remove_sheets),
        *(put_a_title_above, add_a_sheet_of_addresses, link_addresses),
    ],
)
def test_corrections_come_back_whatever_was_done_to_the_workbook(handoff, change):
    book = openpyxl.load_workbook(handoff)
    change(book)
    book.save(handoff)

    found = read_back(handoff).set_index("employee_id")

    assert sorted(found.index) == ["007", "10", "11", "12", "9"]
    assert found.loc["007", ["name", "email", "disposition"]].tolist() == ["=Ana", "ana@corp.example", ""]
    assert found.loc["10", ["disposition", "reason"]].tolist() == ["rejected", "invalid_syntax"]
    waiting = found.loc[["9", "11", "12"]]
    assert waiting["disposition"].tolist() == ["rejected"] * 3
    assert waiting["detail"].tolist() == [NOT_ANSWERED, NOT_ANSWERED, NOT_CORRECTED]
    assert waiting["email_as_given"].tolist() == ["c@corp.example", "e@corp.example", "f@corp.example"]


def read_back(path) -> pd.DataFrame:
    """Return the rows of an export that are records, normalised."""
    (export,) = open_exports([str(path)])
    frame = normalise(pd.concat(export.batches(0)))
    return frame[frame["disposition"] != "ignored"]


def test_workbook_that_is_not_filled_in_invites_no_person(tmp_path):
    path = write(tmp_path, lines_of(["held", ""], email_as_given=["a@corp.example", "b@corp.example"]))

    found = read_back(path)

    assert found["disposition"].tolist() == ["rejected"]
    assert found["detail"].tolist() == [NOT_ANSWERED]


def test_row_numbers_are_those_of_the_workbook(handoff):
    assert read_back(handoff)["row"].tolist() == [2, 3, 4, 5, 6]
    assert set(read_back(handoff)["sheet"]) == {"Needs you"}


def test_last_row_of_a_full_sheet_is_no_person(tmp_path):
    path = write(tmp_path, lines_of(["held"] * 9, name=["Ana"] * 9), most_rows=5)

    (export,) = open_exports([str(path)])
    frame = pd.concat(export.batches(0))

    assert frame["reason"].tolist() == ["missing"] * 3 + ["footer"]


def delete_the_column(book):
    book["Needs you"].delete_cols(7)


def delete_the_sheet(book):
    del book["Needs you"]


def copy_the_column(book):
    book["Needs you"]["H1"] = "Corrected address"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (delete_the_column, 'no column "Corrected address" any more; put it back beside the people it is about'),
        (delete_the_sheet, 'no column "Corrected address" any more; put it back beside the people it is about'),
        (copy_the_column, 'the column "Corrected address" twice; delete the one that is not meant'),
    ],
)
def test_workbook_without_its_one_column_of_corrections_is_refused(handoff, change, why):
    book = openpyxl.load_workbook(handoff)
    change(book)
    book.save(handoff)

    with pytest.raises(InputRefused) as refusal:
        open_exports([str(handoff)])

    assert str(refusal.value).startswith(f"{handoff}: ")
    assert str(refusal.value).endswith(why)
    assert refusal.value.exit_code is ExitCode.INPUT_REFUSED


def as_csv(people, path):
    pd.DataFrame(people[1:], columns=people[0]).to_csv(path, index=False, sep=";")


def as_ods(people, path):
    write_ods(path, {"Needs you": people})


@pytest.mark.parametrize(("suffix", "save"), [("csv", as_csv), ("ods", as_ods)])
def test_sheet_that_was_saved_in_another_format_comes_back_too(handoff, suffix, save):
    book = openpyxl.load_workbook(handoff)
    people = [[cell.value or "" for cell in row] for row in book["Needs you"].iter_rows()]
    path = handoff.with_suffix(f".{suffix}")
    save(people, path)

    found = read_back(path)

    assert found["employee_id"].tolist() == ["007", "9", "10", "11", "12"]
    assert found["email"].tolist()[0] == "ana@corp.example"
    assert found["detail"].tolist()[1] == NOT_ANSWERED
