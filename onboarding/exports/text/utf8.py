"""How does text in any encoding become UTF-8, block by block?

What is UTF-8 already passes as it is, and is checked where records are cut. Everything else is decoded strictly: a
byte that does not fit is refused, never replaced, since it may stand in an address.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from onboarding.exports.text.encoding import ADVICE, FLAG, UTF_8, Encoding, guess, is_utf_8


class Misfit(Exception):
    """Say why the text after the last block cannot be decoded; whoever cuts the records knows in which one that is."""


@dataclass(slots=True)
class Text:
    """A text on its way to UTF-8.

    ``encoding`` becomes a guess when the first character beyond ASCII is met late and is not UTF-8; a ``stated`` one
    stays. ``nuls`` counts the NUL bytes that were dropped: some programs leave them behind, no cell means them, and
    no ledger can keep them.
    """

    encoding: Encoding
    stated: bool = False
    nuls: int = field(default=0, init=False)

    def blocks(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the text in UTF-8, without byte order mark and NULs. Raises ``Misfit`` and ``Unreadable``."""
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
                # All before was ASCII, which is the same in whatever this is.
                self.encoding = guess(block)
                yield from self._decoded(chain([block], raw))

    def _decoded(self, raw: Iterable[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)()
        lines = _Lines(self.encoding.name)
        for block in chain(raw, [b""]):
            before = decoder.getstate()
            stop = lines.first_misfit(block) if self.encoding.guessed else len(block)
            try:
                yield decoder.decode(block[:stop], final=not block).encode()
            except UnicodeError:
                decoder.setstate(before)
                yield _until_misfit(decoder, block)
                raise Misfit(self._why(at_the_end=not block)) from None
            if stop < len(block):
                raise Misfit(f"some rows are UTF-8, others seem to be {self.encoding.name}; {ADVICE}")

    def _why(self, *, at_the_end: bool) -> str:
        name = self.encoding.name
        if at_the_end:
            return f"the text ends in the middle of a character of {name}; the file was cut off"
        if self.encoding.guessed:
            return f"is not {name}, which other rows seem to be; {ADVICE}, or name the encoding with {FLAG}"
        return f"is not {name}; {ADVICE}, or name another encoding with {FLAG}"


@dataclass(slots=True)
class _Lines:
    """Which kinds of lines were met in a text whose encoding is a guess."""

    guess: str
    utf_8: bool = False
    other: bool = False

    def first_misfit(self, block: bytes) -> int:
        """Return the offset of the first line that is UTF-8 among others or the reverse, or the block's length."""
        offset = 0
        for line in block.splitlines(keepends=True):
            if not line.isascii():
                if _is_surely_utf_8(line, self.guess):
                    self.utf_8 = True
                elif not self.other:
                    self.other = not is_utf_8(line, whole=True)
                if self.utf_8 and self.other:
                    return offset
            offset += len(line)
        return offset


def _is_surely_utf_8(line: bytes, guessed: str) -> bool:
    """Tell UTF-8 from what looks like it by chance, such as ``KÓŁKO`` in cp1250.

    Three bytes fit by chance hardly ever. Two do, but seldom give a letter of Europe's languages, and no name when
    they are read by the guess: ``JĂĽrgen``, ``JÃ¼rgen``.
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
