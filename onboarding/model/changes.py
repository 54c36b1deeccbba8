"""The changes since an earlier run: people whose disposition changed, and people who are new or gone."""

from dataclasses import dataclass

NEW = "new"
"""The text in place of an earlier disposition, for a person who was in no export of the earlier run."""


@dataclass(frozen=True, slots=True)
class DispositionChange:
    """A change of disposition: ``before`` in the earlier run, ``now`` in the later run, and the number of people."""

    before: str
    now: str
    people: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes since an earlier run.

    ``since`` is the id of the earlier run. ``moves`` are the changes of disposition, the most frequent first. ``gone``
    is the number of people who are in no export any more.
    """

    since: str
    moves: tuple[DispositionChange, ...]
    gone: int
