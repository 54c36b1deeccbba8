"""Amounts in words: numbers beside their nouns, and durations, in the one form that all messages and reports have."""


def with_noun(number: int, singular: str, plural: str) -> str:
    """Return a number and its noun as text. The noun is in the singular for 1, and in the plural otherwise."""
    return f"{number:,} {singular if number == 1 else plural}"


def people(number: int) -> str:
    """Return a number of people as text: ``1 person`` or ``1,966 people``."""
    return with_noun(number, "person", "people")


def duration(seconds: float) -> str:
    """Return a duration as text, such as ``5.2 s``, ``3 min 05 s`` or ``2 h 04 min``."""
    if seconds < 59.95:  # noqa: PLR2004 - 59.95 s and more round to a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
