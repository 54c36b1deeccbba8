"""Open a delimited text file as a table, detect its dialect, read its records, and cut the table into parts.

This module refuses files that are no text, such as a PDF document. ``detection`` finds the encoding.
"""

import codecs
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.address_columns import best_address_share
from onboarding.exports.layout.layout import MAX_COLUMNS, find_header
from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.local_files import Source, TextContent
from onboarding.exports.tables import NO_MARKS, CellColumns, TableMetadata, Unreadable
from onboarding.exports.text.decoding import TextDecoder
from onboarding.exports.text.detection import encoding_of
from onboarding.exports.text.encoding import ENCODING_FLAG, Encoding
from onboarding.exports.text.foreign_formats import refuse_foreign_formats, refuse_wrapped_lines
from onboarding.exports.text.guessing import mark_doubtful, note_about
from onboarding.exports.text.record_blocks import Dialect, ParsedRecords, first_records
from onboarding.exports.text.splitting import Span, SpanScan, cut_points, spans_of
from onboarding.exports.text.text_cells import TextPart, cells_in
from onboarding.exports.text.unusual_delimiters import unusual_delimiter
from onboarding.model.choices import USUAL_FOOTPRINT

HEAD_BYTES = 2**20
"""The size in bytes of the beginning of a file that shows the file's encoding and dialect."""

NOTHING = "it holds nothing"

DELIMITERS = (",", ";", "\t", "|")
"""The delimiters that ``dialect_of`` tries. It takes the comma if no delimiter occurs, as in a file of one column."""

ROWS_TRIED = 200

_LONGER_THAN_PIPE = re.compile(rb"[^\w\s\"'|]\||\|[^\w\s\"'|]")
"""The expression for a ``|`` beside another sign: both together may separate the cells, as in ``~|~``."""

_STATED = re.compile(rb'"?sep=([\t !#-&(-/:-?\[-^`{-~])\1*"?(?:\r\n|\r|\n)', re.IGNORECASE)


