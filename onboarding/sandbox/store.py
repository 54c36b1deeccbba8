"""Who is in the sandbox's account, and who has been mailed how often?

SQLite, in memory or in a file. One connection under one lock: every request is one transaction, committed to disk
before its answer leaves, and other processes may share the file.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from onboarding.errors import ConfigurationError

BUSY_SECONDS = 30
"""How long to wait for another process that shares the file."""


class Registration(StrEnum):
    """``UserRegistrationStatus`` of the service model."""

    UNREGISTERED = "Unregistered"
    REGISTERED = "Registered"
    SUSPENDED = "Suspended"


class Invitation(StrEnum):
    """``UserInvitationStatus`` of the service model."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account. ``key`` is the address casefolded, by which users are told apart."""

    account: str
    key: str = field(repr=False)
    address: str = field(repr=False)
    user_id: str
    user_type: str
    registration: Registration
    invitation: Invitation
    invited_on: datetime
    registered_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many people are in the accounts and how much mail they got."""

    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int


def key_of(address: str) -> str:
    """Return what two spellings of one address have in common."""
    return address.casefold()


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
    def transaction(self) -> Iterator["Records"]:
        """Lend the records, alone; commit at the end, or roll back on an exception."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield Records(self._connection)


class Records:
    """Read and write the tables inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, account: str, key: str) -> User | None:
        """Return the user with that key, if there is one."""
        row = self._connection.execute(_SELECT_USER, (account, key)).fetchone()
        return _user(row) if row else None

    def put(self, user: User) -> None:
        """Add a user, or replace the one with the same key in its place of the listing."""
        self._connection.execute(_UPSERT_USER, _row(user))

    def page(self, account: str, *, after: int, limit: int, user_type: str | None) -> dict[int, User]:
        """Return up to ``limit`` users by their number, in order of arrival, from behind number ``after``."""
        wanted = (account, after, user_type, user_type, limit)
        return {row[0]: _user(row) for row in self._connection.execute(_SELECT_PAGE, wanted)}

    def add_mail(self, key: str) -> None:
        """Note that one mail was sent to an address."""
        self._connection.execute("INSERT INTO mails (key, sent_at) VALUES (?, ?)", (key, _text(datetime.now(UTC))))

    def mails(self) -> dict[str, int]:
        """Return the number of mails by key."""
        return dict(self._connection.execute("SELECT key, count(*) FROM mails GROUP BY key"))

    def counts(self) -> MailCounts:
        """Return the totals over all accounts."""
        return MailCounts(*self._connection.execute(_SELECT_COUNTS).fetchone())

    def delete_all(self) -> None:
        """Forget all users and mails."""
        self._connection.execute("DELETE FROM users")
        self._connection.execute("DELETE FROM mails")


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
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
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
    UNIQUE (account, key)
);
CREATE TABLE IF NOT EXISTS mails (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    sent_at TEXT NOT NULL
);
"""

_SELECT_USER = "SELECT * FROM users WHERE account = ? AND key = ?"

_SELECT_PAGE = """
SELECT * FROM users
WHERE account = ? AND number > ? AND (? IS NULL OR user_type = ?)
ORDER BY number LIMIT ?
"""

_UPSERT_USER = """
INSERT INTO users VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, key) DO UPDATE SET
    registration = excluded.registration, invitation = excluded.invitation,
    invited_on = excluded.invited_on, registered_on = excluded.registered_on
"""

_SELECT_COUNTS = """
SELECT (SELECT count(*) FROM users), coalesce(sum(mails), 0), count(*), coalesce(sum(mails > 1), 0)
FROM (SELECT count(*) AS mails FROM mails GROUP BY key)
"""


def _row(user: User) -> tuple[str | None, ...]:
    return (
        user.account,
        user.key,
        user.address,
        user.user_id,
        user.user_type,
        user.registration,
        user.invitation,
        _text(user.invited_on),
        _text(user.registered_on) if user.registered_on else None,
    )


def _user(row: Any) -> User:
    _number, account, key, address, user_id, user_type, registration, invitation, invited_on, registered_on = row
    return User(
        account,
        key,
        address,
        user_id,
        user_type,
        Registration(registration),
        Invitation(invitation),
        datetime.fromisoformat(invited_on),
        datetime.fromisoformat(registered_on) if registered_on else None,
    )


def _text(moment: datetime) -> str:
    return moment.isoformat()
