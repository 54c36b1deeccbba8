"""Tests that no workbook can hang the job, take its memory, kill it, or be read wrongly."""

import random
import resource
import struct
import zipfile

import pytest
from workbooks import (
    MAIN,
    cell_xml,
    rows_xml,
    write_encrypted_xls,
    write_encrypted_xlsx,
    write_ods,
    write_xls,
    write_xlsx,
    write_zip,
)

from onboarding.exports import open_exports
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.archives import ArchiveLimits
from onboarding.exports.tables import refusing_unreadable
from onboarding.exports.workbook_child import MOST_SHEETS
from onboarding.exports.workbook_table import WorkbookLimits, open_workbook
from onboarding.model.errors import InputRefused

SMALL = WorkbookLimits(memory=400 * 2**20, text=2**24, seconds=60)
STAFF = [["Name", "Work Email"], ["Ana", "ana@corp.example"]]
DAMAGED = "the file is damaged or cut off; export or copy it again"
UNREADABLE = "not a workbook that can be read, or a damaged one; save it again as .xlsx or CSV"
PASSWORD = "protected by a password; save it without one"  # noqa: S105  the word for it
TOO_LONG = "more or longer rows than a sheet has, or more than 16,777,216 bytes of text"
TOO_MUCH_MEMORY = "reading it fails, or takes more than 419,430,400 bytes of memory"
STRING = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def refusal_of(path, limits=SMALL):
    """Return the one line that says why a workbook is refused."""
    with pytest.raises(InputRefused) as refusal, refusing_unreadable(path.name):
        open_workbook(path, limits=limits)
    message = str(refusal.value)
    assert "\n" not in message
    return message


def strings(text, entities=""):
    return {"xl/sharedStrings.xml": f'<?xml version="1.0"?>{entities}<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>'}


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_truncated_xlsx_is_refused(tmp_path, share):
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": STAFF})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    assert refusal_of(path) == f"staff.xlsx: {DAMAGED}"


def test_truncated_xls_is_refused(tmp_path):
    path = write_xls(tmp_path / "staff.xls", {"Staff": STAFF})
    path.write_bytes(path.read_bytes()[:3000])

    assert refusal_of(path) == f"staff.xls: {UNREADABLE}"


@pytest.mark.parametrize(
    ("magic", "why"), [(b"PK\x03\x04", DAMAGED), (bytes.fromhex("d0cf11e0a1b11ae1"), UNREADABLE)], ids=["zip", "ole"]
)
def test_random_bytes_after_the_magic_are_refused(tmp_path, magic, why):
    path = tmp_path / "noise.xlsx"
    path.write_bytes(magic + random.Random(1).randbytes(5000))  # noqa: S311  any bytes will do

    assert refusal_of(path) == f"noise.xlsx: {why}"


def test_damage_inside_a_part_is_refused(tmp_path):
    """The directory of the archive is whole, but the sheet is damaged."""
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": STAFF})
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content = bytearray(path.read_bytes())
    content[at + 60 : at + 100] = bytes(40)
    path.write_bytes(content)

    assert refusal_of(path) == f"staff.xlsx: {UNREADABLE}"


@pytest.mark.parametrize("write", [write_encrypted_xlsx, write_encrypted_xls])
def test_password_is_named_as_the_reason(tmp_path, write):
    assert refusal_of(write(tmp_path / "secret.xlsx")) == f"secret.xlsx: {PASSWORD}"


def test_text_called_a_workbook_is_none(tmp_path):
    path = tmp_path / "staff.xlsx"
    path.write_text("Name,Work Email\n")

    assert open_workbook(path) == ()


def test_archive_of_something_else_is_no_workbook_and_refused(tmp_path):
    path = write_zip(tmp_path / "letter.docx", {"[Content_Types].xml": "", "word/document.xml": ""})

    assert open_workbook(path) == ()
    with pytest.raises(InputRefused, match=r"this is a Word document; export its table as \.xlsx or CSV"):
        open_exports([str(path)])


