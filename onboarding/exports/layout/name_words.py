"""Judge by a column's name which addresses the column contains: the people's work addresses, or any other addresses.

``name_words.toml`` contains the words, in the languages of Europe's and Asia's HR systems. The module compares whole
words, so it finds no firm in ``Confirm``. A name makes a clear claim only if the lists contain all its words. With an
unknown word beside a word such as ``work``, the addresses may be another person's.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum, StrEnum
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from onboarding.exports.layout.column_names import (
    CORRECTED,
    NAMES,
    NAMES_REMEMBERED,
    PRIMARY_ADDRESS,
    ListedWord,
    compact_name,
    is_unspaced,
    listed_words,
    plain_words,
)

_HARMLESS_NOTE = re.compile(r"[\[(]\s*(?:personal profile|required|optional|upload only)\s*[\])]", re.IGNORECASE)

_NOTE = re.compile(r"[\[(]")
"""The beginning of a note, such as ``(Board)``.

A note may name the addresses' owner; ``compact_name`` drops the note.
"""

_MAIL_STEMS = ("sahkoposti", "eposta", "epost", "email", "mejl", "mail")
"""Words for mail that people often write together with the word before or after, the longest first."""

_LONGEST_PHRASE = 3
"""The most words in a phrase of ``name_words.toml``."""


class NameClaim(IntEnum):
    """The claim of a column's name about addresses in the column. The job chooses the column with the highest claim.

    ``NOT_THEIRS`` is the claim of a name for private or additional addresses, or for another person's addresses.
    ``NONE`` is the claim of a name that says nothing about addresses. ``PERHAPS`` is the claim of a name that may mean
    addresses. ``MAIL`` is the claim of a name that surely means addresses; ``WORK_MAIL`` means addresses at work.
    """

    NOT_THEIRS = -1
    NONE = 0
    PERHAPS = 1
    MAIL = 2
    WORK_MAIL = 3


class NameWord(StrEnum):
    """The meaning of a word in a column's name. ``name_words.toml`` lists the words of each value except ``UNKNOWN``.

    If a word is in two lists, its meaning is the earlier value in this class.
    """

    EMPLOYER = "employer"
    OTHERS = "others"
    PRIVATE = "private"
    SPARE = "spare"
    AGAIN = "again"
    IF_DIFFERENT = "if_different"
    WORK = "work"
    MAIL = "mail"
    NEUTRAL = "neutral"
    UNSURE = "unsure"
    NEGATIONS = "negations"
    UNKNOWN = ""


NOT_THEIR_OWN = (NameWord.EMPLOYER, NameWord.OTHERS, NameWord.PRIVATE, NameWord.SPARE)
"""The meanings of words that show that an address is not the person's own work address."""

_AFTER_THE_WORD = frozenset(("degil", "以外"))
"""Negations that follow the negated word."""


@lru_cache(maxsize=NAMES_REMEMBERED)
def name_claim(name: str) -> NameClaim:
    """Return the claim of a column's name about addresses in the column."""
    words = name_words(name)
    if any(word in NOT_THEIR_OWN for word in words):
        return NameClaim.NOT_THEIRS
    if compact_name(name) in (*CORRECTED, PRIMARY_ADDRESS):
        return NameClaim.WORK_MAIL
    is_mail = NameWord.MAIL in words
    if is_mail and NameWord.WORK in words:
        return NameClaim.WORK_MAIL if is_clear_name(name) else NameClaim.MAIL
    if is_clear_name(name) and (is_mail or compact_name(name) in NAMES["email"]):
        return NameClaim.MAIL
    return NameClaim.PERHAPS if is_mail or compact_name(name) in NAMES["account"] else NameClaim.NONE


@lru_cache(maxsize=NAMES_REMEMBERED)
def is_clear_name(name: str) -> bool:
    """Say whether a column's name makes a clear claim.

    The claim is clear if the whole name is a known name of a column of addresses or corrections. The claim is also
    clear if the lists contain all words of the name, and no word is unsure or asks for the address again.
    """
    if compact_name(name) in (*NAMES["email"], *CORRECTED) and not _NOTE.search(name):
        return True
    return set(name_words(name)).isdisjoint((NameWord.UNKNOWN, NameWord.UNSURE, NameWord.AGAIN))


def may_mean_mail(name: str) -> bool:
    """Say whether a column's name may contain a word for mail. After this quick check, few names need a closer look."""
    compact = compact_name(name)
    return any(part in compact for part in _MAIL_PARTS)


def means_again(name: str) -> bool:
    """Say whether a column's name asks for the address again, such as ``Confirm Email``."""
    return NameWord.AGAIN in name_words(name)


def means_if_different(name: str) -> bool:
    """Say whether a column's name asks only for a different address, as in ``Work (if different)``."""
    return NameWord.IF_DIFFERENT in name_words(name)


@lru_cache(maxsize=NAMES_REMEMBERED)
def name_words(name: str) -> tuple[NameWord, ...]:
    """Return the meanings of the words in a column's name, in their order. A negation changes the meaning of a word."""
    words = [part for word in plain_words(_HARMLESS_NOTE.sub(" ", name)).split() for part in _parts(word)]
    return tuple(_without_negations(list(_meanings(words))))


