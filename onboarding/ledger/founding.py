"""How does a database become a ledger of this version?"""

import secrets

from sqlalchemy import Connection, insert, inspect, select, text, update

from onboarding.errors import ConfigurationError
from onboarding.ledger.hashes import hashed
from onboarding.ledger.schema import SCHEMA_VERSION, about, invites, metadata
from onboarding.ledger.store import note_emptied

_INVITES_A_BATCH = 10_000

_BEFORE_INVITES_ARE_COPIED = (
    *(f"ALTER TABLE runs ADD COLUMN {column} TEXT" for column in ("inputs", "resumed_at", "purged_at")),
    "DROP INDEX invited_once",
    "DROP INDEX still_in_flight",
    "ALTER TABLE invites RENAME TO invites_of_version_1",
)


def prepare(connection: Connection, *, name: str, now: str) -> bytes:
    """Create the tables where there are none, upgrade older ones, and return the ledger's secret.

    Raises ``ConfigurationError`` if a newer version wrote the ledger, or if the database is something else's.
    """
    present = set(inspect(connection).get_table_names())
    if about.name not in present:
        if present & set(metadata.tables):
            raise ConfigurationError(f"ledger {name}: the database belongs to another program; name another one")
        metadata.create_all(connection)
        founding = {"schema_version": SCHEMA_VERSION, "created_at": now, "secret": secrets.token_bytes(32)}
        connection.execute(insert(about), founding)
    version, secret = connection.execute(select(about.c.schema_version, about.c.secret)).one()
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"ledger {name}: written by a newer version of onboarding (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); upgrade onboarding or name another ledger"
        )
    if version < SCHEMA_VERSION:
        _upgrade(connection, version, bytes(secret))
    return bytes(secret)


def _upgrade(connection: Connection, version: int, secret: bytes) -> None:
    if version == 1:
        _hash_keys(connection, secret)
    connection.execute(text("ALTER TABLE scopes ADD COLUMN rate FLOAT"))
    connection.execute(update(about).values(schema_version=SCHEMA_VERSION))


def _hash_keys(connection: Connection, secret: bytes) -> None:
    """Turn a ledger of version 1 into one of version 2, a batch of invites in memory at a time.

    Version 1 had the key itself in ``address_key``. The column has a new name, so that a run of the older program
    that is still under way fails before it sends, rather than claim addresses where nobody looks for them.
    """
    for statement in _BEFORE_INVITES_ARE_COPIED:
        connection.execute(text(statement))
    invites.create(connection)
    old = text("SELECT * FROM invites_of_version_1").execution_options(yield_per=_INVITES_A_BATCH)
    for batch in connection.execute(old).mappings().partitions():
        new = [{**row, "address_hash": hashed(row["address_key"], secret)} for row in batch]
        for row in new:
            del row["address_key"]
        connection.execute(insert(invites), new)
    connection.execute(text("DROP TABLE invites_of_version_1"))
    note_emptied(connection)
