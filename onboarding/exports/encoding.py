"""Is this text, and in which encoding?"""

import codecs

from onboarding.exports.unreadable import Unreadable

UTF_8 = "utf-8"
UTF_8_WITH_BOM = "utf-8-sig"
ADVICE = 'save it as "CSV UTF-8" and run again'

NOT_TEXT = {
    b"PK\x03\x04": "a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
    codecs.BOM_UTF16_LE: "UTF-16 text",
    codecs.BOM_UTF16_BE: "UTF-16 text",
}
"""The first bytes of what people hand in instead of plain text, and its name."""


def encoding_of(head: bytes, *, whole: bool) -> str:
    """Return the encoding of a file from its first bytes; ``whole`` says that they are all it has.

    Raises ``Unreadable`` for what is not text, and for text that is not UTF-8.
    """
    for start, what in NOT_TEXT.items():
        if head.startswith(start):
            raise Unreadable(f"this is {what}, not a plain CSV file; {ADVICE}")
    if b"\0" in head:
        raise Unreadable(f"this is a binary file, not text; {ADVICE}")
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head, final=whole)
    except UnicodeDecodeError:
        raise Unreadable(f"the text is not UTF-8; {ADVICE}") from None
    return UTF_8_WITH_BOM if head.startswith(codecs.BOM_UTF8) else UTF_8


def mark_of(encoding: str) -> bytes:
    """Return the byte order mark that a file in this encoding starts with."""
    return codecs.BOM_UTF8 if encoding == UTF_8_WITH_BOM else b""