def _meanings(words: Sequence[str]) -> Iterator[tuple[str, NameWord]]:
    """Yield each word with its meaning.

    A known phrase counts as a single word. The function tries long phrases first.
    """
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            text = "_".join(words[at : at + size])
            meaning = _meaning(text)
            if meaning is not NameWord.UNKNOWN or size == 1:
                yield text, meaning
                if size > 1 and _meaning(words[at + size - 1]) is NameWord.MAIL:
                    yield words[at + size - 1], NameWord.MAIL
                at += size
                break


def _without_negations(words: Sequence[tuple[str, NameWord]]) -> Iterator[NameWord]:
    """Yield the meaning of each word, changed by the negations among the words.

    A negated word for work means private. Any other negated word means nothing certain.
    """
    is_negated = False
    for at, (word, meaning) in enumerate(words):
        after = words[at + 1][0] if at + 1 < len(words) else ""
        if meaning is NameWord.NEGATIONS:
            is_negated = word not in _AFTER_THE_WORD
            yield NameWord.NEUTRAL
        elif (is_negated or after in _AFTER_THE_WORD) and meaning not in (NameWord.NEUTRAL, NameWord.MAIL):
            is_negated = False
            yield NameWord.PRIVATE if meaning is NameWord.WORK else NameWord.UNSURE
        else:
            yield meaning


def _parts(word: str) -> list[str]:
    """Split a text without spaces into its words and numbers, such as ``workemail`` and ``email2``."""
    if word in _WHOLE:
        return [word]
    runs = ("".join(run) for _, run in groupby(word, is_unspaced))
    parts = [part for run in runs for part in _split_run(run)]
    return [piece for part in parts for piece in re.findall(r"\d+|\D+", part)]


def _split_run(run: str) -> list[str]:
    """Split letters without a space into words.

    Split letters of languages without spaces, such as Japanese, at all known words. Split other letters only at a word
    for mail.
    """
    if is_unspaced(run[0]):
        return _split_unspaced(run)
    splits = [split for stem in _MAIL_STEMS if (split := _split_at(run, stem))]
    return min(splits, key=lambda split: sum(_meaning(part) is NameWord.UNKNOWN for part in split), default=[run])


def _split_at(run: str, stem: str) -> list[str]:
    """Split some letters (``run``) at the word ``stem``, and return the words in order.

    Return an empty list if the letters do not contain this word.
    """
    before, found, after = run.rpartition(stem)
    if not found or (stem == "mail" and after not in ("", "s") and _meaning(after) is NameWord.UNKNOWN):
        return []  # as in ``mailing``
    return [part for part in (before, stem, after) if part]


def _split_unspaced(run: str) -> list[str]:
    """Split letters of a language without spaces at the longest known words.

    The letters between two known words become a word, too.
    """
    parts, unknown, at = [], "", 0
    while at < len(run):
        size = next((size for size in range(len(run) - at, 0, -1) if run[at : at + size] in _WHOLE), 0)
        if size:
            parts += [unknown, run[at : at + size]]
            unknown = ""
        else:
            unknown += run[at]
        at += size or 1
    return [part for part in (*parts, unknown) if part]


@lru_cache(maxsize=NAMES_REMEMBERED)
def _meaning(text: str) -> NameWord:
    """Return the meaning of a word or phrase in the lists, or else the meaning of the longest matching pattern.

    If no pattern matches, a negated word for work, such as ``unofficial``, means private. Any other text is unknown.
    """
    if text in _WHOLE:
        return _WHOLE[text]
    begins = {text[at : at + size] for at in range(len(text)) for size in (1, 2)}
    fitting = [(-len(each.plain), at) for begin in begins for at, each in _BY_BEGIN.get(begin, ()) if _fits(each, text)]
    if fitting:
        return _PATTERNS[min(fitting)[1]].meaning
    return NameWord.PRIVATE if any(_meaning(rest) is NameWord.WORK for rest in _negated(text)) else NameWord.UNKNOWN


def _negated(word: str) -> list[str]:
    """Return the rest of a word after each negation at its beginning: ``official`` for ``unofficial``."""
    begins = [word[:size] for size in range(2, len(word)) if _WHOLE.get(word[:size]) is NameWord.NEGATIONS]
    return [word.removeprefix(negation) for negation in begins]


def _fits(pattern: ListedWord[NameWord], word: str) -> bool:
    """Say whether a word begins with a pattern, ends with it or contains it, as the pattern demands."""
    if ("_" in word) != ("_" in pattern.plain):
        return False
    if pattern.begins and pattern.ends:
        return pattern.plain in word
    return word.startswith(pattern.plain) if pattern.begins else word.endswith(pattern.plain)


_LISTED = tuple(listed_words(Path(__file__).with_suffix(".toml"), NameWord))

_WHOLE: dict[str, NameWord] = {}
for _word in _LISTED:
    if not (_word.begins or _word.ends):
        _WHOLE.setdefault(_word.plain, _word.meaning)

_PATTERNS = tuple(word for word in _LISTED if word.begins or word.ends)
"""The words with ``*`` in the lists of ``name_words.toml``. A word with ``*`` is a pattern that matches many words."""

_BY_BEGIN: dict[str, list[tuple[int, ListedWord[NameWord]]]] = {}
"""The patterns by their first two letters, each with its place in ``_PATTERNS``."""
for _at, _pattern in enumerate(_PATTERNS):
    _BY_BEGIN.setdefault(_pattern.plain[:2], []).append((_at, _pattern))

_MAIL_PARTS = tuple(
    {word.plain.replace("_", "") for word in _LISTED if word.meaning is NameWord.MAIL} | {*_MAIL_STEMS, *CORRECTED}
)
