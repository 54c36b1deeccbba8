"""Tests that cells of a workbook have the same text in every format and with both readers."""

from datetime import date, datetime, timedelta

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.styles import PatternFill
from soak import examples
from workbooks import cell_xml, rows_xml, write_ods, write_xls, write_xlsb, write_xlsx

from onboarding.exports.record_shape import RecordShape
from onboarding.exports.tables import refusing_unreadable
from onboarding.exports.workbook_readers import WorkbookReader, sheets_of, texts_of
from onboarding.exports.workbook_table import WorkbookLimits, open_workbook
from onboarding.model.blank import BLANK
from onboarding.model.errors import InputRefused

STAFF = [
    ["Employee ID", None, "Work Email", "Start", "Active", "Share"],
    [7.0, None, "ana@corp.example", date(2019, 3, 15), True, 0.25],
    None,
    ["00042", None, "ben@corp.example", datetime(2019, 3, 15, 13, 45, 30), False, 1e20],  # noqa: DTZ001
]
AS_TEXT = [
    ["Employee ID", "", "Work Email", "Start", "Active", "Share"],
    ["7", "", "ana@corp.example", "2019-03-15", "TRUE", "0.25"],
    [],
    ["00042", "", "ben@corp.example", "2019-03-15T13:45:30", "FALSE", "1e+20"],
]
ROWS = [row or [] for row in STAFF]
FAR = cell_xml("XFD1048576", "1")
"""A cell that kills the fast reader."""

in_xml = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff_#")
cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(in_xml, max_size=20),
    st.dates(date(1900, 3, 1)),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31, 23, 59, 59)),  # noqa: DTZ001
)


def open_all(path, **options):
    with refusing_unreadable(path.name):
        return open_workbook(path, **options)


@pytest.mark.parametrize(("suffix", "write"), [("xlsx", write_xlsx), ("xls", write_xls), ("ods", write_ods)])
def test_cells_are_the_same_in_every_format(tmp_path, suffix, write):
    """Ids keep their zeros and lose their .0, dates are in ISO form, and a blank row stays a row."""
    path = write(tmp_path / f"staff.{suffix}", {"Staff": ROWS})

    (sheet,) = open_all(path)

    assert sheet.sheet == "Staff"
    assert sheet.metadata.format == suffix
    assert sheet.first_rows(10) == AS_TEXT


def test_binary_workbook_is_read(tmp_path):
    path = write_xlsb(tmp_path / "staff.xlsb", "Staff", [["Name", "Work Email"], ["Ana", "ana@corp.example"], [7.0]])

    (sheet,) = open_all(path)

    assert sheet.metadata.format == "xlsb"
    assert sheet.first_rows(10) == [["Name", "Work Email"], ["Ana", "ana@corp.example"], ["7"]]


def test_content_decides_the_format_and_not_the_name(tmp_path):
    path = write_xlsx(tmp_path / "staff.xls", {"Staff": ROWS})

    assert open_all(path)[0].metadata.format == "xlsx"


@examples(0.5)
@given(rows=st.lists(st.lists(cells, max_size=5), max_size=5))
def test_both_readers_find_the_same_cells(tmp_path_factory, rows):
    path = write_xlsx(tmp_path_factory.mktemp("book") / "any.xlsx", {"Staff": rows})

    fast, slow = (texts_by(reader, str(path)) for reader in WorkbookReader)

    assert fast == slow


def texts_by(reader, path):
    """Return the rows of the first sheet without the blank rows at the end."""
    with sheets_of(path, reader) as (sheet,):
        rows = list(texts_of(sheet.rows(), BLANK))
    while rows and not rows[-1]:
        rows.pop()
    return rows


def test_cell_far_outside_costs_nothing_and_is_named(tmp_path):
    """Such a cell kills the fast reader, and the slow reader takes over."""
    path = write_xlsx(tmp_path / "solver.xlsx", {"Staff": rows_xml(ROWS) + FAR})

    (sheet,) = open_all(path)

    assert sheet.first_rows(10) == AS_TEXT
    assert sheet.metadata.stray_cell == "XFD1048576"


