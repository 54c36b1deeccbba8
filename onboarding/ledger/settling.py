"""The invites of a ledger after their claim: their states, and the recording of outcomes.

``claims`` makes the claims, ``invites`` finds invites, and ``doubts`` finds the invites in doubt.

::

                 ┌──────────────────── claim, by the same run ────────────────┐
                 ▼                                                            │
    (absent) ──claim──▶ in_flight ──settle──▶ invited | there | failed | released
                            └──settle, doubt──▶ in_doubt ──settle──▶ invited | there | failed | released

    invited ──a later run claims the same address, to invite it again──▶ renewed
       ▲                                                                    │
       └──the later claim is settled as failed, there or released: not sent─┘

A later run may claim an address that ``failed``, was ``released`` or is to be invited again. The later claim is another
row. A row is live while it is in flight, in doubt or invited. So an address that was ever invited always has one live
row. A run claims such an address only if it is to invite the person again.

Functions work inside the caller's transaction. ``now`` is ISO-8601 text.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from onboarding.ledger.bulk import BulkStatement, in_batches, in_tables
from onboarding.ledger.invites import empty_addresses
from onboarding.ledger.schema import RENEWED, UNSETTLED_STATES, hashed, invites, runs
from onboarding.ledger.stamps import Stamp, record_loss
from onboarding.model.errors import IllegalStep
from onboarding.model.outcomes import InviteState, Outcome

ALLOWED_EARLIER_STATES: Mapping[InviteState, frozenset[InviteState]] = MappingProxyType(
    {
        InviteState.IN_FLIGHT: frozenset({InviteState.RELEASED}),
        InviteState.INVITED: UNSETTLED_STATES,
        InviteState.RELEASED: UNSETTLED_STATES,
        InviteState.FAILED: UNSETTLED_STATES,
        InviteState.THERE: UNSETTLED_STATES,
        InviteState.IN_DOUBT: frozenset({InviteState.IN_FLIGHT}),
        InviteState.RENEWED: frozenset({InviteState.INVITED}),
    }
)
"""For each state, the states that a row may have right before it.

