"""Weigh how much the text of a roster looks like names of people and columns in some encoding.

Evidence for a wrong encoding are signs inside of words, capitals after small letters, rare Chinese characters, letters
of two alphabets in a word, and pairs of letters that no language contains. Evidence for the right encoding are known
headers, common family names, and addresses that confirm a name, such as ``joerg@`` for ``Jörg``.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from onboarding.exports.layout.named_columns import count_known_names
from onboarding.model.values import dataclass

KNOWN_HEADER, CONFIRMED, KNOWN_NAME, ODD, RARE, WRONG = 6.0, 3.0, 3.0, -1.5, -2.5, -4.0
"""The weight of each kind of evidence, as a natural logarithm of odds."""

FLAW_OF_RARE = 0.4
"""The weight of a word of rare Chinese characters, as a fraction of the weight of a word that looks like no name.

A roster may contain many names with rare characters, but seldom only such names.
"""

HEADER_LINES = 5
"""The number of lines in which the module looks for names of columns.

These are the first lines with letters beyond ASCII.
"""

SHORTEST_CONFIRMED = 3
"""The shortest name that an address can confirm, in letters. An address often contains two letters by chance."""

LONGEST_COLUMN_NAME = 200
"""The longest cell that may be the name of a column, in characters."""

SHORTEST_PLAIN = 5
"""A real Latin word of at least this many letters contains a letter without an accent."""

_PLAIN_LETTER = re.compile("[A-Za-z]")
_ACCENTED_CAPITAL = re.compile("[À-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŸŹŻŽȘȚ\u0386-\u03ab\u0400-\u042f\u0490]")
_WORD = re.compile(r"[^\x00-\x40\x5b-\x60\x7b-\x7f\s\u2010-\u2015\u2022\u2026]+")
_CELL_END = re.compile(r"[,;\t|\r\n]")
_LOCAL_PART = re.compile(r"([\w.+'-]+)@", re.ASCII)

_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ž\u0218-\u021b’·]+")
_CASED = re.compile("[\u0401-\u040f\u0410-\u045f\u0490\u0491’]+|[\u0386-\u03ce]+")
_UNCASED = re.compile(
    "[\u05b0-\u05ea]+|[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af\u06cc]+|[\u0e01-\u0e2e\u0e40-\u0e44\u0e30][\u0e01-\u0e4e]*"
)
_EAST_ASIAN = re.compile("[\uff66-\uff9f]+|[\u3005\u3041-\u30fe\u4e00-\u9fff]+|[\uac00-\ud7a3]+")
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ß": "ss", "æ": "ae", "œ": "oe"})
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for an encoding: its weight, and the share of words that look like no names (``flawed``).

    The weight is a logarithm of odds. The module compares only the differences between weights.
    """

    weight: float
    flawed: float


@dataclass(frozen=True, slots=True)
class CommonNames:
    """The common family names of a country, and the common characters in the country's names.

    A character is common if its first byte in ``codec`` is in ``lead_bytes``.
    """

    family_names: frozenset[str]
    codec: str
    lead_bytes: range


def weigh_reading(text: str, encoding: str) -> Evidence:
    """Return the evidence that a text is a roster.

    ``text`` are the lines with letters beyond ASCII, decoded with ``encoding``.
    """
    lines = text.splitlines()
    addresses: dict[str, str] = {}
    for line in lines:
        found = [word for word in _WORD.findall(line) if not word.isascii()]
        local_parts = re.sub("[^a-z ]", "", " ".join(_LOCAL_PART.findall(line.lower()))) if found else ""
        for word in found:
            addresses[word] = addresses.get(word) or local_parts
    weights = [_weigh_word(word, local_parts, encoding) for word, local_parts in addresses.items()]
    flawed = sum(1 if weight <= 2 * ODD else FLAW_OF_RARE * (weight == RARE) for weight in weights)
    weight = sum(weights) + KNOWN_HEADER * _known_columns(lines[:HEADER_LINES])
    return Evidence(weight, flawed / max(len(weights), 1))


def has_no_name(text: str) -> bool:
    """Say whether a text contains a word that is surely no name.

    Such a word contains signs, or letters that no language combines.
    """
    return any(_flaw(_bare(word)) for word in _WORD.findall(text) if not word.isascii())


