"""Which steps may an invite take?

::

                 ┌──────────────────── claim, by the same run ────────────────┐
                 ▼                                                            │
    (absent) ──claim──▶ in_flight ──settle──▶ invited | there | failed | released
                            └──settle, doubt──▶ in_doubt ──settle──▶ invited | there | failed | released

    invited ──claim of the same address by a later run, which is to invite it again──▶ renewed
       ▲                                                                                  │
       └──────settle of that later claim as failed, there or released: it was not sent────┘

A later run's claim of what ``failed``, was ``released`` or is to be invited again is a row of its own. So an address
that was ever invited has one live row at all times, which nobody claims unasked. A renewal in doubt is asked about as
any other invite: the service shows the person, pending since the first time, so it ends as invited, and nobody is
mailed once more for a lost answer. Functions work inside the caller's transaction; ``now`` is ISO-8601 text.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from onboarding.ledger.schema import RENEWED, UNSETTLED, hashed, in_batches, invites, runs
from onboarding.ledger.store import note_emptied
from onboarding.model.errors import IllegalStep
from onboarding.model.outcomes import Outcome, State

EARLIER: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IN_FLIGHT: frozenset({State.RELEASED}),
        State.INVITED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.RELEASED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.FAILED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.THERE: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.IN_DOUBT: frozenset({State.IN_FLIGHT}),
        State.RENEWED: frozenset({State.INVITED}),
    }
)
"""The states from which a row comes to each state: by a claim or, to those that an outcome may have, by being settled.

That a renewed row is invited again when what renewed it was not sent, is no outcome of its own.
"""

INTERRUPTED = "interrupted"
"""The ``error`` of an invite whose run died before it knew the outcome."""

_Claimed = tuple[bytes, State, int]
"""An address's hash, what its row is, and how often it was sent with that row."""

_BY_CLAIM = frozenset({State.IN_FLIGHT, State.RENEWED})
_LIVE = frozenset({State.IN_FLIGHT, State.IN_DOUBT, State.INVITED})

# Statements of every chunk are made once, since making one costs more than the database takes to carry it out.
_CLAIMED = (
    select(invites.c.position, invites.c.address_hash, invites.c.state, invites.c.times)
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
_RESTORE = (
    update(invites)
    .where(
        invites.c.scope_id == select(runs.c.scope_id).where(runs.c.run_id == bindparam("run")).scalar_subquery(),
        invites.c.address_hash == bindparam("one"),
        invites.c.times == bindparam("last"),
        RENEWED,
    )
    .values(state=State.INVITED, live=1)
)


def settle(connection: Connection, run_id: str, outcomes: Sequence[Outcome], *, secret: bytes, now: str) -> None:
    """Record outcomes of claimed rows, and add their attempts to those on record.

    The invite before a renewal that was not sent, after all, counts again. An address that a purge left because it was
    in doubt is emptied now. Raises ``IllegalStep`` if an outcome does not follow from the state before.
    """
    before = _before(connection, run_id, [outcome.position for outcome in outcomes])
    doubtful = any(state is State.IN_DOUBT for _, state, _ in before.values())
    _check_steps(run_id, outcomes, before, secret)
    live = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state in _LIVE]
    free = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state not in _LIVE]
    if live:
        connection.execute(_SETTLE, live)
    if free:
        connection.execute(_SETTLE_FREE, free)
        _restore(connection, run_id, [before[outcome.position] for outcome in outcomes if outcome.state not in _LIVE])
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


def _before(connection: Connection, run_id: str, positions: list[int]) -> dict[int, _Claimed]:
    return {
        position: (bytes(one), State(state), times)
        for some in in_batches(positions)
        for position, one, state, times in connection.execute(_CLAIMED, {"run": run_id, "positions": some})
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


def _restore(connection: Connection, run_id: str, given_up: Sequence[_Claimed]) -> None:
    """Have the invites count again that these rows had renewed, if they had."""
    renewals = [{"run": run_id, "one": one, "last": times - 1} for one, _, times in given_up if times > 1]
    if renewals:
        connection.execute(_RESTORE, renewals)


def _check_steps(run_id: str, outcomes: Sequence[Outcome], before: dict[int, _Claimed], secret: bytes) -> None:
    for outcome in outcomes:
        one, state, times = before.get(outcome.position, (b"", None, 0))
        if state is None or one != hashed(outcome.key, secret):
            raise IllegalStep(f"run {run_id} never claimed the address it settles at position {outcome.position}")
        if outcome.state in _BY_CLAIM or state not in EARLIER[outcome.state]:
            raise IllegalStep(f"run {run_id} has position {outcome.position} as {state}: it cannot be {outcome.state}")
        before[outcome.position] = one, outcome.state, times
