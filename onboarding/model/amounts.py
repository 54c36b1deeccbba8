"""Write amounts in words: numbers with their nouns, and durations, in the same form in all messages and reports."""


def with_noun(number: int, singular: str, plural: str) -> str:
    """Return a number and its noun as text. The noun is in the singular for 1, and in the plural otherwise."""
    return f"{number:,} {singular if number == 1 else plural}"


def people(number: int) -> str:
    """Return a number of people as text: ``1 person`` or ``1,966 people``."""
    return with_noun(number, "person", "people")


def people_invited(number: int, again: int, verb: str = "invited") -> str:
    """Return a number of invited people as text. ``again`` is the number of those who were invited before.

    Examples are ``18 people invited``, ``1 person invited, 17 again`` and ``17 people invited again``. ``verb``
    replaces ``invited``.
    """
    if not 0 < again < number:
        return f"{people(number)} {verb}{' again' if again else ''}"
    return f"{people(number - again)} {verb}, {again:,} again"


def duration(seconds: float) -> str:
    """Return a number of seconds as text, such as ``5.2 s``, ``3 min 05 s`` or ``2 h 04 min``."""
    if seconds < 59.95:  # noqa: PLR2004 - 59.95 s and more round to a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def coarse_duration(seconds: float) -> str:
    """Return a duration that a person waits, in seconds or whole minutes: ``42 s``, ``15 min`` or ``2 h 04 min``."""
    if seconds < 90:  # noqa: PLR2004 - people count up to a minute and a half in seconds
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
