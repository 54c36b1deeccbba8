"""A run as the ledger records it, the choice of the latest run of the same exports, and times in UTC.

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
    """What the guards saw of a run: numbers of rows, and the names of the guards that the run hit (``hits``).

    ``people`` counts the rows about a person, and ``rejected`` the rows without a usable address. ``held`` counts the
    rows that a person must look at, without the rows that are held only because their domain is new. ``excluded``
    counts the rows that policy leaves out. ``filtered`` counts the rows that the rules of ``--only`` and ``--skip``
    leave out; no other number counts these rows. ``accepted`` has the names of the guards that let the run pass only
    because an operator confirmed an earlier run that was equally unusual.
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
    """One execution of the job, as the ledger records it.

    ``ended_at`` and ``exit_code`` are None while the run goes on, and stay None if its process dies. ``inputs``
    describes what the run has read, and is None until the ledger keeps all rows of the run. ``guards`` is None until
    the guards have looked at the run. ``resumed_at`` is the time at which the run was last resumed, and ``purged_at``
    the time at which a purge emptied its names and addresses. Each is None without such an event. ``settings``,
    ``counts`` and ``inputs`` hold only values of JSON. Times have a time zone. ``number`` is higher for each later run
    of a ledger, even if a clock was set back, and 0 until the ledger has the run. ``leg`` is the number of the leg that
    works on the run, or worked on it last. ``legs`` has all legs in their order.
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
        """Whether the run was no plan, and settled every row. A row that the service refused counts as settled."""
        is_settled = not any(self.counts.get(left) for left in (Disposition.IN_DOUBT, Disposition.DEFERRED))
        return self.command != "plan" and self.exit_code in (ExitCode.SETTLED, ExitCode.PARTIAL) and is_settled

    @property
    def last_sign_of_life(self) -> datetime:
        """The time at which the run ended, or, without an end, was last resumed or begun."""
        return self.ended_at or self.resumed_at or self.started_at

    @property
    def is_partial(self) -> bool:
        """Whether the exports of the run list only some of the people, such as the new hires of one day."""
        return self.settings.get("roster") == "partial"

    @property
    def whole_id(self) -> str:
        """The id of the whole run, if this run is the part of a run to many accounts; otherwise its own id.

        The id of a part is the id of the whole run with a dash and a number.
        """
        return self.run_id.rpartition("-")[0]

    @property
    def is_part(self) -> bool:
        """Whether the run is the part of a run to many accounts that sends to one of these accounts."""
        return "-" in self.whole_id

    def resumed(self) -> Self:
        """Return the run for this process, which resumes it: with this process's id and host, and without an end."""
        return replace(self, host=socket.gethostname(), pid=os.getpid(), ended_at=None, exit_code=None)


def latest_of_same_exports(runs: Sequence[Run], this: Run) -> Run | None:
    """Return the latest of several runs that has the same exports as the run ``this``.

    ``runs`` has the runs, the latest first. If no run has the same exports, return the first run, or None if there are
    no runs.
    """
    alike = (run for run in runs if have_same_exports(run, this))
    return next(alike, next(iter(runs), None))


def have_same_exports(one: Run, other: Run) -> bool:
    """Return whether the settings of two runs name the same exports, or both runs have read the same files.

    So a folder and the names of all its files are the same exports. The parts of a name that differ from day to day do
    not count.
    """
    read = _files_of(one)
    return exports_of(one) == exports_of(other) or bool(read and read == _files_of(other))


def _files_of(run: Run) -> frozenset[str]:
    """Return the names of the exports that a run has read, without what differs from day to day."""
    sources = (str(facts.get("source", "")) for facts in run.inputs or ())
    return frozenset(without_dates(source) for source in sources if not is_own(source))


def exports_of(run: Run) -> tuple[str, ...]:
    """Return the names of the exports in the settings of a run, without what differs from day to day."""
    named = run.settings.get("exports")
    return tuple(without_dates(str(name)) for name in named) if isinstance(named, (list, tuple)) else ()


def rules_of(run: Run) -> tuple[tuple[str, ...], ...]:
    """Return the rules of ``--only`` in the settings of a run, and its rules of ``--skip``."""
    named = (run.settings.get(name) for name in ("only", "skip"))
    return tuple(tuple(map(str, rules)) if isinstance(rules, (list, tuple)) else () for rules in named)


def without_dates(name: str) -> str:
    """Return the name of an export with ``#`` for each date, time, long number and UUID.

    So ``hr/staff-2026-11-29.csv`` has the same name each day. Short numbers stay, as in ``site2.csv``.
    """
    return _CHANGING.sub("#", name)


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def minute_after(seconds: float) -> str:
    """Return the time ``seconds`` from now as text, rounded up to a minute, with the date if it is another day."""
    moment = now() + timedelta(seconds=seconds + 60)
    return f"{moment:%H:%M} UTC" if moment.date() == now().date() else f"{moment:%Y-%m-%d %H:%M} UTC"


def timestamp(moment: datetime) -> str:
    """Return a time as ISO-8601 text in UTC, always to the microsecond, so that texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def local_day() -> date:
    """Return the date of today in the local time zone of the machine on which the job runs."""
    return now().astimezone().date()
