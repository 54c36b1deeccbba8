"""What does the ledger remember, and in which tables?

Times are ISO-8601 text in UTC. Absent text is the empty string.
"""

import secrets

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
)

from onboarding.errors import ConfigurationError

SCHEMA_VERSION = 1

metadata = MetaData()

about = Table(
    "ledger",
    metadata,
    Column("schema_version", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
)
"""One row. ``secret`` keys the hashes by which logs name addresses."""

scopes = Table(
    "scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("destination", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    UniqueConstraint("destination", "account", "endpoint"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("command", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("settings", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("exit_code", Integer),
)

parts = Table(
    "parts",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("part", Integer),
    Column("first_position", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "part"),
)
"""A run's decided rows, so that its report can be written again when the exports are gone."""

invites = Table(
    "invites",
    metadata,
    Column("run_id", ForeignKey("runs.run_id")),
    Column("position", BigInteger),
    Column("scope_id", ForeignKey("scopes.id"), nullable=False),
    Column("chunk", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("live", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("invite_id", Text, nullable=False),
    Column("invite_status", Text, nullable=False),
    Column("email_status", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("claimed_at", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "position"),
    CheckConstraint(
        "live = 1 AND state IN ('in_flight', 'in_doubt', 'invited') OR live = 0 AND state IN ('failed', 'released')",
        name="live_says_what_state_says",
    ),
)
"""Every address ever claimed, never deleted. A failed or released one may be claimed again by a later run.

``live`` is 1 as long as nobody else may claim the address. It repeats what ``state`` says so that most changes of
state leave the index ``invited_once`` alone: among a million invites, settling a chunk costs a quarter.
"""

# A database uses a partial index only for a query that repeats its condition word for word, literals included.
LIVE = text("live = 1")
IN_FLIGHT = text("state = 'in_flight'")

Index(
    "invited_once",
    invites.c.scope_id,
    invites.c.address_key,
    unique=True,
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
Index("still_in_flight", invites.c.scope_id, sqlite_where=IN_FLIGHT, postgresql_where=IN_FLIGHT)


def prepare(connection: Connection, *, name: str, now: str) -> bytes:
    """Create the tables where there are none, and return the ledger's secret.

    Raises ``ConfigurationError`` if a newer version wrote the ledger, or if the database is something else's.
    """
    present = set(inspect(connection).get_table_names())
    if about.name not in present:
        if present & set(metadata.tables):
            raise ConfigurationError(f"ledger {name}: the database belongs to another program; name another one")
        metadata.create_all(connection)
        founding = {"schema_version": SCHEMA_VERSION, "created_at": now, "secret": secrets.token_bytes(32)}
        connection.execute(insert(about), founding)
    return _read_secret(connection, name)


def _read_secret(connection: Connection, name: str) -> bytes:
    version, secret = connection.execute(select(about.c.schema_version, about.c.secret)).one()
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"ledger {name}: written by a newer version of onboarding (schema {version}, this one knows"
            f" {SCHEMA_VERSION}); upgrade onboarding or name another ledger"
        )
    return bytes(secret)