def test_text_in_the_open_document_format_is_no_workbook(tmp_path):
    kind = "application/vnd.oasis.opendocument.text"
    path = write_zip(tmp_path / "letter.odt", {"mimetype": kind, "content.xml": "<x/>"})

    assert refusal_of(path) == (
        "letter.odt: this is an OpenDocument text; export its table as .xlsx or CSV, and hand that in"
    )


def test_old_word_document_is_called_that(tmp_path):
    path = write_xls(tmp_path / "letter.doc", {"Staff": STAFF})
    before, after = (name.encode("utf-16-le").ljust(64, b"\0") for name in ("Workbook", "WordDocument"))
    path.write_bytes(path.read_bytes().replace(before, after))

    assert "this is an old Word document" in refusal_of(path)


def test_link_that_leads_to_itself_is_refused(tmp_path):
    path = tmp_path / "loop.xlsx"
    path.symlink_to("loop.xlsx")

    assert refusal_of(path).startswith("loop.xlsx: cannot be read: ")


def test_link_to_a_workbook_is_followed(tmp_path):
    write_xlsx(tmp_path / "staff.xlsx", {"Staff": STAFF})
    path = tmp_path / "latest.xlsx"
    path.symlink_to("staff.xlsx")

    assert open_workbook(path)[0].first_rows(9) == STAFF


def test_bomb_whose_directory_gives_its_size_is_not_unpacked(tmp_path):
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"<row/>" * 20_000_000}</sheetData></worksheet>'
    path = write_xlsx(tmp_path / "bomb.xlsx", {"S": ""}, parts={"xl/worksheets/sheet1.xml": sheet})

    assert "would unpack to more than 200 times its size" in refusal_of(path)


