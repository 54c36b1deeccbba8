"""Turn a text into UTF-8, block by block, without NUL bytes; refuse bytes that do not fit the encoding.

The decoder yields text in UTF-8 unchanged, and the module ``record_blocks`` checks this text. The decoder decodes all
other text strictly. If a byte does not fit the encoding, the decoder refuses the text. It never replaces the byte,
since the byte may belong to an address.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from onboarding.exports.text.detection import ESCAPE, LONGEST_ESCAPE, escaped_encoding, has_shifts
from onboarding.exports.text.encoding import ENCODING_FLAG, UTF_8, UTF_8_ADVICE, Encoding, UndecodableText, is_utf_8
from onboarding.exports.text.guessing import guess_encoding


@dataclass(slots=True)
class TextDecoder:
    """The decoder of a text: it decodes the text block by block and encodes it as UTF-8.

    ``stated`` is true if the user named the ``encoding``. Otherwise the job has detected the encoding from the
    beginning of the text. A text that begins with ASCII seems to be UTF-8, but a later block may show another encoding.
    The decoder then changes the detected ``encoding`` to a guess.

    ``nuls`` is the number of NUL bytes that the decoder drops. Some programs leave meaningless NUL bytes in a text, and
    databases refuse NUL bytes.
    """

    encoding: Encoding
    stated: bool = False
    nuls: int = field(default=0, init=False)

    def blocks(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the text in UTF-8, without byte order mark and NUL bytes.

        ``raw`` are the bytes in blocks. Raises ``UndecodableText`` if bytes do not fit the encoding, or if the
        encodings of rows differ. Raises ``Unreadable`` if no guess fits.
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
        if self.stated:
            yield from raw
            return
        raw = _with_whole_escapes(raw)
        is_ascii = True
        for block in raw:
            escaped = has_shifts(block)
            if escaped and not is_ascii:
                raise UndecodableText(f"some rows are UTF-8, others have escape sequences of ISO-2022; {UTF_8_ADVICE}")
            if is_ascii and (escaped or not (block.isascii() or is_utf_8(block, whole=False))):
                # All earlier blocks were ASCII, and ASCII is the same in each encoding that the job may detect here.
                self.encoding = escaped_encoding(block) if escaped else guess_encoding(block)
                yield from self._decoded(chain([block], raw))
                return
            is_ascii = is_ascii and block.isascii()
            yield block

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
    """Whether any line so far is surely UTF-8 (``utf_8``), and whether any line is surely not UTF-8 (``other``)."""

    guessed: str
    utf_8: bool = False
    other: bool = False

    def first_misfit(self, block: bytes) -> int:
        """In a block, find the first line that proves the text to be a mixture of UTF-8 and another encoding.

        Return the line's offset in the block, or the block's length if no line proves a mixture.
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
    """Say whether a line is really UTF-8. A line such as ``KÓŁKO`` in cp1250 only looks like UTF-8 by chance.

    Three bytes hardly ever look like a character of UTF-8 by chance. Two bytes sometimes look like a character, but
    seldom like a letter of a European language. In the encoding ``guessed``, a line of real UTF-8 contains texts that
    are no names: ``JĂĽrgen``, ``JÃ¼rgen``.
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


def _with_whole_escapes(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of the blocks in new blocks that never end within an escape sequence."""
    held = b""
    for block in blocks:
        joined = held + block
        cut = joined.rfind(ESCAPE, -LONGEST_ESCAPE + 1)
        held = joined[cut:] if cut >= 0 else b""
        yield joined[:cut] if cut >= 0 else joined
    if held:
        yield held
