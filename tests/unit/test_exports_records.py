"""Both readers say the same, however a file is cut."""

import csv
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onboarding.exports.columns import Role
from onboarding.exports.delimited import cells_of, read, read_with_arrow
from onboarding.exports.layout import Layout
from onboarding.exports.records import MAX_RECORD, Piece, all_rows, first_records, whole_records
from onboarding.exports.unreadable import Unreadable

WIDTH = 3
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CELLS = st.text(st.sampled_from('ab@ ,;"\n\r\t\u00a0\u200béß🙂'), max_size=6)


def layout(delimiter=",", width=WIDTH):
    """Return the layout of a file without a header, one column of it unused if there are three."""
    columns = {Role.EMAIL: 1, Role.EMPLOYEE_ID: 0} if width > 1 else {Role.EMAIL: 0}
    return Layout("utf-8", delimiter, ("id", "email", "x"), 1, 0, width, columns)


def quoted(cell, delimiter, *, always):
    """Return the cell as RFC 4180 writes it."""
    if always or any(character in cell for character in f'{delimiter}"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def tables(draw):
    """Draw records, how each is written, and the text of them all; lines differ in their ends and in their length."""
    delimiter = draw(st.sampled_from(",;\t"))
    records = draw(st.lists(st.lists(CELLS, min_size=1, max_size=WIDTH + 1), min_size=1, max_size=12))
    if draw(st.booleans()):
        records = [(record + [""] * WIDTH)[:WIDTH] for record in records]
    text = ""
    for record in records:
        line = delimiter.join(quoted(cell, delimiter, always=draw(st.booleans())) for cell in record)
        # A line break that begins with \n after a bare \r would join with it into one line end.
        text += line + draw(LINE_ENDS if line or not text.endswith("\r") else st.just("\r"))
    if line and draw(st.booleans()):
        text = text.rstrip("\r\n")
    return delimiter, records, text.encode()


def in_blocks(data, cuts):
    """Cut the bytes at arbitrary places."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


def as_read(pieces, laid_out):
    """Return the used cells of every record with whether it is blank, and the record that was refused, if any."""
    rows = []
    try:
        for piece in pieces:
            cells = read(piece, laid_out)
            rows += zip(*(column.to_pylist() for column in cells.columns), cells.blank.to_pylist(), strict=True)
    except Unreadable as refusal:
        return None, len(rows) + refusal.records
    return rows, None


def whole_with_python(data, laid_out):
    """Read all of it at once with the tolerant reader."""
    try:
        return as_read([Piece(data, all_rows(data, ","))], laid_out)
    except Unreadable as refusal:
        return None, refusal.records


@given(tables(), st.lists(st.integers(min_value=0), max_size=5))
def test_what_was_written_is_read_back_however_it_is_cut(table, cuts):
    """Every record gives a row: ragged, blank, with any line end, cut anywhere."""
    delimiter, records, data = table
    padded = [(record + [""] * WIDTH)[:WIDTH] for record in records]

    rows, refused = as_read(whole_records(in_blocks(data, cuts), delimiter), layout(delimiter))

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
    """The same rows, or the same record refused."""
    laid_out = layout(width=width)

    cut = as_read(whole_records(in_blocks(data, cuts), ","), laid_out)

    assert cut == whole_with_python(data, laid_out)


@given(tables())
def test_arrow_reads_regular_tables_itself(table):
    """The fast path is the one that is taken, or the property above would compare a reader with itself."""
    delimiter, records, data = table
    regular = all(len(record) == WIDTH for record in records)

    cells = read_with_arrow(data, layout(delimiter))

    assert cells is not None or not regular


@given(tables(), st.lists(st.integers(min_value=0), max_size=5))
def test_pieces_put_together_are_the_file(table, cuts):
    """No byte is lost between the pieces."""
    delimiter, _, data = table

    pieces = list(whole_records(in_blocks(data, cuts), delimiter))

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
        (b"1,a\n2,b\n\x003,c\n", 2),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 100])
def test_the_record_that_cannot_be_read_is_named(data, record, size):
    """A stray quote or byte neither crashes nor swallows what follows."""
    blocks = [data[start : start + size] for start in range(0, len(data), size)]

    assert as_read(whole_records(blocks, ","), layout(width=2)) == (None, record)


def test_a_quote_inside_an_unquoted_cell_is_a_character():
    """Inches are no quotes."""
    rows, _ = as_read(whole_records([b'1,5" disk\n2,b\n'], ","), layout(width=2))

    assert rows == [('5" disk', "1", False), ("b", "2", False)]


def test_an_endless_line_is_refused_before_it_fills_memory():
    """Ten gigabytes without a line end."""
    taken = []
    endless = (taken.append(n) or b"x" * 2**20 for n in range(10_000))

    with pytest.raises(Unreadable, match="16 MiB"):
        list(whole_records(endless, ","))

    assert len(taken) <= MAX_RECORD // 2**20 + 1


def test_a_cell_of_200_000_characters_is_read_by_both_readers():
    """Python's own limit is 131,072; it is put back afterwards."""
    data = b"1," + b"x" * 200_000 + b"\n"
    limit = csv.field_size_limit()

    rows = as_read(whole_records([data], ","), layout(width=2))

    assert rows == whole_with_python(data, layout(width=2))
    assert csv.field_size_limit() == limit


def test_a_record_with_something_in_an_unused_column_is_not_blank():
    """A person without an address is rejected and seen, not ignored."""
    rows, _ = as_read(whole_records([b",,x\n , ,\n,,\n\n"], ","), layout())

    assert [blank for *_, blank in rows] == [False, True, True, True]


def test_first_records_leave_out_what_the_head_cuts_off():
    """The last record of a head may be half of one."""
    records = first_records(b'id,"no\nte"\n1,"a\nb', ",", limit=10, whole=False)

    assert (records.rows, records.ends) == ([["id", "no\nte"]], [11])


def test_cells_do_not_show_what_is_in_them():
    """They hold addresses and names."""
    cells = cells_of([["ana@corp.example", "x", ""]], layout())

    assert "ana" not in repr(cells)
    assert isinstance(cells.columns[0], pa.Array)
