"""The states of an invite after its claim: recording of outcomes and doubts, and the ledger's invites as frames.

``claims`` makes the claims.

::

                 ┌──────────────────── claim, by the same run ────────────────┐
                 ▼                                                            │
    (absent) ──claim──▶ in_flight ──settle──▶ invited | there | failed | released
                            └──settle, doubt──▶ in_doubt ──settle──▶ invited | there | failed | released

    invited ──a later run claims the same address, to invite it again──▶ renewed
       ▲                                                                    │
       └──the later claim is settled as failed, there or released: not sent─┘

A later run may claim an address that ``failed``, was ``released`` or is to be invited again. That later claim is a row
of its own. So an address that was ever invited always has one live row, and no run claims this row unasked.

A run asks the service about a renewal in doubt as about any other invite. The service shows the person as pending since
the first mail, so the renewal ends as invited. A lost answer never causes one more mail.

Functions work inside the caller's transaction. ``now`` is ISO-8601 text.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from onboarding.ledger.database import request_scrub
from onboarding.ledger.schema import LIVE, RENEWED, UNSETTLED, hashed, in_batches, invites, runs
from onboarding.model.errors import IllegalStep
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.rows import TEXT

_UNSETTLED = frozenset({InviteState.IN_FLIGHT, InviteState.IN_DOUBT})
ALLOWED_EARLIER_STATES: Mapping[InviteState, frozenset[InviteState]] = MappingProxyType(
    {
        InviteState.IN_FLIGHT: frozenset({InviteState.RELEASED}),
        InviteState.INVITED: _UNSETTLED,
        InviteState.RELEASED: _UNSETTLED,
        InviteState.FAILED: _UNSETTLED,
        InviteState.THERE: _UNSETTLED,
        InviteState.IN_DOUBT: frozenset({InviteState.IN_FLIGHT}),
        InviteState.RENEWED: frozenset({InviteState.INVITED}),
    }
)
"""For each state, the states from which a row may come to it.

