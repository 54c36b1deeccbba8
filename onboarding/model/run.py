"""A run as the ledger records it, the choice of the latest run of the same exports, and times in UTC.

``pipeline.run`` carries a run out.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Self

from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.plan import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the job, as the ledger records it.

    ``ended_at`` and ``exit_code`` are None while the run goes on, and stay None if its process dies. ``inputs``
    describes what the run has read, and is None until the ledger keeps all rows of the run. ``resumed_at`` is the time
    when the run was last resumed, and ``purged_at`` the time when its names and addresses were emptied. Both are None
    if that has not happened. ``settings``, ``counts`` and ``inputs`` hold what JSON can hold. Times have a time zone.
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
    resumed_at: datetime | None = None
    purged_at: datetime | None = None

    @property
    def went_well(self) -> bool:
        """Whether the run was no plan, and settled every row. Rows that the service refused are settled, too."""
        is_settled = not any(self.counts.get(left) for left in (Disposition.IN_DOUBT, Disposition.DEFERRED))
        return self.command != "plan" and self.exit_code in (ExitCode.SETTLED, ExitCode.PARTIAL) and is_settled

    def resumed(self) -> Self:
        """Return the run as this process resumes it: with this process's process id and host, and without an end."""
        return replace(self, host=socket.gethostname(), pid=os.getpid(), ended_at=None, exit_code=None)


def latest_of_same_exports(runs: Sequence[Run], this: Run) -> Run | None:
    """Return the latest of several runs that has the same exports as the run ``this``.

    ``runs`` has the runs, the latest first. If no run has the same exports, return the first run, or None if there are
    no runs.
    """
    alike = (run for run in runs if run.settings.get("exports") == this.settings.get("exports"))
    return next(alike, next(iter(runs), None))


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """Return a time as ISO-8601 text in UTC, always to the microsecond, so that texts sort as the times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def local_day() -> date:
    """Return the date of today in the local time zone of the machine on which the job runs."""
    return now().astimezone().date()
