"""The form in which the job compares words of cells and settings: without case, accents and punctuation."""

import unicodedata
from collections.abc import Callable


class CharacterTable(dict[int, str]):
    """A table for ``str.translate`` that asks a function for the new text of a character, and remembers the answer.

    The keys of the table are code points. A hostile export may contain millions of different texts, but few different
    characters.
    """

    _MOST = 2**16

    def __init__(self, new_text: Callable[[str], str]) -> None:
        super().__init__()
        self._new_text = new_text

    def __missing__(self, code_point: int) -> str:
        text = self._new_text(chr(code_point))
        if len(self) < self._MOST:
            self[code_point] = text
        return text


def fold_text(cell: str) -> str:
    """Return a text in the form for comparisons: in lower case, without accents, with spaces for punctuation."""
    return " ".join(cell.translate(_FOLDED).split())


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"})


def _folded(character: str) -> str:
    """Return a letter or digit in lower case and without accents, or a space for any other character."""
    text = unicodedata.normalize("NFKD", character.casefold()).translate(_LETTERS)
    bare = (letter for letter in text if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in bare)


_FOLDED = CharacterTable(_folded)