class TextTable:
    """A delimited text file in any encoding, as a ``RecordTable`` that may be cut into parts."""

    sheet = ""
    marks = NO_MARKS

    def __init__(
        self,
        content: TextContent,
        *,
        compression: str = "",
        encoding: str | None = None,
        block_bytes: int = USUAL_FOOTPRINT.block_bytes,
    ) -> None:
        """Read the beginning of the file and detect its dialect, and its encoding if ``encoding`` is ``None``.

        ``compression`` is the value for the metadata: ``gzip``, ``zip``, or empty for a file without compression.
        ``block_bytes`` is the size of the blocks in which ``cells`` reads the text. Raises ``Unreadable``, and
        ``ConfigurationError`` for an unknown ``encoding``.
        """
        head = content.head(HEAD_BYTES)
        self._whole = len(head) < HEAD_BYTES
        if not head:
            raise Unreadable(NOTHING)
        refuse_foreign_formats(head)
        self._content = content
        self._block_bytes = block_bytes
        self._stated = encoding is not None
        self._encoding = encoding_of(head, whole=self._whole, stated=encoding)
        self._head = _beginning(head, self._encoding)
        refuse_foreign_formats(self._head)
        self._is_plain_utf_8 = self._encoding.is_utf_8 and head.removeprefix(codecs.BOM_UTF8) == self._head
        self._mark_bytes = len(head) - len(self._head)
        self._detected = dialect_of(self._head, self._encoding, whole=self._whole)
        self.metadata = TableMetadata(
            format="text",
            compression=compression,
            encoding=self._encoding.name,
            guessed=self._encoding.guessed,
            delimiter=self._detected.dialect.delimiter,
            quote=self._detected.dialect.quote,
        )
        self.sha256: str | None = None

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the first records, at most ``limit`` records, and fewer if they do not fit into 1 MiB.

        Raises ``Unreadable`` if there is no record, or no whole record in 1 MiB.
        """
        rows = self._first_records(limit).rows
        if not rows and self._whole:
            raise Unreadable(NOTHING)
        if not rows:
            raise Unreadable("its first 1 MiB is not one row; a line end may be missing, or a quote not closed")
        return rows

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip as many records as ``records_before`` says, and yield all later records with the requested columns.

        A batch holds about as many bytes of text as a block (``block_bytes``). ``metadata`` and ``sha256`` are complete
        after the last batch.
        """
        digest = hashlib.sha256()
        decoder = TextDecoder(self._encoding, stated=self._stated)
        blocks = _skip(self._start(records_before), decoder.blocks(self._content.blocks(self._block_bytes, digest)))
        doubtful = False
        for cells in cells_in(blocks, self._detected.dialect, columns, shape, records_before):
            _refuse_hidden_delimiter(decoder.encoding, self._detected.dialect.delimiter)
            marked = mark_doubtful(cells, decoder.encoding)
            doubtful = doubtful or marked.has_doubts
            yield marked
        self.metadata = replace(
            self.metadata,
            encoding=decoder.encoding.name,
            guessed=decoder.encoding.guessed,
            nuls_dropped=decoder.nuls,
            notes=(note_about(decoder.encoding),) if doubtful else (),
        )
        self.sha256 = digest.hexdigest()

    def spans(self, records_before: int, *, part_bytes: int) -> list[Span]:
        """Return the spans of the file that the caller scans before ``parts`` can cut the table.

        The spans leave out the first records, as many as ``records_before`` says. Each span has about ``part_bytes``
        bytes. There are no spans if the text is compressed or not plain UTF-8, or if one span would do.
        """
        if not isinstance(self._content, Source) or not self._is_plain_utf_8:
            return []
        start = self._mark_bytes + self._start(records_before)
        return spans_of(self._content, self._detected.dialect, start, part_bytes=part_bytes)

    def parts(self, spans: Sequence[Span], scans: Sequence[SpanScan]) -> "list[TextPart]":
        """Return the records of all spans as parts of the table, in order, or no parts if the text cannot be cut.

        ``scans`` has the scan of each span, in the order of ``spans``.
        """
        points = cut_points(scans)
        if not points:
            return []
        first, bounds = spans[0], [spans[0].start, *points, spans[-1].stop]
        parts = [
            TextPart(first.source, self.metadata, first.dialect, start, stop, self._block_bytes)
            for start, stop in pairwise(bounds)
            if start < stop
        ]
        return parts if len(parts) > 1 else []

    def _start(self, records_before: int) -> int:
        """Return the offset of the first record after skipping as many records as ``records_before`` says.

        The offset counts bytes of the text in UTF-8 without a byte order mark.
        """
        return self._detected.start + (self._first_records(records_before).ends[-1] if records_before else 0)

    def _first_records(self, limit: int) -> ParsedRecords:
        head = self._head[self._detected.start :]
        return first_records(head, self._detected.dialect, limit=limit, whole=self._whole)


def _beginning(head: bytes, encoding: Encoding) -> bytes:
    """Return the beginning of the text in UTF-8, without byte order mark and NUL bytes.

    Bytes that do not fit the encoding are replaced here. ``cells`` refuses them later, with the number of their row.
    Raises ``Unreadable`` if NUL bytes separate the cells.
    """
    if not encoding.is_utf_8:
        head = codecs.getincrementaldecoder(encoding.name)("replace").decode(head).encode(errors="replace")
    text = head.removeprefix(codecs.BOM_UTF8)
    if b"\0" in text:
        unusual_delimiter(text.decode(errors="replace"), columns=2)
        text = text.replace(b"\0", b"")
    return text


