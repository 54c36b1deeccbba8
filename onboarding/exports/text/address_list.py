"""Read a pasted list of addresses, such as ``"Lee, Ann" <ann@example.com>; Ben <ben@example.com>``, as a table.

People copy these lists from a mail program. A reader of CSV would split the list at the wrong signs. Each entry becomes
a record of one cell. So the row number of an entry is its place in the list.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from onboarding.exports.record_shape import RecordShape
from onboarding.exports.sources.source import TextContent
from onboarding.exports.tables import NO_MARKS, CellColumns, TableMetadata
from onboarding.exports.text.detection import encoding_of
from onboarding.exports.text.encoding import Encoding
from onboarding.exports.text.foreign_formats import refuse_foreign_formats
from onboarding.exports.text.guessing import mark_doubtful
from onboarding.exports.text.text_cells import cells_of

LARGEST_LIST_BYTES = 2**20
"""The longest pasted list, in bytes. A longer text is no list that a person has pasted."""

_ENTRY = re.compile(
    r"""[ \t]*(?:"(?P<quoted>[^"\r\n]*)"|[^<>"@;,\r\n]*)[ \t]*<[^<>\s@;,"]+@[^<>\s@;,"]+>[ \t]*
    |[ \t]*[^<>\s@;,"]+@[^<>\s@;,"]+[ \t]*""",
    re.VERBOSE,
)
_SEPARATOR = re.compile(r"[;,]?[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+|[;,]|$")


def pasted_entries(text: str) -> list[str]:
    """Return the entries of a pasted list of addresses, or an empty list if the text is no such list.

    The result is also empty if each line is a plain entry, since the reader of CSV can read this text.
    """
    text = text.strip()
    entries: list[str] = []
    place, needs_this_reader = 0, False
    while place < len(text):
        entry = _ENTRY.match(text, place)
        separator = _SEPARATOR.match(text, entry.end()) if entry else None
        if entry is None or separator is None:
            return []
        ends_line = separator.end() == len(text) or "\n" in separator[0] or "\r" in separator[0]
        needs_this_reader |= entry["quoted"] is not None or not ends_line
        entries.append(entry[0].strip())
        place = separator.end()
    return entries if needs_this_reader else []


class AddressListTable:
    """A pasted list of addresses as a ``RecordTable`` with one column and without a header."""

    sheet = ""
    marks = NO_MARKS

    def __init__(self, entries: Sequence[str], *, encoding: Encoding, compression: str, sha256: str) -> None:
        self._encoding = encoding
        self._rows = [[entry] for entry in entries]
        self.metadata = TableMetadata(
            format="text",
            compression=compression,
            encoding=encoding.name,
            guessed=encoding.guessed,
            notes=(f"It is a pasted list of {len(entries):,} addresses; row numbers count its entries.",),
        )
        self.sha256 = sha256

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the first entries, at most ``limit`` entries."""
        return self._rows[:limit]

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip ``records_before`` entries, and yield all later entries as one batch.

        ``columns`` are the indices of the requested columns. The method ignores ``shape``.
        """
        if rows := self._rows[records_before:]:
            yield mark_doubtful(cells_of(rows, columns, shape), self._encoding)


def open_address_list(content: TextContent, *, compression: str, encoding: str | None) -> AddressListTable | None:
    """Return the pasted list in a text file, or ``None`` if the file contains anything else.

    A text of several lines without ``<`` is no pasted list, since it may be a table without a header. ``compression``
    is the name of the file's packing, or empty. ``encoding`` is the encoding that the user named, or ``None``. Raises
    ``Unreadable`` if the file is no text, or if no guess of the encoding fits. Raises ``ConfigurationError`` if Python
    does not know the named encoding.
    """
    head = content.head(LARGEST_LIST_BYTES)
    is_one_line = b"\n" not in head.strip() and b"\r" not in head.strip()  # more lines may be a table without a header
    if len(head) >= LARGEST_LIST_BYTES or b"@" not in head or not (b"<" in head or is_one_line):
        return None
    refuse_foreign_formats(head)
    found = encoding_of(head, whole=True, stated=encoding)
    entries = pasted_entries(head.decode(found.name, "replace").removeprefix("\ufeff"))
    if not entries:
        return None
    digest = hashlib.sha256()
    for _ in content.blocks(LARGEST_LIST_BYTES, digest):
        pass
    return AddressListTable(entries, encoding=found, compression=compression, sha256=digest.hexdigest())
