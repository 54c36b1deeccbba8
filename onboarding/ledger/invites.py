"""The invites of a ledger as frames, the search for invites of an address, and the purge of addresses.

``claims`` makes the claims, ``settling`` records outcomes, and ``doubts`` finds the invites in doubt.

Functions work inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, select, update

from onboarding.addresses import respelled_keys
from onboarding.ledger.bulk import in_batches
from onboarding.ledger.database import request_scrub
from onboarding.ledger.schema import LIVE, RESPELLED, UNSETTLED_STATES, hashed, invites
from onboarding.ledger.unknown_requests import outdated_at, unknown_times_of_renewed
from onboarding.model.rows import TEXT


def schema_of(*names: str) -> pa.Schema:
    """Return the Arrow schema of a frame with these columns of the ledger."""
    numbers = {"position", "chunk", "attempts", "times", "unknown_times", "losses", "departures"}
    seconds = {"age_seconds", "age_after_boot_seconds", "token_seconds"}
    types = dict.fromkeys(numbers, pa.int64()) | dict.fromkeys(seconds, pa.float64())
    return pa.schema([(name, types.get(name, pa.string())) for name in names])


_LIVE_INVITES = schema_of("key", "state", "run_id", "decided_at", "times", "unknown_times")
_OUTCOMES = schema_of(
    *("position", "chunk", "state", "attempts", "invite_id", "invite_status", "email_status", "error", "decided_at")
)


def empty_addresses(connection: Connection, run_id: str, where: ColumnElement[bool]) -> int:
    """Empty the addresses in settled rows of a run, and return how many addresses were emptied.

    ``where`` is a condition that limits the rows. The errors in the rows are emptied as well, since a service may
    explain an error in its own words, and name a person there.
    """
    request_scrub(connection)
    settled = invites.c.state.not_in(UNSETTLED_STATES)
    named = update(invites).where(invites.c.run_id == run_id, where, settled, invites.c.address != "")
    return connection.execute(named.values(address="", error="")).rowcount


def live_invites(connection: Connection, scope_id: int | None, keys: Iterable[str], *, secret: bytes) -> pd.DataFrame:
    """Return the live invites of the addresses with these keys: in flight, in doubt or invited.

    Columns: key, state, run_id and decided_at (text); times (int64), how often the address was sent; unknown_times
    (int64), how many more times it may have been sent by runs that are not on record. ``secret`` is the key of the
    ledger's hashes.
    """
    columns = invites.c["address_hash", "state", "run_id", "decided_at", "times", "unknown_times"]
    live = select(*columns).where(invites.c.scope_id == scope_id, LIVE)
    if connection.execute(live.limit(1)).first() is None:
        return tabulate([], _LIVE_INVITES)
    key_of = {hashed(key, secret): key for key in keys}
    renewed = unknown_times_of_renewed(connection, scope_id, list(key_of)) if outdated_at(connection, scope_id) else {}
    found = [
        (key_of[bytes(address)], *rest, max(unknown, renewed.get(bytes(address), 0)))
        for batch in in_batches(list(key_of))
        for address, *rest, unknown in connection.execute(live.where(invites.c.address_hash.in_(batch)))
    ]
    return tabulate(found, _LIVE_INVITES)


def respelled(connection: Connection, scope_id: int | None, keys: pa.Array, *, secret: bytes) -> set[str]:
    """Return the ``keys`` whose address was, or may have been, invited in another spelling, such as ss for ß."""
    live = select(*invites.c["address_hash", "spelling_hash"]).where(invites.c.scope_id == scope_id)
    if connection.execute(live.where(LIVE).limit(1)).first() is None:
        return set()
    is_odd, spellings = respelled_keys(keys)
    odd = list(zip(keys.filter(pa.array(is_odd)).to_pylist(), spellings, strict=True))
    # An invited address that is its own spelling has no other hash.
    hashes = {hashed(spelling, secret) for _, spelling in odd}
    invited = {
        bytes(address)
        for batch in in_batches(list(hashes))
        for address, _ in connection.execute(live.where(LIVE, invites.c.address_hash.in_(batch)))
    }
    found = {key for key, spelling in odd if hashed(spelling, secret) in invited}
    if connection.execute(live.where(RESPELLED).limit(1)).first() is None:
        return found
    spelling_of_key = dict.fromkeys(keys.to_pylist(), "") | dict(odd)
    keys_of_hash: dict[bytes, list[str]] = {}
    for key, spelling in spelling_of_key.items():
        keys_of_hash.setdefault(hashed(spelling or key, secret), []).append(key)
    for batch in in_batches(list(keys_of_hash)):
        for address, spelling_hash in connection.execute(live.where(RESPELLED, invites.c.spelling_hash.in_(batch))):
            others = keys_of_hash[bytes(spelling_hash)]
            found |= {key for key in others if hashed(key, secret) != bytes(address)}
    return found


def outcomes(connection: Connection, run_id: str, start: int, stop: int) -> pd.DataFrame:
    """Return the outcomes of a run's claimed rows with ``start <= position < stop``, indexed by position.

    Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error and decided_at (text).
    """
    claimed = (
        select(*invites.c[tuple(_OUTCOMES.names)])
        .where(invites.c.run_id == run_id, invites.c.position >= start, invites.c.position < stop)
        .order_by(invites.c.position)
    )
    return tabulate(connection.execute(claimed).all(), _OUTCOMES).set_index("position")


def tabulate(found: Sequence[Sequence[object]], schema: pa.Schema) -> pd.DataFrame:
    """Return rows of the database as a frame with the columns of an Arrow schema."""
    columns = zip(*found, strict=True) if found else ([] for _ in schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    frame: pd.DataFrame = pa.Table.from_arrays(arrays, schema=schema).to_pandas(types_mapper={pa.string(): TEXT}.get)
    return frame
