"""Open a delimited text file as a table, read its records, and cut the table into parts.

This module refuses files that are no text, such as a PDF document. The module ``detection`` finds the encoding. The
module ``dialects`` finds the delimiter and the quote.
"""

import codecs
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.source import Source, TextContent
from onboarding.exports.tables import NO_MARKS, CellColumns, TableMetadata, Unreadable
from onboarding.exports.text.decoding import TextDecoder
from onboarding.exports.text.detection import encoding_of
from onboarding.exports.text.dialects import dialect_of, refuse_hidden_delimiter
from onboarding.exports.text.encoding import Encoding
from onboarding.exports.text.foreign_formats import refuse_foreign_formats
from onboarding.exports.text.guessing import mark_doubtful, note_about
from onboarding.exports.text.record_blocks import ParsedRecords, first_records
from onboarding.exports.text.splitting import Span, SpanScan, cut_points, spans_of
from onboarding.exports.text.text_cells import TextPart, cells_in
from onboarding.exports.text.unusual_delimiters import unusual_delimiter
from onboarding.model.choices import USUAL_FOOTPRINT

HEAD_BYTES = 2**20
"""The number of bytes at the beginning of a file from which the job detects the encoding and the dialect."""

NOTHING = "it holds nothing"


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
        threads: int = 1,
    ) -> None:
        """Read the beginning of ``content``, and detect the dialect, and the encoding if ``encoding`` is ``None``.

        ``compression`` is the value for the metadata: a name such as ``gzip``, or empty for a file without compression.
        ``block_bytes`` is the size of the blocks in which ``cells`` reads the text, and ``threads`` the number of
        threads that parse blocks at the same time. Raises ``Unreadable`` if the file is no delimited text, or if its
        beginning does not show the encoding or the delimiter. Raises ``ConfigurationError`` for an unknown
        ``encoding``.
        """
        head = content.head(HEAD_BYTES)
        self._whole = len(head) < HEAD_BYTES
        if not head:
            raise Unreadable(NOTHING)
        refuse_foreign_formats(head)
        self._content = content
        self._block_bytes = block_bytes
        self._threads = threads
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
        """Return the first records: at most ``limit`` records, and at most 1 MiB.

        Raises ``Unreadable`` if the text contains no record, or no whole record in its first 1 MiB.
        """
        rows = self._first_records(limit).rows
        if not rows and self._whole:
            raise Unreadable(NOTHING)
        if not rows:
            raise Unreadable("its first 1 MiB is not one row; a line end may be missing, or a quote not closed")
        return rows

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip ``records_before`` records, and yield the requested columns of all later records.

        A batch is about ``block_bytes`` of text. ``shape`` says which records line up with the header. ``metadata`` and
        ``sha256`` are complete after the last batch.
        """
        digest = hashlib.sha256()
        decoder = TextDecoder(self._encoding, stated=self._stated)
        blocks = _skip(self._start(records_before), decoder.blocks(self._content.blocks(self._block_bytes, digest)))
        doubtful = False
        dialect = self._detected.dialect
        for cells in cells_in(blocks, dialect, columns, shape, records_before, threads=self._threads):
            refuse_hidden_delimiter(decoder.encoding, dialect.delimiter)
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

        The spans leave out the first ``records_before`` records. Each span is about ``part_bytes`` bytes long. The
        result is empty if the text is compressed or no plain UTF-8, or if a single span is enough.
        """
        if not isinstance(self._content, Source) or not self._is_plain_utf_8:
            return []
        start = self._mark_bytes + self._start(records_before)
        return spans_of(self._content, self._detected.dialect, start, part_bytes=part_bytes)

    def parts(self, spans: Sequence[Span], scans: Sequence[SpanScan]) -> "list[TextPart]":
        """Return the records of all spans as parts of the table, in order, or no parts if the text cannot be cut.

        ``scans`` are the scans of the spans, in the order of ``spans``.
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
        """Return the offset of the record after the first ``records_before`` records.

        The offset is in bytes of the text in UTF-8, without a byte order mark.
        """
        return self._detected.start + (self._first_records(records_before).ends[-1] if records_before else 0)

    def _first_records(self, limit: int) -> ParsedRecords:
        head = self._head[self._detected.start :]
        return first_records(head, self._detected.dialect, limit=limit, whole=self._whole)


def _beginning(head: bytes, encoding: Encoding) -> bytes:
    """Return the beginning of the text in UTF-8, without byte order mark and NUL bytes.

    ``head`` are the first bytes of the text. The function replaces bytes that do not fit the encoding; the method
    ``cells`` later refuses these bytes, with the number of their row. Raises ``Unreadable`` if NUL bytes separate the
    cells.
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
