"""JSON documents: check that they hold known fields, types and words only."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

Document = Mapping[str, Any]
"""Parameters or a result. The service model says which keys and types it holds; a type checker cannot."""

_Word = TypeVar("_Word", bound=StrEnum)


def check_fields(document: object, types: Mapping[str, tuple[type, ...]]) -> dict[str, object]:
    """Return a document that is an object of known fields, each of one of its types, or raise ``ValueError``.

    The message names the field and never its value, which may be an address.
    """
    if not isinstance(document, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - callers catch ValueError
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
