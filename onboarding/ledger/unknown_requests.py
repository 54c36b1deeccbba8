"""Requests that a machine remembers and the ledger lacks, since the ledger was restored from a backup.

Runs after the backup may have invited people again, and the ledger does not know which people. So when a run finds such
a request for the first time, the ledger adds one unknown invite to each invite on record. These unknown invites count
towards the limit on how often a person is invited again. The ledger also keeps the moment at which a run found the
request. Before the next invite, all people on record wait as if they had been invited at that moment.

Functions work inside the caller's transaction.
"""

from sqlalchemy import Connection, func, select, text

from onboarding.ledger.bulk import in_batches
from onboarding.ledger.machine_lock import LastRequest
from onboarding.ledger.schema import RENEWED, invites, unknown_requests

# SQLite and PostgreSQL both understand these texts. SQLAlchemy would need a separate construct for each database.
_NOTE = text(
    "INSERT INTO unknown_requests (scope_id, request, found_at) VALUES (:scope_id, :request, :found_at)"
    " ON CONFLICT DO NOTHING"
)
_COUNT_ONE_MORE = text(
    "UPDATE invites SET unknown_times = unknown_times + 1"
    " WHERE scope_id = :scope_id AND (live = 1 OR state = 'renewed')"
)


def note_unknown(connection: Connection, scope_id: int, request: LastRequest, *, now: str) -> None:
    """Record that the ledger lacks a request to the destination ``scope_id``. If this is on record already, do nothing.

    If this is new, add one unknown invite to each invite of the destination. ``now`` is ISO-8601 text in UTC.
    """
    departed = request.departed
    name = f"{request.run_id} {request.chunk} {departed.boot_id} {departed.boot_seconds}"
    noted = connection.execute(_NOTE, {"scope_id": scope_id, "request": name, "found_at": now})
    if noted.rowcount:
        connection.execute(_COUNT_ONE_MORE, {"scope_id": scope_id})


def outdated_at(connection: Connection, scope_id: int | None) -> str:
    """Return when the last unknown request of a destination was found, as ISO-8601 text; empty if there is none."""
    last = select(func.max(unknown_requests.c.found_at)).where(unknown_requests.c.scope_id == scope_id)
    return connection.scalar(last) or ""


def unknown_times_of_renewed(connection: Connection, scope_id: int | None, hashes: list[bytes]) -> dict[bytes, int]:
    """Return the number of unknown invites of each address, from its renewed invites, by the hash of the address.

    If an address has several renewed invites, the largest number is returned. Addresses without such invites are left
    out.
    """
    most = select(invites.c.address_hash, func.max(invites.c.unknown_times)).where(invites.c.scope_id == scope_id)
    return {
        bytes(address): number
        for batch in in_batches(hashes)
        for address, number in connection.execute(
            most.where(RENEWED, invites.c.address_hash.in_(batch)).group_by(invites.c.address_hash)
        )
    }
