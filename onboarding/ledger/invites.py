"""Which steps may an invite take?

::

                 ┌──────────────── claim, by the same run ────────────────┐
                 ▼                                                        │
    (absent) ──claim──▶ in_flight ──settle──▶ invited | failed | released ┘
                            └──settle, doubt──▶ in_doubt ──settle──▶ invited | released

A later run's claim of what ``failed`` or was ``released`` is a row of its own. Functions work inside the caller's
transaction; ``now`` is ISO-8601 text.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, or_, select, update

from onboarding.ledger.batches import in_batches
from onboarding.ledger.failures import AlreadyClaimed, IllegalStep
from onboarding.ledger.hashes import hashed
from onboarding.ledger.schema import LIVE, UNSETTLED, invites, runs
from onboarding.ledger.store import note_emptied
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk

EARLIER: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IN_FLIGHT: frozenset({State.RELEASED}),
        State.INVITED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.RELEASED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.FAILED: frozenset({State.IN_FLIGHT}),
        State.IN_DOUBT: frozenset({State.IN_FLIGHT}),
    }
)
"""The states from which a row comes to each state: to ``in_flight`` by a claim, to the others by being settled."""

INTERRUPTED = "interrupted"
"""The ``error`` of an invite whose run died before it knew the outcome."""

_LIVE = frozenset({State.IN_FLIGHT, State.IN_DOUBT, State.INVITED})

# Statements of every chunk are made once, since making one costs more than the database takes to carry it out.
_CLAIM = insert(invites)
_CLAIMED = (
    select(invites.c.position, invites.c.address_hash, invites.c.state)
    .where(invites.c.run_id == bindparam("run"), invites.c.position.in_(bindparam("positions", expanding=True)))
    # The lock matters to PostgreSQL, where two transactions may settle at a time; SQLite has one writer anyway.
    .with_for_update()
)
_SETTLE = (
    update(invites)
    .where(invites.c.run_id == bindparam("run"), invites.c.position == bindparam("at"))
    .values(attempts=invites.c.attempts + bindparam("more"))
)
_SETTLE_FREE = _SETTLE.values(live=0)


def claim(connection: Connection, run_id: str, scope_id: int | None, chunk: Chunk, *, secret: bytes, now: str) -> None:
    """Put a chunk in flight. The index ``invited_once`` refuses it if any of its addresses is live."""
    common = {
        "run_id": run_id,
        "scope_id": scope_id,
        "chunk": chunk.number,
        "state": State.IN_FLIGHT,
        "live": 1,
        "attempts": 0,
        "claimed_at": now,
        **dict.fromkeys(("invite_id", "invite_status", "email_status", "error", "decided_at"), ""),
    }
    claimed = [
        {**common, "position": one.position, "address": one.address, "address_hash": hashed(one.key, secret)}
        for one in chunk.invitees
    ]
    connection.execute(_CLAIM, claimed)


def claim_again(
    connection: Connection, run_id: str, scope_id: int | None, chunk: Chunk, *, secret: bytes, now: str
) -> None:
    """Put a chunk in flight of which this same run may have released some.

    Raises ``AlreadyClaimed`` if any other is live, or known to this run at the same position.
    """
    hashes = {one.position: hashed(one.key, secret) for one in chunk.invitees}
    released = set()
    others = []
    for holder, position, one, state in _known(connection, run_id, scope_id, hashes):
        if (holder, one) == (run_id, hashes.get(position)) and state in EARLIER[State.IN_FLIGHT]:
            released.add(position)
        else:
            others.append((holder, state))
    if others:
        holder, state = others[0]
        raise AlreadyClaimed(
            f"chunk {chunk.number} of run {run_id} was not claimed, since run {holder} has {len(others)} of its"
            f" addresses or positions as {state}"
        )
    if released:
        again = {"state": State.IN_FLIGHT, "live": 1, "chunk": chunk.number, "claimed_at": now}
        this = update(invites).where(invites.c.run_id == run_id, invites.c.position.in_(released))
        connection.execute(this.values(**again, error="", decided_at=""))
    new = tuple(one for one in chunk.invitees if one.position not in released)
    if new:
        claim(connection, run_id, scope_id, Chunk(chunk.number, new), secret=secret, now=now)


def settle(connection: Connection, run_id: str, outcomes: Sequence[Outcome], *, secret: bytes, now: str) -> None:
    """Record outcomes of claimed rows, and add their attempts to those on record.

    An address that a purge left because it was in doubt is emptied now. Raises ``IllegalStep`` if an outcome does not
    follow from the state before.
    """
    before = _before(connection, run_id, [outcome.position for outcome in outcomes])
    doubtful = any(state is State.IN_DOUBT for _, state in before.values())
    _check_steps(run_id, outcomes, before, secret)
    live = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state in _LIVE]
    free = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state not in _LIVE]
    if live:
        connection.execute(_SETTLE, live)
    if free:
        connection.execute(_SETTLE_FREE, free)
    if doubtful and connection.scalar(select(runs.c.purged_at).where(runs.c.run_id == run_id)):
        empty_addresses(connection, run_id, invites.c.position.in_([outcome.position for outcome in outcomes]))


def empty_addresses(connection: Connection, run_id: str, where: ColumnElement[bool]) -> int:
    """Empty the addresses of a run's rows, but those that have to be asked about, and return how many that was."""
    note_emptied(connection)
    settled = invites.c.state.not_in([State.IN_FLIGHT, State.IN_DOUBT])
    named = update(invites).where(invites.c.run_id == run_id, where, settled, invites.c.address != "")
    return connection.execute(named.values(address="")).rowcount


def doubt(connection: Connection, scope_id: int | None, now: str) -> int:
    """Put in doubt what is in flight, and return how many invites that was."""
    lost = update(invites).where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == State.IN_FLIGHT)
    return connection.execute(lost.values(state=State.IN_DOUBT, error=INTERRUPTED, decided_at=now)).rowcount


def _known(
    connection: Connection, run_id: str, scope_id: int | None, hashes: Mapping[int, bytes]
) -> list[tuple[str, int, bytes, str]]:
    """Return the live rows of these addresses, and this run's rows at these positions."""
    live = and_(invites.c.scope_id == scope_id, invites.c.address_hash.in_(list(hashes.values())), LIVE)
    own = and_(invites.c.run_id == run_id, invites.c.position.in_(list(hashes)))
    columns = (invites.c.run_id, invites.c.position, invites.c.address_hash, invites.c.state)
    known = connection.execute(select(*columns).where(or_(live, own)).with_for_update())
    return [(holder, position, bytes(one), state) for holder, position, one, state in known]


def _before(connection: Connection, run_id: str, positions: list[int]) -> dict[int, tuple[bytes, State]]:
    return {
        position: (bytes(one), State(state))
        for some in in_batches(positions)
        for position, one, state in connection.execute(_CLAIMED, {"run": run_id, "positions": some})
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


def _check_steps(
    run_id: str, outcomes: Sequence[Outcome], before: dict[int, tuple[bytes, State]], secret: bytes
) -> None:
    for outcome in outcomes:
        one, state = before.get(outcome.position, (b"", None))
        if state is None or one != hashed(outcome.key, secret):
            raise IllegalStep(f"run {run_id} never claimed the address it settles at position {outcome.position}")
        if outcome.state is State.IN_FLIGHT or state not in EARLIER[outcome.state]:
            raise IllegalStep(f"run {run_id} has position {outcome.position} as {state}: it cannot be {outcome.state}")
        before[outcome.position] = one, outcome.state
