"""Find the invites in doubt, the age of each doubt, and how often each address was lost before.

An invite is in doubt if its request left and no certain answer came. ``sending.doubts`` settles doubts with the
service. An address counts as lost if its invite was in doubt, and was then released because the service did not show
the person. Functions work inside the caller's transaction.
"""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, and_, select, update

from onboarding.ledger.bulk import in_batches
from onboarding.ledger.invites import schema_of, tabulate
from onboarding.ledger.schema import LIVE, LOST, RENEWED, UNSETTLED, hashed, invites, requests
from onboarding.ledger.stamps import Stamp
from onboarding.model.outcomes import InviteState

INTERRUPTED = "interrupted"
"""The ``error`` of an invite whose run died before the outcome was known."""

_DOUBTS = schema_of(
    *("run_id", "position", "chunk", "address", "claimed_at", "earlier_at"),
    *("departures", "losses", "age_seconds", "age_after_boot_seconds", "token_seconds"),
)


def doubt(connection: Connection, scope_id: int | None, now: str) -> int:
    """Turn the invites in flight to an account into invites in doubt, and return how many there were.

    ``scope_id`` is the ledger's id of the account, and ``now`` the present time. The stamps of the requests do not
    change: if a request left, it left right after its invites were claimed.
    """
    lost = update(invites).where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == InviteState.IN_FLIGHT)
    return connection.execute(lost.values(state=InviteState.IN_DOUBT, error=INTERRUPTED, decided_at=now)).rowcount


def doubts(connection: Connection, scope_id: int | None, now: Stamp) -> pd.DataFrame:
    """Return the invites in doubt, ordered by run and position.

    Columns: run_id, address, claimed_at and earlier_at (text); position, chunk, losses and departures (int64);
    age_seconds, age_after_boot_seconds and token_seconds (float64).

    - ``claimed_at``: when the invite was claimed.
    - ``earlier_at``: if this invite renews an earlier invite, when the earlier invite was decided; otherwise empty.
    - ``losses``: how often an invite of this address was in doubt before, and then released because the service did not
      show the person.
    - ``departures``: how often the request left with its token.
    - ``age_seconds``: how long ago, at least, the request left or its answer was lost.
    - ``age_after_boot_seconds``: the part of ``age_seconds`` that would still be certain if the machine had just been
      booted. This part may be negative.
    - ``token_seconds``: how long, at least, the token has been in use.
    """
    in_doubt = (
        select(
            *invites.c["run_id", "position", "chunk", "address", "claimed_at", "times", "address_hash"],
            *requests.c["departures", "token_seconds", "boot_id", "boot_seconds", "left_at"],
        )
        .join(requests, and_(requests.c.run_id == invites.c.run_id, requests.c.chunk == invites.c.chunk))
        .where(invites.c.scope_id == scope_id, UNSETTLED, invites.c.state == InviteState.IN_DOUBT)
        .order_by(invites.c.run_id, invites.c.position)
    )
    found = connection.execute(in_doubt).all()
    earlier = _decided_at(connection, scope_id, [row.address_hash for row in found if row.times > 1])
    lost = _losses(connection, scope_id, [row.address_hash for row in found])
    stamps = [Stamp(row.boot_id, row.boot_seconds, row.left_at) for row in found]
    ages = [(now.seconds_since(stamp), now.seconds_across_boots(stamp)) for stamp in stamps]
    rows = [
        (
            *(row.run_id, row.position, row.chunk, row.address, row.claimed_at),
            earlier.get((bytes(row.address_hash), row.times - 1), ""),
            row.departures,
            sum(number for times, number in lost.get(bytes(row.address_hash), ()) if times >= row.times),
            age,
            age_after_boot,
            row.token_seconds + age,
        )
        for row, (age, age_after_boot) in zip(found, ages, strict=True)
    ]
    return tabulate(rows, _DOUBTS)


def losses(connection: Connection, scope_id: int | None, keys: Iterable[str], *, secret: bytes) -> dict[str, int]:
    """Return how often each address was lost since its last invite, by address key. Zeros are left out.

    An address is lost if its invite was in doubt, and was then released as the service did not show the person.
    ``secret`` is the key of the ledger's hashes.
    """
    if (
        connection.execute(select(invites.c.run_id).where(invites.c.scope_id == scope_id, LOST).limit(1)).first()
        is None
    ):
        return {}
    key_of = {hashed(key, secret): key for key in keys}
    lost = _losses(connection, scope_id, list(key_of))
    invited = _times_invited(connection, scope_id, list(lost))
    counts = {
        key_of[address]: sum(number for times, number in found if times > invited.get(address, 0))
        for address, found in lost.items()
    }
    return {key: count for key, count in counts.items() if count}


def _losses(connection: Connection, scope_id: int | None, hashes: list[bytes]) -> dict[bytes, list[tuple[int, int]]]:
    """Return the ``times`` and the ``losses`` of each row of each lost address, by the hash of the address."""
    columns = invites.c["address_hash", "times", "losses"]
    found: dict[bytes, list[tuple[int, int]]] = {}
    for batch in in_batches(hashes):
        lost = select(*columns).where(invites.c.scope_id == scope_id, invites.c.address_hash.in_(batch), LOST)
        for address, times, number in connection.execute(lost):
            found.setdefault(bytes(address), []).append((times, number))
    return found


def _times_invited(connection: Connection, scope_id: int | None, hashes: list[bytes]) -> dict[bytes, int]:
    """Return how often each address was invited, by address hash. Addresses that were never invited are left out."""
    return {
        bytes(address): times
        for batch in in_batches(hashes)
        for address, times in connection.execute(
            select(invites.c.address_hash, invites.c.times).where(
                invites.c.scope_id == scope_id,
                invites.c.address_hash.in_(batch),
                LIVE,
                invites.c.state == InviteState.INVITED,
            )
        )
    }


def _decided_at(connection: Connection, scope_id: int | None, hashes: list[bytes]) -> dict[tuple[bytes, int], str]:
    """Return when each renewed invite was decided, by the hash of its address and by how often it was sent."""
    return {
        (bytes(address), times): decided_at
        for batch in in_batches(hashes)
        for address, times, decided_at in connection.execute(
            select(*invites.c["address_hash", "times", "decided_at"]).where(
                invites.c.scope_id == scope_id, invites.c.address_hash.in_(batch), RENEWED
            )
        )
    }
