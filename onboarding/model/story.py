"""The history of a run in a summary: its waves, the run with which it was compared, and the last runs."""

from collections.abc import Mapping
from datetime import datetime

from onboarding.model.dispositions import Disposition
from onboarding.model.sent import Wave
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """The earlier run with which the guards compared a run.

    ``people`` is the number of rows about a person in the exports of the earlier run. Without an earlier run,
    ``run_id`` is empty, ``started_at`` is None, and ``why_none`` is a sentence with the reason.
    """

    run_id: str = ""
    started_at: datetime | None = None
    people: int = 0
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The figures of one run, for a comparison of the last runs to the same account.

    ``exit_code`` is None if the run has no end in the ledger. ``rows`` is the number of all rows of the run,
    ``invited`` the number of invited people's rows, and ``for_a_person`` the number of rows that a person must check or
    correct.
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
    """The figures of one leg of a run. A leg is the work of one process, so each wave of a migration is a leg.

    ``wave`` is the wave that the leg has sent as planned, or None. ``people`` is the number of people whom the leg
    invited. ``requests`` and ``throttled`` are None if the process died before it recorded these numbers.
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
    """The end of the run to one account, as a part of a run to many accounts.

    ``counts`` is the number of rows of each disposition. ``exit_code`` and ``message`` belong to the run to this
    account. ``page`` is the path of the account's page in the folder of the whole report, or empty without a page.
    """

    account: str
    run_id: str
    counts: Mapping[Disposition, int]
    exit_code: int
    message: str
    page: str = ""
