"""Tests the rows and facts of exports, and which exports are refused."""

import hashlib
import resource
from dataclasses import replace

import pandas as pd
import pytest

from onboarding.exports import open_exports
from onboarding.model.choices import USUAL_FOOTPRINT, ColumnOptions
from onboarding.model.errors import InputRefused
from onboarding.model.rows import AS_READ, TEXT, joined_rows_detail


@pytest.fixture
def opened(tmp_path):
    """Write a file and open it."""

    def write(content, name="staff.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_exports([str(path)], **options)[0]

    return write


def rows_of(export, first_position=0):
    """Return all rows of an export in one frame."""
    return pd.concat(export.batches(first_position))


def test_rows_have_the_schema_and_their_positions(opened):
    """Positions continue after those of the export before; row numbers count from the header."""
    frame = rows_of(opened("Employee ID,Name,Email\n1,Ana,ana@corp.example\n2,Ben,\n"), first_position=7)

    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        name: str(dtype) for name, dtype in AS_READ.items()
    }
    assert frame.index.tolist() == [7, 8]
    assert frame["row"].tolist() == [2, 3]
    assert frame["email_as_given"].tolist() == ["ana@corp.example", ""]
    assert frame["name"].tolist() == ["Ana", "Ben"]
    assert frame["employee_id"].tolist() == ["1", "2"]
    assert not frame.isna().any(axis=None)


def test_text_stays_as_it_is(opened):
    """Numbers keep their zeros, NA stays text, and no space is trimmed."""
    frame = rows_of(opened("Employee ID,Name,Email\n00042,NA,  Ana@Corp.Example \nnull,=1+1,-\n"))

    assert frame["employee_id"].tolist() == ["00042", "null"]
    assert frame["name"].tolist() == ["NA", "=1+1"]
    assert frame["email_as_given"].tolist() == ["  Ana@Corp.Example ", "-"]


def test_row_numbers_are_those_of_a_spreadsheet(opened):
    """A line break in quotes starts no row, a blank line is a row, and a final line end starts none."""
    frame = rows_of(opened('\nName,Email\n"An\na",a@corp.example\n\nBen,b@corp.example\n,\n\nCem,c@corp.example\n'))

    assert frame["row"].tolist() == [3, 4, 5, 6, 7, 8]
    assert frame["reason"].tolist() == ["", "blank_row", "", "blank_row", "blank_row", ""]
    assert frame["disposition"].tolist() == ["", "ignored", "", "ignored", "ignored", ""]


@pytest.mark.parametrize("block_bytes", [2**14, USUAL_FOOTPRINT.block_bytes], ids=["small blocks", "usual blocks"])
def test_long_run_of_blank_rows_is_one_row_that_tells_their_number(opened, block_bytes):
    """The row after the run has its own number, and the facts count every row of the file."""
    export = opened(
        "Name,Email\nAna,a@corp.example\n" + "\n" * 50_000 + " ,\nBen,b@corp.example\n",
        footprint=replace(USUAL_FOOTPRINT, block_bytes=block_bytes),
    )

    frame = rows_of(export)

    assert frame["row"].tolist() == [2, 3, 50_004]
    assert frame["detail"].tolist() == ["", joined_rows_detail(50_001), ""]
    assert frame.index.tolist() == [0, 1, 2]
    assert (export.facts.rows, export.facts.ignored) == (50_003, {"blank_row": 50_001})


def test_ragged_rows_are_rows(opened):
    """A row that lacks the address is read, a row with an address and too many cells is held, and no row is lost."""
    frame = rows_of(opened("Name,Email\nAna\nBen,ben@corp.example,spare\nCem,cem@corp.example\n"))

    assert frame["email_as_given"].tolist() == ["", "", "cem@corp.example"]
    assert frame["reason"].tolist() == ["", "misaligned_row", ""]
    assert frame["detail"].iloc[1].startswith("The row has 3 cells, and the header names 2; ")


def test_rows_with_a_delimiter_more_than_the_header_are_read(opened):
    """Some systems end every line but the header with a delimiter."""
    frame = rows_of(opened("Name,Email\n" + "Ana,ana@corp.example,\n" * 3))

    assert frame["email_as_given"].tolist() == ["ana@corp.example"] * 3


def test_given_and_family_name_are_joined_by_a_space(opened):
    """A missing name leaves no space behind."""
    frame = rows_of(opened("Vorname;Nachname;E-Mail\nAna;Ruiz;a@corp.example\n;Weiß;\nBo;;\n"))

    assert frame["name"].tolist() == ["Ana Ruiz", "Weiß", "Bo"]
    assert frame["family_name"].tolist() == ["Ruiz", "Weiß", ""]