A claim leads to the states in ``_BY_CLAIM``, and an outcome leads to the other states. A renewed row becomes invited
again when its renewal was not sent. That step is no outcome, and this table leaves it out.
"""

INTERRUPTED = "interrupted"
"""The ``error`` of an invite whose run died before the outcome was known."""

_BY_CLAIM = frozenset({InviteState.IN_FLIGHT, InviteState.RENEWED})
_LIVE = frozenset({InviteState.IN_FLIGHT, InviteState.IN_DOUBT, InviteState.INVITED})

_ClaimedInvite = tuple[bytes, InviteState, int]
"""The hash of an address, the state of its row, and how often the address was sent, this row included."""


def _schema(*names: str) -> pa.Schema:
    numbers = {"position", "chunk", "attempts", "times"}
    return pa.schema([(name, pa.int64() if name in numbers else pa.string()) for name in names])


_LIVE_INVITES = _schema("key", "state", "run_id", "decided_at", "times")
_DOUBTS = _schema("run_id", "position", "chunk", "address", "since")
_OUTCOMES = _schema(
    *("position", "chunk", "state", "attempts", "invite_id", "invite_status", "email_status", "error", "decided_at")
)

# These statements are made once, since making a statement takes longer than its execution in the database.
_CLAIMED = (
    select(invites.c.position, invites.c.address_hash, invites.c.state, invites.c.times)
    .where(invites.c.run_id == bindparam("run"), invites.c.position.in_(bindparam("positions", expanding=True)))
    # PostgreSQL needs the lock, since two transactions may settle at the same time; SQLite has one writer anyway.
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
        invites.c.address_hash == bindparam("hash"),
        invites.c.times == bindparam("last"),
        RENEWED,
    )
    .values(state=InviteState.INVITED, live=1)
)


def settle_invites(
    connection: Connection, run_id: str, outcomes: Sequence[Outcome], *, secret: bytes, now: str
) -> None:
    """Record outcomes of claimed rows, and add their attempts to the attempts on record.

    If a renewal was not sent after all, the earlier invite that it renewed counts again. A purge leaves addresses in
    doubt; if the run was purged, such an address is emptied now. Raises ``IllegalStep`` if an outcome does not follow
    from the earlier state of its row.
    """
    positions = [outcome.position for outcome in outcomes]
    before = _claimed(connection, run_id, positions)
    was_in_doubt = any(state is InviteState.IN_DOUBT for _, state, _ in before.values())
    _check_steps(run_id, outcomes, before, secret)
    live = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state in _LIVE]
    free = [_settled(run_id, outcome, now) for outcome in outcomes if outcome.state not in _LIVE]
    if live:
        connection.execute(_SETTLE, live)
    if free:
        connection.execute(_SETTLE_FREE, free)
        _restore(connection, run_id, [before[outcome.position] for outcome in outcomes if outcome.state not in _LIVE])
    if was_in_doubt and connection.scalar(select(runs.c.purged_at).where(runs.c.run_id == run_id)):
        empty_addresses(connection, run_id, invites.c.position.in_(positions))


def empty_addresses(connection: Connection, run_id: str, where: ColumnElement[bool]) -> int:
    """Empty the addresses in settled rows of a run, and return how many addresses were emptied.

    ``where`` is a condition that limits the rows.
    """
    request_scrub(connection)
    settled = invites.c.state.not_in(_UNSETTLED)
    named = update(invites).where(invites.c.run_id == run_id, where, settled, invites.c.address != "")
    return connection.execute(named.values(address="")).rowcount


def doubt(connection: Connection, scope_id: int | None, now: str) -> int:
    """Put the invites in doubt that are in flight in a scope, and return how many there were."""
    lost = update(invites).where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == InviteState.IN_FLIGHT)
    return connection.execute(lost.values(state=InviteState.IN_DOUBT, error=INTERRUPTED, decided_at=now)).rowcount


def live_invites(connection: Connection, scope_id: int | None, keys: Iterable[str], *, secret: bytes) -> pd.DataFrame:
    """Return the live invites of the addresses with these keys: in flight, in doubt or invited.

    Columns: key, state, run_id and decided_at (text); times (int64), how often the address was sent.
    """
    columns = invites.c["address_hash", "state", "run_id", "decided_at", "times"]
    live = select(*columns).where(invites.c.scope_id == scope_id, LIVE)
    if connection.execute(live.limit(1)).first() is None:
        return _tabulate([], _LIVE_INVITES)
    key_of = {hashed(key, secret): key for key in keys}
    found = [
        (key_of[bytes(address_hash)], *rest)
        for batch in in_batches(list(key_of))
        for address_hash, *rest in connection.execute(live.where(invites.c.address_hash.in_(batch)))
    ]
    return _tabulate(found, _LIVE_INVITES)


def doubts(connection: Connection, scope_id: int | None) -> pd.DataFrame:
    """Return the invites in doubt, ordered by run and position.

    Columns: run_id, address and since (text); position and chunk (int64). ``since`` is when the doubt arose.
    """
    in_doubt = (
        select(*invites.c["run_id", "position", "chunk", "address", "decided_at"])
        .where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == InviteState.IN_DOUBT)
        .order_by(invites.c.run_id, invites.c.position)
    )
    return _tabulate(connection.execute(in_doubt).all(), _DOUBTS)


def outcomes(connection: Connection, run_id: str, start: int, stop: int) -> pd.DataFrame:
    """Return the outcomes of a run's claimed rows at start <= position < stop, indexed by position.

    Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error and decided_at (text).
    """
    claimed = (
        select(*invites.c[tuple(_OUTCOMES.names)])
        .where(invites.c.run_id == run_id, invites.c.position >= start, invites.c.position < stop)
        .order_by(invites.c.position)
    )
    return _tabulate(connection.execute(claimed).all(), _OUTCOMES).set_index("position")


def _claimed(connection: Connection, run_id: str, positions: list[int]) -> dict[int, _ClaimedInvite]:
    return {
        position: (bytes(address_hash), InviteState(state), times)
        for batch in in_batches(positions)
        for position, address_hash, state, times in connection.execute(_CLAIMED, {"run": run_id, "positions": batch})
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
    """Make the earlier invites count again that rows have renewed. These rows were ``not_sent`` after all."""
    renewals = [{"run": run_id, "hash": address, "last": times - 1} for address, _, times in not_sent if times > 1]
    if renewals:
        connection.execute(_RESTORE, renewals)


def _check_steps(run_id: str, outcomes: Sequence[Outcome], before: dict[int, _ClaimedInvite], secret: bytes) -> None:
    for outcome in outcomes:
        address_hash, state, times = before.get(outcome.position, (b"", None, 0))
        if state is None or address_hash != hashed(outcome.key, secret):
            raise IllegalStep(f"run {run_id} never claimed the address it settles at position {outcome.position}")
        if outcome.state in _BY_CLAIM or state not in ALLOWED_EARLIER_STATES[outcome.state]:
            raise IllegalStep(f"run {run_id} has position {outcome.position} as {state}: it cannot be {outcome.state}")
        before[outcome.position] = address_hash, outcome.state, times


def _tabulate(found: Sequence[Sequence[object]], schema: pa.Schema) -> pd.DataFrame:
    """Return rows of the database as a frame with the columns of an Arrow schema."""
    columns = zip(*found, strict=True) if found else ([] for _ in schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    frame: pd.DataFrame = pa.Table.from_arrays(arrays, schema=schema).to_pandas(types_mapper={pa.string(): TEXT}.get)
    return frame
