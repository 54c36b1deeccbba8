"""A word that the operator has mistyped on the command line, and the word that the operator probably meant."""

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar

from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from onboarding.model.errors import OnboardingError

Error = TypeVar("Error", bound="OnboardingError")

_SIMILAR = 0.7
"""How similar two words must be, from 0 to 1: two letters of six may differ, or one letter of four."""


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A wrong word of the command line. ``meant`` is the word to write in its place, or empty if no word is known."""

    word: str = field(repr=False)
    meant: str = field(default="", repr=False)


def most_similar(word: str, words: Iterable[str]) -> str:
    """Return the text of ``words`` that is most like ``word``, or an empty text if no text is like ``word``.

    Letter case does not matter, and the letters of a short word may be in another order. If the most similar texts
    differ only in their case, return the last of these texts.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    folded = {each.casefold(): each for each in words}
    typed = word.casefold()
    near = get_close_matches(typed, folded, n=1, cutoff=_SIMILAR) or _with_same_letters(typed, folded)
    return folded[near[0]] if near else ""


def _with_same_letters(word: str, words: Iterable[str]) -> list[str]:
    return [each for each in words if word and sorted(each) == sorted(word)]


def blaming(error: Error, word: str, meant: str = "") -> Error:
    """Return ``error`` with the word that is its cause, if the operator has typed this word on the command line.

    ``meant`` is the word to type in its place, or empty.
    """
    error.mistyped = Mistyped(word, meant)
    return error
