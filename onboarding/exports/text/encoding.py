"""In which encoding is this text?

A byte order mark tells, then where the NUL bytes stand, then whether it is strict UTF-8. Only what none of these
explains is guessed, among the encodings that HR systems and spreadsheets write; and then the report says so. Each of
them has ASCII in ASCII's place, so that no guess can change an ASCII address or move a cell (``dialect`` refuses the
one exception).
"""

import codecs
import io
from dataclasses import dataclass

from onboarding.exports.unreadable import Unreadable
from onboarding.model.errors import ConfigurationError

UTF_8 = "utf-8"
UTF_8_WITH_BOM = "utf-8-sig"
CP932 = "cp932"
GUESSES = ("cp1252", "cp1250", "cp1251", "cp1254", CP932, "mac-roman")
"""What a guess may say."""

FLAG = "--encoding"
ADVICE = 'save it as "CSV UTF-8" and run again'

MARKS = {
    codecs.BOM_UTF8: UTF_8_WITH_BOM,
    # Before UTF-16: its mark is the beginning of this one.
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
"""Which of four bytes are NUL where the text is ASCII."""

MANY, FEW = 0.4, 0.1
"""Shares. Names may be in any script; delimiters and addresses are not."""

OTHER_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a")
"""Control characters that stand in no text. (0x1a ended files under DOS.)"""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by its name in Python, and whether it is no more than a guess."""

    name: str
    guessed: bool = False

    @property
    def is_utf_8(self) -> bool:
        """Whether bytes can be taken as they are."""
        return self.name in (UTF_8, UTF_8_WITH_BOM)


def encoding_of(head: bytes, *, whole: bool, stated: str | None = None) -> Encoding:
    """Return the encoding of a text from its first bytes; ``whole`` says that they are all it has.

    A ``stated`` one is taken at its word. Raises ``Unreadable`` for what is not text, and where no guess fits, and
    ``ConfigurationError`` if Python has no such encoding.
    """
    if stated is not None:
        return Encoding(_codec(stated))
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return Encoding(name)
    if b"\0" in head and (wide := _wide_encoding(head)):
        return Encoding(wide)
    if is_utf_8(head, whole=whole):
        return Encoding(UTF_8)
    return guess(head)


def is_utf_8(data: bytes, *, whole: bool) -> bool:
    """Say whether this is UTF-8; where it is not ``whole``, its last character may be cut."""
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def guess(data: bytes) -> Encoding:
    """Return the likeliest encoding of a text that is not UTF-8, or raise ``Unreadable``."""
    # Here and not above: it is needed for few files, and slow to import.
    import chardet  # noqa: PLC0415

    # Lines of ASCII say nothing, and dilute what the others say; those of UTF-8 mislead.
    telling = b"\n".join(line for line in data.splitlines() if not is_utf_8(line, whole=True))
    name = chardet.detect(telling, include_encodings=GUESSES, compat_names=False)["encoding"] or GUESSES[0]
    try:
        # The detector looks at the beginning only, and says something where nothing fits. The end may be cut.
        codecs.getincrementaldecoder(name)().decode(telling)
    except UnicodeDecodeError:
        why = "the text is not UTF-8, and in no encoding that could be guessed"
        raise Unreadable(f"{why}; {ADVICE}, or name it with {FLAG}") from None
    return Encoding(name, guessed=True)


def _wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by their NUL bytes; an ASCII character has one or three, always in the same places."""
    length = len(head) // 4 * 4
    shares = [head[place:length:4].count(0) / max(length // 4, 1) for place in range(4)]
    for name, pattern in NUL_PATTERNS.items():
        if all(share > MANY if nul else share < FEW for share, nul in zip(shares, pattern, strict=True)):
            return name
    if head.count(0) > len(head) * FEW or head.translate(None, OTHER_CONTROLS) != head:
        raise Unreadable("this is a binary file, not text")
    return None


def _codec(name: str) -> str:
    try:
        # Python has codecs between bytes and bytes too (zlib); this refuses them.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        shown = " ".join(name.split())[:40]
        raise ConfigurationError(f'{FLAG}: there is no encoding "{shown}"; write utf-8, cp1252, utf-16, …') from error
