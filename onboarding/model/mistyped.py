"""A word that the operator has mistyped on the command line, and the word that the operator probably meant."""

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, TypeVar

from onboarding.model.values import dataclass

if TYPE_CHECKING:
    from onboarding.model.errors import OnboardingError

Error = TypeVar("Error", bound="OnboardingError")

_SIMILAR = 0.7
"""The least similarity of two words, from 0 to 1: two letters of six may differ, or one letter of four."""


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A wrong word of the command line. ``meant`` is the right word, or empty if the right word is unknown."""

    word: str = field(repr=False)
    meant: str = field(default="", repr=False)


def most_similar(word: str, words: Iterable[str]) -> str:
    """Return the text in ``words`` that is most similar to ``word``, or an empty text if no text is similar.

    The function ignores letter case, and the letters of a short word may be in another order. If the most similar texts
    differ only in case, return the last of these texts.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake needs it

    folded = {each.casefold(): each for each in words}
    typed = word.casefold()
    near = get_close_matches(typed, folded, n=1, cutoff=_SIMILAR) or _with_same_letters(typed, folded)
    return folded[near[0]] if near else ""


def _with_same_letters(word: str, words: Iterable[str]) -> list[str]:
    return [each for each in words if word and sorted(each) == sorted(word)]


def blaming(error: Error, word: str, meant: str = "") -> Error:
    """Note that the mistyped ``word`` may be the cause of ``error``, and return the error.

    ``meant`` is the right word, or empty.
    """
    error.mistyped = Mistyped(word, meant)
    return error
