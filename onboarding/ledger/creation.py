"""Create the tables and indexes of a ledger in a database, and check whether a database has them already.

The module ``database`` opens the database.
"""

import secrets

from sqlalchemy import Connection, func, insert, inspect, select, text

from onboarding.ledger.schema import (
    LIVE,
    LOST,
    OF_EMPLOYEE,
    REFUSED,
    RENEWED,
    RESPELLED,
    UNSETTLED,
    ledger_table,
    metadata,
)
from onboarding.model.errors import ConfigurationError

SCHEMA_VERSION = 1

# Plain SQL that both databases understand. An ``Index`` with conditions would load SQLAlchemy's dialect of PostgreSQL.
_INDEXES = (
    f"CREATE UNIQUE INDEX invited_once ON invites (scope_id, address_hash) WHERE {LIVE}",
    f"CREATE UNIQUE INDEX renewed_once ON invites (scope_id, address_hash, times) WHERE {RENEWED}",
    f"CREATE INDEX refused ON invites (scope_id, address_hash, decided_at) WHERE {REFUSED}",
    f"CREATE INDEX unsettled ON invites (scope_id) WHERE {UNSETTLED}",
    f"CREATE INDEX lost ON invites (scope_id, address_hash) WHERE {LOST}",
    f"CREATE INDEX respelled ON invites (scope_id, spelling_hash) WHERE {RESPELLED}",
    f"CREATE INDEX of_employee ON invites (scope_id, employee_hash) WHERE {OF_EMPLOYEE}",
)

_MAY_CREATE_TABLES = select(func.has_schema_privilege(func.current_schema(), "CREATE"))


def has_tables(connection: Connection, *, name: str) -> bool:
    """Return True if a database is a ledger already, or False if a ledger can be created in the database.

    Raises ``ConfigurationError`` if another version wrote the ledger, or if the database belongs to another program.
    Raises ``ConfigurationError`` also if a ledger is missing and the user of the database may create no table. ``name``
    is the name of the database in messages.
    """
    present = set(inspect(connection).get_table_names())
    if ledger_table.name in present:
        version = connection.scalar(select(ledger_table.c.schema_version))
        if version != SCHEMA_VERSION:
            raise ConfigurationError(
                f"ledger {name}: another version of onboarding wrote it (schema {version}; this version reads"
                f" schema {SCHEMA_VERSION} only); use that version, name another ledger,"
                " or begin the next rehearsal with --fresh"
            )
        return True
    if present & set(metadata.tables):
        raise ConfigurationError(f"ledger {name}: the database belongs to another program; name another one")
    if connection.dialect.name == "postgresql" and not connection.scalar(_MAY_CREATE_TABLES):
        raise ConfigurationError(f"ledger {name}: no table may be made there; have CREATE granted on its schema")
    return False


def open_tables(connection: Connection, *, name: str, now: str) -> bytes:
    """Return the secret of a ledger. If the database is no ledger yet, create the tables first.

    ``name`` is the name of the database in messages, and ``now`` the present time. Raises ``ConfigurationError`` if the
    database cannot be a ledger of this version, or if its user may create no table.
    """
    if not has_tables(connection, name=name):
        metadata.create_all(connection)
        for statement in _INDEXES:
            connection.execute(text(statement))
        values = {"schema_version": SCHEMA_VERSION, "created_at": now, "secret": secrets.token_bytes(32)}
        connection.execute(insert(ledger_table), values)
    return bytes(connection.execute(select(ledger_table.c.secret)).scalar_one())
