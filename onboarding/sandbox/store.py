"""Where does the sandbox keep its records?

SQLite, in memory or in a file. One connection under one lock: every request is one transaction, committed to disk
before its answer leaves, and other processes may share the file.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from onboarding.errors import ConfigurationError
from onboarding.sandbox.records import LONG_AGO, Records

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
        path.parent.mkdir(parents=True, exist_ok=True)
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
        for table in _TABLES:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        columns = {column[1] for column in connection.execute("PRAGMA table_info(users)")}
        if "arrived_on" not in columns:  # a file from before users had an arrival
            connection.execute(f"ALTER TABLE users ADD COLUMN {_ARRIVED_ON}")


_ARRIVED_ON = f"arrived_on TEXT NOT NULL DEFAULT '{LONG_AGO.isoformat(timespec='microseconds')}'"

_TABLES = (
    f"""users (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        key TEXT NOT NULL,
        address TEXT NOT NULL,
        user_id TEXT NOT NULL,
        user_type TEXT NOT NULL,
        registration TEXT NOT NULL,
        invitation TEXT NOT NULL,
        invited_on TEXT NOT NULL,
        registered_on TEXT,
        {_ARRIVED_ON},
        UNIQUE (account, key)
    )""",
    """mails (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL,
        sent_at TEXT NOT NULL
    )""",
    """acts_to_come (
        number INTEGER PRIMARY KEY,
        due_on TEXT NOT NULL,
        parameters TEXT NOT NULL
    )""",
)
