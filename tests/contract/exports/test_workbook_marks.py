"""Tests that hidden rows, links and formulas of workbooks are read, held or asked about, and never guessed."""

import re
import zipfile

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.hyperlink import Hyperlink
from soak import examples
from workbooks import MAIN, write_ods, write_xls, write_xlsx, write_zip

from onboarding.exports import SheetChoice, open_exports, read_lists
from onboarding.exports.sheet_xml import ROWS, WorkbookXml
from onboarding.model.errors import ConfigurationError, InputRefused

HEADER = ["ID", "Name", "Work Email", "Status"]
LETTERS = "ABCDEFG"


def staff(count):
    return [[str(number), f"Person {number}", f"p{number}@corp.example", "Active"] for number in range(1, count + 1)]


@pytest.fixture
def book(tmp_path):
    """Write a workbook with openpyxl, change its sheet, and return the path."""

    def write(rows, change=None, name="staff.xlsx"):
        book = openpyxl.Workbook()
        book.active.title = "Staff"
        for row in rows:
            book.active.append(row)
        if change:
            change(book.active)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


def read(path, **choice):
    """Return the rows and the facts of the only export in a file."""
    (export,) = open_exports([str(path)], sheets=SheetChoice(**choice))
    return pd.concat(export.batches(0)), export.facts


def row_xml(number, cells, *, prefix="", about=""):
    """Return the XML of a row; ``about`` has the attributes of its tag."""
    texts = "".join(
        f'<c r="{letter}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for letter, cell in zip(LETTERS, cells, strict=False)
    )
    return re.sub("<(/?)", rf"<\g<1>{prefix}", f"<row{about}>{texts}</row>")


def hide(*rows):
    def change(sheet):
        for row in rows:
            sheet.row_dimensions[row].hidden = True

    return change


def test_rows_that_a_filter_hides_are_held_and_said(book):
    path = book([HEADER, *staff(4)], hide(3, 5))

    rows, facts = read(path)

    assert rows["reason"].tolist() == ["", "hidden_row", "", "hidden_row"]
    assert rows["disposition"].tolist() == ["", "held", "", "held"]
    assert "2 rows are hidden, by a filter or by hand, and held; --hidden-rows read reads hidden rows." in facts.notes


def test_hidden_rows_are_read_if_the_user_says_so(book):
    rows, facts = read(book([HEADER, *staff(3)], hide(3)), reads_hidden=True)

    assert rows["reason"].tolist() == ["", "", ""]
    assert "1 row is hidden, by a filter or by hand, and read, as --hidden-rows says." in facts.notes


def test_hidden_blank_rows_and_footers_stay_what_they_are(book):
    rows, _ = read(book([HEADER, *staff(2), [], ["Total", "2"]], hide(2, 4, 5)))

    assert rows["reason"].tolist() == ["hidden_row", "", "blank_row", "footer"]


def test_sheet_without_hidden_rows_has_no_notes(book):
    assert read(book([HEADER, *staff(3)]))[1].notes == ()


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("numbered", [True, False])
def test_hidden_rows_are_found_however_the_xml_is_written(tmp_path, prefix, numbered):
    """Programs write prefixes, leave out row numbers, and use either quote."""
    rows = "".join(
        row_xml(number, row, prefix=prefix, about=f' r="{number}"' * numbered + " hidden='true'" * (number == 3))
        for number, row in enumerate([HEADER, *staff(3)], 1)
    )
    name = f"xmlns{prefix and ':'}{prefix.rstrip(':')}"
    sheet = f'<{prefix}worksheet {name}="{MAIN}"><{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>'
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": ""}, parts={"xl/worksheets/sheet1.xml": sheet})

    assert read(path)[0]["reason"].tolist() == ["", "hidden_row", ""]


def test_hidden_rows_far_down_a_large_sheet_are_found(tmp_path):
    """The XML comes in many blocks, and rows are cut between them."""
    hidden = {2, 9_999, 30_001}
    people = (["x" * 60, f"p{number}@corp.example"] for number in range(2, 30_002))
    body = "".join(
        row_xml(number, row, about=f' r="{number}"' + ' hidden="1"' * (number in hidden))
        for number, row in enumerate([["Name", "Email"], *people], 1)
    )

    rows, _ = read(write_xlsx(tmp_path / "big.xlsx", {"Staff": body}))

    assert set(rows.loc[rows["reason"] == "hidden_row", "row"]) == hidden


@examples(0.1)
@given(count=st.integers(1, 12), hidden=st.sets(st.integers(2, 13)), reads=st.booleans())
def test_exactly_the_hidden_rows_are_held(tmp_path_factory, count, hidden, reads):
    path = tmp_path_factory.mktemp("book") / "staff.xlsx"
    book = openpyxl.Workbook()
    for row in [HEADER, *staff(count)]:
        book.active.append(row)
    hide(*hidden)(book.active)
    book.save(path)

    rows, _ = read(path, reads_hidden=reads)

    held = set(rows.loc[rows["reason"] == "hidden_row", "row"])
    assert held == (set() if reads else {row for row in hidden if row <= count + 1})
    assert rows["row"].tolist() == list(range(2, count + 2))


