"""Where does the sandbox keep its records?

SQLite, in memory or in a file. One connection under one lock: every request is one transaction, committed to disk
before its answer leaves, and other processes may share the file.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from onboarding.model.errors import ConfigurationError
from onboarding.runtime.files import make_private_folder
from onboarding.sandbox.people import LONG_AGO, TEAM_ACCOUNT
from onboarding.sandbox.records import Records

BUSY_SECONDS = 30
"""How long to wait for another process that shares the file."""


class Store:
    """Keep the state, in a file of mode 0600 or in memory. Raises ``ConfigurationError`` if the file cannot be used."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = Lock()
        try:
            self._connection = _open(path)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"The sandbox cannot keep its state in {path}: {error}. Name another file or remove this one."
            ) from error

    def close(self) -> None:
        """Close the database; a request that comes later fails."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Lend the records, alone; commit at the end, or roll back on an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield Records(self._connection)


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        make_private_folder(path.parent)
        # SQLite gives its journals the mode of the file, so it must be private before it is opened.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path or ":memory:", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # of two processes that open a new file at once, the second finds it done
    with connection:
        for table, columns in _TABLES.items():
            definitions = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({definitions}{_UNIQUE.get(table, '')})")
            present = {column[1] for column in connection.execute(f"PRAGMA table_info({table})")}
            for name in columns.keys() - present:  # a file from before there was such a column
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {columns[name]}")


# A column that came later has a default, or may be null: older files have rows without it.
_TABLES: Mapping[str, Mapping[str, str]] = {
    "users": {
        "number": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "account": "TEXT NOT NULL",
        "key": "TEXT NOT NULL",
        "address": "TEXT NOT NULL",
        "user_id": "TEXT NOT NULL",
        "user_type": "TEXT NOT NULL",
        "registration": "TEXT NOT NULL",
        "invitation": "TEXT NOT NULL",
        "invited_on": "TEXT NOT NULL",
        "registered_on": "TEXT",
        "arrived_on": f"TEXT NOT NULL DEFAULT '{LONG_AGO.isoformat(timespec='microseconds')}'",
        "first_name": "TEXT",
        "last_name": "TEXT",
        "security_group": "TEXT NOT NULL DEFAULT ''",
    },
    "mails": {
        "number": "INTEGER PRIMARY KEY",
        "key": "TEXT NOT NULL",
        "sent_at": "TEXT NOT NULL",
        "account": f"TEXT NOT NULL DEFAULT '{TEAM_ACCOUNT}'",
    },
    "acts_to_come": {
        "number": "INTEGER PRIMARY KEY",
        "due_on": "TEXT NOT NULL",
        "parameters": "TEXT NOT NULL",
        "service": "TEXT NOT NULL DEFAULT 'chime'",
        "operation": "TEXT NOT NULL DEFAULT 'InviteUsers'",
    },
    "answers": {
        "account": "TEXT NOT NULL",
        "token": "TEXT NOT NULL",
        "payload": "TEXT NOT NULL",
        "answer": "BLOB NOT NULL",
        "given_on": "TEXT NOT NULL",
    },
}

_UNIQUE: Mapping[str, str] = {"users": ", UNIQUE (account, key)", "answers": ", PRIMARY KEY (account, token)"}
