"""Tests the table in a Parquet file."""

import hashlib
import os
import random
from contextlib import closing, suppress
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.exports import open_exports
from onboarding.exports.open_tables import find_sources
from onboarding.exports.parquet_table import ParquetTable
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.tables import Unreadable
from onboarding.model.errors import InputRefused

FEW_EXAMPLES = max(5, settings.default.max_examples // 5)
"""Each example starts several processes."""

BERLIN = ZoneInfo("Europe/Berlin")
STAFF = pa.table(
    {
        "Employee ID": pa.array([7, 42, None], pa.int64()),
        "Work Email": ["ana@corp.example", None, "cem@corp.example"],
        "Phones": pa.array([["1"], ["2", "3"], None]),
    }
)


def source_at(path):
    """Return a file as a source."""
    return find_sources([str(path)], lambda: pytest.fail("S3 is not needed"))[0]


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a Parquet file and opens it as a table."""

    def write(table, **options) -> ParquetTable:
        pq.write_table(table, tmp_path / "staff.parquet", **options)
        return ParquetTable(source_at(tmp_path / "staff.parquet"))

    return write


def rows_of(table, columns, after=1):
    """Return all cells of some columns, row by row, and whether each row is blank."""
    rows = []
    for cells in table.cells(after, columns, RecordShape(len(columns))):
        assert {column.type for column in cells.columns} == {pa.string()}
        assert not any(column.null_count for column in cells.columns)
        rows += zip(*(column.to_pylist() for column in cells.columns), cells.blank.to_pylist(), strict=True)
    return rows


def no_text_of(table):
    """Return what the first column holds if it is no text."""
    (cells,) = table.cells(1, [0], RecordShape(1))
    assert set(cells.columns[0].to_pylist()) <= {""} or not cells.no_text
    return cells.no_text


def test_name_of_the_file_need_not_be_text(tmp_path):
    """File names are bytes."""
    path = tmp_path / os.fsdecode(b"caf\xe9.parquet")
    with path.open("wb") as file:
        pq.write_table(STAFF, file)

    assert len(rows_of(ParquetTable(source_at(path)), [1])) == 3


def test_column_names_are_the_first_row(written):
    """As a spreadsheet of the file would show them."""
    table = written(STAFF)

    assert table.first_rows(3) == [
        ["Employee ID", "Work Email", "Phones"],
        ["7", "ana@corp.example", ""],
        ["42", "", ""],
    ]
    assert table.first_rows(1) == [["Employee ID", "Work Email", "Phones"]]


def test_cells_come_in_the_order_requested(written):
    assert rows_of(written(STAFF), [1, 0]) == [
        ("ana@corp.example", "7", False),
        ("", "42", False),
        ("cem@corp.example", "", False),
    ]


def test_records_before_are_left_out(written):
    """The column names count as the first record."""
    table = written(pa.table({"Email": [f"{number}@corp.example" for number in range(10)]}), row_group_size=3)

    assert [len(rows_of(table, [0], after)) for after in (0, 1, 20)] == [11, 10, 0]
    assert rows_of(table, [0], 5)[0] == ("4@corp.example", False)


def test_digest_is_that_of_the_file(written, tmp_path):
    table = written(STAFF)
    assert table.sha256 is None

    rows_of(table, [1])

    assert table.sha256 == hashlib.sha256((tmp_path / "staff.parquet").read_bytes()).hexdigest()
    assert table.metadata.format == "parquet"


def test_record_is_blank_if_it_has_nothing_anywhere(written):
    """Columns that were not requested count too, whatever they hold."""
    table = written(
        pa.table(
            {
                "Email": ["ana@corp.example", None, " ", None, None],
                "Salary": pa.array([None, None, float("nan"), 1.0, None], pa.float64()),
                "Photo": pa.array([None, None, None, None, b"\xff"], pa.binary()),
            }
        ),
        row_group_size=2,
    )

    assert [blank for *_, blank in rows_of(table, [0])] == [False, True, True, False, False]


def test_file_of_one_column_may_have_blank_records(written):
    assert rows_of(written(pa.table({"Email": ["", "a@corp.example"]})), [0]) == [
        ("", True),
        ("a@corp.example", False),
    ]


def test_columns_of_the_same_name_are_told_apart(written):
    """Their positions tell them apart. A name with a point is no path into another column."""
    names = ["Email", "a.b", "Email", "a"]
    columns = [["w@corp.example"], ["x"], ["home@corp.example"], pa.array([{"b": 1}])]

    assert rows_of(written(pa.table(columns, names)), [2, 0, 1]) == [
        ("home@corp.example", "w@corp.example", "x", False)
    ]


@pytest.mark.parametrize("rows_in_group", [1, 7, 70_000, 200_000])
def test_rows_are_all_there_however_they_are_grouped(written, rows_in_group):
    """A batch never holds more rows than memory is meant to hold."""
    count = 100 if rows_in_group < 10 else 200_000
    table = written(pa.table({"Email": pa.array(range(count)), "Other": pa.nulls(count)}), row_group_size=rows_in_group)

    batches = list(table.cells(1, [0], RecordShape(1)))

    assert [cell for cells in batches for cell in cells.columns[0].to_pylist()] == [str(n) for n in range(count)]
    assert max(len(cells.blank) for cells in batches) <= 65_536
    assert len(batches) <= count // 65_536 + 3


def test_file_without_records_has_its_names(written):
    table = written(STAFF.slice(0, 0))

    assert table.first_rows(10) == [["Employee ID", "Work Email", "Phones"]]
    assert rows_of(table, [1]) == []


def test_nul_bytes_are_dropped_and_counted(written):
    """PostgreSQL refuses NUL bytes."""
    table = written(pa.table({"Email": ["a\0na@corp.example", "ben@corp.example\0\0"]}))

    assert rows_of(table, [0]) == [("ana@corp.example", False), ("ben@corp.example", False)]
    assert table.metadata.nuls_dropped == 3


@pytest.mark.parametrize(
    ("values", "kind", "what"),
    [
        ([["1"]], pa.list_(pa.string()), "list<"),
        ([{"a": 1}], pa.struct([("a", pa.int64())]), "struct<"),
        ([[("a", 1)]], pa.map_(pa.string(), pa.int64()), "map<"),
        ([b"\xff\xfe"], pa.binary(), "bytes that are not UTF-8 text"),
    ],
)
def test_column_of_no_text_is_empty_and_says_so(written, values, kind, what):
    """A column of photos does no harm unless it is used as the column of addresses: the export decides."""
    table = written(pa.table({"Work Email": pa.array(values, kind), "Name": ["Ana"]}))

    assert rows_of(table, [1]) == [("Ana", False)]
    assert no_text_of(table)[0].startswith(what)


def test_text_that_is_not_utf8_is_refused(written):
    """Parquet promises UTF-8, but its readers do not check."""
    text = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff@corp.example"]).buffers())

    assert no_text_of(written(pa.table({"Email": text}))) == {0: "bytes that are not UTF-8 text"}


@settings(max_examples=FEW_EXAMPLES)
@given(st.lists(st.one_of(st.none(), st.text())), st.integers(1, 5))
def test_any_text_comes_as_it_is(tmp_path_factory, texts, rows_in_group):
    """Only NUL bytes are dropped."""
    path = tmp_path_factory.mktemp("any") / "staff.parquet"
    pq.write_table(pa.table({"Email": pa.array(texts, pa.string())}), path, row_group_size=rows_in_group)

    rows = rows_of(ParquetTable(source_at(path)), [0])

    assert [cell for cell, _ in rows] == [(text or "").replace("\0", "") for text in texts]


DAMAGED = "this Parquet file is damaged or cut off; export or copy it again"
ENCRYPTED = "this Parquet file is encrypted; save it again without encryption"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda whole: whole[:-100], DAMAGED),
        (lambda _: b"PAR1", DAMAGED),
        (lambda whole: whole[:8] + bytes(100) + whole[108:], DAMAGED),
        (lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1", DAMAGED),
        (lambda whole: whole[:-4] + b"PARE", ENCRYPTED),
    ],
)
def test_damaged_file_is_refused(written, tmp_path, spoil, why):
    """The beginning, the end or the middle is lost."""
    written(pa.table({"Email": [f"person{number}@corp.example" for number in range(100)]}))
    path = tmp_path / "staff.parquet"
    path.write_bytes(spoil(path.read_bytes()))
    table = ParquetTable(source_at(path))

    with pytest.raises(Unreadable) as refusal:
        rows_of(table, [0])

    assert refusal.value.why == why


def test_same_long_text_in_all_rows_is_refused_before_it_fills_the_memory(written, tmp_path):
    """A file of 906 bytes took nine gigabytes."""
    text = pa.array(["a@corp.example", "x" * 130_000]).dictionary_encode()
    table = written(pa.table({"Email": text.take(pa.array([0] + [1] * 65_535))}), compression="zstd")
    before = pa.total_allocated_bytes()

    assert no_text_of(table) == {0: "texts of more than 8,192 bytes in each row"}
    assert (tmp_path / "staff.parquet").stat().st_size < 2_000
    assert pa.total_allocated_bytes() - before < 2**27


def test_file_of_far_too_many_rows_is_refused(written):
    """A few bytes can say that a million rows have no value, and the report has a line for each."""
    table = written(pa.table({"Email": pa.nulls(3_000_000, pa.string())}), compression="zstd")

    with pytest.raises(Unreadable, match=r"it says that it holds far more rows than fit into its size"):
        table.first_rows(1)


def test_small_file_with_few_different_texts_is_read_as_it_is(written):
    """Its columns are read as dictionaries."""
    table = written(pa.table({"Email": ["ana@corp.example", None] * 40_000, "Name": ["Ana", "Bo"] * 40_000}))

    rows = rows_of(table, [0, 1])

    assert rows == [("ana@corp.example", "Ana", False), ("", "Bo", False)] * 40_000


@settings(max_examples=FEW_EXAMPLES)
@given(st.data())
def test_spoilt_file_is_refused_or_read_and_nothing_else(tmp_path_factory, data):
    """Any byte of the file may be wrong."""
    path = tmp_path_factory.mktemp("spoilt") / "staff.parquet"
    pq.write_table(STAFF, path, write_page_checksum=True)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    table = ParquetTable(source_at(path))

    with suppress(Unreadable):
        table.first_rows(10)
        rows_of(table, [0, 1])


def test_file_that_changes_while_it_is_read_is_refused(written, tmp_path):
    """Its rows would be neither the old one's nor the new one's."""
    table = written(STAFF)
    cells = table.cells(0, [1], RecordShape(1))
    next(cells)
    (tmp_path / "staff.parquet").write_bytes(b"PAR1")

    with pytest.raises(InputRefused, match=r"staff.parquet: changed while being read"):
        list(cells)


def test_long_text_is_read_in_bounded_memory_whatever_the_size_of_the_file(written, tmp_path):
    """A file that is padded to half a megabyte is read without dictionaries, and its column claims eight gigabytes."""
    text = pa.array(["x" * 130_000]).dictionary_encode().take(pa.array([0] * 65_536))
    getrandbits = random.Random(1).getrandbits  # noqa: S311 - no secret
    padding = pa.array([getrandbits(62) for _ in range(65_536)])
    written(pa.table({"Email": text, "Padding": padding}), store_schema=False, use_dictionary=["Email"])
    made = ParquetTable(source_at(tmp_path / "staff.parquet"), memory_bytes=2**28)

    with pytest.raises(Unreadable, match="takes more than 268,435,456 bytes of memory"):
        rows_of(made, [0])

    assert 2**19 < (tmp_path / "staff.parquet").stat().st_size < 2**20


def test_ids_in_binary_form_are_written_as_people_write_them(written):
    ids = [UUID(int=7), None, UUID(int=2**127)]
    column = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([each and each.bytes for each in ids], pa.binary(16)))
    made = written(pa.table({"id": column, "Email": ["ana@corp.example"] * 3}))

    assert [cell for cell, *_ in rows_of(made, [0, 1])] == [str(each or "") for each in ids]


def test_reading_parquet_leaves_no_process_behind(written):
    """Not even if the reader stops in the middle."""
    made = written(pa.table({"Email": [f"{number}@corp.example" for number in range(300_000)]}))

    with closing(made.cells(1, [0], RecordShape(1))) as batches:
        next(batches)

    assert Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii") == ""


def test_export_passes_over_columns_of_no_text_unless_they_decide_about_people(tmp_path):
    """Photos, lists and records stand in many tables of a warehouse, and not always far to the right."""
    path = tmp_path / "staff.parquet"
    columns = {
        "Name": pa.array([{"given": "Ana"}]),
        "Photo": pa.array([b"\xff\xd8"]),
        "Work Email": ["ana@corp.example"],
    }
    pq.write_table(pa.table(columns), path)
    (export,) = open_exports([str(path)])

    (frame,) = export.batches(0)

    assert frame["email_as_given"].to_list() == ["ana@corp.example"]

    pq.write_table(pa.table(columns | {"Employment Status": pa.array([b"\xff\xd8"])}), path)
    (export,) = open_exports([str(path)])
    with pytest.raises(InputRefused, match='its column "Employment Status" holds no text'):
        list(export.batches(0))
