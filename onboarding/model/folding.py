"""The form in which the job compares words of cells and settings: without case, accents and punctuation."""

import unicodedata
from collections.abc import Callable


class CharacterTable(dict[int, str]):
    """A table for ``str.translate`` that asks a function for the new text of a character, and remembers the answer.

    The table maps the code point of each character to its new text. A hostile export has millions of different texts,
    but few different characters.
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
    """Return a text in the form for comparisons: in lower case, without accents, with a space for all punctuation."""
    return " ".join(cell.translate(_FOLDED).split())


_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"})


def _folded(character: str) -> str:
    """Return a character in lower case and without accents, or a space if it is neither a letter nor a digit."""
    text = unicodedata.normalize("NFKD", character.casefold()).translate(_LETTERS)
    bare = (letter for letter in text if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in bare)


_FOLDED = CharacterTable(_folded)
