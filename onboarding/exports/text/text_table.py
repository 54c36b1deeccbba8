"""Read a delimited text file as a table."""

import codecs
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from onboarding.exports.sources.compressed import TextContent
from onboarding.exports.sources.local_files import Source
from onboarding.exports.tables import Cells, TableMetadata, Unreadable
from onboarding.exports.text.dialect import dialect_of
from onboarding.exports.text.encoding import UTF_8_ADVICE, Encoding, TextDecoder, encoding_of
from onboarding.exports.text.record_blocks import Dialect, ParsedRecords, first_records, whole_records
from onboarding.exports.text.splitting import Span, SpanScan, cut_points, spans_of
from onboarding.exports.text.text_cells import read_cells
from onboarding.runtime.memory import USUAL_FOOTPRINT

HEAD_BYTES = 2**20
"""Size of the beginning of a file, by which its encoding and dialect are detected."""

NOTHING = "it holds nothing"

NOT_TEXT = {
    b"PK\x03\x04": "a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1": "a Parquet file",
    b"%pdf": "a PDF document",
    b"{\\rtf": "a document of a word processor",
    b"<html": "a web page",
    b"<!doctype": "a web page",
    b"<table": "a web page",
    b"<meta": "a web page",
    b"<?xml": "XML",
    b"[{": "JSON",
    b'{"': "JSON",
}
"""How files begin that people hand in instead of plain text, and what these files are."""


class TextTable:
    """The records of a delimited text file in any encoding."""

    sheet = ""

    def __init__(
        self,
        content: TextContent,
        *,
        compression: str = "",
        encoding: str | None = None,
        block_bytes: int = USUAL_FOOTPRINT.block_bytes,
    ) -> None:
        """Read the beginning. Raises ``Unreadable``, and ``ConfigurationError`` for an unknown ``encoding``."""
        head = content.head(HEAD_BYTES)
        self._whole = len(head) < HEAD_BYTES
        _check_that_it_is_text(head)
        self._content = content
        self._block_bytes = block_bytes
        self._stated = encoding is not None
        self._encoding = encoding_of(head, whole=self._whole, stated=encoding)
        self._head = _beginning(head, self._encoding)
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
        """Return at most ``limit`` records from the very top, fewer if they do not fit into 1 MiB."""
        rows = self._first_records(limit).rows
        if not rows and self._whole:
            raise Unreadable(NOTHING)
        if not rows:
            raise Unreadable("its first 1 MiB is not one row; a line end may be missing, or a quote not closed")
        return rows

    def cells(self, after: int, columns: Sequence[int], width: int) -> Iterator[Cells]:
        """Yield all records after the first ``after`` ones, in batches of some ``block_bytes``."""
        digest = hashlib.sha256()
        decoder = TextDecoder(self._encoding, stated=self._stated)
        blocks = _skip(self._start(after), decoder.blocks(self._content.blocks(self._block_bytes, digest)))
        yield from _cells(blocks, self._detected.dialect, columns, width, after)
        self.metadata = replace(
            self.metadata, encoding=decoder.encoding.name, guessed=decoder.encoding.guessed, nuls_dropped=decoder.nuls
        )
        self.sha256 = digest.hexdigest()

    def spans(self, after: int, *, part_bytes: int) -> list[Span]:
        """Return the spans to scan before the records after the first ``after`` ones are cut into parts."""
        if not isinstance(self._content, Source) or not self._is_plain_utf_8:
            return []
        start = self._mark_bytes + self._start(after)
        return spans_of(self._content, self._detected.dialect, start, part_bytes=part_bytes)

    def parts(self, spans: Sequence[Span], scans: Sequence[SpanScan]) -> "list[TextPart]":
        """Return the records of these spans as parts of the table; none if the text cannot be cut."""
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

    def _start(self, after: int) -> int:
        """Return the offset of the records after the first ``after`` ones, in UTF-8 without byte order mark."""
        return self._detected.start + (self._first_records(after).ends[-1] if after else 0)

    def _first_records(self, limit: int) -> ParsedRecords:
        head = self._head[self._detected.start :]
        return first_records(head, self._detected.dialect, limit=limit, whole=self._whole)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some records of a plain text, a ``TablePart``."""

    source: Source
    metadata: TableMetadata
    dialect: Dialect
    start: int
    stop: int
    block_bytes: int
    sheet: str = ""
    sha256: None = None

    def cells(self, after: int, columns: Sequence[int], width: int) -> Iterator[Cells]:
        """Yield all records of the part; ``after`` is how many records of the table come before the part."""
        blocks = self.source.span(self.start, self.stop, self.block_bytes)
        return _cells(blocks, self.dialect, columns, width, after)


def _cells(
    blocks: Iterable[bytes], dialect: Dialect, columns: Sequence[int], width: int, records: int
) -> Iterator[Cells]:
    """Yield the records in blocks of UTF-8; ``records`` is how many records come before them."""
    try:
        for block in whole_records(blocks, dialect):
            cells = read_cells(block, dialect, columns, width)
            records += len(cells.blank)
            yield cells
    except Unreadable as error:
        if error.records is None:
            raise
        raise Unreadable(error.why, records=records + error.records) from error


def _check_that_it_is_text(head: bytes) -> None:
    if not head:
        raise Unreadable(NOTHING)
    start = head[:100].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for signature, what in NOT_TEXT.items():
        if start.startswith(signature.lower()):
            raise Unreadable(f"this is {what}, not a plain CSV file; {UTF_8_ADVICE}")


def _beginning(head: bytes, encoding: Encoding) -> bytes:
    """Return the head in UTF-8. Bytes that do not fit are refused later, with the number of their row."""
    if not encoding.is_utf_8:
        head = codecs.getincrementaldecoder(encoding.name)("replace").decode(head).encode(errors="replace")
    return head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")


def _skip(start: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield block[start:]
        start = max(0, start - len(block))
