"""The form in which words of cells and settings are compared: without case, accents and punctuation."""

import unicodedata


def fold_text(cell: str) -> str:
    """Return a text in the form in which words are compared: lower case, no accents, a space for all punctuation."""
    return " ".join(cell.translate(_FOLDED).split())


class _FoldedCharacters(dict[int, str]):
    """A table for ``str.translate``: letters and digits become lower case, accents vanish, all else becomes a space.

    The table maps the code point of each character to its new text. It remembers the characters that it has met. A
    hostile export has millions of different texts, but few different characters.
    """

    _LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i"})
    _MOST = 2**16

    def __missing__(self, code_point: int) -> str:
        text = unicodedata.normalize("NFKD", chr(code_point).casefold()).translate(self._LETTERS)
        bare = (character for character in text if not unicodedata.combining(character))
        folded = "".join(character if character.isalnum() else " " for character in bare)
        if len(self) < self._MOST:
            self[code_point] = folded
        return folded


_FOLDED = _FoldedCharacters()
