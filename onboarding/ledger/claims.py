"""The claims of a run in the ledger: put chunks of addresses in flight before they are sent, and read the chunks back.

An address is live while it is in flight, in doubt or invited. No run may claim a live address, except to renew an
invite. A usual claim needs no look-up, since the index ``invited_once`` refuses a claim of a live address. A look-up of
earlier claims follows in two cases: the index has refused the claim, or people are to be invited again.

``settling`` has the steps after the claim. Functions work inside the caller's transaction. ``now`` is ISO-8601 text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import repeat

import pyarrow as pa
from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from onboarding.addresses import keys_of, spelling_of
from onboarding.ledger.bulk import BulkStatement, in_tables
from onboarding.ledger.employees import employee_hashes
from onboarding.ledger.kept_rows import kept_names_and_groups
from onboarding.ledger.schema import LIVE, hashed, invites, requests, runs
from onboarding.ledger.settling import ALLOWED_EARLIER_STATES
from onboarding.model.errors import AlreadyClaimed
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Chunk, Invitee
from onboarding.model.values import dataclass

_CLAIM = BulkStatement(
    {
        "position": "BIGINT",
        "address": "TEXT",
        "address_hash": "BYTEA",
        "spelling_hash": "BYTEA",
        "employee_hash": "BYTEA",
        "member_id": "TEXT",
        "times": "BIGINT",
    },
    "INSERT INTO invites (run_id, scope_id, chunk, claimed_at, position, address, address_hash, spelling_hash,"
    " employee_hash, member_id, times, state, live, attempts, losses, invite_id, invite_status, email_status, error,"
    " decided_at) SELECT ?, ?, ?, ?, position, address, address_hash, spelling_hash, employee_hash, member_id, times,"
    " 'in_flight', 1, 0, 0, '', '', '', '', '' FROM",
)

# These statements are made once, since making a statement takes longer than its execution in the database.
_TAKE_UP = (
    update(invites)
    .where(invites.c.run_id == bindparam("run"), invites.c.position == bindparam("at"))
    .values(state=InviteState.IN_FLIGHT, live=1, chunk=bindparam("number"), times=bindparam("count"))
    .values(claimed_at=bindparam("now"), member_id=bindparam("member"), error="", decided_at="")
)
_TOKEN = select(requests.c.token).where(requests.c.run_id == bindparam("run"), requests.c.chunk == bindparam("number"))
_OF_CHUNK = select(*invites.c["position", "address_hash", "state"]).where(
    invites.c.run_id == bindparam("run"), invites.c.chunk == bindparam("number")
)


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim of a chunk that the run ``run_id`` has never claimed. ``scope_id`` is the id of the run's account.

    ``times`` says how often an address is sent, this claim included, by the hash of the address. Addresses that are
    sent for the first time are left out.
    """

    run_id: str
    scope_id: int | None
    chunk: Chunk
    times: Mapping[bytes, int] = field(default_factory=dict, repr=False)


def claim_new(connection: Connection, several: Sequence[NewClaim], *, secret: bytes, now: str) -> None:
    """Put new chunks in flight.

    SQLAlchemy raises ``IntegrityError`` if an address of a chunk is in flight, in doubt or invited already. SQLAlchemy
    also raises this error if a run already has a row at a position of its chunk.
    """
    employees = [person.employee for claim in several for person in claim.chunk.invitees]
    hashes = iter(employee_hashes(pa.array(employees, pa.string()), secret) if any(employees) else repeat(None))
    tables = []
    for claim in several:
        chunk = claim.chunk
        rows = [_row(person, claim.times, next(hashes), secret) for person in chunk.invitees]
        shared = (claim.run_id, claim.scope_id, chunk.number, now)
        tables += [(table, shared) for table in in_tables(rows)]
    _CLAIM.execute(connection, tables)


def _row(person: Invitee, times: Mapping[bytes, int], employee_hash: bytes | None, secret: bytes) -> tuple[object, ...]:
    """Return the values of a new row for the columns of ``_CLAIM``.

    The row has a hash of the address key and a hash of the key's spelling. If the spelling is equal to the key, the
    hash of the spelling is None.
    """
    address_hash, spelling = hashed(person.key, secret), spelling_of(person.key)
    spelling_hash = None if spelling == person.key else hashed(spelling, secret)
    count = times.get(address_hash, 1)
    return person.position, person.address, address_hash, spelling_hash, employee_hash, person.member_id, count


def claim_known(
    connection: Connection, run_id: str, scope_id: int | None, chunk: Chunk, *, secret: bytes, now: str
) -> None:
    """Put a chunk in flight even if this run has released some of its addresses, or earlier runs have invited some.

    An earlier invite becomes ``renewed`` if its person is to be invited again and the invite is older than this run.
    Two runs may both find that an invite is to be renewed. The second run then finds the newer claim of the first run,
    and leaves that claim alone. Raises ``AlreadyClaimed`` if any other address of the chunk is live, or if this run has
    any other row at a position of the chunk.
    """
    hashes = {person.position: hashed(person.key, secret) for person in chunk.invitees}
    claimed = _find_claimed(connection, run_id, scope_id, hashes)
    released = [row for row in claimed if row.run_id == run_id and _is_released(row, hashes)]
    due = _due(connection, run_id, [row for row in claimed if row.run_id != run_id], chunk, hashes)
    _refuse(run_id, chunk, [row for row in claimed if row not in released and row not in due])
    times = _renew(connection, scope_id, due)
    _claim_released(connection, released, times, chunk, now=now)
    new = tuple(person for person in chunk.invitees if person.position not in {row.position for row in released})
    if new:
        claim = NewClaim(run_id, scope_id, Chunk(chunk.number, new), times)
        claim_new(connection, [claim], secret=secret, now=now)


