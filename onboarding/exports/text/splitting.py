"""Find where to cut a large text into parts for several workers: scan spans of the file, and compute the cut points.

The module ``text_table`` makes the parts of the table from the cut points.

The job cuts a text only between two records. A line end ends a record only outside quotes. A line end is outside quotes
if the number of quotes before it in the whole file is even. So the scan of a span covers two cases: the span begins
outside quotes, or inside quotes. All scans together show which case is true for each span.

The job cuts only plain texts, which are UTF-8 without NUL bytes, with quotes where RFC 4180 wants them. A single worker
reads any other text from start to end. So the rows of a cut text are the same as the rows of the whole text.
"""

import codecs
import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from onboarding.exports.sources.source import Source
from onboarding.exports.text.detection import has_shifts
from onboarding.exports.text.encoding import is_utf_8
from onboarding.exports.text.record_blocks import Dialect, are_in_place, quotes_in
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass

LONGEST_CHARACTER = 4
"""The longest character in UTF-8, in bytes."""

_LATER_BYTES = bytes(range(0x80, 0xC0))
"""The values of the bytes that continue a character in UTF-8."""

_FIRST_BYTES = ((0xF0, 4), (0xE0, 3), (0xC0, 2))
"""Pairs for the UTF-8 characters of four, three and two bytes: the lowest value of the first byte, and the length."""

_BLANK = b"|".join(re.escape(sign.encode()) for sign in sorted({*BLANK, "\r", "\n"}))
"""The regular expression for a character of a blank cell or of a line end."""


@dataclass(frozen=True, slots=True)
class SpanScan:
    """The findings in a span, for two cases: the span begins outside quotes, or inside quotes.

    ``is_plain`` is true if the span is UTF-8 without NUL bytes and without escape sequences of ISO-2022
    (``has_shifts``). ``has_odd_quotes`` is true if the number of quotes in the span is odd. ``head`` is the number of
    bytes at the start of the span that continue the last character of the span before. ``tail`` is the number of
    missing bytes of the span's last character.

    ``are_in_place`` and ``ends`` are pairs: a value for a span that begins outside quotes, and a value for a span that
    begins inside quotes. ``are_in_place`` is true if the quotes are where RFC 4180 wants them. ``ends`` is the offset
    in the file of the first filled record after a line end outside quotes, or ``None`` without such a record.
    """

    is_plain: bool
    has_odd_quotes: bool = False
    are_in_place: tuple[bool, bool] = (False, False)
    ends: tuple[int | None, int | None] = (None, None)
    head: int = 0
    tail: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of a file from ``start`` up to ``stop``. Both offsets may be inside a record or a character.

    ``is_first`` is true for the first span of the file. ``dialect`` is the dialect of the whole text.
    """

    source: Source
    dialect: Dialect
    start: int
    stop: int
    is_first: bool

    def scan(self) -> SpanScan:
        """Read the span and return the findings about its quotes and characters.

        Raises ``InputRefused`` if reading fails.
        """
        # The bytes before and after the span show whether its first and last quotes are in place.
        before = 0 if self.is_first else 1
        length = self.stop - self.start
        spanned = b"".join(self.source.span(self.start - before, self.stop + 1, length + 2))
        data = spanned[before : before + length]
        edges = _edges(data, is_first=self.is_first)
        if edges is None or b"\0" in data or has_shifts(spanned):
            return SpanScan(is_plain=False)
        quotes = quotes_in(data, self.dialect)
        return SpanScan(
            is_plain=True,
            has_odd_quotes=len(quotes) % 2 == 1,
            are_in_place=(
                are_in_place(quotes + before, spanned, self.dialect),
                are_in_place(quotes + before, spanned, self.dialect, inside=True),
            ),
            ends=(self._end(data, quotes, inside=False), self._end(data, quotes, inside=True)),
            head=edges[0],
            tail=edges[1],
        )

    def _end(self, data: bytes, quotes: npt.NDArray[np.intp], *, inside: bool) -> int | None:
        start = 0
        for quote in quotes:
            if not inside and (end := data.find(b"\n", start, quote)) >= 0:
                return self._filled_record(data, end + 1)
            inside, start = not inside, quote + 1
        end = -1 if inside else data.find(b"\n", start)
        return self._filled_record(data, end + 1) if end >= 0 else None

    def _filled_record(self, data: bytes, start: int) -> int | None:
        """Return the offset of the first filled record from ``start`` on, or ``None`` if all records are blank.

        ``data`` are the bytes of the span. The job never cuts between blank records, since many blank records are one
        line of the report (``blank_runs``).
        """
        between = re.escape(f"{self.dialect.delimiter}{self.dialect.quote}".encode())
        filled = re.compile(rb"(?:[" + between + rb"]|" + _BLANK + rb")*+").match(data, start)
        if filled is None or filled.end() > len(data) - LONGEST_CHARACTER:
            return None
        end, quote = _line_start(data, start, filled.end()), self.dialect.quote.encode()
        while data.count(quote, start, end) % 2:
            # This line end is inside quotes, so the record begins before the opening quote.
            end = _line_start(data, start, data.rfind(quote, start, end))
        return self.start + end


def _line_start(data: bytes, start: int, stop: int) -> int:
    """Return the offset after the last line end between ``start`` and ``stop``, or ``start`` without a line end."""
    return max(start, data.rfind(b"\n", start, stop) + 1, data.rfind(b"\r", start, stop) + 1)


def spans_of(source: Source, dialect: Dialect, start: int, *, part_bytes: int) -> list[Span]:
    """Return spans that together cover the file from the offset ``start`` on, or no spans if a single span is enough.

    Each span is about ``part_bytes`` bytes long.
    """
    count = round((source.size - start) / part_bytes)
    if count <= 1:
        return []
    bounds = [start + (source.size - start) * number // count for number in range(count + 1)]
    return [Span(source, dialect, begin, end, number == 0) for number, (begin, end) in enumerate(pairwise(bounds))]


def cut_points(scans: Iterable[SpanScan]) -> list[int] | None:
    """Return the offsets at which to cut a text, from the scans of all its spans; ``None`` if the text is not plain."""
    found: list[int] = []
    inside, lacking = False, 0
    for number, scan in enumerate(scans):
        if not scan.is_plain or not scan.are_in_place[inside] or scan.head != lacking:
            return None
        if number and (end := scan.ends[inside]) is not None:
            found.append(end)
        inside ^= scan.has_odd_quotes
        lacking = scan.tail
    return None if lacking else found


def _edges(data: bytes, *, is_first: bool) -> tuple[int, int] | None:
    """Return two numbers: first bytes that continue an earlier character, and missing bytes of the last character.

    Return ``None`` if the bytes in between are not UTF-8. If ``is_first`` is true, ``data`` is the beginning of the
    text.
    """
    if data.isascii():
        return 0, 0
    edge = LONGEST_CHARACTER - 1
    head = 0 if is_first else len(data[:edge]) - len(data[:edge].lstrip(_LATER_BYTES))
    # The decoder reads all bytes except those of a last character that is cut off.
    cut = len(data[-edge:]) - codecs.utf_8_decode(data[-edge:], "ignore")[1]
    tail = _length(data[-cut]) - cut if cut else 0
    return (head, tail) if is_utf_8(data[head : len(data) - cut]) else None


def _length(code: int) -> int:
    """Return the number of bytes of a UTF-8 character. ``code`` is the character's first byte."""
    return next((length for least, length in _FIRST_BYTES if code >= least), 1)
