"""Detect or guess the encoding of a text, and turn the text into UTF-8, block by block, without NUL bytes.

A byte order mark shows the encoding. Without a mark, the places of NUL bytes show UTF-16 and UTF-32, and a text that
can be read as UTF-8 is UTF-8. For all other texts the module guesses among the encodings that HR systems and
spreadsheets write. The report then says that the encoding is a guess. All these encodings write ASCII characters as
UTF-8 does. So a guess cannot change an ASCII address or move a cell. (``text_table`` refuses the only exception.)

Text in UTF-8 passes unchanged, and ``record_blocks`` checks it. All other text is decoded strictly. If a byte does not
fit the encoding, the decoder refuses the text: it never replaces the byte, which may belong to an address.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import pyarrow as pa

from onboarding.exports.tables import Unreadable
from onboarding.model.errors import ConfigurationError

UTF_8 = "utf-8"
UTF_8_WITH_BOM = "utf-8-sig"
CP932 = "cp932"
GUESSES = ("cp1252", "cp1250", "cp1251", "cp1254", CP932, "mac-roman")

ENCODING_FLAG = "--encoding"
UTF_8_ADVICE = 'save it as "CSV UTF-8" and run again'

MARKS = {
    codecs.BOM_UTF8: UTF_8_WITH_BOM,
    # UTF-32 stands before UTF-16, since the mark of UTF-32-LE begins with the mark of UTF-16-LE.
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
"""The pattern of NUL bytes (1) and other bytes (0) in each four bytes of ASCII text, by encoding."""

MANY_NULS, FEW_NULS = 0.4, 0.1
"""The least share of NUL bytes at a place where ``NUL_PATTERNS`` has 1, and the highest share where it has 0.

The shares are not 1 and 0, because names may be in any script. Delimiters and addresses are ASCII.
"""

OTHER_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a")
"""Control characters that no text holds. The list leaves out 0x1a, which ended files under DOS."""

ARROW_FROM_BYTES = 2**12
"""The least size in bytes of a text that Arrow checks for UTF-8 faster than Python, up to about six times as fast."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a text: the name of Python's codec, and whether the encoding is a guess."""

    name: str
    guessed: bool = False

    @property
    def is_utf_8(self) -> bool:
        """Whether the encoding is UTF-8, with or without a byte order mark."""
        return self.name in (UTF_8, UTF_8_WITH_BOM)


