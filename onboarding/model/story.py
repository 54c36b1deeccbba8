"""The story around a run, as its summary tells it: its waves, the run it was compared with, and the last runs."""

from dataclasses import dataclass
from datetime import datetime

from onboarding.model.sent import Wave


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The earlier run with which the guards compared this run.

    ``people`` counts the rows about a person in its exports. If the guards compared this run with no run, ``run_id`` is
    empty, ``started_at`` is None, and ``why_none`` says why in a sentence.
    """

    run_id: str = ""
    started_at: datetime | None = None
    people: int = 0
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A run among the last runs to the same account, in figures.

    ``exit_code`` is None if the run has no end. ``rows`` counts all its rows, ``invited`` those whose person was
    invited, and ``for_a_person`` those that a person must act on.
    """

    run_id: str
    started_at: datetime
    command: str
    exit_code: int | None
    invited: int
    for_a_person: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWave:
    """What one leg of a run sent. A leg is the work of one process, so each wave of a migration is a leg.

    ``wave`` is the wave that the leg sent as planned, or None. ``people`` were invited by this leg. ``requests`` and
    ``throttled`` are None if the leg died before it could record them.
    """

    leg: int
    command: str
    began_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    wave: Wave | None
    people: int
    requests: int | None
    throttled: int | None
