"""Split a person's full name into the first name and the last name that Wickr keeps.

Wickr's documents describe the two names only as free texts. If the first name is the whole name, people read the right
name everywhere, and only a list sorted by last names is wrong. If a part of the name is in the wrong field, a person
must correct the user by hand. So this module splits a name only if the form of the name shows which part is the
family's name. Otherwise the whole name becomes the first name. These forms are certain:

========================================  ==================================  ========================
form                                      first name                          last name
========================================  ==================================  ========================
``Lovelace, Ada``: one comma              ``Ada``                             ``Lovelace``
``Berg, Jan van den``: particles at last  ``Jan``                             ``van den Berg``
``Jan van den Berg``: a particle          ``Jan``                             ``van den Berg``
``Ada Lovelace``: two words               ``Ada``                             ``Lovelace``
``Ada K. Lovelace``: initials between     ``Ada K.``                          ``Lovelace``
``Dr. Ada Lovelace Jr.``                  ``Dr. Ada``                         ``Lovelace Jr.``
========================================  ==================================  ========================

Two words are certain only in Latin letters. The first word must not be a frequent family name of a country that writes
the family's name first. Three plain words are never certain: ``Ada King Lovelace`` has a middle name, and ``Gabriel
García Márquez`` has two family names. The module drops the comma of a name, and nothing else.

The file ``names.toml`` contains the lists of words. The usual library, nameparser, splits every name. Of the 145 names
in the tests, it splits 56 names in another way than these rules.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_UNSURE = re.compile(r"[\d@()\[\]{}<>\"“”„/\\|;:_+*=]")
"""Signs of notes, nicknames and addresses. No name contains these signs."""

_INITIALS = re.compile(r"(?:[^\W\d_]\.?-?){1,3}")


@cache
def _listed() -> Mapping[str, frozenset[str]]:
    """Return the lists of words in ``names.toml``, by name. The list ``family_first`` unites all languages."""
    lists = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    lists["family_first"] = " ".join(lists["family_first"].values())
    return {name: frozenset(words.split()) for name, words in lists.items()}


def given_and_family(name: str) -> tuple[str, str]:
    """Return the first name and the last name of a full name. The last name is empty if the split is not certain."""
    whole = " ".join(name.split()).strip(" ,")
    if _UNSURE.search(whole):
        return whole, ""
    head, *tails = (part.strip() for part in whole.split(","))
    while tails and all(_is_suffix(word) for word in tails[-1].split()) and tails[-1]:
        head = f"{head}, {tails.pop()}"  # only a suffix follows the comma: Ada Lovelace, PhD
    if len(tails) == 1 and tails[0] and head:
        return _from_commas(tails[0], head)
    return _from_words(whole.split()) if not tails else (whole, "")


def _from_commas(given: str, family: str) -> tuple[str, str]:
    """Return the first and the last name of a name with a comma, such as ``Berg, Jan van den``.

    Particles at the end of the given name belong to the last name.
    """
    words = given.split()
    at = len(words)
    while at > 1 and _is_listed(words[at - 1], "particles"):
        at -= 1
    return " ".join(words[:at]), " ".join([*words[at:], family])


def _from_words(words: list[str]) -> tuple[str, str]:
    """Return the first and the last name of a name without a comma, or the whole name as the first name."""
    whole = " ".join(words), ""
    first = next((at for at, word in enumerate(words) if not _is_title(word)), len(words))
    last = next((at for at in range(len(words), first, -1) if not _is_suffix(words[at - 1])), first)
    named = words[first:last]
    at = _family_at(named)
    return (" ".join(words[: first + at]), " ".join(words[first + at :])) if at else whole


def _family_at(named: list[str]) -> int:
    """Return the index of the first word of the family's name, or 0 if the index is not certain.

    ``named`` are the words of the whole name without titles and suffixes.
    """
    is_alone = len(named) <= 1
    if is_alone or not all(map(_is_latin, named)) or _is_listed(_plain(named[0]), "family_first"):
        return 0
    at = next((at for at in range(1, len(named)) if _begins_family(named, at)), 0)
    if at:
        is_iberian = _is_listed(named[at].casefold(), "iberian_particles")
        return 0 if _is_listed(named[0], "particles") or (is_iberian and at > 1) else at
    between = named[1:-1]
    is_certain = all(map(_is_initial, between)) and not _is_initial(named[-1]) and not _is_listed(named[0], "particles")
    # A word in capitals is the family's name, at the beginning or at the end.
    return len(named) - 1 if is_certain and not _is_in_capitals(named[0]) else 0


def _begins_family(named: list[str], at: int) -> bool:
    word = named[at]
    is_inside = at < len(named) - 1
    return (
        (_is_listed(word, "particles") and is_inside)
        or (is_inside and _is_listed(word, "capital_particles"))
        or word.startswith(("d'", "d’"))
    )


def _is_listed(word: str, words: str) -> bool:
    return word in _listed()[words]


def _is_title(word: str) -> bool:
    return _is_listed(word.casefold().rstrip("."), "titles") and len(word) > 1


def _is_suffix(word: str) -> bool:
    return _is_listed(word.casefold().rstrip("."), "suffixes") and (word[0].isupper() or "." in word)


def _is_initial(word: str) -> bool:
    return _INITIALS.fullmatch(word) is not None and (word.endswith(".") or len(word) == 1)


def _is_in_capitals(word: str) -> bool:
    return len(word) > 2 and word.isupper() and not word.endswith(".")  # noqa: PLR2004 - two capitals are initials


def _is_latin(word: str) -> bool:
    letters = [letter for letter in word if letter.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


def _plain(word: str) -> str:
    """Return a word in lower case and without accents: ``nguyen`` for ``Nguyễn``."""
    decomposed = unicodedata.normalize("NFD", word.casefold().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