def test_column_of_full_names_says_nothing_of_family_names(opened):
    frame = rows_of(opened("Name,Email\nAna Ruiz,a@corp.example\n"))

    assert (frame["name"].tolist(), frame["family_name"].tolist()) == (["Ana Ruiz"], [""])


def test_repeated_header_names_do_no_harm(opened):
    """Public files repeat a name in 8 of 100 cases."""
    frame = rows_of(opened("Note,Email,Note,Note\nx,a@corp.example,y,z\n"))

    assert frame["email_as_given"].tolist() == ["a@corp.example"]


def test_facts_are_complete_after_reading(opened):
    """The facts say what was decided and which bytes were read."""
    content = b"\nPersonalnummer;E-Mail\n1;a@corp.example\n\n"
    export = opened(content)
    assert (export.facts.sha256, export.facts.rows) == (None, None)

    rows_of(export)

    facts = export.facts
    assert facts.source == export.source
    assert (facts.size, facts.encoding, facts.delimiter, facts.header_row) == (len(content), "utf-8", ";", 2)
    assert facts.columns == {"email": "E-Mail", "employee_id": "Personalnummer"}
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.rows == 2


def test_header_alone_has_no_rows(opened):
    """Such a file is an empty export, not a broken one."""
    export = opened("Name,Email\n")

    assert list(export.batches(0)) == []
    assert export.facts.rows == 0