def test_address_far_below_is_no_stray_cell(tmp_path):
    path = write_xlsx(tmp_path / "list.xlsx", {"Staff": cell_xml("A1", "Email") + cell_xml("A20000", "ana@x.example")})

    (sheet,) = open_all(path)

    assert sheet.metadata.stray_cell == ""
    assert sheet.first_rows(30_000)[-1] == ["ana@x.example"]
    assert len(sheet.first_rows(30_000)) == 20_000


def test_lone_cell_with_more_below_it_is_a_row(tmp_path):
    far = cell_xml("B20000") + cell_xml("C20001")
    path = write_xlsx(tmp_path / "list.xlsx", {"Staff": cell_xml("A1") + far})

    (sheet,) = open_all(path)

    assert sheet.metadata.stray_cell == ""
    assert sheet.first_rows(30_000)[-2:] == [["", "x"], ["", "", "x"]]


def test_rows_and_columns_are_counted_from_the_corner(tmp_path):
    path = write_xlsx(tmp_path / "low.xlsx", {"Staff": cell_xml("C3", "Email") + cell_xml("C5", "ana@x.example")})

    rows = open_all(path)[0].first_rows(10)

    assert rows == [[], [], ["", "", "Email"], [], ["", "", "ana@x.example"]]


def test_formatted_rows_below_the_last_filled_row_are_left_out(tmp_path):
    below = "".join(f'<row r="{row}" s="1"><c r="A{row}" s="1"/></row>' for row in range(5, 50_000))
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": rows_xml(ROWS) + below + cell_xml("A50000", " \u00a0")})

    assert open_all(path)[0].first_rows(10**6) == AS_TEXT


def test_odd_cells_that_a_library_writes_are_read(tmp_path):
    """The workbook has a merged title, a link behind a name, an error, a time, a duration and a sheet of a chart."""
    book = openpyxl.Workbook()
    staff = book.active
    staff.title = "Staff"
    staff.merge_cells("A1:C1")
    staff["A1"] = "Staff of 2026"
    staff["A3"], staff["B3"], staff["C3"] = "Ana", "#N/A", "=NA()"
    staff["A3"].hyperlink = "mailto:ana@corp.example"
    staff["A4"], staff["B4"] = datetime(2026, 1, 2, 9, 30).time(), timedelta(hours=8, minutes=15)  # noqa: DTZ001
    staff["A900"].fill = PatternFill("solid", fgColor="FF0000")
    book.create_chartsheet("Chart").add_chart(BarChart())
    book.save(tmp_path / "staff.xlsx")

    (sheet,) = open_all(tmp_path / "staff.xlsx")

    assert sheet.first_rows(10) == [["Staff of 2026"], [], ["Ana"], ["09:30:00", "8:15:00"]]


def test_dates_from_1904_on(tmp_path):
    path = write_xlsx(tmp_path / "mac.xlsx", {"Staff": [[date(2019, 3, 15)]]}, date_1904=True)

    assert open_all(path)[0].first_rows(1) == [["2023-03-16"]]


def test_moments_are_whole_seconds(tmp_path):
    """The fraction of a day is a float, and the last possible moment cannot be rounded up."""
    moments = [datetime(2019, 3, 14, 23, 59, 59, 999_999), datetime(9999, 12, 31, 23, 59, 59, 900_000)]  # noqa: DTZ001
    path = write_xlsx(tmp_path / "b.xlsx", {"S": [moments]})

    assert open_all(path)[0].first_rows(1) == [["2019-03-15", "9999-12-31T23:59:59"]]