def _skip(start: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield block[start:]
        start = max(0, start - len(block))


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """The dialect of a text, and the offset in bytes at which its first record begins (``start``).

    A first line such as ``sep=;`` tells a spreadsheet what separates the cells. Spreadsheets do not show that line and
    count rows from the next line. So does this job.
    """

    dialect: Dialect
    start: int


def dialect_of(head: bytes, encoding: Encoding, *, whole: bool) -> DetectedDialect:
    """Return the dialect of a text from its beginning in UTF-8 (``head``).

    The function tries each delimiter. With the right delimiter, the header has the most known names, and the share of
    addresses in a single column is highest. ``encoding`` is the encoding of the file. ``whole`` says that ``head`` is
    the whole text. Raises ``Unreadable`` if a guessed encoding leaves the delimiter in doubt.
    """
    if stated := _STATED.match(head):
        delimiter, start = stated[1].decode(), stated.end()
    else:
        delimiter, start = _delimiter(head, whole=whole), 0
    _refuse_hidden_delimiter(encoding, delimiter)
    dialect = _with_quote(head[start:], delimiter, whole=whole)
    refuse_wrapped_lines(first_records(head, dialect, limit=ROWS_TRIED, whole=whole, strict=False).rows, DELIMITERS)
    return DetectedDialect(dialect, start)


def _refuse_hidden_delimiter(encoding: Encoding, delimiter: str) -> None:
    """Raise ``Unreadable`` if the delimiter may be half of a character, so that a wrong guess would move cells."""
    if encoding.may_hide(delimiter):
        names = " or ".join(encoding.readings[:3])
        why = f'the encoding may be {names}, in which half a character may look like the "{delimiter}" between cells'
        raise Unreadable(f"{why}; name the encoding with {ENCODING_FLAG}")


def _delimiter(head: bytes, *, whole: bool) -> str:
    evidence = {delimiter: _evidence(head, delimiter, whole=whole) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: evidence[delimiter])
    score, columns = evidence[best]
    if score < 1:  # neither a known name nor a column of addresses
        columns = 1
    if columns > 1 and not (best == "|" and _LONGER_THAN_PIPE.search(head)):
        return best
    return unusual_delimiter(head.decode(errors="replace"), columns=max(columns, 2)) or best


def _evidence(head: bytes, delimiter: str, *, whole: bool) -> tuple[float, int]:
    # With a wrong delimiter, quotes stand anywhere. That is no reason to refuse the file.
    rows = first_records(head, Dialect(delimiter), limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        header = find_header(rows)
    except Unreadable:
        return best_address_share(rows), max(map(len, rows))
    if header is None:
        # The file holds nothing but this delimiter. With any other delimiter it would hold text.
        return inf, 0
    names = header.names[:MAX_COLUMNS]
    return count_known_names(names) + best_address_share(rows[header.first_record :]), len(names)


def _with_quote(head: bytes, delimiter: str, *, whole: bool) -> Dialect:
    """Return the dialect with the quote ``"``, or with ``'`` if the text fits the quote ``'`` better.

    In ``'t Hooft`` the sign ``'`` belongs to a name and is no quote.
    """
    double, single = Dialect(delimiter), Dialect(delimiter, "'")
    if not re.search(rb"(?:^|[\r\n" + re.escape(delimiter.encode()) + rb"])'", head):
        return double
    by_double = first_records(head, double, limit=ROWS_TRIED, whole=whole, strict=False).rows
    try:
        by_single = first_records(head, single, limit=ROWS_TRIED, whole=whole).rows
    except Unreadable:
        return double
    explains_more = any(map(_is_enclosed, by_double)) or _irregular(by_single) < _irregular(by_double)
    return single if explains_more and _addresses(by_single) >= _addresses(by_double) else double


def _is_enclosed(row: Sequence[str]) -> bool:
    return bool(row) and all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in row)


def _irregular(rows: Sequence[Sequence[str]]) -> int:
    """Count the records with more or fewer cells than most records have."""
    return len(rows) - max(Counter(map(len, rows)).values(), default=0)


def _addresses(rows: Sequence[Sequence[str]]) -> int:
    return sum(looks_like_address(cell) for row in rows for cell in row)
