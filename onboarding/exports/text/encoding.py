"""The encoding of a text, the doubts about a guessed encoding, and how to recognise UTF-8.

The module ``detection`` detects the encoding of a text, and asks ``guessing`` if only a guess is possible. The module
``decoding`` turns the text into UTF-8.
"""

import codecs

import pyarrow as pa

from onboarding.model.values import dataclass

UTF_8 = "utf-8"
UTF_8_WITH_BOM = "utf-8-sig"

ENCODING_FLAG = "--encoding"
UTF_8_ADVICE = 'save it as "CSV UTF-8" and run again'

SECOND_BYTES = {
    "cp932": range(0x40, 0x7F),
    "big5hkscs": range(0x40, 0x7F),
    "gb18030": (*range(0x30, 0x3A), *range(0x40, 0x7F)),
    "johab": range(0x31, 0x7F),
}
"""For each encoding, the ASCII bytes that may be the second half of a character.

The table contains only the encodings in which one of these bytes may be a delimiter.
"""

ARROW_FROM_BYTES = 2**12
"""From this size in bytes on, Arrow checks whether a text is UTF-8. Arrow is up to six times as fast as Python."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text: the name of Python's codec, whether it is a guess, and the doubts about the guess.

    ``rivals`` are the other possible encodings of the text. ``fits_badly`` is true if even the best guess makes words
    that look like no names.
    """

    name: str
    guessed: bool = False
    rivals: tuple[str, ...] = ()
    fits_badly: bool = False

    @property
    def is_utf_8(self) -> bool:
        """Whether the encoding is UTF-8, with or without a byte order mark."""
        return self.name in (UTF_8, UTF_8_WITH_BOM)

    @property
    def readings(self) -> tuple[str, ...]:
        """The possible encodings of the text, the likeliest first."""
        return (self.name, *self.rivals)

    def may_hide(self, delimiter: str) -> bool:
        """Say whether a delimiter in the text may be half of a character.

        A wrong guess would then move cells to other columns.
        """
        unsure = self.rivals or self.fits_badly
        return bool(unsure) and any(ord(delimiter) in SECOND_BYTES.get(name, ()) for name in self.readings)


class UndecodableText(Exception):
    """The error for text that cannot be decoded.

    The decoder first yields all text before the fault, and then raises the error. The module ``record_blocks`` turns
    this error into ``Unreadable`` with the number of the record.
    """


def is_utf_8(data: bytes, *, whole: bool = True) -> bool:
    """Say whether bytes are UTF-8. If ``whole`` is false, the last character may be cut off."""
    try:
        if whole and len(data) >= ARROW_FROM_BYTES:
            bounds = pa.array([0, len(data)], pa.int32())
            pa.StringArray.from_buffers(1, bounds.buffers()[1], pa.py_buffer(data)).validate(full=True)
        else:
            codecs.utf_8_decode(data, "strict", whole)
    except (UnicodeDecodeError, pa.ArrowInvalid):
        return False
    return True
