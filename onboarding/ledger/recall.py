"""What is known of invites?

Functions work inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select, text

from onboarding.addresses import keys_of
from onboarding.ledger.schema import LIVE, UNSETTLED, hashed, in_batches, invites, known_domains, parts, requests
from onboarding.model.outcomes import State
from onboarding.model.plan import Chunk, Invitee
from onboarding.model.streams import tabulate, unpack

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


def note(connection: Connection, run_id: str, chunk: Chunk) -> None:
    """Record the token of a chunk's request, if the destination knows it by one."""
    if chunk.token:
        this = (requests.c.run_id == run_id, requests.c.chunk == chunk.number)
        connection.execute(delete(requests).where(*this))
        connection.execute(insert(requests), {"run_id": run_id, "chunk": chunk.number, "token": chunk.token})


def claimed(connection: Connection, run_id: str, number: int) -> Chunk | None:
    """Return a chunk of a run as it was claimed, or None if it had no token or its people are forgotten."""
    token = connection.scalar(select(requests.c.token).where(requests.c.run_id == run_id, requests.c.chunk == number))
    people = connection.execute(
        select(invites.c.position, invites.c.address)
        .where(invites.c.run_id == run_id, invites.c.chunk == number)
        .order_by(invites.c.position)
    ).all()
    if not token or not people or not all(address for _, address in people):
        return None
    positions, addresses = zip(*people, strict=True)
    names = _names(connection, run_id, positions)
    of_each = zip(positions, addresses, keys_of(list(addresses)), names, strict=True)
    return Chunk(number, tuple(Invitee(*one) for one in of_each), token)


def _names(connection: Connection, run_id: str, positions: Sequence[int]) -> list[str]:
    """Return the names that a run has kept of the rows at these positions, in ascending order."""
    around = (parts.c.first_position <= positions[-1], parts.c.first_position + parts.c.rows > positions[0])
    found: dict[int, str] = {}
    for packed, first in connection.execute(
        select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, *around)
    ):
        names = unpack(packed, first_position=first)["name"]
        here = names.loc[names.index.isin(positions)]
        found.update(zip(here.index.tolist(), here.tolist(), strict=True))
    return [found.get(position, "") for position in positions]


# Both databases have these words; SQLAlchemy has a statement of its own for each.
_REMEMBER = text(
    "INSERT INTO known_domains (scope_id, domain_hash) VALUES (:scope_id, :domain_hash) ON CONFLICT DO NOTHING"
)


def remember_domains(connection: Connection, scope_id: int, domains: Iterable[str], *, secret: bytes) -> None:
    """Record that people were invited under these domains, or were there. Of one that is known already nothing changes.

    In order, lest two who remember at a time wait for one another.
    """
    hashes = sorted({hashed(domain, secret) for domain in domains})
    if hashes:
        connection.execute(_REMEMBER, [{"scope_id": scope_id, "domain_hash": one} for one in hashes])


def unknown_domains(
    connection: Connection, scope_id: int | None, domains: Iterable[str], *, secret: bytes
) -> list[str] | None:
    """Return those of the domains that were never seen, each once, in order; None if none was ever seen."""
    known = select(known_domains.c.domain_hash).where(known_domains.c.scope_id == scope_id)
    if connection.scalar(known.limit(1)) is None:
        return None
    hash_of = {domain: hashed(domain, secret) for domain in domains}
    seen = {
        bytes(one)
        for some in in_batches(list(hash_of.values()))
        for one in connection.scalars(known.where(known_domains.c.domain_hash.in_(some)))
    }
    return [domain for domain, one in hash_of.items() if one not in seen]
