"""Detect the encoding of a text from its first bytes.

A byte order mark shows the encoding. Without a mark, the places of NUL bytes show UTF-16 and UTF-32, and escape
sequences show ISO-2022 and HZ. A text that is valid UTF-8 is UTF-8. The module ``guessing`` guesses the encoding of all
other texts. The report then says that the encoding is a guess.
"""

import codecs
import io
import re
import unicodedata

from onboarding.exports.tables import Unreadable
from onboarding.exports.text.encoding import (
    ENCODING_FLAG,
    UTF_8,
    UTF_8_ADVICE,
    UTF_8_WITH_BOM,
    Encoding,
    is_utf_8,
)
from onboarding.exports.text.guessing import guess_encoding
from onboarding.model.errors import ConfigurationError

MARKS = {
    codecs.BOM_UTF8: UTF_8_WITH_BOM,
    # UTF-32 is before UTF-16, since the mark of UTF-32-LE begins with the mark of UTF-16-LE.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

NUL_PATTERNS = {
    "utf-32-le": (0, 1, 1, 1),
    "utf-32-be": (1, 1, 1, 0),
    "utf-16-le": (0, 1, 0, 1),
    "utf-16-be": (1, 0, 1, 0),
}
"""For each encoding, the pattern of NUL bytes (1) and other bytes (0) in each four bytes of ASCII text."""

MANY_NULS, FEW_NULS = 0.4, 0.1
"""The least share of NUL bytes at a place with 1 in ``NUL_PATTERNS``, and the highest share at a place with 0.

The shares are not 1 and 0, because names may be in any script, while delimiters and addresses are ASCII.
"""

WIDE_BYTES = 2**16
"""The number of first bytes by which the module tells a binary file from UTF-16 and UTF-32."""

OTHER_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a")
"""Control characters that no text contains. The list leaves out 0x1a, which ended files under DOS."""

ESCAPE = b"\x1b"
LONGEST_ESCAPE = 4
"""The longest escape sequence of ISO-2022, in bytes."""

_SHIFT = re.compile(rb"\x1b(?:\$[@AB()*]|\([IJ])")
"""The escape sequences of ISO-2022 after which letters beyond ASCII follow."""

_CHINESE_SHIFT = re.compile(rb"\x1b\$(?:\)[AGE]|\*H)")
HZ = "hz"
_HZ_CHARACTERS = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
KOREAN_SHIFT, ISO_2022_KOREAN = b"\x1b$)C", "iso2022_kr"
ISO_2022 = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_2004")
"""The Japanese encodings of the family ISO-2022 in Python, the most common first. Python has no ISO-2022-CN."""


def encoding_of(head: bytes, *, whole: bool, stated: str | None = None) -> Encoding:
    """Return the encoding of a text, judged by its first bytes (``head``).

    If ``whole`` is true, ``head`` is the whole text. ``stated`` is the encoding that the user named; with ``None``, the
    function detects the encoding. The function does not check the bytes against a stated encoding. Raises
    ``Unreadable`` if the file is not text or if no guess fits, and ``ConfigurationError`` if Python does not know the
    stated encoding.
    """
    if stated is not None:
        return Encoding(_codec(stated))
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return Encoding(name)
    if b"\0" in head and (wide := _wide_encoding(head)):
        return Encoding(wide)
    if has_shifts(head):
        return escaped_encoding(head)
    if is_utf_8(head, whole=whole):
        return Encoding(HZ if _is_hz(head) else UTF_8)
    return guess_encoding(head)


def has_shifts(data: bytes) -> bool:
    """Say whether bytes contain an escape sequence of ISO-2022. Later bytes may then look like ASCII, but are not."""
    return ESCAPE in data and _SHIFT.search(data) is not None


def _is_hz(data: bytes) -> bool:
    """Say whether bytes are in HZ, an encoding that writes Chinese characters as ASCII bytes."""
    if not data.isascii() or not _HZ_CHARACTERS.search(data):
        return False
    try:
        text = codecs.getincrementaldecoder(HZ)().decode(data)
    except UnicodeDecodeError:
        return False
    return not text.isascii()


def escaped_encoding(data: bytes) -> Encoding:
    """Return the encoding of a text with escape sequences of ISO-2022.

    Raises ``Unreadable`` if no encoding of ISO-2022 fits.
    """
    for name in (ISO_2022_KOREAN,) if KOREAN_SHIFT in data else ISO_2022:
        try:
            codecs.getincrementaldecoder(name)().decode(data)
        except UnicodeDecodeError:
            continue
        if not _CHINESE_SHIFT.search(data):
            return Encoding(name)
    raise Unreadable(
        f"the text has escape sequences as ISO-2022 has them, and is not wholly in it; {UTF_8_ADVICE}, "
        f"or name the encoding with {ENCODING_FLAG}"
    )


def _wide_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 by the places of NUL bytes, or else ``None``. Raises ``Unreadable`` for binary files.

    An ASCII character contains one NUL byte in UTF-16 and three NUL bytes in UTF-32, always in the same places.
    """
    length = len(head) // 4 * 4
    shares = [head[place:length:4].count(0) / max(length // 4, 1) for place in range(4)]
    for name, pattern in NUL_PATTERNS.items():
        if all(share > MANY_NULS if nul else share < FEW_NULS for share, nul in zip(shares, pattern, strict=True)):
            return name
    for name in NUL_PATTERNS:
        if _is_text(head[:WIDE_BYTES], name):
            return name
    if head.count(0) > len(head) * FEW_NULS or head.translate(None, OTHER_CONTROLS) != head:
        raise Unreadable("this is a binary file, not text")
    return None


def _is_text(data: bytes, encoding: str) -> bool:
    """Say whether the text of bytes in an encoding looks like an export.

    An export contains line ends, signs such as commas, and only characters of real texts. If the bytes of UTF-16 are
    read in the wrong order, a line end becomes U+0A00, which no real text contains. Most binary files contain half of a
    surrogate pair when they are read as UTF-16.
    """
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    ends, signs = set("\r\n"), set("\t,;|@.")
    letters = set(text) - set("\t\n\v\f\r\x1a")
    is_clean = all(unicodedata.category(letter) not in ("Cc", "Cn", "Co", "Cs") for letter in letters)
    return is_clean and not ends.isdisjoint(text) and not signs.isdisjoint(text)


def _codec(name: str) -> str:
    try:
        # This refuses Python's codecs from bytes to bytes, such as zlib.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        why = f'there is no encoding "{" ".join(name.split())[:40]}"; write utf-8, cp1252, utf-16, …'
        raise ConfigurationError(f"{ENCODING_FLAG}: {why}") from error