A claim leads to the states in ``_BY_CLAIM``, and an outcome leads to the other states. A renewed row becomes invited
again if its renewal was not sent after all. That step is no outcome, so this table leaves it out.
"""

_BY_CLAIM = frozenset({InviteState.IN_FLIGHT, InviteState.RENEWED})
_LIVE = frozenset({InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED})


class _ClaimedInvite(NamedTuple):
    """A claimed row. ``times`` is how often its address was sent, this claim included."""

    address_hash: bytes
    state: InviteState
    times: int
    chunk: int


_SETTLE_INVITED = BulkStatement(
    {
        "position": "BIGINT",
        "address_hash": "BYTEA",
        "attempts": "BIGINT",
        "invite_id": "TEXT",
        "invite_status": "TEXT",
        "email_status": "TEXT",
        "error": "TEXT",
    },
    "UPDATE invites SET state = 'invited', attempts = invites.attempts + given.attempts, invite_id = given.invite_id,"
    " invite_status = given.invite_status, email_status = given.email_status, error = given.error, decided_at = ?"
    " FROM",
    # Without these bounds, PostgreSQL may read all rows of a run if it has no statistics for the run.
    "WHERE invites.run_id = ? AND invites.position BETWEEN ? AND ? AND invites.position = given.position"
    " AND invites.address_hash = given.address_hash AND invites.state = 'in_flight'",
)

# These statements are made once, since making a statement takes longer than its execution in the database.
_CLAIMED = (
    select(*invites.c["position", "address_hash", "state", "times", "chunk"])
    .where(invites.c.run_id == bindparam("run"), invites.c.position.in_(bindparam("positions", expanding=True)))
    # PostgreSQL needs the lock, since two transactions may settle at the same time; SQLite has one writer anyway.
    .with_for_update()
)
_SETTLE = (
    update(invites)
    .where(invites.c.run_id == bindparam("run"), invites.c.position == bindparam("at"))
    .values(attempts=invites.c.attempts + bindparam("more"))
)
_SETTLE_FREE = _SETTLE.values(live=0, losses=invites.c.losses + bindparam("lost"))
_RESTORE = (
    update(invites)
    .where(
        invites.c.scope_id == select(runs.c.scope_id).where(runs.c.run_id == bindparam("run")).scalar_subquery(),
        invites.c.address_hash == bindparam("hash"),
        invites.c.times == bindparam("last"),
        RENEWED,
    )
    .values(state=InviteState.INVITED, live=1)
)


def settle_invited(
    connection: Connection, several: Sequence[tuple[str, Sequence[Outcome]]], *, secret: bytes, now: str
) -> None:
    """Record outcomes of rows in flight that were all invited. Each pair has a run id and outcomes of the run's rows.

    ``settle_invites`` does the same for any outcomes, but takes several times as long. Raises ``IllegalStep`` if a row
    is not in flight, or was claimed for another address.
    """
    tables = [
        ([_invited(outcome, secret) for outcome in table], (now, run_id, *_first_and_last(table)))
        for run_id, outcomes in several
        for table in in_tables(outcomes)
    ]
    if _SETTLE_INVITED.execute(connection, tables) != sum(len(rows) for rows, _ in tables):
        raise IllegalStep("a run settles an address that it has not in flight")


def _first_and_last(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    positions = [outcome.position for outcome in outcomes]
    return min(positions), max(positions)


def _invited(outcome: Outcome, secret: bytes) -> tuple[object, ...]:
    """Return the values for the columns of ``_SETTLE_INVITED``."""
    return (
        outcome.position,
        hashed(outcome.key, secret),
        outcome.attempts,
        outcome.invite_id,
        outcome.invite_status,
        outcome.email_status,
        outcome.error,
    )


def settle_invites(
    connection: Connection,
    run_id: str,
    outcomes: Sequence[Outcome],
    *,
    secret: bytes,
    now: str,
    stamp: Callable[[], Stamp],
) -> None:
    """Record outcomes of claimed rows, and add the attempts of each outcome to the attempts on record.

    ``stamp`` returns a stamp of the present moment. The age of each new doubt is measured from that stamp. If a renewal
    was not sent after all, the invite that it renewed becomes ``invited`` again. If the run was purged while an address
    was in doubt, the address is emptied now. Raises ``IllegalStep`` if the run never claimed an address, or if the
    earlier state of its row does not allow the outcome.
    """
    positions = [outcome.position for outcome in outcomes]
    before = _claimed(connection, run_id, positions)
    in_doubt = {position for position, row in before.items() if row.state is InviteState.IN_DOUBT}
    _check_steps(run_id, outcomes, before, secret)
    live = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state in _LIVE]
    free = [outcome for outcome in outcomes if outcome.state not in _LIVE]
    if live:
        connection.execute(_SETTLE, live)
    if free:
        lost = {outcome.position for outcome in free if outcome.state is InviteState.RELEASED} & in_doubt
        settled = [_settled(run_id, outcome, now) | {"lost": outcome.position in lost} for outcome in free]
        connection.execute(_SETTLE_FREE, settled)
        _restore(connection, run_id, [before[outcome.position] for outcome in free])
    if unknown := [outcome.position for outcome in outcomes if outcome.state is InviteState.IN_DOUBT]:
        record_loss(connection, run_id, sorted({before[position].chunk for position in unknown}), stamp())
    if in_doubt and connection.scalar(select(runs.c.purged_at).where(runs.c.run_id == run_id)):
        empty_addresses(connection, run_id, invites.c.position.in_(positions))


def _claimed(connection: Connection, run_id: str, positions: list[int]) -> dict[int, _ClaimedInvite]:
    return {
        position: _ClaimedInvite(bytes(address_hash), InviteState(state), times, chunk)
        for batch in in_batches(positions)
        for position, address_hash, state, times, chunk in connection.execute(
            _CLAIMED, {"run": run_id, "positions": batch}
        )
    }


def _settled(run_id: str, outcome: Outcome, now: str) -> dict[str, object]:
    return {
        "run": run_id,
        "at": outcome.position,
        "more": outcome.attempts,
        "state": outcome.state,
        "invite_id": outcome.invite_id,
        "invite_status": outcome.invite_status,
        "email_status": outcome.email_status,
        "error": outcome.error,
        "decided_at": now,
    }


def _restore(connection: Connection, run_id: str, not_sent: Sequence[_ClaimedInvite]) -> None:
    """Make renewed invites ``invited`` again. ``not_sent`` has the renewals, which were not sent after all."""
    renewals = [{"run": run_id, "hash": row.address_hash, "last": row.times - 1} for row in not_sent if row.times > 1]
    if renewals:
        connection.execute(_RESTORE, renewals)


def _check_steps(run_id: str, outcomes: Sequence[Outcome], before: dict[int, _ClaimedInvite], secret: bytes) -> None:
    for outcome in outcomes:
        row = before.get(outcome.position)
        if row is None or row.address_hash != hashed(outcome.key, secret):
            raise IllegalStep(f"run {run_id} never claimed the address it settles at position {outcome.position}")
        if outcome.state in _BY_CLAIM or row.state not in ALLOWED_EARLIER_STATES[outcome.state]:
            raise IllegalStep(
                f"run {run_id} has position {outcome.position} as {row.state}: it cannot be {outcome.state}"
            )
        before[outcome.position] = row._replace(state=outcome.state)
