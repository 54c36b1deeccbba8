"""What does the ledger know of one execution of the job?"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from onboarding.plan import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution. ``ended_at`` and ``exit_code`` are None while it runs, and for ever if it died.

    ``settings`` and ``counts`` hold what JSON can hold; times are aware.
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
