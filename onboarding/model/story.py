"""What a summary tells about a run's history: its waves, the run with which it was compared, and the last runs."""

from collections.abc import Mapping
from datetime import datetime

from onboarding.model.dispositions import Disposition
from onboarding.model.sent import Wave
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The earlier run with which the guards compared a run.

    ``people`` counts the rows about a person in the exports of the earlier run. If the guards had no earlier run,
    ``run_id`` is empty and ``started_at`` is None. Then ``why_none`` says why in a sentence.
    """

    run_id: str = ""
    started_at: datetime | None = None
    people: int = 0
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The figures of one run, for a comparison of the last runs to the same account.

    ``exit_code`` is None if the ledger has no end of the run. ``rows`` counts all rows of the run. ``invited`` counts
    the rows whose person was invited. ``for_a_person`` counts the rows that a person must look at or correct.
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

    ``wave`` is the wave that the leg has sent as planned, or None. ``people`` is the number of people whom the leg
    invited. ``requests`` and ``throttled`` are None if the leg died before it could record them.
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


@dataclass(frozen=True, slots=True)
class AccountEnd:
    """How the run to one account ended, as a part of a run to many accounts.

    ``counts`` has the number of rows for each disposition. ``exit_code`` and ``message`` are those of the account's own
    run. ``page`` is the path of the account's page in the folder of the whole report, or empty if it has no page.
    """

    account: str
    run_id: str
    counts: Mapping[Disposition, int]
    exit_code: int
    message: str
    page: str = ""
