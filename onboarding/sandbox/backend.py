"""The backend of the sandbox carries out operations, now or later, and keeps their effects in a SQLite file.

Each operation has its own transaction. All threads share one connection under one lock. The backend writes a
transaction to the disk before the answer to the request leaves. Other processes may use the same file. The module
``records`` has the queries.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from onboarding.model.errors import ConfigurationError
from onboarding.model.run import now
from onboarding.runtime.files import make_private_folder
from onboarding.sandbox.simulation.behaviour import ServiceBehaviour
from onboarding.sandbox.simulation.people import Registration, user_of_long_ago
from onboarding.sandbox.simulation.protocol import Rejection
from onboarding.sandbox.simulation.records import PendingAct, SandboxRecords
from onboarding.sandbox.simulation.shapes import Document

SCHEMA_VERSION = 1


SHARED_FILE_WAIT_SECONDS = 30
"""The longest wait, in seconds, for a transaction of another process that uses the same file."""


class SandboxStore:
    """The database of the sandbox's state: a file of mode 0600, or a database in memory if ``path`` is None.

    Raises ``ConfigurationError`` if the file cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = Lock()
        try:
            self._connection = _open(path)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(
                f"The sandbox cannot keep its state in {path}: {error}. Remove the file, begin a run with --fresh, or"
                " name another folder with --state-dir."
            ) from error

    def close(self) -> None:
        """Close the database. Later transactions fail."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[SandboxRecords]:
        """Open a transaction, and yield its records.

        Commit at the end of the ``with`` block, or roll back on an exception.

        Only one thread at a time has a transaction. Other threads wait.
        """
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield SandboxRecords(self._connection)

    def scrub(self) -> None:
        """Remove deleted values from the file. Raises ``ConfigurationError`` if another process uses the file."""
        with self._lock:
            try:
                self._connection.execute("VACUUM")
                (is_busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error:
                is_busy = 1
        if is_busy:
            raise ConfigurationError("A sandbox is working with what was purged; stop it and purge again.")


def purge_sandbox(path: Path, before: datetime) -> int:
    """Delete users, mails, stored answers and late requests that are older than ``before``.

    Return the number of deleted users. ``path`` is the file of the sandbox's state. The file may be missing. Raises
    ``ConfigurationError`` if the file cannot be used, or if another process uses it.
    """
    if not path.exists():
        return 0
    store = SandboxStore(path)
    try:
        with store.transaction() as records:
            users = records.delete_before(before)
        store.scrub()
        return users
    finally:
        store.close()


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        make_private_folder(path.parent)
        # SQLite gives its journals the mode of the file, so the file must be private before SQLite opens it.
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
    connection.execute("BEGIN IMMEDIATE")  # if two processes open a new file, the second finds the tables
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
        invited_on TEXT NOT NULL, registered_on TEXT, arrived_on TEXT NOT NULL, invited_before TEXT,
        first_name TEXT, last_name TEXT,
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


class Backend:
    """Carries out the operations of all services on one store. Any thread may use it.

    ``behaviours`` has the behaviour of each service by the service's name. ``now`` is the wall clock. All processes
    that use the same file need clocks with the same time.
    """

    def __init__(
        self, store: SandboxStore, behaviours: Mapping[str, ServiceBehaviour], *, now: Callable[[], datetime] = now
    ) -> None:
        self._store = store
        self._behaviours = behaviours
        self._now = now

    @contextmanager
    def transaction(self) -> Iterator[SandboxRecords]:
        """Open a transaction, carry out the late requests that are due, and yield the records to the ``with`` block.

        A late request is a request that ``schedule_act`` has stored. The backend has no timer: the next transaction of
        any process that uses the file carries out the due requests.
        """
        with self._store.transaction() as records:
            for act in records.take_due(self._now()):
                with suppress(Rejection):  # no client waits for the answer
                    self._behaviours[act.service].writes[act.operation](records, act.parameters, act.due_on)
            yield records

    def act(self, service: str, operation: str, parameters: Document) -> Document:
        """Carry out an operation of a service and return the result.

        Raises ``Rejection`` if the service refuses the request.
        """
        behaviour = self._behaviours[service]
        carry_out = behaviour.reads.get(operation) or behaviour.writes[operation]
        with self.transaction() as records:
            # The clock is read in the transaction, so that users arrive in the order of their numbers.
            return carry_out(records, parameters, self._now())

    def schedule_act(self, service: str, operation: str, parameters: Document, seconds: float) -> None:
        """Store a late request. The backend carries out its operation when ``seconds`` seconds have passed.

        The method does not store an operation that only reads, since no client would get the result.
        """
        if operation in self._behaviours[service].writes:
            with self.transaction() as records:
                records.schedule_act(
                    PendingAct(service, operation, parameters, self._now() + timedelta(seconds=seconds))
                )

    def add_users(self, service: str, addresses: Iterable[str], registration: Registration) -> None:
        """Add users to a service's first account without a mail, as if another party had invited them long ago.

        ``registration`` is the state of the users. Raises ``ValueError`` for an unknown service.
        """
        if service not in self._behaviours:
            raise ValueError(f"service is none of {', '.join(self._behaviours)}")
        behaviour = self._behaviours[service]
        with self.transaction() as records:
            now = self._now()
            records.put(user_of_long_ago(behaviour.new_user(address, now), registration, now) for address in addresses)
