"""Tests that both readers of text find the same cells, however a file is cut into blocks."""

import csv
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.exports.record_shape import RecordShape
from onboarding.exports.tables import Unreadable
from onboarding.exports.text.record_blocks import MAX_HELD, Dialect, RecordBlock, all_rows, first_records, whole_records
from onboarding.exports.text.text_cells import cells_of, read_cells, read_with_arrow

WIDTH = 3
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CELLS = st.text(st.sampled_from("ab@ ,;|'\"\n\r\t\u00a0\u200béß🙂\ufeff"), max_size=6)
COMMAS = Dialect(",")


USED = (1, 0)
"""The columns that are asked for; the third is not."""


def quoted(cell, dialect, *, always):
    """Return the cell as RFC 4180 writes it."""
    quote = dialect.quote
    if always or any(character in cell for character in f"{dialect.delimiter}{quote}\r\n"):
        return quote + cell.replace(quote, 2 * quote) + quote
    return cell


@st.composite
def tables(draw):
    """Draw records, the way each is written, and the text of all; lines differ in their ends and in their length."""
    dialect = Dialect(draw(st.sampled_from(",;\t|")), draw(st.sampled_from("\"'")))
    records = draw(st.lists(st.lists(CELLS, min_size=1, max_size=WIDTH + 1), min_size=1, max_size=12))
    if draw(st.booleans()):
        records = [(record + [""] * WIDTH)[:WIDTH] for record in records]
    text = ""
    for record in records:
        line = dialect.delimiter.join(quoted(cell, dialect, always=draw(st.booleans())) for cell in record)
        # A line break that begins with \n after a bare \r would join with it into one line end.
        text += line + draw(LINE_ENDS if line or not text.endswith("\r") else st.just("\r"))
    if line and draw(st.booleans()):
        text = text.rstrip("\r\n")
    return dialect, records, text.encode()


def in_blocks(data, cuts):
    """Cut the bytes at arbitrary places."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


def as_read(pieces, dialect=COMMAS, width=WIDTH):
    """Return the used cells of every record with whether it is blank, and the record that was refused, if any."""
    rows = []
    try:
        for piece in pieces:
            cells = read_cells(piece, dialect, USED[-width:], RecordShape(width), few_bytes=0)
            rows += zip(*(column.to_pylist() for column in cells.columns), cells.blank.to_pylist(), strict=True)
    except Unreadable as refusal:
        return None, len(rows) + refusal.records
    return rows, None


def whole_with_python(data, width=WIDTH):
    """Read the whole text at once with Python's reader."""
    try:
        return as_read([RecordBlock(data, all_rows(data, COMMAS))], width=width)
    except Unreadable as refusal:
        return None, refusal.records


@given(tables(), st.lists(st.integers(min_value=0), max_size=5))
def test_written_records_are_read_back_however_the_text_is_cut(table, cuts):
    """Every record becomes a row: ragged, blank, with any line end, cut anywhere."""
    dialect, records, data = table
    padded = [(record + [""] * WIDTH)[:WIDTH] for record in records]

    rows, refused = as_read(whole_records(in_blocks(data, cuts), dialect), dialect)

    assert refused is None
    assert [(email, employee) for email, employee, _ in rows] == [(cells[1], cells[0]) for cells in padded]


@given(
    st.text(st.sampled_from('a,"\n\r \u00e9'), max_size=60).map(str.encode),
    st.lists(st.integers(min_value=0), max_size=6),
    st.integers(min_value=1, max_value=3),
)
@example(b'"a\r\n\r\nb",c\r\n', [3, 4, 5, 6], 2)
@example(b'5" disk,a\n"b",c\n', [12], 2)
@example(b",\n\n,\n", [2], 2)
def test_any_text_is_read_alike_by_both_readers(data, cuts, width):
    """Both readers return the same rows or refuse the same record."""
    cut = as_read(whole_records(in_blocks(data, cuts), COMMAS), width=width)

    assert cut == whole_with_python(data, width)


@given(tables())
def test_arrow_reads_regular_tables_itself(table):
    """Without this, the test above might compare Python's reader with itself."""
    dialect, records, data = table
    regular = all(len(record) == WIDTH for record in records)

    cells = read_with_arrow(data, dialect, USED, RecordShape(WIDTH))

    assert cells is not None or not regular