def test_format_whose_hidden_rows_cannot_be_recognised_says_so(tmp_path):
    _, facts = read(write_xls(tmp_path / "staff.xls", {"Staff": [HEADER, *staff(2)]}))

    assert facts.notes == (
        "Rows that are hidden cannot be recognised in this .xls workbook, so they are read like the others.",
    )


@examples(0.2)
@given(hidden=st.sets(st.integers(2, 8)), blank=st.integers(0, 3), how=st.sampled_from(["filter", "collapse"]))
def test_hidden_rows_of_an_ods_are_held(tmp_path_factory, hidden, blank, how):
    """A row may stand for several blank rows, and another sheet stands before."""
    path = tmp_path_factory.mktemp("book") / "staff.ods"
    write_ods(path, {"How To": [["Read this"], ["and this"]], "Staff": [HEADER, *[[None]] * (blank > 0), *staff(6)]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    before, staff_xml = parts["content.xml"].split('table:name="Staff"')
    head, *rows = re.split("(?=<table:table-row)", staff_xml)
    if blank:
        rows[1] = rows[1].replace('rows-repeated="1"', f'rows-repeated="{blank}"')
    number = 1
    for at, row in enumerate(rows):
        if number in hidden and not (blank and at == 1):
            rows[at] = row.replace("<table:table-row", f'<table:table-row table:visibility="{how}"')
        number += blank if blank and at == 1 else 1
    parts["content.xml"] = f'{before}table:name="Staff"{head}{"".join(rows)}'
    write_zip(path, parts)

    found, _ = read(path)

    held = set(found.loc[found["reason"] == "hidden_row", "row"])
    assert held == {row for row in hidden if 2 + blank <= row <= 7 + blank}


def test_hidden_columns_are_read_and_said(book):
    def change(sheet):
        sheet.column_dimensions["C"].hidden = True
        sheet.column_dimensions.group("F", "XFD", hidden=True)

    rows, facts = read(book([HEADER, *staff(2)], change))

    assert rows["email_as_given"].tolist() == ["p1@corp.example", "p2@corp.example"]
    assert facts.notes == ('Hidden columns are read like the others: "C".',)


FORMULA = '=B2&"@corp.example"'


def test_formulas_that_were_never_calculated_are_called_that(book):
    """A program such as openpyxl writes formulas without values."""
    path = book([HEADER, ["1", "ana", FORMULA, "Active"]])

    with pytest.raises(InputRefused) as refusal:
        read(path)

    assert str(refusal.value).endswith(
        'staff.xlsx: sheet "Staff": cells of "Work Email" are formulas that were never calculated; '
        "open the workbook in Excel, save it, and hand it in again"
    )


@pytest.mark.parametrize("column", [0, 2, 3])
def test_one_lost_value_in_a_column_that_decides_is_enough(book, column):
    """An empty status would mean that the person works here."""
    rows = staff(3)
    rows[1][column] = "=A1"

    with pytest.raises(InputRefused, match=f'"{HEADER[column]}" are formulas that were never calculated'):
        read(book([HEADER, *rows]))


def test_lost_values_of_a_column_that_is_not_used_are_said(book):
    rows, facts = read(book([[*HEADER, "Bonus"], *([*row, "=A2*2"] for row in staff(2))]))

    assert rows["disposition"].tolist() == ["", ""]
    assert facts.notes == (
        'Cells of "Bonus" are formulas that were never calculated; they count as empty and are not used.',
    )


def test_zeros_that_a_program_wrote_for_values_are_no_values(tmp_path):
    """XlsxWriter writes 0, and asks Excel to calculate when it opens the workbook."""
    book = xlsxwriter.Workbook(tmp_path / "staff.xlsx")
    sheet = book.add_worksheet("Staff")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ["1", "ana"])
    sheet.write_formula(1, 2, FORMULA)
    book.close()

    with pytest.raises(InputRefused, match='"Work Email" are formulas that were never calculated'):
        read(tmp_path / "staff.xlsx")


def test_formulas_with_values_are_read(tmp_path):
    """Even an empty text is a value."""
    cells = ['<c r="A{0}"><v>{0}</v></c>', '<c r="B{0}" t="str"><f>IF(A{0}&gt;2,"",A{0})</f><v>{1}</v></c>']
    values = enumerate(["ana@corp.example", ""], 2)
    rows = "".join(f"<row>{''.join(cells).format(number, value)}</row>" for number, value in values)
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": row_xml(1, ["ID", "Work Email"]) + rows})

    found, facts = read(path)

    assert found["email_as_given"].tolist() == ["ana@corp.example", ""]
    assert facts.notes == ()


def test_sheet_with_lost_values_is_not_dropped_for_another(book):
    def change(sheet):
        other = sheet.parent.create_sheet("Leavers")
        for row in [HEADER, *staff(2)]:
            other.append(row)

    with pytest.raises(InputRefused, match='"Leavers" can be read, but people may also be in "Staff": cells of'):
        read(book([HEADER, ["1", "ana", FORMULA, "Active"]], change))


def test_list_of_exclusions_with_lost_values_is_refused(book):
    path = book([["Email"], ["ana@corp.example"], ['="ben@corp.example"']])

    with pytest.raises(InputRefused, match='cells of "A" are formulas that were never calculated'):
        list(read_lists([str(path)]))


def link(cell, target):
    def change(sheet):
        sheet[cell].hyperlink = Hyperlink(ref=cell, target=target)

    return change


def test_address_behind_a_cell_without_one_is_read_and_said(book):
    def change(sheet):
        link("C2", "mailto:ana@corp.example?subject=Hello")(sheet)
        link("C3", "mailto:ben%2Bx@corp.example")(sheet)
        link("C4", "mailto:other@corp.example")(sheet)
        link("C5", "https://corp.example/p4@page")(sheet)

    rows = [
        ["1", "Ana", "Mail", ""],
        ["2", "Ben", "Mail", ""],
        ["3", "Cem", "cem@corp.example", ""],
        ["4", "Dee", "x", ""],
    ]

    found, facts = read(book([HEADER, *rows], change))

    assert found["email_as_given"].tolist() == ["ana@corp.example", "ben+x@corp.example", "cem@corp.example", "x"]
    assert facts.notes == ("In column C, 2 addresses come from links behind the cells.",)


def test_link_behind_a_name_leaves_the_name_alone(book):
    found, _ = read(book([HEADER, *staff(2)], link("B2", "mailto:boss@corp.example")))

    assert found["name"].tolist() == ["Person 1", "Person 2"]
    assert found["email_as_given"].tolist() == ["p1@corp.example", "p2@corp.example"]


def test_address_in_a_formula_for_a_link_is_read(book):
    """No value is needed, since the formula says the address."""
    rows = [["1", "Ana", '=HYPERLINK("mailto:ana@corp.example","Mail")', ""]]

    assert read(book([HEADER, *rows]))[0]["email_as_given"].tolist() == ["ana@corp.example"]


@pytest.mark.parametrize(
    ("wanted", "sheet"),
    [
        (("Staff",), "Staff"),
        (("staff*",), "Staff"),
        (("b.xlsx=L*", "Staff"), "Leavers 2025"),
        (("*.xlsx=Leavers 2025",), "Leavers 2025"),
        (("Nobody", "leavers ????"), "Leavers 2025"),
    ],
)
def test_sheets_are_chosen_by_name_by_pattern_and_for_one_file(tmp_path, wanted, sheet):
    path = write_xlsx(tmp_path / "b.xlsx", {"Staff": [HEADER, *staff(2)], "Leavers 2025": [HEADER, *staff(3)]})

    assert read(path, wanted=wanted)[1].sheet == sheet


def test_pattern_that_fits_several_sheets_of_people_asks(tmp_path):
    path = write_xlsx(tmp_path / "b.xlsx", {"Staff A": [HEADER, *staff(2)], "Staff B": [HEADER, *staff(3)]})

    with pytest.raises(InputRefused, match='sheets "Staff A", "Staff B" may each be meant'):
        read(path, wanted=("Staff*",))


def test_choice_for_a_file_that_is_no_export_is_refused():
    with pytest.raises(ConfigurationError) as refusal:
        SheetChoice(("old.xlsx=Staff",)).check_files(["in/new.xlsx"])

    assert str(refusal.value) == '--sheet old.xlsx=Staff: no export is called "old.xlsx"; correct the name.'


@pytest.mark.soak
def test_numbers_of_hidden_rows_beyond_any_sheet_do_no_harm(tmp_path):
    xml = "".join(f'<row r="{number}" hidden="1"/>' for number in (0, 1, ROWS, ROWS + 1, 999_999_999))

    with pytest.raises(InputRefused):
        read(write_xlsx(tmp_path / "odd.xlsx", {"Staff": xml}))


@pytest.mark.parametrize(
    "xml",
    [
        f'<row r="2"><c r="A2" {"a" * 500_000}><f>1</f></c></row>',
        f'<row r="2"><c r="A2"><f>1</f><v>{" " * 500_000}</v></c></row>',
        f'<row r="2"><c r="A2"><f>1</f><v>{" " * 500_000}',
        "<f/></c>" * 100_000,
        '<row r="2" ' * 100_000 + 'hidden="1">',
    ],
    ids=["long word", "long value", "value without an end", "formulas without cells", "rows without an end"],
)
def test_xml_that_is_made_to_cost_time_is_searched_in_linear_time(tmp_path, xml):
    """A search in quadratic time would take hours."""
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": row_xml(1, ["Name", "Email"]) + xml})

    book = WorkbookXml(str(path))

    assert book.findings(0).links == {}
