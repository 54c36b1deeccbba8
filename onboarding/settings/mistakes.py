"""Find a mistyped word among the words that started a process, and replace it with the right word."""

from collections.abc import Iterable
from dataclasses import replace

from onboarding.model.mistyped import Mistyped
from onboarding.settings.invocation import Invocation


def is_typed(word: str, started: Invocation) -> bool:
    """Return whether a word is on the command line: alone, in a list with commas, or after ``=``.

    The function also looks at the words of environment variables in ``started``: the next command has these variables
    as options.
    """
    words = (*started.arguments, *started.job, *(each for words in started.options.values() for each in words))
    return any(_with(each, word, "") is not None for each in words)


def corrected(started: Invocation, mistake: Mistyped) -> Invocation | None:
    """Return the invocation with the right word in place of the mistake, or None if the right word is not known."""
    if not mistake.meant:
        return None

    def right(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(each if (new := _with(each, mistake.word, mistake.meant)) is None else new for each in words)

    options = {name: right(words) for name, words in started.options.items()}
    return replace(started, arguments=right(started.arguments), job=right(started.job), options=options)


def _with(typed: str, word: str, meant: str) -> str | None:
    """Return the typed text with ``meant`` in place of ``word``, or None if the text does not contain ``word``."""
    if typed == word:
        return meant
    flag, sign, value = typed.partition("=")
    if sign and flag.startswith("--") and word in (flag, value):
        return f"{flag}={meant}"
    parts = typed.split(",")
    if word in [part.strip() for part in parts]:
        return ",".join(meant if part.strip() == word else part for part in parts)
    return None
