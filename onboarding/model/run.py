"""What does the ledger know of one execution of the job?"""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from onboarding.model.plan import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution. ``ended_at`` and ``exit_code`` are None while it runs, and for ever if it died.

    ``inputs`` is what was read, and None until all rows of the run are kept. ``resumed_at`` is when the run was last
    resumed, ``purged_at`` when the people in it were forgotten. ``settings``, ``counts`` and ``inputs`` hold what JSON
    can hold; times are aware.
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

    def resumed(self) -> Self:
        """Return the run as this process carries on with it: in this process, and without an end."""
        return replace(self, host=socket.gethostname(), pid=os.getpid(), ended_at=None, exit_code=None)


def latest_alike(runs: Sequence[Run], this: Run) -> Run | None:
    """Return the first of these runs that was told to read the same exports as this one, else the first of all."""
    alike = (run for run in runs if run.settings.get("exports") == this.settings.get("exports"))
    return next(alike, next(iter(runs), None))
