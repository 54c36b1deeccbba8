"""Find the addresses that the service has refused repeatedly: on at least ``DAYS`` different days."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from sqlalchemy import Connection, distinct, func, select

from onboarding.ledger.schema import LIVE, REFUSED, hashed, invites
from onboarding.model.values import dataclass

DAYS = 3
"""The number of days on which the service must refuse an address before it counts as refused repeatedly."""


@dataclass(frozen=True, slots=True)
class AddressRefusals:
    """On how many days the service refused an address, and the first and the last of these days as ISO-8601 text."""

    days: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class RepeatedRefusals:
    """All addresses that an account's service has refused on ``DAYS`` days or more, by the hashes of their keys."""

    by_hash: Mapping[bytes, AddressRefusals] = field(repr=False)
    secret: bytes = field(repr=False)

    def of(self, keys: Sequence[str]) -> dict[int, AddressRefusals]:
        """Return the refusals of the ``keys`` that were refused repeatedly, by the index of the key in ``keys``."""
        if not self.by_hash:
            return {}
        found = ((number, self.by_hash.get(hashed(key, self.secret))) for number, key in enumerate(keys))
        return {number: refusals for number, refusals in found if refusals}


def repeated_refusals(connection: Connection, scope_id: int | None, *, secret: bytes) -> RepeatedRefusals:
    """Return the addresses that an account's service refused repeatedly, and has not accepted since.

    ``secret`` is the key of the ledger's hashes. Days are days in UTC. Several refusals on one day count as one
    refusal, so that an operator may try again at once.
    """
    later = invites.alias("later")
    was_taken = select(later.c.run_id).where(
        later.c.scope_id == invites.c.scope_id,
        later.c.address_hash == invites.c.address_hash,
        later.c.decided_at > invites.c.decided_at,
        LIVE,
    )
    day = func.substr(invites.c.decided_at, 1, len("2026-11-29"))
    days = func.count(distinct(day))
    refused = (
        select(invites.c.address_hash, days, func.min(day), func.max(day))
        .where(invites.c.scope_id == scope_id, REFUSED, ~was_taken.exists())
        .group_by(invites.c.address_hash)
        .having(days >= DAYS)
    )
    found = {bytes(address): AddressRefusals(*rest) for address, *rest in connection.execute(refused)}
    return RepeatedRefusals(found, secret)
