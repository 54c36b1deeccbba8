r"""Cut a delimited text into blocks of whole records, parse records into cells, and refuse bad quotes and long lines.

``Dialect`` is the delimiter and the quote of a text. The module ``text_cells`` reads the cells of a block.

A block contains only whole records, so a reader can read each block alone. The rules are those of RFC 4180, with any
line end (``\r\n``, ``\n``, ``\r``, mixed):

- A quote (``"``, or ``'`` if the file uses this sign) opens a cell only at the cell's start. Within a cell in quotes, a
  quote is doubled.
- A quote inside a cell without quotes is an ordinary character (``5" disk``).
- The module refuses a quote that is never closed, and a closing quote with text after it. Otherwise all records after
  the quote, and their people, could vanish into a single cell.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from itertools import accumulate, islice
from threading import Lock

import numpy as np
import numpy.typing as npt

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import UTF_8, UTF_8_ADVICE, UndecodableText, is_utf_8
from onboarding.model.values import dataclass

MAX_LENGTH = 2**17
"""The longest line, and the longest cell in quotes, in bytes.

In a longer line or cell, a line end or a closing quote is missing, so the line or cell contains several people.
"""

MAX_HELD = 16 * 2**20
"""The longest unfinished record that the job keeps in memory, in bytes."""

BAD_QUOTE = "a quote is not closed, or text follows it; mend that cell, or save the file again as CSV"
TOO_LONG = "a line or a cell is longer than 128 KiB; a line end may be missing, or a quote not closed"

_FIELD_LIMIT = Lock()


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, which separates cells, and the quote around a cell that contains the delimiter.

    Both signs are ASCII.
    """

    delimiter: str
    quote: str = '"'


@dataclass(frozen=True, slots=True)
class ParsedRecords:
    """The cells of each record, and the offset in bytes at which each record ends."""

    rows: list[list[str]] = field(repr=False)
    ends: list[int] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """A block of bytes of whole records.

    ``rows`` is ``None`` if all quotes are where RFC 4180 wants them, because all readers then find the same cells.
    Otherwise the module has parsed the records to find their ends, and ``rows`` are the cells of each record.
    """

    data: bytes = field(repr=False)
    rows: list[list[str]] | None = field(repr=False)


def first_records(head: bytes, dialect: Dialect, *, limit: int, whole: bool, strict: bool = True) -> ParsedRecords:
    """Return the first records of a text, at most ``limit`` records. ``head`` is the beginning of the text.

    If ``whole`` is true, ``head`` is the whole text. Otherwise the function leaves out the last line of ``head``, which
    may be cut off. Raises ``Unreadable`` for a bad quote if ``strict`` is true.
    """
    data = head if whole else head[: _line_end(head, len(head))]
    return _lex(data, dialect, final=whole, strict=strict, limit=limit)


def all_rows(data: bytes, dialect: Dialect) -> list[list[str]]:
    """Return the cells of all records in a block.

    Raises ``Unreadable`` for a bad quote, or for a cell that is too long.
    """
    return _lex(data, dialect, final=True).rows


def whole_records(blocks: Iterable[bytes], dialect: Dialect) -> Iterator[RecordBlock]:
    """Turn blocks of UTF-8 into blocks of whole records, of about the same size.

    Raises ``Unreadable`` for a bad quote, for a line or cell that is too long, and for bytes that do not fit the
    encoding. The error's ``records`` is the number of whole records after the last yielded block.
    """
    held = b""
    try:
        for block in blocks:
            held += block
            cut = _cut(held, dialect)
            if cut.data:
                yield _checked(cut, dialect)
                held = held[len(cut.data) :]
            elif len(held) > MAX_HELD:
                raise Unreadable(TOO_LONG, records=0)
    except UndecodableText as error:
        raise Unreadable(str(error), records=_count(held, dialect)) from None
    if held:
        yield _checked(_last(held, dialect), dialect)


def _cut(held: bytes, dialect: Dialect) -> RecordBlock:
    quotes = quotes_in(held, dialect)
    _check_lines(held, dialect)
    if not are_in_place(quotes, held, dialect):
        records = _lex(held[: _line_end(held, len(held))], dialect, final=False)
        _check_cells(records.rows)
        return RecordBlock(held[: records.ends[-1] if records.ends else 0], records.rows)
    _check_quoted(held, quotes, dialect)
    end = _line_end(held, len(held))
    while end and (before := int(np.searchsorted(quotes, end))) % 2:
        # This line end is inside quotes. Go back to the last line end before the opening quote.
        end = _line_end(held, int(quotes[before - 1]))
    return RecordBlock(held[:end], None)


def _last(held: bytes, dialect: Dialect) -> RecordBlock:
    quotes = quotes_in(held, dialect)
    plain = len(quotes) % 2 == 0 and are_in_place(quotes, held, dialect)
    return RecordBlock(held, None if plain else all_rows(held, dialect))


