"""The changes since an earlier run: people whose disposition changed, and people who are new or gone."""

from onboarding.model.values import dataclass

NEW = "new"
"""The earlier disposition of a person who was in no export of the earlier run."""


@dataclass(frozen=True, slots=True)
class DispositionChange:
    """A change of people's disposition (what happened to a row) from one run to a later run.

    ``before`` is the disposition in the earlier run, and ``now`` the disposition in the later run. ``people`` is the
    number of people.
    """

    before: str
    now: str
    people: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes since an earlier run.

    ``since`` is the id of the earlier run. ``moves`` are the changes of disposition, the most frequent first. ``gone``
    is the number of people who were in an export then, and are in none now.
    """

    since: str
    moves: tuple[DispositionChange, ...]
    gone: int
