"""The names that HR systems give to columns, and the forms in which the job compares names.

The modules ``column_roles`` and ``policy_columns`` choose the columns by these names. The files ``column_names.toml``
and ``policy_columns.toml`` contain the lists of names. The module ``name_words`` finds the meanings of the words in a
name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from onboarding.exports.words.meanings import read_word_lists
from onboarding.model.folding import CharacterTable
from onboarding.model.handoff_words import TITLES, HandoffColumn

Meaning = TypeVar("Meaning", bound=StrEnum)

_NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_LAST_WORDS = re.compile(r" (?:required|optional)$")

_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""The regular expression for the beginnings of words that are written without spaces, as in ``HRPartnerEmail``."""

_WORDS = re.compile(r"[^\W_]+")
_SPLIT_MAIL = re.compile(r"\be (mail|post)")

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
"""Letters that Unicode does not split into a plain letter and an accent, each with its plain form."""

_KANA_MARKS = "\u3099\u309a"
"""The two marks that turn a Japanese letter into another letter. They are no accents, so the job keeps the marks."""

DIRECTORY_MAIL = "mail"
"""The name of the column of addresses in Microsoft's directory. The column is empty for some people."""

USER_PRINCIPAL = frozenset({"userprincipalname", "upn"})
"""The names of another column in Microsoft's directory.

This column contains an address even for people with an empty ``mail``.
"""

PRIMARY_ADDRESS = "primarysmtpaddress"
"""Microsoft Exchange's name for the column with each mailbox's main address, which other people see."""


NAMES_REMEMBERED = 4096
"""The number of column names for which the job keeps results in memory.

The files of a folder often share a few names.
"""


@lru_cache(maxsize=NAMES_REMEMBERED)
def plain_words(name: str) -> str:
    """Return a column's name without case, accents and punctuation: ``E-Mail_Adresse`` becomes ``email adresse``."""
    return _words_of(_plain_text(name))


def _plain_text(text: str) -> str:
    """Return a text without case and accents, and with a space before each new word."""
    plain = _NEW_WORD.sub(" ", text).replace("#", " number ").translate(_PLAIN)
    return unicodedata.normalize("NFC", plain)


def _words_of(plain: str) -> str:
    return plain if plain.isalnum() else _SPLIT_MAIL.sub(r"e\1", " ".join(_WORDS.findall(plain)))


def _plain(character: str) -> str:
    """Return a character in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", character)
    letters = unicodedata.normalize("NFKD", decomposed.casefold()).translate(_LETTERS)
    return "".join(mark for mark in letters if mark in _KANA_MARKS or not unicodedata.combining(mark))


_PLAIN = CharacterTable(_plain)


@lru_cache(maxsize=NAMES_REMEMBERED)
def compact_name(name: str) -> str:
    """Return a column's plain name without notes and spaces: ``Email-Address [Required]`` becomes ``emailaddress``."""
    return _LAST_WORDS.sub("", plain_words(_NOTE.sub(" ", name))).replace(" ", "")


def _joined_words(texts: Sequence[str]) -> Iterator[str]:
    """Yield the plain words of each text without the spaces between them.

    The lists of names contain thousands of words. The function makes all words plain at once, in a tenth of the time.
    """
    plain = _plain_text("\n".join(texts)).split("\n") if texts else []
    return (_words_of(line).replace(" ", "") for line in plain)


_UNSPACED = (range(0x3041, 0x3100), range(0x3400, 0xA000), range(0xAC00, 0xD7B0))


def is_unspaced(letter: str) -> bool:
    """Say whether a letter is Japanese, Chinese or Korean. People may write these languages without spaces."""
    # Python takes milliseconds to compile an expression for these letters, at each start.
    return any(ord(letter) in letters for letters in _UNSPACED)


def read_names(path: Path) -> Mapping[str, tuple[str, ...]]:
    """Read a TOML file with lists of column names, and return the lists by title, such as ``employee_id``.

    The names in the file are in any alphabet, with accents, but without spaces. The returned names are compact: in
    lower case, without accents, punctuation and notes.
    """
    return {kind: tuple(dict.fromkeys(_joined_words(names.split()))) for kind, names in read_word_lists(path).items()}


CORRECTED = frozenset(compact_name(titles[HandoffColumn.CORRECTED]) for titles in TITLES.values())
"""The compact names of the column of corrections in the hand-off workbook, one for each language."""

NAMES = read_names(Path(__file__).with_suffix(".toml"))
"""The lists of known names of columns of addresses, ids and names. ``column_names.toml`` explains each list."""


class ListedWord(NamedTuple, Generic[Meaning]):
    """A word or phrase in a list of a TOML file, and its meaning.

    ``plain`` is the word without case, accents and ``*``; a ``_`` joins the words of a phrase. If ``begins`` is true,
    the word also fits at the beginning of longer words (``word*`` in the list). If ``ends`` is true, the word also fits
    at the end of longer words (``*word`` in the list).
    """

    plain: str
    meaning: Meaning
    begins: bool
    ends: bool


def listed_words(path: Path, meanings: Iterable[Meaning]) -> Iterator[ListedWord[Meaning]]:
    """Yield each word in the lists of a TOML file.

    The name of each list is one of the ``meanings``: the meaning of all words in the list.
    """
    lists = read_word_lists(path)
    found = [(word, meaning) for meaning in meanings for word in lists.get(meaning, "").split()]
    parts = [word.strip("*").split("_") for word, _ in found]
    plain = iter(_joined_words([part for of_word in parts for part in of_word]))
    for (word, meaning), of_word in zip(found, parts, strict=True):
        joined = "_".join(next(plain) for _ in of_word)
        yield ListedWord(joined, meaning, begins=word.endswith("*"), ends=word.startswith("*"))
