"""Amounts in words: a number beside its noun, in the one form that all messages and reports have."""


def with_noun(number: int, singular: str, plural: str) -> str:
    """Return a number and its noun as text. The noun is in the singular for 1, and in the plural otherwise."""
    return f"{number:,} {singular if number == 1 else plural}"


def people(number: int) -> str:
    """Return a number of people as text: ``1 person`` or ``1,966 people``."""
    return with_noun(number, "person", "people")