def _known_columns(lines: Sequence[str]) -> int:
    return max((count_known_names([cell for cell in _cells(line) if not cell.isascii()]) for line in lines), default=0)


def _cells(line: str) -> Iterator[str]:
    return (cell.strip("\"' ") for cell in _CELL_END.split(line) if len(cell) <= LONGEST_COLUMN_NAME)


def _weigh_word(word: str, addresses: str, encoding: str) -> float:
    bare = _bare(word)
    weight = ODD if bare != word.strip(_signs()["around"]) else 0
    if not bare or bare.isascii():
        return weight
    if _LATIN.fullmatch(bare) and (is_known := bare.lower() in _common_names()) | _is_confirmed(bare, addresses):
        return weight + CONFIRMED + (KNOWN_NAME if is_known else 0) + min(_weigh_case(bare), 0)
    if _flaw(bare):
        return WRONG
    if _EAST_ASIAN.fullmatch(bare):
        return weight + _weigh_east_asian(bare, encoding)
    return weight + (0 if _UNCASED.fullmatch(bare) else _weigh_case(bare))


def _bare(word: str) -> str:
    """Return a word without the signs around it."""
    return word.strip(_signs()["around"]).strip(_signs()["beside"])


def _flaw(word: str) -> bool:
    """Say whether a word contains signs, letters of two scripts, or letters that no language combines.

    ``word`` is without the signs around it (``_bare``).
    """
    if _LATIN.fullmatch(word):
        letters = {letter for letter in word.lower() if not letter.isascii()} - {"’", "·"}
        only_accents = len(word) >= SHORTEST_PLAIN and not _PLAIN_LETTER.search(word)
        return only_accents or not any(letters <= alphabet for alphabet in _alphabets())
    if _CASED.fullmatch(word):
        return re.search("\u03c2.|.\u03c3$", word) is not None
    return not (word.isascii() or _UNCASED.fullmatch(word) or _EAST_ASIAN.fullmatch(word))


def _is_confirmed(word: str, addresses: str) -> bool:
    """Say whether one of the ``addresses`` contains the name ``word`` in ASCII letters."""
    folded = {_folded(word.lower().translate(table)) for table in (_DIGRAPHS, _STROKES)}
    return any(len(name) >= SHORTEST_CONFIRMED and name in addresses for name in folded)


def _folded(word: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", word.translate(_STROKES)) if letter.isascii())


def _weigh_case(word: str) -> float:
    if word.islower():
        return ODD
    parts = [part for part in word.split("’") if part]
    return 0 if all(part.isupper() or not _ACCENTED_CAPITAL.search(part[1:]) for part in parts) else WRONG


def _weigh_east_asian(word: str, encoding: str) -> float:
    common = _common().get(encoding)
    if common is None:
        return 0
    if common.codec == "euc_kr" and not "\uac00" <= word[0] <= "\ud7a3":
        return 2 * ODD
    if any(word.startswith(name) for name in common.family_names):
        return KNOWN_NAME
    return max(ODD * sum(not _is_common(letter, common) for letter in word), RARE)


def _is_common(letter: str, common: CommonNames) -> bool:
    try:
        return letter.encode(common.codec)[0] in common.lead_bytes
    except UnicodeEncodeError:
        return False


@cache
def _alphabets() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(letters) for letters in _facts()["letters"].values())


@cache
def _signs() -> Mapping[str, str]:
    return _facts()["signs"]


@cache
def _common_names() -> frozenset[str]:
    return frozenset(name for names in _facts()["common_names"].values() for name in names.split())


@cache
def _common() -> dict[str, CommonNames]:
    names = {
        country: frozenset(text.split() if country == "japanese" else text.replace("\n", ""))
        for country, text in _facts()["family_names"].items()
    }
    japanese = CommonNames(names["japanese"], "euc_jp", range(0xA4, 0xD0))
    korean = CommonNames(names["korean"], "euc_kr", range(0xB0, 0xC9))
    return {
        "gb18030": CommonNames(names["simplified_chinese"], "gb2312", range(0xB0, 0xD8)),
        "big5hkscs": CommonNames(names["traditional_chinese"], "big5", range(0xA4, 0xC7)),
        "cp932": japanese,
        "euc_jis_2004": japanese,
        "cp949": korean,
        "johab": korean,
    }


@cache
def _facts() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