def quotes_in(data: bytes, dialect: Dialect) -> npt.NDArray[np.intp]:
    """Return the offsets of all quotes in a block, in bytes."""
    quote = dialect.quote.encode()
    if quote not in data:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord(quote))


def are_in_place(quotes: npt.NDArray[np.intp], data: bytes, dialect: Dialect, *, inside: bool = False) -> bool:
    """Say whether the quotes in a block open and close cells in turn, each quote at an edge of its cell.

    The function reads two quotes side by side as the end of a cell and the beginning of another cell. ``quotes`` are
    the offsets of the quotes in ``data``. If ``inside`` is true, the block begins inside quotes, and its first quote
    closes a cell.
    """
    codes = np.frombuffer(data, np.uint8)
    beside = np.zeros(256, np.bool_)
    beside[list(f"{dialect.delimiter}\r\n{dialect.quote}".encode())] = True
    opening, closing = quotes[inside::2], quotes[not inside :: 2]
    opening, closing = opening[opening > 0], closing[closing < len(data) - 1]
    return bool(beside[codes[opening - 1]].all() and beside[codes[closing + 1]].all())


def _line_end(data: bytes, stop: int) -> int:
    """Return the offset right after the last line end before ``stop``, or 0 if there is no line end before ``stop``.

    The function ignores a carriage return at the end of ``data``, since it may be half of a line end.
    """
    return max(data.rfind(b"\n", 0, stop), data.rfind(b"\r", 0, min(stop, len(data) - 1))) + 1


def _check_lines(data: bytes, dialect: Dialect) -> None:
    # If a line is too long, at least one of these windows has no line end.
    window = MAX_LENGTH // 2
    for start in range(0, len(data) - window + 1, window):
        stop = start + window
        if data.find(b"\n", start, stop) < 0 and data.find(b"\r", start, stop) < 0:
            begin = _line_end(data, start)
            ends = [end for end in (data.find(b"\n", stop), data.find(b"\r", stop)) if end >= 0]
            if min(ends, default=len(data)) - begin > MAX_LENGTH:
                raise Unreadable(TOO_LONG, records=_count(data[:begin], dialect))


def _check_quoted(data: bytes, quotes: npt.NDArray[np.intp], dialect: Dialect) -> None:
    opening, closing = quotes[0::2], quotes[1::2]
    if len(opening) > len(closing):
        closing = np.append(closing, len(data))
    too_long = np.flatnonzero(closing - opening > MAX_LENGTH)
    if len(too_long):
        raise Unreadable(TOO_LONG, records=_count(data[: opening[too_long[0]]], dialect))


def _check_cells(rows: Sequence[Sequence[str]]) -> None:
    for index, row in enumerate(rows):
        if any(len(cell) > MAX_LENGTH for cell in row):
            raise Unreadable(TOO_LONG, records=index)


def _lex(data: bytes, dialect: Dialect, *, final: bool, strict: bool = True, limit: int | None = None) -> ParsedRecords:
    # For bytes, splitlines splits at \n, \r and \r\n only, as a spreadsheet does. Replaced characters do no harm:
    # offsets count bytes, and a block is checked before its text is used.
    lines = data.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    ran_out = False

    def text() -> Iterator[str]:
        nonlocal ran_out
        for line in lines:
            yield line.decode(UTF_8, "replace")
        ran_out = True

    records = ParsedRecords([], [])
    with _roomy_fields(data):
        reader = csv.reader(text(), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=strict)
        try:
            for cells in islice(reader, limit):
                records.rows.append(cells)
                records.ends.append(offsets[reader.line_num])
        except csv.Error:
            # If more lines may follow, the lines may end inside quotes.
            if final or not ran_out:
                raise Unreadable(BAD_QUOTE, records=len(records.rows)) from None
    return records


def _checked(block: RecordBlock, dialect: Dialect) -> RecordBlock:
    if not is_utf_8(block.data):
        try:
            block.data.decode(UTF_8)
        except UnicodeDecodeError as error:
            before = block.data[: error.start]
            raise Unreadable(f"is not UTF-8; {UTF_8_ADVICE}", records=_count(before, dialect)) from None
    return block


def _count(data: bytes, dialect: Dialect) -> int:
    """Return the number of whole records in ``data`` before its last line end."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    return len(_lex(data[:end], dialect, final=False).rows)


@contextmanager
def _roomy_fields(data: bytes) -> Iterator[None]:
    """Let the ``csv`` module read cells as long as ``data`` in the ``with`` block, and then restore the old limit.

    The limit applies to the whole process, so the function takes a lock.
    """
    with _FIELD_LIMIT:
        before = csv.field_size_limit(max(len(data), 1))
        try:
            yield
        finally:
            csv.field_size_limit(before)
