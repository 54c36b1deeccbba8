"""Recognise files that are no delimited text, such as web pages, JSON or documents, and advise the user.

The name of a file often does not show its format, and an error about missing columns would not help the user. So the
error's message names the kind of the file and the next step.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from onboarding.exports.layout.named_columns import count_known_names
from onboarding.exports.tables import Unreadable

SIGNATURES: Mapping[bytes, str] = MappingProxyType(
    {
        b"PK\x03\x04": "a workbook or a zip archive",
        b"\xd0\xcf\x11\xe0": "an old Excel workbook",
        b"\x1f\x8b": "compressed with gzip",
        b"\xfd7zxz\0": "compressed with xz",
        b"\x28\xb5\x2f\xfd": "compressed with Zstandard",
        b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
        b"rar!\x1a\x07": "a RAR archive",
        b"PAR1": "a Parquet file",
        b"%pdf": "a PDF document",
        b"{\\rtf": "a document of a word processor",
        b"mime-version:": "a web page that was saved with its pictures",
        b"begin:vcard": "a list of contacts (vCard)",
        b"dn:": "LDIF, the format of directories",
        b"insert into ": "SQL",
        b"create table ": "SQL",
        b"table\n0,1": "a spreadsheet in DIF",
        b"table\r\n0,1": "a spreadsheet in DIF",
    }
)
"""The kind of a file that is no plain text, by its first bytes.

If a format ignores letter case, its bytes are in lower case in this table.
"""

SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"

_HEAD_BYTES = 4096
_MARKUP = re.compile(rb"<(?:!|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_XML = re.compile(rb"<\?xml|<[a-z]+:", re.IGNORECASE)
_JSON = re.compile(rb'\[\s*[\[{"\]\d]|\{\s*["}]')
_YAML = re.compile(rb"(?:---\s+)?(?:[\w.-]+:[ \t]*\r?\n[ \t]*)?-[ \t]+[\w.-]+:[ \t]|---\s+[\w.-]+:\s", re.IGNORECASE)
_LDIF_VERSION = re.compile(rb"version:[ \t]*1\s+(?=dn:)", re.IGNORECASE)
_LDIF_COMMENTS = re.compile(rb"(?:#[^\r\n]*[\r\n]+|[\r\n]+)+")

EXPORT_AGAIN = "have the program that made it write a CSV file or a workbook, and run again"
SAVE_AS = "open it in a spreadsheet, save it as .xlsx or CSV, and run again"


def refuse_foreign_formats(head: bytes) -> None:
    """Raise ``Unreadable`` if the first bytes of a file show another format than delimited text."""
    start = head[:_HEAD_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()
    bare = _LDIF_COMMENTS.sub(b"", start, count=1) if start.startswith(b"#") else start
    lower = _LDIF_VERSION.sub(b"", bare, count=1).lower()
    for signature, what in SIGNATURES.items():
        if lower.startswith(signature.lower()):
            raise Unreadable(f"this is {what}, not a plain CSV file; {EXPORT_AGAIN}")
    if SPREADSHEET_XML in start:
        raise Unreadable(f"this is a workbook in XML, as old Excel wrote it; {SAVE_AS}")
    if _XML.match(start):
        raise Unreadable(f"this is XML, not a plain CSV file; {SAVE_AS}")
    if _MARKUP.match(start):
        raise Unreadable(f"this is a web page, whatever its name says; {SAVE_AS}")
    if _YAML.match(start):
        raise Unreadable(f"this is YAML, not a plain CSV file; {EXPORT_AGAIN}")
    if _JSON.match(start):
        raise Unreadable(f"this is JSON, not a plain CSV file; {EXPORT_AGAIN}")


def refuse_wrapped_lines(rows: Sequence[Sequence[str]], delimiters: Sequence[str]) -> None:
    """Raise ``Unreadable`` if most rows are a single cell that contains a whole line of cells.

    ``rows`` are the first records. A spreadsheet writes a file of this kind if a person pasted a CSV into one column.
    The header may still be several cells. ``delimiters`` are the delimiters to look for within the cells.
    """
    people = [row for row in rows[1:] if "@" in "".join(row)]
    # A cell of several lines means that a quote is not closed.
    lines = [row[0] for row in people if "\n" not in row[0] and not any(cell.strip() for cell in row[1:])]
    if not any(lines) or 2 * len(lines) <= len(people):
        return
    for delimiter in delimiters:
        header = rows[0][0].split(delimiter) if len(rows[0]) == 1 else rows[0]
        is_header = count_known_names([name.strip(' "') for name in header]) > 1
        if is_header and 2 * sum(line.count(delimiter) + 1 >= len(header) for line in lines) > len(lines):
            raise Unreadable(
                f'each row is one cell that holds "{delimiter}" between its parts; split that column in a spreadsheet'
                " (Text to Columns), save it as CSV and run again"
            )
