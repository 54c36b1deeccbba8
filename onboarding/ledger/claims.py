"""Which addresses may be put in flight?

A usual claim asks nothing: the index ``invited_once`` refuses it if any of its addresses is live. Only where it did so,
or where people are to be invited again, is it looked up who has them. Functions work inside the caller's transaction;
``now`` is ISO-8601 text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection, and_, func, insert, literal_column, or_, select, update

from onboarding.ledger.invites import EARLIER
from onboarding.ledger.schema import LIVE, hashed, invites, runs
from onboarding.model.errors import AlreadyClaimed
from onboarding.model.outcomes import State
from onboarding.model.plan import Chunk

# Made once, since making a statement costs more than the database takes to carry it out.
_CLAIM_AGAIN = insert(invites)
_CLAIM = _CLAIM_AGAIN.values(times=literal_column("1"))
_FIRST_TIME: Mapping[bytes, int] = MappingProxyType({})


def claim(
    connection: Connection,
    run_id: str,
    scope_id: int | None,
    chunk: Chunk,
    *,
    secret: bytes,
    now: str,
    times: Mapping[bytes, int] = _FIRST_TIME,
) -> None:
    """Put a chunk in flight. The index ``invited_once`` refuses it if any of its addresses is live.

    ``times`` is how often an address will have been sent with this, by its hash, if it is not the first time.
    """
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
    if not times:
        connection.execute(_CLAIM, claimed)
        return
    sent = [times.get(hashed(one.key, secret), 1) for one in chunk.invitees]
    connection.execute(_CLAIM_AGAIN, [{**row, "times": number} for row, number in zip(claimed, sent, strict=True)])


def claim_known(
    connection: Connection, run_id: str, scope_id: int | None, chunk: Chunk, *, secret: bytes, now: str
) -> None:
    """Put a chunk in flight of which this same run may have released some, or earlier runs invited some.

    An earlier invite becomes ``renewed`` if it is to be sent again and is older than this run: of two runs that have
    both found it due, the second finds the first one's, and leaves it. Raises ``AlreadyClaimed`` if any other is live,
    or known to this run at the same position.
    """
    hashes = {one.position: hashed(one.key, secret) for one in chunk.invitees}
    again = {hashes[one.position] for one in chunk.invitees if one.again}
    begun = _begun(connection, run_id) if again else ""
    released, due, others = [], [], []
    for row in _known(connection, run_id, scope_id, hashes):
        is_own = row.run_id == run_id
        if is_own and row.address_hash == hashes.get(row.position) and row.state in EARLIER[State.IN_FLIGHT]:
            released.append(row)
        elif not is_own and row.address_hash in again and row.state == State.INVITED and row.decided_at < begun:
            due.append(row)
        else:
            others.append(row)
    if others:
        raise AlreadyClaimed(
            f"chunk {chunk.number} of run {run_id} was not claimed, since run {others[0].run_id} has {len(others)} of"
            f" its addresses or positions as {others[0].state}"
        )
    times = _renew(connection, scope_id, due)
    _take_up(connection, run_id, released, times, chunk=chunk.number, now=now)
    taken_up = {row.position for row in released}
    new = tuple(one for one in chunk.invitees if one.position not in taken_up)
    if new:
        claim(connection, run_id, scope_id, Chunk(chunk.number, new), secret=secret, now=now, times=times)


@dataclass(frozen=True, slots=True)
class _Row:
    run_id: str
    position: int
    address_hash: bytes = field(repr=False)
    state: str
    decided_at: str
    times: int


def _begun(connection: Connection, run_id: str) -> str:
    """Return when the process that is this run has begun, as text; empty if the run never did."""
    begun = func.coalesce(runs.c.resumed_at, runs.c.started_at)
    return connection.scalar(select(begun).where(runs.c.run_id == run_id)) or ""


def _known(connection: Connection, run_id: str, scope_id: int | None, hashes: Mapping[int, bytes]) -> list[_Row]:
    """Return the live rows of these addresses, and this run's rows at these positions."""
    live = and_(invites.c.scope_id == scope_id, invites.c.address_hash.in_(list(hashes.values())), LIVE)
    own = and_(invites.c.run_id == run_id, invites.c.position.in_(list(hashes)))
    columns = invites.c["run_id", "position", "address_hash", "state", "decided_at", "times"]
    known = connection.execute(select(*columns).where(or_(live, own)).with_for_update())
    return [_Row(holder, position, bytes(one), *about) for holder, position, one, *about in known]


def _renew(connection: Connection, scope_id: int | None, due: Sequence[_Row]) -> dict[bytes, int]:
    """Have other rows take the place of these, and return how often each address will have been sent with that."""
    if due:
        hashes = [row.address_hash for row in due]
        these = update(invites).where(invites.c.scope_id == scope_id, invites.c.address_hash.in_(hashes), LIVE)
        connection.execute(these.values(state=State.RENEWED, live=0))
    return {row.address_hash: row.times + 1 for row in due}


def _take_up(
    connection: Connection, run_id: str, released: Sequence[_Row], times: Mapping[bytes, int], *, chunk: int, now: str
) -> None:
    """Put in flight what this run has released."""
    again = {"state": State.IN_FLIGHT, "live": 1, "chunk": chunk, "claimed_at": now, "error": "", "decided_at": ""}
    positions: dict[int, list[int]] = {}
    for row in released:
        positions.setdefault(times.get(row.address_hash, 1), []).append(row.position)
    for number, some in positions.items():
        these = update(invites).where(invites.c.run_id == run_id, invites.c.position.in_(some))
        connection.execute(these.values(**again, times=number))
