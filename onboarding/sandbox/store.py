"""The database of the sandbox: SQLite, in memory or in a file.

There is one connection under one lock. Every request is one transaction, committed to disk before its answer leaves.
Other processes may share the file.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from onboarding.model.errors import ConfigurationError
from onboarding.runtime.files import make_private_folder
from onboarding.sandbox.records import SandboxRecords

SCHEMA_VERSION = 1

SHARED_FILE_WAIT_SECONDS = 30
"""How long to wait for another process that shares the file."""


class SandboxStore:
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
        """Close the database. Requests that come later fail."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[SandboxRecords]:
        """Lend the records to one caller at a time; commit at the end, or roll back on an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield SandboxRecords(self._connection)


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        make_private_folder(path.parent)
        # SQLite gives its journals the mode of the file, so it must be private before it is opened.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path or ":memory:", timeout=SHARED_FILE_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _create_tables(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _create_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")  # of two processes that open a new file at once, the second finds it done
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version == SCHEMA_VERSION:
            return
        if version or tables:
            raise sqlite3.DatabaseError("it holds something else, or the state of another version")
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


_TABLES = (
    """
    CREATE TABLE users (
        number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, key TEXT NOT NULL, address TEXT NOT NULL,
        user_id TEXT NOT NULL, user_type TEXT NOT NULL, registration TEXT NOT NULL, invitation TEXT NOT NULL,
        invited_on TEXT NOT NULL, registered_on TEXT, arrived_on TEXT NOT NULL, first_name TEXT, last_name TEXT,
        security_group TEXT NOT NULL, UNIQUE (account, key)
    )
    """,
    """
    CREATE TABLE mails (
        number INTEGER PRIMARY KEY, account TEXT NOT NULL, key TEXT NOT NULL, sent_at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE acts_to_come (
        number INTEGER PRIMARY KEY, service TEXT NOT NULL, operation TEXT NOT NULL, parameters TEXT NOT NULL,
        due_on TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE answers (
        account TEXT NOT NULL, token TEXT NOT NULL, payload TEXT NOT NULL, answer BLOB NOT NULL, given_on TEXT NOT NULL,
        PRIMARY KEY (account, token)
    )
    """,
)