@given(tables(), st.lists(st.integers(min_value=0), max_size=5))
def test_blocks_together_are_the_file(table, cuts):
    """No byte is lost between the blocks."""
    dialect, _, data = table

    pieces = list(whole_records(in_blocks(data, cuts), dialect))

    assert b"".join(piece.data for piece in pieces) == data


@pytest.mark.parametrize(
    ("data", "record"),
    [
        (b'1,a\n2,"b\n3,c\n4,d\n', 1),
        (b'1,a\n2,"b\n3,"c",x\n4,d\n', 1),
        (b'1,a\n2,b\n"3"x,c\n4,d\n', 2),
        (b'1,a\n2,"Ann "Annie" Lee"\n', 1),
        (b"1,a\n2,b\xff\n", 1),
        (b'1,"a\nb"\n2,b\n3,\xe9\n', 2),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 100])
def test_record_that_cannot_be_read_is_named(data, record, size):
    """A stray quote or byte neither crashes the reader nor swallows the records after it."""
    blocks = [data[start : start + size] for start in range(0, len(data), size)]

    assert as_read(whole_records(blocks, COMMAS), width=2) == (None, record)


def test_quote_inside_an_unquoted_cell_is_a_character():
    """A sign for inches is no quote."""
    rows, _ = as_read(whole_records([b'1,5" disk\n2,b\n'], COMMAS), width=2)

    assert rows == [('5" disk', "1", False), ("b", "2", False)]


def test_endless_line_is_refused_before_it_fills_memory():
    """The line has ten gigabytes and no line end."""
    taken = []
    endless = (taken.append(n) or b"x" * 2**20 for n in range(10_000))

    with pytest.raises(Unreadable, match="longer than 128 KiB"):
        list(whole_records(endless, COMMAS))

    assert len(taken) == 1


def test_endless_record_is_refused_before_it_fills_memory():
    """Lines and cells have a harmless length, but stray quotes let the record never end."""
    taken = []
    block = b'a "b" "\n' * 2**17
    endless = (taken.append(n) or (b'"' if n else b'x"y\n"') + block for n in range(10_000))

    with pytest.raises(Unreadable, match=r"a quote is not closed|longer"):
        list(whole_records(endless, COMMAS))

    assert len(taken) <= MAX_HELD // len(block) + 1


LONG = b"x" * 200_000


@pytest.mark.parametrize("size", [1000, 2**17, 2**20])
@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
@pytest.mark.parametrize(
    "bad",
    [b"3," + LONG, b'3,"' + LONG + b'"', b'"3","' + b"4,d\n" * 50_000 + b'"', b'3,5" disk ' + LONG],
    ids=["line", "cell", "swallowed lines", "quote out of place"],
)
def test_line_or_a_cell_that_is_too_long_is_refused(bad, line_end, size):
    """The refusal names the record, however the file is cut."""
    data = b"1,a\n2,b\n".replace(b"\n", line_end) + bad + line_end + b"5,e" + line_end
    blocks = [data[start : start + size] for start in range(0, len(data), size)]

    assert as_read(whole_records(blocks, COMMAS), width=2) == (None, 2)


def test_cell_of_100_000_characters_is_read_by_both_readers():
    """Python's own limit is restored afterwards."""
    data = b"1," + b"x" * 100_000 + b"\n"
    limit = csv.field_size_limit()

    rows = as_read(whole_records([data], COMMAS), width=2)

    assert rows == whole_with_python(data, width=2)
    assert csv.field_size_limit() == limit


def test_record_with_something_in_an_unused_column_is_not_blank():
    """A person without an address is rejected and appears in the report; only a blank row is ignored."""
    rows, _ = as_read(whole_records([b",,x\n , ,\n,,\n\n"], COMMAS))

    assert [blank for *_, blank in rows] == [False, True, True, True]


def test_first_records_leave_out_what_the_head_cuts_off():
    """The last record of a head may be half of one."""
    records = first_records(b'id,"no\nte"\n1,"a\nb', COMMAS, limit=10, whole=False)

    assert (records.rows, records.ends) == ([["id", "no\nte"]], [11])


def test_cells_do_not_show_what_is_in_them():
    """Cells hold addresses and names, which no log may show."""
    cells = cells_of([["ana@corp.example", "x", ""]], [0], RecordShape(3))

    assert "ana" not in repr(cells)
    assert isinstance(cells.columns[0], pa.Array)