def test_big_file_comes_in_batches_that_fit_together(opened):
    """Rows are ragged, blank and plain, with cells across the edges of blocks."""
    lines = [f'{n},"P\n{n}",p{n}@corp.example,{"x" * 60}' for n in range(3 * USUAL_FOOTPRINT.block_bytes // 90)]
    lines[40_000], lines[90_001] = "", "90001"
    export = opened("Employee ID,Name,Email,Remark\n" + "\n".join(lines))

    batches = list(export.batches(100))

    frame = pd.concat(batches)
    assert len(batches) >= 3
    assert frame.index.tolist() == list(range(100, 100 + len(lines)))
    assert frame["row"].tolist() == list(range(2, 2 + len(lines)))
    assert frame.loc[frame["reason"] == "blank_row", "row"].tolist() == [40_002]
    assert frame["employee_id"].iloc[[90_000, 90_001, 90_002]].tolist() == ["90000", "90001", "90002"]


def test_reading_may_stop_early(opened):
    """The thread that reads ahead ends, and the file is closed."""
    batches = opened("Email\n" + "a@corp.example\n" * USUAL_FOOTPRINT.block_bytes).batches(0)
    next(batches)

    batches.close()

    assert list(batches) == []


def test_text_without_a_final_line_end_is_whole(opened):
    """The last person is not lost, and no row is added."""
    frame = rows_of(opened("Name,Email\nAna,ana@corp.example\nBen,ben@corp.example"))

    assert frame["row"].tolist() == [2, 3]


def test_nul_bytes_are_dropped_and_counted(opened):
    """Some programs leave NUL bytes behind, and databases refuse them."""
    export = opened(b"Name,Em\0ail\nAna,ana@corp.example\0\0\nBen,ben@corp.example\n" + b"Bo,\n" * 40)

    assert rows_of(export)["email_as_given"].tolist()[:2] == ["ana@corp.example", "ben@corp.example"]
    assert export.facts.nuls_dropped == 3


def test_columns_for_the_policy_stay_as_they_are(opened):
    """Columns that the policy needs are named by their roles."""
    frame = rows_of(opened("Email,Employment Status,Hire Date\na@corp.example, Active ,03/04/2026\n"))

    assert frame[["status", "starts_on"]].to_numpy().tolist() == [[" Active ", "03/04/2026"]]
    assert frame["status"].dtype == TEXT


def test_log_has_the_facts(opened):
    """The log has one line, without facts that do not apply and without data of people."""
    export = opened("Report\nE-Mail;Name\nana@corp.example;Ana\n\nTotal;1\n")
    rows_of(export)

    said = export.facts.as_log()

    assert {name: said[name] for name in ("format", "encoding", "delimiter", "header_row", "rows", "ignored")} == {
        "format": "text",
        "encoding": "utf-8",
        "delimiter": ";",
        "header_row": 2,
        "rows": 3,
        "ignored": {"blank_row": 1, "footer": 1},
    }
    assert {"guessed", "sheet", "compression"} & set(said) == set()
    assert "ana@" not in repr(said)


BAD = {
    "a byte order mark": (b"\xff\xfe", "it holds nothing"),
    "a line that tells the delimiter": (b"sep=;\r\n", "it holds nothing"),
    "blank": (b"\n \n,,\n", "nothing but blank rows"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00", "a binary file, not text"),
    "zip that is none": (b"PK\x03\x04\x14\x00", "damaged or cut off"),
    "PDF": (b"%PDF-1.7\n%...", "a PDF document, not a plain CSV file"),
    "web page": (
        b"\xef\xbb\xbf\n <HTML><table><tr><td>a@corp.example",
        "this is a web page, whatever its name says",
    ),
    "XML": (b'<?xml version="1.0"?><Workbook>', "XML, not a plain CSV file"),
    "JSON": (b'[{"email": "a@corp.example"}]', "JSON, not a plain CSV file"),
    "no header": (b"1,ana@corp.example\n2,ben@corp.example\n", "row 1 holds an address .* add a header row"),
    "address above the header": (
        b"Contact,hr@corp.example\nName,Email\nAna,a@corp.example\n",
        "row 1 holds an address",
    ),
    "no address": (
        b"Employee ID,Name\n1,Ana\n",
        'no column of addresses; the columns are "Employee ID", "Name"; .*--em',
    ),
    "decoy": (b"Name,Manager Email\nAna,h@corp.example\n", '"Manager Email"; name the right one with --email-column'),
    "ambiguous": (b"Email,Mail\na@corp.example,b@corp.example\n", '"Email", "Mail" may each .*--email-column'),
    "open quote": (b'Name,Email\nAna,"a@corp.example\nBen,b@corp.example\n', "row 2: a quote is not closed"),
    "no line end": (b"Email," * 2**18, "its first 1 MiB is not one row"),
    "too wide": (b"Email" + b"," * 10_000 + b"\n", "row 1 has 10001 cells; more than 4096 columns are not read"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD.keys())
def test_export_that_cannot_be_read_safely_is_refused_before_reading(opened, content, message):
    """The refusal is one plain line with the file's name and no address."""
    with pytest.raises(InputRefused, match=message) as refusal:
        opened(content)

    line = str(refusal.value)
    assert "staff.csv: " in line
    assert "\n" not in line
    assert "corp.example" not in line


def test_column_that_is_not_there_is_refused(opened):
    """The flag holds for every file."""
    with pytest.raises(InputRefused, match=r'staff.csv: no column "Mail" \(--email-column\); the columns are "Email"'):
        opened("Email\na@corp.example\n", columns=ColumnOptions(email="Mail"))


def test_bad_last_file_is_refused_before_the_first_is_read(opened, tmp_path):
    """All files are opened before the first one is read."""
    opened("Email\na@corp.example\n", name="a.csv")
    (tmp_path / "b.csv").write_bytes(b"PK\x03\x04")

    with pytest.raises(InputRefused, match=r"b\.csv"):
        open_exports([str(tmp_path)])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'Ben,"b@corp.example', "row 150002: a quote is not closed"),
        ("Jürgen,ü@corp.example\nJürgen,".encode() + b"\xfc@corp.example", "row 150003: "),
        (b"X," + b"x" * 200_000, "row 150002: a line or a cell is longer than 128 KiB"),
    ],
)
def test_fault_deep_in_a_file_names_its_row(opened, line, message):
    """The fault lies beyond the beginning. The reader neither crashes nor swallows the rows after it."""
    good = b'"An\na",ana@corp.example\n'
    export = opened(b"Name,Email\n" + good * 150_000 + line + b"\n" + good * 10)

    with pytest.raises(InputRefused, match=message) as refusal:
        list(export.batches(0))

    assert "corp.example" not in str(refusal.value)
    assert export.facts.sha256 is None


def test_line_of_a_gigabyte_is_refused_in_bounded_memory(tmp_path):
    """The file is sparse: a header, a record, and a gigabyte without a line end."""
    path = tmp_path / "staff.csv"
    with path.open("wb") as file:
        file.write(b"Name,Email\nAna,ana@corp.example\nBen," + b"x" * USUAL_FOOTPRINT.block_bytes)
        file.truncate(2**30)
    export = open_exports([str(path)])[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(InputRefused, match="row 3: a line or a cell is longer than 128 KiB"):
        list(export.batches(0))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 2**10


def test_file_that_changes_while_it_is_read_is_refused(opened, tmp_path):
    """Half an old file and half a new file make no roster."""
    export = opened("Email\n" + "a@corp.example\n" * USUAL_FOOTPRINT.block_bytes)
    batches = export.batches(0)
    next(batches)

    (tmp_path / "staff.csv").write_text("Email\n")

    with pytest.raises(InputRefused, match=r"staff.csv: changed while being read"):
        list(batches)
