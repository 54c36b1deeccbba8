"""A leg of a run: the work of one process on the run. A run begins with its first leg, and each resumption adds a leg.

The ledger records each leg. The reports of a run contain the sums over all its legs.
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
    """The ledger's record of the work of one process on a run.

    ``command`` is the command of the process. ``ended_at`` and ``exit_code`` are None while the process works, and stay
    None if the process dies. ``counts`` are the numbers of rows of the whole run at the end of this leg. ``wave`` is
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

        The value is false for a plan, which sends no invites.
        """
        left = 0 if self.wave else self.counts.get(Disposition.DEFERRED, 0)
        is_good = self.exit_code in (ExitCode.SETTLED, ExitCode.PARTIAL) and not self.counts.get(Disposition.IN_DOUBT)
        return self.command != "plan" and is_good and not left


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFigures:
    """The figures of one leg of a run (the work of one process), or the sums over several legs.

    ``requests`` is the number of requests that mail people, and ``throttled`` the number of those that got a 429.
    ``settled_doubts`` is the number of invites that were in doubt before. ``progress`` are the sums of the work over
    time, without the time between the legs. ``seconds`` is the duration of each phase.
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
