"""Which request was sent for a chunk, exactly?

A service that knows requests by their tokens says once more what it answered to the same one. The token says whether
what is put together here is the same. Functions work inside the caller's transaction.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from onboarding.addresses import keys_of
from onboarding.ledger.frames import unpack
from onboarding.ledger.schema import invites, parts, requests
from onboarding.plan import Chunk, Invitee


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
