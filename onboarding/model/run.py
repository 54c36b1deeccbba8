"""The ledger's record of a run, the choice of the latest run of the same exports, and times in UTC.

The module ``pipeline.run`` carries out a run.
"""

import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.leg import Leg
from onboarding.model.own_files import is_own
from onboarding.model.plan import Scope
from onboarding.model.values import dataclass

_CHANGING = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?:19|20)\d\d[-_. ]?[01]\d(?:[-_. ]?[0-3]\d(?:[-_. T]*[0-2]\d[-_.:h]?[0-5]\d(?:[-_.:]?[0-5]\d)?Z?)?)?"
    r"|[0-3]\d[-_. ][01]\d[-_. ](?:19|20)\d\d"
    r"|\d{6,}",
    re.ASCII,
)
"""The parts of a file's name that differ from day to day: dates, times, long numbers and UUIDs."""


@dataclass(frozen=True, slots=True)
class GuardFigures:
    """The guards' figures of a run: numbers of rows, and the names of the guards that the run hit (``hits``).

    ``people`` is the number of rows about a person, and ``rejected`` the number of rows without a usable address.
    ``held`` is the number of held rows, except rows that are held only because their domain is new. ``excluded`` is the
    number of rows that policy leaves out. ``filtered`` is the number of rows that the rules of ``--only`` and
    ``--skip`` leave out; the other numbers do not include these rows. ``accepted`` are the guards that let the run pass
    only because an operator had confirmed an earlier run that was equally unusual.
    """

    people: int = 0
    rejected: int = 0
    held: int = 0
    excluded: int = 0
    hits: tuple[str, ...] = ()
    filtered: int = 0
    accepted: tuple[str, ...] = ()

    @property
    def is_unusual(self) -> bool:
        """Whether the run hit a guard, or passed only because an operator confirmed an earlier run."""
        return bool(self.hits or self.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The ledger's record of one execution of the job.

    ``ended_at`` and ``exit_code`` are None while the run goes on, and stay None if its process dies. ``inputs`` are the
    facts of the exports, or None until all rows of the run are in the ledger. ``guards`` is None until the guards have
    checked the run. ``resumed_at`` is the time of the last resumption, and ``purged_at`` the time at which a purge
    removed the names and addresses; both may be None. ``settings``, ``counts`` and ``inputs`` contain only JSON values.
    Times include a time zone.

    ``number`` is higher for each later run of a ledger, even after a clock was set back, and 0 for a run that is not in
    the ledger yet. ``leg`` is the number of the latest leg. ``legs`` are all legs in their order.
    """

    run_id: str
    scope: Scope
    command: str
    version: str
    started_at: datetime
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    settings: Mapping[str, object] = field(default_factory=dict)
    ended_at: datetime | None = None
    exit_code: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    inputs: tuple[Mapping[str, object], ...] | None = None
    guards: GuardFigures | None = None
    resumed_at: datetime | None = None
    purged_at: datetime | None = None
    number: int = field(default=0, compare=False)
    leg: int = 1
    legs: tuple[Leg, ...] = field(default=(), compare=False)

    @property
    def went_well(self) -> bool:
        """Whether the run was no plan, and settled every row. A refusal of the service also settles a row."""
        is_settled = not any(self.counts.get(left) for left in (Disposition.IN_DOUBT, Disposition.DEFERRED))
        return self.command != "plan" and self.exit_code in (ExitCode.SETTLED, ExitCode.PARTIAL) and is_settled

    @property
    def last_sign_of_life(self) -> datetime:
        """The time of the run's end, or else of its last resumption, or else of its start."""
        return self.ended_at or self.resumed_at or self.started_at

    @property
    def is_partial(self) -> bool:
        """Whether the exports of the run list only some of the people, such as the new hires of one day."""
        return self.settings.get("roster") == "partial"

    @property
    def whole_id(self) -> str:
        """The id of the whole run, if this run is a part of a run to many accounts; otherwise the run's own id.

        The id of a part is the id of the whole run with a dash and a number.
        """
        return self.run_id.rpartition("-")[0]

    @property
    def is_part(self) -> bool:
        """Whether the run is a part of a run to many accounts. Each part sends to one of these accounts."""
        return "-" in self.whole_id

    def resumed(self) -> Self:
        """Return the run as this process resumes it: with the id and host of this process, and without an end."""
        return replace(self, host=socket.gethostname(), pid=os.getpid(), ended_at=None, exit_code=None)


def latest_of_same_exports(runs: Sequence[Run], this: Run) -> Run | None:
    """Return the latest run that has the same exports as the run ``this``.

    ``runs`` are the runs, the latest first. If each of these runs has other exports than ``this``, return the latest
    run. Return None if there are no runs.
    """
    alike = (run for run in runs if have_same_exports(run, this))
    return next(alike, next(iter(runs), None))


def have_same_exports(one: Run, other: Run) -> bool:
    """Say whether the settings of two runs name the same exports, or both runs have read the same files.

    So a folder and the names of all its files are the same exports. The comparison ignores the parts of a name that
    differ from day to day.
    """
    read = _files_of(one)
    return exports_of(one) == exports_of(other) or bool(read and read == _files_of(other))


def _files_of(run: Run) -> frozenset[str]:
    """Return the names of the exports that a run has read, without the parts that differ from day to day."""
    sources = (str(facts.get("source", "")) for facts in run.inputs or ())
    return frozenset(without_dates(source) for source in sources if not is_own(source))


def exports_of(run: Run) -> tuple[str, ...]:
    """Return the names of the exports in the settings of a run, without the parts that differ from day to day."""
    named = run.settings.get("exports")
    return tuple(without_dates(str(name)) for name in named) if isinstance(named, (list, tuple)) else ()


def rules_of(run: Run) -> tuple[tuple[str, ...], ...]:
    """Return the rules of ``--only`` and the rules of ``--skip`` in the settings of a run."""
    named = (run.settings.get(name) for name in ("only", "skip"))
    return tuple(tuple(map(str, rules)) if isinstance(rules, (list, tuple)) else () for rules in named)


def without_dates(name: str) -> str:
    """Return the name of an export with ``#`` for each date, time, long number and UUID.

    So the result for ``hr/staff-2026-11-29.csv`` is the same each day. Short numbers stay, as in ``site2.csv``.
    """
    return _CHANGING.sub("#", name)


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def minute_after(seconds: float) -> str:
    """Return the time ``seconds`` from now as text, rounded up to a minute; on another day with its date."""
    moment = now() + timedelta(seconds=seconds + 60)
    return f"{moment:%H:%M} UTC" if moment.date() == now().date() else f"{moment:%Y-%m-%d %H:%M} UTC"


def timestamp(moment: datetime) -> str:
    """Return a time as ISO-8601 text in UTC, always to the microsecond, so that the order of texts is right."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def local_day() -> date:
    """Return today's date in the time zone of this machine."""
    return now().astimezone().date()