def _due(
    connection: Connection, run_id: str, earlier: Sequence["_ClaimedRow"], chunk: Chunk, hashes: Mapping[int, bytes]
) -> list["_ClaimedRow"]:
    """Return the ``earlier`` invites that this run is to renew: they were decided before this run began."""
    again = {hashes[person.position] for person in chunk.invitees if person.again}
    begun_at = _begun_at(connection, run_id) if again else ""
    invited = [row for row in earlier if row.address_hash in again and row.state == InviteState.INVITED]
    return [row for row in invited if row.decided_at < begun_at]


def is_repetition(connection: Connection, run_id: str, chunk: Chunk, *, secret: bytes) -> bool:
    """Return whether this run has exactly this chunk in flight already, with the same people and the same token.

    If requests have the same token, the service acts on one of them only. So the request may leave once more while its
    answer is unknown.
    """
    token = connection.scalar(_TOKEN, {"run": run_id, "number": chunk.number})
    if not token or token != chunk.token:
        return False
    claimed = connection.execute(_OF_CHUNK, {"run": run_id, "number": chunk.number})
    in_flight = {position: bytes(address) for position, address, state in claimed if state == InviteState.IN_FLIGHT}
    return in_flight == {person.position: hashed(person.key, secret) for person in chunk.invitees}


def claimed_chunk(connection: Connection, run_id: str, number: int) -> Chunk | None:
    """Return a chunk of a run as the run claimed it, with its token.

    Return None if the run never claimed the chunk, if its request has no token, or if a purge emptied its addresses.
    """
    token = connection.scalar(_TOKEN, {"run": run_id, "number": number})
    claimed = connection.execute(
        select(*invites.c["position", "address", "times", "member_id"])
        .where(invites.c.run_id == run_id, invites.c.chunk == number)
        .order_by(invites.c.position)
    ).all()
    if not token or not claimed or not all(row.address for row in claimed):
        return None
    keys = keys_of([row.address for row in claimed])
    kept = kept_names_and_groups(connection, run_id, [row.position for row in claimed])
    people = (
        Invitee(
            row.position,
            row.address,
            key,
            name,
            family_name=family,
            again=row.times > 1,
            times=row.times,
            member_id=row.member_id,
            group=group,
        )
        for row, key, (name, family, group) in zip(claimed, keys, kept, strict=True)
    )
    return Chunk(number, tuple(people), token)


@dataclass(frozen=True, slots=True)
class _ClaimedRow:
    """An address that a run has claimed. ``times`` is how often the address was sent, this claim included."""

    run_id: str
    position: int
    address_hash: bytes = field(repr=False)
    state: str
    decided_at: str
    times: int


def _find_claimed(
    connection: Connection, run_id: str, scope_id: int | None, hashes: Mapping[int, bytes]
) -> list[_ClaimedRow]:
    """Return the rows of a chunk's addresses, and the rows of this run at the positions of the chunk.

    The rows of an address are returned only if they are live: in flight, in doubt or invited. ``hashes`` has the hash
    of each address of the chunk, by position.
    """
    live = and_(invites.c.scope_id == scope_id, invites.c.address_hash.in_(list(hashes.values())), LIVE)
    own = and_(invites.c.run_id == run_id, invites.c.position.in_(list(hashes)))
    columns = invites.c["run_id", "position", "address_hash", "state", "decided_at", "times"]
    known = connection.execute(select(*columns).where(or_(live, own)).with_for_update())
    return [_ClaimedRow(run, position, bytes(address), *rest) for run, position, address, *rest in known]


def _is_released(row: _ClaimedRow, hashes: Mapping[int, bytes]) -> bool:
    return row.address_hash == hashes.get(row.position) and row.state in ALLOWED_EARLIER_STATES[InviteState.IN_FLIGHT]


def _begun_at(connection: Connection, run_id: str) -> str:
    """Return the time, as text, at which this run was last resumed. If it was never resumed, return when it began.

    The text is empty if the run never began.
    """
    begun_at = func.coalesce(runs.c.resumed_at, runs.c.started_at)
    return connection.scalar(select(begun_at).where(runs.c.run_id == run_id)) or ""


def _refuse(run_id: str, chunk: Chunk, taken: Sequence[_ClaimedRow]) -> None:
    if taken:
        raise AlreadyClaimed(
            f"chunk {chunk.number} of run {run_id} was not claimed, since run {taken[0].run_id} has {len(taken)} of"
            f" its addresses or positions as {taken[0].state}"
        )


def _renew(connection: Connection, scope_id: int | None, due: Sequence[_ClaimedRow]) -> dict[bytes, int]:
    """Mark rows as renewed. Return how often each address is sent, its renewal included, by the hash of the address."""
    if due:
        hashes = [row.address_hash for row in due]
        these = update(invites).where(invites.c.scope_id == scope_id, invites.c.address_hash.in_(hashes), LIVE)
        connection.execute(these.values(state=InviteState.RENEWED, live=0))
    return {row.address_hash: row.times + 1 for row in due}


def _claim_released(
    connection: Connection, released: Sequence[_ClaimedRow], times: Mapping[bytes, int], chunk: Chunk, *, now: str
) -> None:
    """Put rows of a chunk back in flight. This run has claimed and released each of these rows before."""
    common = {"number": chunk.number, "now": now}
    members = {person.position: person.member_id for person in chunk.invitees}
    rows = [
        {
            "run": row.run_id,
            "at": row.position,
            "count": times.get(row.address_hash, 1),
            "member": members[row.position],
        }
        for row in released
    ]
    if rows:
        connection.execute(_TAKE_UP, [common | row for row in rows])
