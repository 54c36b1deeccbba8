"""Under which domains were people invited, or there, before?

Functions work inside the caller's transaction.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from onboarding.ledger.batches import in_batches
from onboarding.ledger.hashes import hashed
from onboarding.ledger.schema import known_domains

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