@pytest.mark.soak
def test_bomb_that_lies_about_its_size_meets_the_limits(tmp_path):
    """20,000,000 rows in a part that the directory gives as 1,000 bytes."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{"<row/>" * 20_000_000}</sheetData></worksheet>'
    path = write_xlsx(tmp_path / "bomb.xlsx", {"S": ""}, parts={"xl/worksheets/sheet1.xml": sheet})
    size = len(sheet).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1000).to_bytes(4, "little")))

    assert refusal_of(path).startswith(("bomb.xlsx: not a workbook that can be read", f"bomb.xlsx: {TOO_LONG}"))


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (ArchiveLimits(members=3), "it has 7 parts inside, and at most 3 are read"),
        (ArchiveLimits(unpacked=100), "more than 100"),
        (ArchiveLimits(directory=100), "its list of parts inside is longer than 100 bytes"),
    ],
    ids=["members", "unpacked", "directory"],
)
def test_directory_is_held_to_its_limits(tmp_path, limits, why):
    path = write_xlsx(tmp_path / "staff.xlsx", {"Staff": STAFF})

    assert why in refusal_of(path, WorkbookLimits(archive=limits))


def test_entities_are_not_expanded(tmp_path):
    """The entities are a billion laughs, and a file of this machine."""
    laughs = "".join(f'<!ENTITY {name} "{f"&{of};" * 10}">' for of, name in zip("abcdefghi", "bcdefghij", strict=True))
    billion = strings("&j;", f'<!DOCTYPE sst [<!ENTITY a "lol">{laughs}]>')
    outside = strings("&x;", '<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>')

    first = refusal_of(write_xlsx(tmp_path / "laughs.xlsx", {"S": STRING}, parts=billion))
    second = refusal_of(write_xlsx(tmp_path / "outside.xlsx", {"S": STRING}, parts=outside))

    assert (first, second) == (f"laughs.xlsx: {UNREADABLE}", f"outside.xlsx: {UNREADABLE}")


def test_string_longer_than_a_row_may_be_is_refused(tmp_path):
    path = write_xlsx(tmp_path / "long.xlsx", {"S": STRING}, parts=strings("x" * 17_000_000))

    assert TOO_LONG in refusal_of(path)


def test_string_shared_by_many_cells_is_counted_each_time(tmp_path):
    """200 KB that would be 900 MB of text."""
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 30_001))
    path = write_xlsx(tmp_path / "many.xlsx", {"S": rows}, parts=strings("x" * 30_000))

    assert TOO_LONG in refusal_of(path)


@pytest.mark.parametrize("row", [2**20 + 1, 10**12])
def test_row_that_no_sheet_has_is_refused(tmp_path, row):
    assert refusal_of(write_xlsx(tmp_path / "deep.xlsx", {"S": cell_xml("A1") + cell_xml(f"A{row}")})).startswith(
        (f"deep.xlsx: {TOO_LONG}", "deep.xlsx: not a workbook")
    )


@pytest.mark.soak
def test_sheet_too_big_for_the_fast_reader_is_read_by_the_slow_one(tmp_path):
    """The sheet is a rectangle of 100,000,000 cells with six filled cells."""
    far = cell_xml("CV3") + cell_xml("A1000000", "last@x.example")
    path = write_xlsx(tmp_path / "sparse.xlsx", {"Staff": rows_xml(STAFF) + far})

    (sheet,) = open_workbook(path, limits=SMALL)

    assert sheet.first_rows(2) == STAFF
    assert sum(len(cells.blank) for cells in sheet.cells(0, [0], RecordShape(2))) == 1_000_000


def test_repeated_rows_of_an_ods_meet_the_limit_of_memory(tmp_path):
    """No second reader reads .ods."""
    path = write_ods(tmp_path / "staff.ods", {"S": [["x" * 100] * 10]}, repeated=2**20)

    assert TOO_MUCH_MEMORY in refusal_of(path)


def test_time_is_bounded(tmp_path):
    path = write_xlsx(tmp_path / "slow.xlsx", {"S": STAFF})

    assert (
        refusal_of(path, WorkbookLimits(seconds=0)) == "slow.xlsx: not read within 0 s; save the rows of people as CSV"
    )


@pytest.mark.parametrize("repeated", [1_002, 1_048_575])
def test_row_that_fills_an_ods_to_its_bottom_is_refused_and_not_read_as_a_million_people(tmp_path, repeated):
    """The file holds the row once. A person sees one row, or a mistake."""
    path = write_ods(tmp_path / "staff.ods", {"Staff": [["Ana", "ana@corp.example"]]}, repeated=repeated)

    assert refusal_of(path) == (
        "staff.ods: a row with an address is there more than 1,000 times in a row; delete its copies and save"
    )


def test_rows_that_a_template_filled_in_without_an_address_are_read(tmp_path):
    path = write_ods(tmp_path / "staff.ods", {"Staff": [["Ana", "FALSE"]]}, repeated=2_000)

    (sheet,) = open_workbook(path, limits=SMALL)

    assert len(sheet.first_rows(3_000)) == 2_000


@pytest.mark.parametrize("chain", ["directory", "small table", "list of the table"])
def test_xls_with_a_chain_that_never_ends_is_refused_before_it_takes_memory(tmp_path, chain):
    path = write_xls(tmp_path / "staff.xls", {"Staff": STAFF * 100})
    path.write_bytes(with_endless_chain(path.read_bytes(), chain))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    assert refusal_of(path, WorkbookLimits()) == f"staff.xls: {UNREADABLE}"
    assert max(0, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - max(before, 300 * 1024)) == 0


def with_endless_chain(workbook: bytes, chain: str) -> bytes:
    """Return an .xls in which a chain of sectors leads back to its first sector."""
    changed = bytearray(workbook)
    (table,) = struct.unpack_from("<I", changed, 76)
    (directory,) = struct.unpack_from("<I", changed, 48)
    struct.pack_into("<I", changed, 512 + table * 512 + directory * 4, directory)
    if chain == "small table":
        struct.pack_into("<I", changed, 60, directory)
    if chain == "list of the table":
        struct.pack_into("<II", changed, 68, len(changed) // 512 - 2, 1)
        struct.pack_into("<I", changed, len(changed) - 4, len(changed) // 512 - 2)
    return bytes(changed)


def test_workbook_of_very_many_sheets_is_refused_before_any_is_read(tmp_path):
    """A million sheets of one row took more than four minutes."""
    sheets = {f"Sheet {number}": STAFF for number in range(MOST_SHEETS + 1)}

    message = refusal_of(write_xlsx(tmp_path / "staff.xlsx", sheets))

    assert (
        message == "staff.xlsx: it has more than 1,000 sheets, and so many are not read; save the rows of people as CSV"
    )
