"""Has a JSON document the fields and the words that its reader knows, and no others?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

_Word = TypeVar("_Word", bound=StrEnum)


def check_fields(document: object, types: Mapping[str, tuple[type, ...]]) -> dict[str, object]:
    """Return a document that is an object of known fields, each of one of its types; raise ``ValueError`` on another.

    A field is named in the message, its value never: it may be an address.
    """
    if not isinstance(document, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - whoever reads a document catches ValueError
    for name, value in document.items():
        if type(value) not in types.get(name, ()):  # not isinstance: in Python, not in JSON, a bool is an int
            raise ValueError(f"{name} is unknown or of the wrong type; fields are {', '.join(types)}")
    return document


def word_of(words: type[_Word], name: str, value: object) -> _Word:
    """Return the word that a field has, or raise ``ValueError`` if it is none of them."""
    for word in words:
        if word == value:
            return word
    raise ValueError(f"{name} is none of {', '.join(words)}")
