"""Where may a large text be cut, so that its parts can be read apart from each other?

Between two records. Whether a line end is one depends on how many quotes stand before it in the whole file, so each
span of the file is looked at by itself, for both cases, and then it is known which case each one is.

Only a plain text is cut: UTF-8 without NULs, its quotes where RFC 4180 wants them. Any other is read from its beginning
to its end, so that the answer is the same whether it was to be cut or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from onboarding.exports.sources.local_files import Source
from onboarding.exports.text.encoding import is_utf_8
from onboarding.exports.text.records import Dialect, are_in_place, quotes_in

LONGEST_CHARACTER = 4
"""Bytes of UTF-8."""

_WITHIN = range(0x80, 0xC0)
_BEGINS = ((0xF0, 4), (0xE0, 3), (0xC0, 2))


@dataclass(frozen=True, slots=True)
class SpanScan:
    """What a span of a text looks like. Pairs are for one that begins outside of quotes, and inside of them.

    ``ends`` are the offsets, from the start of the file, after the first line end outside of quotes. ``head`` and
    ``tail`` are how many bytes of a character begun before, and of one that ends after it, the span has and lacks.
    """

    is_plain: bool
    has_odd_quotes: bool = False
    are_in_place: tuple[bool, bool] = (False, False)
    ends: tuple[int | None, int | None] = (None, None)
    head: int = 0
    tail: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Some bytes of a file, from ``start`` to before ``stop``, that begin and end anywhere."""

    source: Source
    dialect: Dialect
    start: int
    stop: int
    is_first: bool

    def scan(self) -> SpanScan:
        """Read it once. Raises ``InputRefused``."""
        # With the characters before and after, which say whether a quote is in its place.
        before = 0 if self.is_first else 1
        length = self.stop - self.start
        spanned = b"".join(self.source.span(self.start - before, self.stop + 1, length + 2))
        data = spanned[before : before + length]
        edges = _edges(data, is_first=self.is_first)
        if edges is None or b"\0" in data:
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
                return self.start + end + 1
            inside, start = not inside, quote + 1
        end = -1 if inside else data.find(b"\n", start)
        return self.start + end + 1 if end >= 0 else None


def spans_of(source: Source, dialect: Dialect, start: int, *, part_bytes: int) -> list[Span]:
    """Return spans of about ``part_bytes`` that together are the file from ``start`` on; none if it is one."""
    count = round((source.size - start) / part_bytes)
    if count <= 1:
        return []
    bounds = [start + (source.size - start) * number // count for number in range(count + 1)]
    return [Span(source, dialect, begin, end, number == 0) for number, (begin, end) in enumerate(pairwise(bounds))]


def cut_points(scans: Iterable[SpanScan]) -> list[int] | None:
    """Return at which offsets to cut a file whose spans look like that, or ``None`` if it is not plain."""
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
    """Return how many bytes belong to a character begun before, and how many the last one lacks; None if not UTF-8."""
    if data.isascii():
        return 0, 0
    head = 0
    while not is_first and head < LONGEST_CHARACTER - 1 and data[head : head + 1] and _continues(data[head]):
        head += 1
    tail = 0
    whole = len(data)
    for back in range(1, min(LONGEST_CHARACTER, len(data) - head + 1)):
        if not _continues(data[-back]):
            tail = max(0, _length(data[-back]) - back)
            whole -= back if tail else 0
            break
    return (head, tail) if is_utf_8(data[head:whole]) else None


def _continues(code: int) -> bool:
    return code in _WITHIN


def _length(code: int) -> int:
    """Return how many bytes a character has that begins with this one."""
    return next((length for least, length in _BEGINS if code >= least), 1)
