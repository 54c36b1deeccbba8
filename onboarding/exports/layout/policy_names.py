"""Find the meanings of the words in a column's name, to know whether the column may show who has left.

``policy_words.toml`` contains the words, in the languages of Europe's and Asia's HR systems. The module compares whole
words, so it finds no date in ``Candidate``. It also splits words that people write without a space, as in ``TermDate``,
``TERMDATE`` or ``退職日``. ``policy_columns`` chooses columns by these words and by the columns' cells.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from onboarding.exports.layout.column_names import (
    NAMES_REMEMBERED,
    compact_name,
    is_unspaced,
    listed_words,
    plain_words,
    read_names,
)

POLICY_NAMES = read_names(Path(__file__).with_name("policy_columns.toml"))
"""The lists of known names of columns of policy. ``policy_columns.toml`` explains each list."""

_SWITCHES_BY_NAME = frozenset({"accountenabled", "blocksignin"})

_UNMISTAKABLE = _SWITCHES_BY_NAME.union(
    *(
        POLICY_NAMES[kind]
        for kind in ("status", "lifecycle", "employment_type", "starts_on", "ends_on", "address_type", "user_type")
    )
)

SHORTEST_PART = 3
"""The shortest word that the module finds within a longer word, in letters, such as ``end`` in ``enddate``."""

_SHORT_PARTS = frozenset({"is", "on", "of", "dt", "at", "hr"})
"""Words shorter than ``SHORTEST_PART`` that the module also finds within a longer word."""

LONGEST_NAME = 200
"""The number of characters that the module reads at the beginning of a name."""

_LONGEST_PHRASE = 3
"""The most words in a phrase of ``policy_words.toml``."""

_LONGEST_WORD = 60
"""The longest word that the module splits into parts, in letters."""


class PolicyWord(StrEnum):
    """The meaning of a word in a column's name. ``policy_words.toml`` lists the words of all values but ``UNKNOWN``."""

    STATUS = "status"
    PERHAPS_STATUS = "perhaps_status"
    END = "end"
    GONE = "gone"
    ACTIVE = "active"
    START = "start"
    DATE = "date"
    NEUTRAL = "neutral"
    OTHER = "other"
    UNKNOWN = ""


_UNKNOWN = frozenset({PolicyWord.UNKNOWN})
_OF_A_STATUS = frozenset({PolicyWord.STATUS, PolicyWord.NEUTRAL})
_OF_A_DAY = frozenset({PolicyWord.END, PolicyWord.GONE, PolicyWord.START, PolicyWord.DATE, PolicyWord.NEUTRAL})
_TURNS = frozenset({PolicyWord.END, PolicyWord.GONE, PolicyWord.START})


def is_unmistakable(name: str) -> bool:
    """Say whether a text can only be the name of a column of policy, and never the content of a cell."""
    if compact_name(name) in _UNMISTAKABLE:
        return True
    if any(map(str.isdigit, name)):  # as in most lines of people, which are whole cells to a wrong delimiter
        return False
    words = policy_words(name)
    is_status = PolicyWord.STATUS in words and words <= _OF_A_STATUS
    is_day = PolicyWord.DATE in words and words <= _OF_A_DAY and not words.isdisjoint(_TURNS)
    return is_status or is_day


@lru_cache(maxsize=NAMES_REMEMBERED)
def policy_words(name: str) -> frozenset[PolicyWord]:
    """Return the meanings of the words in a column's name. Numbers have no meaning.

    Some words, such as the Polish ``zatrudnienia``, may mean employment or its beginning. Such a word means employment
    if another word of the name clearly means the beginning or the end.
    """
    found = list(_meanings([word for word in plain_words(name[:LONGEST_NAME]).split() if not word.isdecimal()]))
    clear = frozenset().union(*(meanings for meanings in found if PolicyWord.NEUTRAL not in meanings))
    either = frozenset().union(*(meanings for meanings in found if PolicyWord.NEUTRAL in meanings))
    return clear | (either if clear.isdisjoint(_TURNS) else either - _TURNS)


def _meanings(words: Sequence[str]) -> Iterator[frozenset[PolicyWord]]:
    """Yield the meanings of each word.

    A known phrase counts as a single word. The function tries long phrases first.
    """
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST_PHRASE, len(words) - at), 1, -1):
            if (text := "_".join(words[at : at + size])) in _WHOLE:
                yield _WHOLE[text]
                at += size
                break
        else:
            yield _of_word(words[at])
            at += 1


def _of_word(word: str) -> frozenset[PolicyWord]:
    if word in _WHOLE:
        return _WHOLE[word]
    if any(map(is_unspaced, word)):
        return frozenset().union(*_of_unspaced(word))
    beginnings = (_BEGINNINGS.get(word[:size], _NONE) for size in range(1, len(word) + 1))
    endings = (_ENDINGS.get(word[start:], _NONE) for start in range(len(word)))
    fitting = _NONE.union(*beginnings, *endings)
    if fitting:
        # ``Lieferdatum`` is a date of something, but the job does not know the word's other part.
        return fitting | _UNKNOWN if fitting == {PolicyWord.DATE} else fitting
    return _of_parts(word) or _UNKNOWN


def _of_unspaced(text: str) -> Iterator[frozenset[PolicyWord]]:
    """Yield the meanings of the longest known words in a text without spaces, and of the letters between them."""
    at = 0
    while at < len(text):
        size = next((size for size in range(len(text) - at, 0, -1) if text[at : at + size] in _WHOLE), 0)
        if size:
            yield _WHOLE[text[at : at + size]]
        elif not text[at].isdecimal():
            yield _UNKNOWN
        at += size or 1


def _of_parts(word: str) -> frozenset[PolicyWord]:
    """Return the meanings of the known words in a word that consists only of known words.

    For any other word, return an empty set.
    """
    if len(word) > _LONGEST_WORD:
        return frozenset()
    best: list[frozenset[PolicyWord] | None] = [frozenset()] + [None] * len(word)
    for start in range(len(word)):
        before = best[start]
        if before is None:
            continue
        for stop in range(start + 1, len(word) + 1):
            part = word[start:stop]
            if best[stop] is None and part in _WHOLE and (len(part) >= SHORTEST_PART or part in _SHORT_PARTS):
                best[stop] = before | _WHOLE[part]
    return best[len(word)] or frozenset()


def _index(words: Iterable[tuple[str, PolicyWord]]) -> Mapping[str, frozenset[PolicyWord]]:
    found: dict[str, frozenset[PolicyWord]] = {}
    for word, meaning in words:
        found[word] = found.get(word, frozenset()) | {meaning}
    return found


_LISTED = tuple(listed_words(Path(__file__).with_name("policy_words.toml"), PolicyWord))

_NONE: frozenset[PolicyWord] = frozenset()

_WHOLE = _index(
    (text, word.meaning)
    for word in _LISTED
    if not (word.begins or word.ends)
    for text in {word.plain, word.plain.replace("_", "")}
)

_BEGINNINGS = _index((word.plain, word.meaning) for word in _LISTED if word.begins)

_ENDINGS = _index((word.plain, word.meaning) for word in _LISTED if word.ends)
