"""What is known of invites?

Functions work inside the caller's transaction.
"""

from collections.abc import Iterable

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, select

from onboarding.ledger.batches import in_batches
from onboarding.ledger.frames import tabulate
from onboarding.ledger.hashes import hashed
from onboarding.ledger.schema import LIVE, UNSETTLED, invites
from onboarding.outcomes import State

_REMEMBERED = pa.schema(
    [*((name, pa.string()) for name in ("key", "state", "run_id", "decided_at")), ("times", pa.int64())]
)
_DOUBTS = pa.schema(
    [
        ("run_id", pa.string()),
        ("position", pa.int64()),
        ("chunk", pa.int64()),
        ("address", pa.string()),
        ("since", pa.string()),
    ]
)
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


def doubts(connection: Connection, scope_id: int | None) -> pd.DataFrame:
    """Return what is in doubt, ordered by run and position.

    Columns: run_id, address and since (TEXT), when the doubt arose; position and chunk (int64).
    """
    doubtful = (
        select(*invites.c["run_id", "position", "chunk", "address", "decided_at"])
        .where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == State.IN_DOUBT)
        .order_by(invites.c.run_id, invites.c.position)
    )
    return tabulate(connection.execute(doubtful).all(), _DOUBTS)


def remembered(connection: Connection, scope_id: int | None, keys: Iterable[str], *, secret: bytes) -> pd.DataFrame:
    """Return the live invites among these keys.

    Columns: key, state, run_id and decided_at (TEXT); times (int64), how often the key was sent.
    """
    columns = invites.c["address_hash", "state", "run_id", "decided_at", "times"]
    live = select(*columns).where(invites.c.scope_id == scope_id, LIVE)
    if connection.execute(live.limit(1)).first() is None:
        return tabulate([], _REMEMBERED)
    key_of = {hashed(key, secret): key for key in keys}
    found = [
        (key_of[bytes(one)], *about)
        for some in in_batches(list(key_of))
        for one, *about in connection.execute(live.where(invites.c.address_hash.in_(some)))
    ]
    return tabulate(found, _REMEMBERED)


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
