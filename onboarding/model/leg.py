"""A leg of a run, which is the work of one process on it. A run begins with its first leg. Each resumption adds a leg.

The ledger records each leg. The reports of a run add up what all its legs sent.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.sent import Moment, SettledDoubts, Wave, follow_on
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The work of one process on a run, as the ledger records it.

    ``command`` is what the process was asked to do. ``ended_at`` and ``exit_code`` are None while the process works,
    and stay None if it dies. ``counts`` has the numbers of rows of the whole run at the end of this leg. ``wave`` is
    the wave that this leg has sent as planned, or None.
    """

    number: int
    command: str
    host: str
    pid: int
    began_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    wave: Wave | None = None

    @property
    def did_as_planned(self) -> bool:
        """Whether the leg's process sent invites, and left out only people of later waves.

        A plan sends no invites.
        """
        left = 0 if self.wave else self.counts.get(Disposition.DEFERRED, 0)
        is_good = self.exit_code in (ExitCode.SETTLED, ExitCode.PARTIAL) and not self.counts.get(Disposition.IN_DOUBT)
        return self.command != "plan" and is_good and not left


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """What one leg of a run (the work of one process), or several legs together, sent.

    ``requests`` counts the requests that mail people. ``throttled`` counts the requests among them that got a 429.
    ``settled_doubts`` counts invitations that were in doubt before. ``progress`` has the sums of the work over time,
    without the time between the legs. ``seconds`` has the duration of each phase.
    """

    requests: int = 0
    throttled: int = 0
    settled_doubts: SettledDoubts = field(default_factory=SettledDoubts)
    progress: tuple[Moment, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def __add__(self, later: "LegFigures") -> "LegFigures":
        seconds = Counter(self.seconds)
        seconds.update(later.seconds)
        return LegFigures(
            requests=self.requests + later.requests,
            throttled=self.throttled + later.throttled,
            settled_doubts=self.settled_doubts + later.settled_doubts,
            progress=follow_on(self.progress, later.progress),
            seconds={phase: round(took, 3) for phase, took in seconds.items()},
        )
