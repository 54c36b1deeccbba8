"""How does a database become a ledger of this version?"""

import secrets

from sqlalchemy import Connection, column, insert, inspect, literal, select, table, text, update
from sqlalchemy.schema import CreateTable

from onboarding.ledger.schema import (
    LIVE_SAYS_WHAT_STATE_SAYS,
    SCHEMA_VERSION,
    about,
    hashed,
    invites,
    known_domains,
    metadata,
    renewed_once,
    requests,
)
from onboarding.ledger.store import note_emptied
from onboarding.model.errors import ConfigurationError

_INVITES_A_BATCH = 10_000

_BEFORE_INVITES_ARE_COPIED = (
    *(f"ALTER TABLE runs ADD COLUMN {column} TEXT" for column in ("inputs", "resumed_at", "purged_at")),
    "DROP INDEX invited_once",
    "DROP INDEX still_in_flight",
    "ALTER TABLE invites RENAME TO invites_of_version_1",
)
_BEFORE_SQLITE_COPIES = (
    "DROP INDEX invited_once",
    "DROP INDEX unsettled",
    "ALTER TABLE invites RENAME TO invites_of_version_3",
)
_ON_POSTGRESQL = (
    "ALTER TABLE invites ADD COLUMN times INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE invites ALTER COLUMN times DROP DEFAULT",
    "ALTER TABLE invites DROP CONSTRAINT live_says_what_state_says",
    f"ALTER TABLE invites ADD CONSTRAINT live_says_what_state_says CHECK ({LIVE_SAYS_WHAT_STATE_SAYS})",
)
_WITH_RATE = 3
"""The version that was the first to remember what a service allows."""


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
    elif connection.dialect.name == "sqlite":
        _copy_to_let_renew(connection)
    else:
        _alter_to_let_renew(connection)
    if version < _WITH_RATE:
        connection.execute(text("ALTER TABLE scopes ADD COLUMN rate FLOAT"))
    known_domains.create(connection)
    requests.create(connection)
    connection.execute(update(about).values(schema_version=SCHEMA_VERSION))


def _hash_keys(connection: Connection, secret: bytes) -> None:
    """Make the invites of version 1 those of this version, a batch of them in memory at a time.

    Version 1 had the key itself in ``address_key``. The column has a new name, so that a run of the older program
    that is still under way fails before it sends, rather than claim addresses where nobody looks for them.
    """
    for statement in _BEFORE_INVITES_ARE_COPIED:
        connection.execute(text(statement))
    invites.create(connection)
    old = text("SELECT * FROM invites_of_version_1").execution_options(yield_per=_INVITES_A_BATCH)
    for batch in connection.execute(old).mappings().partitions():
        new = [{**row, "address_hash": hashed(row["address_key"], secret), "times": 1} for row in batch]
        for row in new:
            del row["address_key"]
        connection.execute(insert(invites), new)
    connection.execute(text("DROP TABLE invites_of_version_1"))
    note_emptied(connection)


def _copy_to_let_renew(connection: Connection) -> None:
    """Make the invites of version 2 or 3 those of this version; SQLite changes no constraint of a table that is there.

    The database copies them by itself, none of them in memory. Indexes come last: sorting takes a fraction of the time
    that putting a hash among a million others takes a million times.
    """
    for statement in _BEFORE_SQLITE_COPIES:
        connection.execute(text(statement))
    connection.execute(CreateTable(invites))
    old = table("invites_of_version_3", *(column(one.name) for one in invites.c if one is not invites.c.times))
    connection.execute(insert(invites).from_select([*old.c.keys(), "times"], select(*old.c, literal(1))))
    connection.execute(text("DROP TABLE invites_of_version_3"))
    for index in invites.indexes:
        index.create(connection)


def _alter_to_let_renew(connection: Connection) -> None:
    """Make the invites of version 2 or 3 those of this version, on PostgreSQL, which need not move them for that."""
    for statement in _ON_POSTGRESQL:
        connection.execute(text(statement))
    renewed_once.create(connection)