@pytest.mark.parametrize(("suffix", "write"), [("xlsx", write_xlsx), ("xls", write_xls), ("ods", write_ods)])
def test_hidden_sheets_are_named_and_left_out(tmp_path, suffix, write):
    path = write(tmp_path / f"b.{suffix}", {"How To": [["x"]], "Old": [["y"]], "Staff": ROWS}, hidden=["Old"])

    sheets = open_all(path)

    assert [sheet.sheet for sheet in sheets] == ["How To", "Staff"]
    assert {sheet.metadata.hidden_sheets for sheet in sheets} == {("Old",)}


def test_requested_sheet_may_be_hidden(tmp_path):
    path = write_xlsx(tmp_path / "b.xlsx", {"Notes": [["x"]], "Staff": ROWS}, hidden=["Staff"])

    (sheet,) = open_all(path, wanted=["staff "])

    assert (sheet.sheet, sheet.first_rows(1)) == ("Staff", AS_TEXT[:1])


@pytest.mark.parametrize(
    ("sheets", "hidden", "wanted", "message"),
    [
        ({"A": [["x"]], "B": []}, ["B"], ["C"], 'b.xlsx: no sheet "C" (--sheet); it has "A", "B" (hidden)'),
        (
            {"A": [["x"]]},
            ["A"],
            [],
            'b.xlsx: all its sheets are hidden: "A" (hidden); name the right one with --sheet',
        ),
        ({}, [], [], "b.xlsx: the workbook has no sheet of cells"),
    ],
)
def test_workbook_without_a_sheet_to_read_is_refused(tmp_path, sheets, hidden, wanted, message):
    path = write_xlsx(tmp_path / "b.xlsx", sheets, hidden=hidden)

    with pytest.raises(InputRefused) as refusal:
        open_all(path, wanted=wanted)

    assert str(refusal.value) == message


def test_empty_sheet_has_no_rows(tmp_path):
    (sheet,) = open_all(write_xlsx(tmp_path / "b.xlsx", {"Empty": ""}))

    assert sheet.first_rows(10) == []
    assert list(sheet.cells(0, [0], RecordShape(1))) == []


def test_sheets_are_independent(tmp_path):
    """Two hundred sheets are read in any order."""
    path = write_xlsx(tmp_path / "b.xlsx", {f"S{number}": [[number]] for number in range(200)})

    sheets = open_all(path)

    assert [sheet.first_rows(1) for sheet in reversed(sheets)] == [[[str(number)]] for number in range(199, -1, -1)]


@pytest.mark.parametrize(
    "after", [pytest.param(0, marks=pytest.mark.soak), 1, pytest.param(39_000, marks=pytest.mark.soak), 100_001]
)
def test_cells_come_in_batches_from_any_row_on(tmp_path, after):
    """Absent cells are empty, rows without filled cells are blank, and no batch holds the whole sheet."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="C{n}"><v>1</v></c></row>' for n in range(1, 100_001))
    path = write_xlsx(tmp_path / "b.xlsx", {"S": rows + cell_xml("D100002", "last")})
    (sheet,) = open_all(path, limits=WorkbookLimits(memory=2**29))

    batches = list(sheet.cells(after, [0, 3, 9], RecordShape(3)))

    numbers, lasts, never = (pa.concat_arrays([batch.columns[at] for batch in batches]).to_pylist() for at in range(3))
    blank = pa.concat_arrays([batch.blank for batch in batches]).to_pylist()
    assert numbers == [str(n) for n in range(after + 1, 100_001)] + ([""] * (100_002 - max(after, 100_000)))
    assert lasts == [""] * (100_001 - after) + ["last"]
    assert set(never) == {""}
    assert [at + after + 1 for at, is_blank in enumerate(blank) if is_blank] == [100_001] * (after < 100_001)


def test_long_rows_come_in_small_batches(tmp_path):
    path = write_xlsx(tmp_path / "b.xlsx", {"S": [["x" * 30_000] * 10] * 100})

    batches = list(open_all(path)[0].cells(0, [0], RecordShape(10)))

    assert len(batches) > 5
    assert sum(len(batch.blank) for batch in batches) == 100
