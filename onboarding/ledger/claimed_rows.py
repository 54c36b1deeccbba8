"""The rows that were ever claimed for one person, found by the hashes that stay after a purge.

Functions work inside the caller's transaction.
"""

from dataclasses import field

import pyarrow as pa
from sqlalchemy import Connection, or_, select

from onboarding.ledger.employees import employee_hashes
from onboarding.ledger.schema import hashed, invites
from onboarding.model.outcomes import InviteState
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A claimed row: its run and position, its state, and when the service was asked, as ISO-8601 text.

    ``asked_at`` is the time of the claim, right before the request left. ``decided_at`` is the time of the outcome,
    or empty while the row is in flight. ``error`` is the service's error code, or empty.
    """

    run_id: str
    position: int
    state: InviteState
    attempts: int
    asked_at: str
    decided_at: str
    error: str = field(repr=False)


def claimed_rows(connection: Connection, *, key: str, employee: str, secret: bytes) -> list[ClaimedRow]:
    """Return all rows that were claimed for an address key or for the key of an employee id, the newest first.

    Either ``key`` or ``employee`` may be empty. The rows are from runs to all accounts. ``secret`` is the key of the
    ledger's hashes.
    """
    is_theirs = [invites.c.address_hash == hashed(key, secret)] if key else []
    (of_employee,) = employee_hashes(pa.array([employee], pa.string()), secret)
    if of_employee:
        is_theirs.append(invites.c.employee_hash == of_employee)
    columns = invites.c["run_id", "position", "state", "attempts", "claimed_at", "decided_at", "error"]
    found = connection.execute(select(*columns).where(or_(*is_theirs)).order_by(invites.c.claimed_at.desc()))
    return [ClaimedRow(run_id, at, InviteState(state), *rest) for run_id, at, state, *rest in found]
