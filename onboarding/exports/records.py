r"""Where does one record end and the next begin?

Records are cut from a file in pieces that hold whole records only, so that each piece can be read on its own, by
whichever reader suits it. The rules are RFC 4180's, with any line end (``\r\n``, ``\n``, ``\r``, mixed):

- a quote opens a field only at its start, and inside quotes a quote is doubled;
- a quote inside an unquoted field is an ordinary character (``5" disk``);
- text after a closing quote, and a quote that is never closed, are refused: what follows such a quote would vanish
  into one cell, and the people in it with it.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, islice
from threading import Lock

import numpy as np
import numpy.typing as npt

from onboarding.exports.encoding import ADVICE, UTF_8
from onboarding.exports.unreadable import Unreadable

MAX_RECORD = 16 * 2**20
"""Bytes. A longer record is refused: it is a quote that was never closed, and memory is bounded."""

BLANK = " \t\n\v\f\r\u00a0\u200b\ufeff"
"""A cell of nothing but these characters is empty; a record of nothing but empty cells is blank."""

BAD_QUOTE = "a quote is not closed, or text follows it; mend that cell, or save the file again as CSV"
TOO_LONG = "longer than 16 MiB; a quote may not be closed"

_FIELD_LIMIT = Lock()


@dataclass(frozen=True, slots=True)
class Records:
    """Records as their cells, and the offsets in bytes at which they end."""

    rows: list[list[str]] = field(repr=False)
    ends: list[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records.

    ``rows`` has their cells if a quote stands elsewhere than RFC 4180 wants it, so that they had to be read in order
    to be cut; it is ``None`` where any reader gives the same answer.
    """

    data: bytes = field(repr=False)
    rows: list[list[str]] | None = field(repr=False)


def first_records(head: bytes, delimiter: str, *, limit: int, whole: bool, strict: bool = True) -> Records:
    """Return at most ``limit`` records from the start of a file; ``whole`` says that ``head`` is all of it."""
    data = head if whole else head[: _line_end(head, len(head))]
    return _lex(data, delimiter, final=whole, strict=strict, limit=limit)


def all_rows(data: bytes, delimiter: str) -> list[list[str]]:
    """Return the cells of all records of a piece, or raise ``Unreadable`` at the first that breaks the rules."""
    return _lex(data, delimiter, final=True).rows


def whole_records(blocks: Iterable[bytes], delimiter: str) -> Iterator[Piece]:
    """Cut blocks of bytes into pieces of about the same size that hold whole records.

    Raises ``Unreadable``, its ``records`` counted from the end of the last piece.
    """
    held = b""
    for block in blocks:
        held += block
        piece = _cut(held, delimiter)
        if piece.data:
            yield _checked(piece, delimiter)
            held = held[len(piece.data) :]
        elif len(held) > MAX_RECORD:
            raise Unreadable(TOO_LONG, records=0)
    if held:
        yield _checked(_last(held, delimiter), delimiter)


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether there is nothing in any cell."""
    return not "".join(cells).strip(BLANK)


def _cut(held: bytes, delimiter: str) -> Piece:
    quotes = _quotes(held)
    if not _are_in_place(quotes, held, delimiter):
        records = _lex(held[: _line_end(held, len(held))], delimiter, final=False)
        return Piece(held[: records.ends[-1] if records.ends else 0], records.rows)
    end = _line_end(held, len(held))
    while end and (before := int(np.searchsorted(quotes, end))) % 2:
        # This line end is inside quotes: look before the quote that opened them.
        end = _line_end(held, int(quotes[before - 1]))
    return Piece(held[:end], None)


def _last(held: bytes, delimiter: str) -> Piece:
    quotes = _quotes(held)
    plain = len(quotes) % 2 == 0 and _are_in_place(quotes, held, delimiter)
    return Piece(held, None if plain else all_rows(held, delimiter))


def _quotes(data: bytes) -> npt.NDArray[np.intp]:
    if b'"' not in data:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))


def _are_in_place(quotes: npt.NDArray[np.intp], data: bytes, delimiter: str) -> bool:
    """Check that every first quote opens a field and every second one closes it (or is one of a doubled pair)."""
    codes = np.frombuffer(data, np.uint8)
    beside = np.zeros(256, np.bool_)
    beside[list(f'{delimiter}\r\n"'.encode())] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opening, closing = opening[opening > 0], closing[closing < len(data) - 1]
    return bool(beside[codes[opening - 1]].all() and beside[codes[closing + 1]].all())


def _line_end(data: bytes, stop: int) -> int:
    """Return the offset after the last line end before ``stop``; a last carriage return may be half of one."""
    return max(data.rfind(b"\n", 0, stop), data.rfind(b"\r", 0, min(stop, len(data) - 1))) + 1


def _lex(data: bytes, delimiter: str, *, final: bool, strict: bool = True, limit: int | None = None) -> Records:
    # Of bytes, splitlines splits at \n, \r and \r\n only, as a spreadsheet does. Offsets count bytes, so that
    # a replaced character does no harm; a piece is checked before its text is used.
    lines = data.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    ran_out = False

    def text() -> Iterator[str]:
        nonlocal ran_out
        for line in lines:
            yield line.decode(UTF_8, "replace")
        ran_out = True

    records = Records([], [])
    with _roomy_fields(data):
        reader = csv.reader(text(), delimiter=delimiter, strict=strict)
        try:
            for cells in islice(reader, limit):
                records.rows.append(cells)
                records.ends.append(offsets[reader.line_num])
        except csv.Error:
            # Running out of lines inside quotes is no fault where more lines may follow.
            if final or not ran_out:
                raise Unreadable(BAD_QUOTE, records=len(records.rows)) from None
    return records


def _checked(piece: Piece, delimiter: str) -> Piece:
    data = piece.data
    bad = data.find(b"\0")
    if bad >= 0:
        raise Unreadable(f"holds a NUL byte; {ADVICE}", records=_count(data[:bad], delimiter))
    if not data.isascii():
        try:
            data.decode(UTF_8)
        except UnicodeDecodeError as error:
            raise Unreadable(f"is not UTF-8; {ADVICE}", records=_count(data[: error.start], delimiter)) from None
    return piece


def _count(data: bytes, delimiter: str) -> int:
    return len(_lex(data[: _line_end(data, len(data))], delimiter, final=False).rows)


@contextmanager
def _roomy_fields(data: bytes) -> Iterator[None]:
    """Let a field be as long as the data while reading, and put the process-wide limit back."""
    with _FIELD_LIMIT:
        before = csv.field_size_limit(max(len(data), 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)