def encoding_of(head: bytes, *, whole: bool, stated: str | None = None) -> Encoding:
    """Return the encoding of a text, judged by its first bytes (``head``).

    ``whole`` says that ``head`` is the whole text. ``stated`` is the encoding that the user named, or ``None`` to
    detect the encoding. This function does not check the bytes against a stated encoding. Raises ``Unreadable`` if the
    file is not text or if no guess fits, and ``ConfigurationError`` if Python does not know the stated encoding.
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
    return guess_encoding(head)


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


def guess_encoding(data: bytes) -> Encoding:
    """Return the likeliest encoding of a text that is not UTF-8, or raise ``Unreadable``."""
    import chardet  # noqa: PLC0415  slow to import, and few files need it

    # Lines of ASCII show nothing, and lines of UTF-8 mislead the detector.
    telling = b"\n".join(line for line in data.splitlines() if not is_utf_8(line))
    name = chardet.detect(telling, include_encodings=GUESSES, compat_names=False)["encoding"] or GUESSES[0]
    try:
        # The detector reads only the beginning, and names an encoding even if no encoding fits. So this decodes all
        # lines. The last character may be cut off.
        codecs.getincrementaldecoder(name)().decode(telling)
    except UnicodeDecodeError:
        why = "the text is not UTF-8, and in no encoding that could be guessed"
        raise Unreadable(f"{why}; {UTF_8_ADVICE}, or name it with {ENCODING_FLAG}") from None
    return Encoding(name, guessed=True)


def _wide_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the places of NUL bytes show it, or ``None``. Raises ``Unreadable`` for binary files.

    In UTF-16 an ASCII character has one NUL byte, and in UTF-32 it has three, always in the same places.
    """
    length = len(head) // 4 * 4
    shares = [head[place:length:4].count(0) / max(length // 4, 1) for place in range(4)]
    for name, pattern in NUL_PATTERNS.items():
        if all(share > MANY_NULS if nul else share < FEW_NULS for share, nul in zip(shares, pattern, strict=True)):
            return name
    if head.count(0) > len(head) * FEW_NULS or head.translate(None, OTHER_CONTROLS) != head:
        raise Unreadable("this is a binary file, not text")
    return None


def _codec(name: str) -> str:
    try:
        # This refuses Python's codecs from bytes to bytes, such as zlib.
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        why = f'there is no encoding "{" ".join(name.split())[:40]}"; write utf-8, cp1252, utf-16, …'
        raise ConfigurationError(f"{ENCODING_FLAG}: {why}") from error


class UndecodableText(Exception):
    """The error for text that cannot be decoded. ``TextDecoder`` has already yielded the text before the fault.

    ``record_blocks`` turns this error into ``Unreadable`` with the number of the record.
    """


@dataclass(slots=True)
class TextDecoder:
    """The decoder of a text: it decodes the text block by block and encodes it as UTF-8.

    ``stated`` says that the user named the encoding. Otherwise the first block beyond ASCII may show that a text is not
    UTF-8, although its beginning is. The decoder then changes ``encoding`` to a guess. ``nuls`` counts the NUL bytes
    that the decoder drops. Some programs leave NUL bytes in a text, where they mean nothing, and databases refuse them.
    """

    encoding: Encoding
    stated: bool = False
    nuls: int = field(default=0, init=False)

    def blocks(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the text in UTF-8, without byte order mark and NUL bytes.

        ``raw`` has the bytes in blocks. Raises ``UndecodableText``, and ``Unreadable`` if no guess fits.
        """
        mark: bytes = codecs.BOM_UTF8
        for block in self._passed(raw) if self.encoding.is_utf_8 else self._decoded(raw):
            text = block.removeprefix(mark)
            mark = b"" if block else mark
            if b"\0" in text:
                self.nuls += text.count(0)
                text = text.replace(b"\0", b"")
            yield text

    def _passed(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        raw = iter(raw)
        for block in raw:
            if self.stated or block.isascii():
                yield block
            elif is_utf_8(block, whole=False):
                yield block
                yield from raw
            else:
                # All earlier blocks were ASCII. ASCII is the same in each encoding that may be guessed.
                self.encoding = guess_encoding(block)
                yield from self._decoded(chain([block], raw))

    def _decoded(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)()
        lines = _LineEncodings(self.encoding.name)
        for block in chain(raw, [b""]):
            before = decoder.getstate()
            stop = lines.first_misfit(block) if self.encoding.guessed else len(block)
            try:
                yield decoder.decode(block[:stop], final=not block).encode()
            except UnicodeError:
                decoder.setstate(before)
                yield _until_misfit(decoder, block)
                raise UndecodableText(self._why(at_the_end=not block)) from None
            if stop < len(block):
                raise UndecodableText(f"some rows are UTF-8, others seem to be {self.encoding.name}; {UTF_8_ADVICE}")

    def _why(self, *, at_the_end: bool) -> str:
        name = self.encoding.name
        if at_the_end:
            return f"the text ends in the middle of a character of {name}; the file was cut off"
        if self.encoding.guessed:
            return f"is not {name}, as other rows seem to be; {UTF_8_ADVICE}, or name it with {ENCODING_FLAG}"
        return f"is not {name}; {UTF_8_ADVICE}, or name another encoding with {ENCODING_FLAG}"


@dataclass(slots=True)
class _LineEncodings:
    """Which lines a text has had so far: lines surely in UTF-8 (``utf_8``), and lines surely not (``other``)."""

    guessed: str
    utf_8: bool = False
    other: bool = False

    def first_misfit(self, block: bytes) -> int:
        """Return the offset in a block of the first line that shows that the text mixes UTF-8 and another encoding.

        If no line of the block shows a mixture, return the block's length.
        """
        offset = 0
        for line in block.splitlines(keepends=True):
            if not line.isascii():
                if _is_surely_utf_8(line, self.guessed):
                    self.utf_8 = True
                elif not self.other:
                    self.other = not is_utf_8(line)
                if self.utf_8 and self.other:
                    return offset
            offset += len(line)
        return offset


def _is_surely_utf_8(line: bytes, guessed: str) -> bool:
    """Say whether a line is UTF-8, and not text that looks like UTF-8 by chance, such as ``KÓŁKO`` in cp1250.

    Three bytes hardly ever look like a character of UTF-8 by chance. Two bytes sometimes do, but that character is
    seldom a letter of a European language. Real UTF-8, read in the guessed encoding, gives texts that are no names:
    ``JĂĽrgen``, ``JÃ¼rgen``.
    """
    try:
        text = [character for character in line.decode(UTF_8) if not character.isascii()]
        by_guess = line.decode(guessed)
    except UnicodeDecodeError as error:
        return error.encoding != UTF_8
    if any(character > "\u07ff" for character in text):
        return True
    return all(map(_is_european, text)) and not all(map(_may_be_a_name, re.findall(r"[^\x00-\x40]+", by_guess)))


def _may_be_a_name(word: str) -> bool:
    letters = all(character.isascii() or character.isalpha() for character in word)
    capitals_inside = any(character.isupper() and not character.isascii() for character in word[1:])
    return letters and (word.isupper() or not capitals_inside)


def _is_european(character: str) -> bool:
    return "\u00a1" <= character <= "\u017f" or "\u0391" <= character <= "\u03ce" or "\u0400" <= character <= "\u045f"


def _until_misfit(decoder: codecs.IncrementalDecoder, block: bytes) -> bytes:
    text = ""
    try:
        for code in block:
            text += decoder.decode(bytes([code]))
    except UnicodeError:
        pass
    return text.encode(errors="ignore")
