"""Which steps may an invite take, and what is known of it?

::

    (absent) ──claim──▶ in_flight ──settle──▶ invited | failed | released
                            └──settle, doubt──▶ in_doubt ──settle──▶ invited | released

Functions work inside the caller's transaction; ``now`` is ISO-8601 text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, bindparam, insert, select, update

from onboarding.ledger.failures import IllegalStep
from onboarding.ledger.frames import tabulate
from onboarding.ledger.schema import IN_FLIGHT, LIVE, invites
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk

EARLIER: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.IN_FLIGHT: frozenset(),
        State.INVITED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.RELEASED: frozenset({State.IN_FLIGHT, State.IN_DOUBT}),
        State.FAILED: frozenset({State.IN_FLIGHT}),
        State.IN_DOUBT: frozenset({State.IN_FLIGHT}),
    }
)
"""The states from which each state may be settled."""

INTERRUPTED = "interrupted"
"""The ``error`` of an invite whose run died before it knew the outcome."""

KEYS_A_QUERY = 10_000
"""How many keys one query asks for; both databases take more than three times as many values in a statement."""

_LIVE = frozenset({State.IN_FLIGHT, State.IN_DOUBT, State.INVITED})

Value = TypeVar("Value")

_REMEMBERED = pa.schema([(name, pa.string()) for name in ("address_key", "state", "run_id", "decided_at")])
_OUTCOMES = pa.schema(
    [
        ("position", pa.int64()),
        ("chunk", pa.int64()),
        ("state", pa.string()),
        ("attempts", pa.int64()),
        ("invite_id", pa.string()),
        ("invite_status", pa.string()),
        ("email_status", pa.string()),
        ("error", pa.string()),
        ("decided_at", pa.string()),
    ]
)


def claim(connection: Connection, run_id: str, scope_id: int | None, chunk: Chunk, now: str) -> None:
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
        {**common, "position": one.position, "address": one.address, "address_key": one.key} for one in chunk.invitees
    ]
    connection.execute(insert(invites), claimed)


def settle(connection: Connection, run_id: str, outcomes: Sequence[Outcome], now: str) -> None:
    """Record outcomes of claimed rows. Raises ``IllegalStep`` if one does not follow from the state before."""
    _check_steps(run_id, outcomes, _before(connection, run_id, [outcome.position for outcome in outcomes]))
    this = update(invites).where(invites.c.run_id == run_id, invites.c.position == bindparam("at"))
    live = [_settled(outcome, now) for outcome in outcomes if outcome.state in _LIVE]
    free = [_settled(outcome, now) for outcome in outcomes if outcome.state not in _LIVE]
    if live:
        connection.execute(this, live)
    if free:
        connection.execute(this.values(live=0), free)


def doubt(connection: Connection, scope_id: int | None, now: str) -> int:
    """Put in doubt what is in flight, and return how many invites that was."""
    lost = update(invites).where(invites.c.scope_id == scope_id, IN_FLIGHT)
    return connection.execute(lost.values(state=State.IN_DOUBT, error=INTERRUPTED, decided_at=now)).rowcount


def remembered(connection: Connection, scope_id: int | None, keys: Iterable[str]) -> pd.DataFrame:
    """Return the live invites among these keys: columns key, state, run_id and decided_at, all TEXT."""
    live = select(*invites.c[tuple(_REMEMBERED.names)]).where(invites.c.scope_id == scope_id, LIVE)
    if connection.execute(live.limit(1)).first() is None:
        return tabulate([], _REMEMBERED).rename(columns={"address_key": "key"})
    found = [
        row
        for some in _batches(list(dict.fromkeys(keys)))
        for row in connection.execute(live.where(invites.c.address_key.in_(some)))
    ]
    return tabulate(found, _REMEMBERED).rename(columns={"address_key": "key"})


def outcomes(connection: Connection, run_id: str, start: int, stop: int) -> pd.DataFrame:
    """Return what became of a run's claimed rows at start <= position < stop, indexed by position.

    Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error and decided_at (TEXT).
    """
    claimed = (
        select(*invites.c[tuple(_OUTCOMES.names)])
        .where(invites.c.run_id == run_id, invites.c.position >= start, invites.c.position < stop)
        .order_by(invites.c.position)
    )
    return tabulate(connection.execute(claimed).all(), _OUTCOMES).set_index("position")


def _before(connection: Connection, run_id: str, positions: list[int]) -> dict[int, tuple[str, State]]:
    # The lock matters to PostgreSQL, where two transactions may settle at a time; SQLite has one writer anyway.
    claimed = select(invites.c.position, invites.c.address_key, invites.c.state).with_for_update()
    return {
        position: (key, State(state))
        for some in _batches(positions)
        for position, key, state in connection.execute(
            claimed.where(invites.c.run_id == run_id, invites.c.position.in_(some))
        )
    }


def _settled(outcome: Outcome, now: str) -> dict[str, object]:
    return {
        "at": outcome.position,
        "state": outcome.state,
        "attempts": outcome.attempts,
        "invite_id": outcome.invite_id,
        "invite_status": outcome.invite_status,
        "email_status": outcome.email_status,
        "error": outcome.error,
        "decided_at": now,
    }


def _check_steps(run_id: str, outcomes: Sequence[Outcome], before: dict[int, tuple[str, State]]) -> None:
    for outcome in outcomes:
        key, state = before.get(outcome.position, ("", None))
        if state is None or key != outcome.key:
            raise IllegalStep(f"run {run_id} never claimed the address it settles at position {outcome.position}")
        if state not in EARLIER[outcome.state]:
            raise IllegalStep(f"run {run_id} has position {outcome.position} as {state}: it cannot be {outcome.state}")
        before[outcome.position] = key, outcome.state


def _batches(values: list[Value]) -> Iterator[list[Value]]:
    return (values[start : start + KEYS_A_QUERY] for start in range(0, len(values), KEYS_A_QUERY))
