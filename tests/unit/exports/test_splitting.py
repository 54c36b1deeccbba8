"""Tests that a text has the same rows, whether it is split into parts or not."""

import pickle

import pandas as pd
import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st
from in_memory import InMemory, export_of

from onboarding.exports.tables import Unreadable
from onboarding.model.errors import InputRefused

HEADER = b"email,name,id\n"
CELLS = st.text(st.sampled_from("ab@.,;'\"\n\r\t\u00a0éß🙂\ufeff"), max_size=8)
LINES = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=30)


def written(cells, *, quoted):
    return ",".join('"' + cell.replace('"', '""') + '"' if quoted or '"' in cell else cell for cell in cells)


@st.composite
def texts(draw):
    """Draw texts, most of them written as RFC 4180 wants it, some with a byte that breaks its rules."""
    lines = [written(cells, quoted=draw(st.booleans())) for cells in draw(LINES)]
    text = HEADER + draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines).encode()
    if draw(st.booleans()):
        at = draw(st.integers(len(HEADER), len(text)))
        text = text[:at] + draw(st.sampled_from([b'"', b"\0", b"\xff", b"\xe9", b"\x9f", b"\n"])) + text[at:]
    return text


def all_rows(text):
    """Return the rows of a text that is read as a whole."""
    return outcome(export_of(InMemory(text), block_bytes=64))


def travelled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - made here


def outcome(export, **where):
    try:
        frames = list(export.batches(0, **where))
    except InputRefused as error:
        return str(error)
    return pd.concat(frames) if frames else None


def in_parts(text, part_bytes, *, block_bytes=64):
    """Return the rows of a text that is read in parts, each pickled and given the number of rows before it."""
    export = export_of(InMemory(text), block_bytes=block_bytes)
    spans = export.spans(part_bytes)
    parts = export.parts(part_bytes, spans, [travelled(span).scan() for span in spans])
    found, rows = [], 0
    for part in travelled(parts):
        read = outcome(part, rows_before=rows)
        if isinstance(read, str):
            return read, len(parts)
        if read is not None:
            read.index += rows
            rows += len(read)
            found.append(read)
    return pd.concat(found) if found else None, len(parts)


@given(texts(), st.integers(1, 200))
@example(HEADER + b'"a\nb",c,1\n' * 20, 13)
@example(HEADER + "é,🙂,1\n".encode() * 20, 7)
@example(HEADER + b"a@example.com,b,1\r" * 20, 11)
def test_parts_together_have_the_rows_of_the_whole(text, part_bytes):
    try:
        whole = all_rows(text)
    except Unreadable:
        reject()  # before anybody wants to cut it
    parts, _ = in_parts(text, part_bytes)

    assert parts.equals(whole) if isinstance(whole, pd.DataFrame) else parts is whole or parts == whole


@pytest.mark.parametrize(
    "rows",
    [
        b'"Ana\nRuiz",ana@example.com,1\n',
        b"ana@example.com,Ana,1\n",
        "zoë@example.com,Zoë 🙂,1\n".encode(),
        b'ana@example.com,"says ""hi"", and goes",1\r\n',
    ],
)
def test_plain_text_is_cut_into_about_as_many_parts_as_it_has_part_sizes(rows):
    text = HEADER + b"first@example.com,First,1\n" + rows * 1000

    _, parts = in_parts(text, len(text) // 10, block_bytes=2**16)

    assert parts == 10


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(b'5" disk,b@example.com,1\n', id="a quote where RFC 4180 has none"),
        pytest.param(b"J\xfcrgen,b@example.com,1\n", id="a byte that is not UTF-8"),
        pytest.param(b"J\0rgen,b@example.com,1\n", id="a NUL"),
    ],
)
def test_text_that_is_not_plain_is_not_cut(stray):
    """Only a reader that starts at the beginning knows where such records end."""
    plain = b"Ana,ana@example.com,1\n" * 100_000

    _, parts = in_parts(b"name,email,id\n" + plain + stray + plain, 2**18, block_bytes=2**16)

    assert parts == 1


def test_small_text_is_not_scanned():
    assert export_of(InMemory(HEADER + b"ana@example.com,Ana,1\n"), block_bytes=64).spans(2**20) == []
