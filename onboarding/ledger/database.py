"""The database of a ledger, on SQLite or PostgreSQL: open it, use transactions, translate errors, scrub emptied values.

Most code that differs between SQLite and PostgreSQL is here, in ``lock`` and in ``advisory_lock``. ``schema`` has the
tables.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import field
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from onboarding.ledger.database_errors import BUSY_SECONDS, ledger_error, wrong_place
from onboarding.ledger.file_lock import FileIdentity, identity_of
from onboarding.model.errors import ConfigurationError, LedgerBusy, LedgerFailed
from onboarding.model.values import dataclass
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.installing import install_command

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",  # otherwise a sync on macOS would leave content in the disk's memory; elsewhere no effect
    "foreign_keys = ON",
    "secure_delete = ON",
    "wal_autocheckpoint = 4000",  # pages: in an old ledger a chunk touches a hundred pages all over the file
)
_BUSY_AGAIN_SECONDS = 0.02
_CREATING_TABLES = 0x6F6E626F617264  # the number of a PostgreSQL advisory lock: "onboard" in ASCII
_READER_MS = 1_000  # how long a scrub waits for another process that reads
_TO_BE_SCRUBBED = 1  # SQLite's user_version: it survives a crash, and is written as part of a transaction
_SERVER_SECONDS = select(func.extract("epoch", func.clock_timestamp()))
_KEEPALIVES = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""Settings of libpq: the client notices within a minute that its server is gone.

The times are in seconds, but ``tcp_user_timeout`` is in milliseconds.
"""
_SESSION_SETTINGS = {
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Settings of PostgreSQL for a session: the server keeps idle sessions, and notices a lost client within a minute."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. ``name`` is for messages, and contains no password.

    ``file`` is the file of SQLite, and ``identity`` identifies this file. Both are None on PostgreSQL.
    """

    engine: Engine = field(repr=False)
    name: str
    file: Path | None
    identity: FileIdentity | None = None

    def is_in_place(self) -> bool:
        """Return whether the file that was opened is still at its path. Without an ``identity``, return True."""
        return self.file is None or self.identity is None or self.identity.is_at(self.file)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction for reading. On SQLite, the transaction sees no later changes. Raises ``LedgerFailed``."""
        with self.translated_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction for writing. Raises ``LedgerFailed``, or ``ConstraintViolated`` for a refused row.

        When the block ends without an error, its changes are on disk. After an error, nothing has changed.
        """
        with self.translated_errors(), self.engine.connect() as connection:
            connection.execution_options(writing=True)
            with connection.begin():
                yield connection

    def check_reachable(self) -> None:
        """Open a connection, and keep it for later. Raises ``ConfigurationError`` if the database accepts none.

        Raises ``LedgerBusy`` if another process keeps the file of SQLite locked.
        """
        try:
            with self.reading():
                pass
        except LedgerBusy:
            raise
        except LedgerFailed as error:
            raise ConfigurationError(str(error)) from None

    @contextmanager
    def creating_tables(self) -> Iterator[Connection]:
        """Open a transaction for writing, during which no other process can create tables. Raises ``LedgerFailed``."""
        with self.writing() as connection:
            if self.file is None:
                connection.execute(select(func.pg_advisory_xact_lock(_CREATING_TABLES)))
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open a connection on which each statement takes effect at once. Raises ``LedgerFailed``.

        When the block ends, the connection closes, and all locks that were taken on it are freed.
        """
        with self.translated_errors(), self.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            yield connection

    def scrub(self) -> None:
        """Remove emptied values from the files of SQLite. On PostgreSQL, do nothing: VACUUM frees the values there.

        Raises ``LedgerFailed`` if the database fails, or if another process still reads the emptied values.
        """
        if self.file is None:
            return
        with self.session() as connection:
            if connection.exec_driver_sql("PRAGMA user_version").scalar() != _TO_BE_SCRUBBED:
                return
            # A page keeps copies of rows that moved to other pages. ``secure_delete`` does not overwrite such copies.
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_READER_MS}")
            if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                raise LedgerFailed(f"ledger {self.name}: another process reads what was purged; purge again later")
            connection.exec_driver_sql("PRAGMA user_version = 0")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn database errors of the block into a ``LedgerFailed``, which quotes no text of the database's driver."""
        try:
            yield
        except SQLAlchemyError as error:
            raise ledger_error(error, name=self.name) from None


def request_scrub(connection: Connection) -> None:
    """Record that the next ``scrub`` has values to remove. Call this in the transaction that empties the values."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {_TO_BE_SCRUBBED}")


def server_seconds(connection: Connection) -> float:
    """Return the seconds since 1970 by the clock of a PostgreSQL server."""
    return float(connection.scalar(_SERVER_SECONDS) or 0)


def open_database(place: str | Path) -> Database:
    """Open the database at a path (SQLite) or an SQLAlchemy URL. Raises ``ConfigurationError`` for a wrong place."""
    file = sqlite_file(place)
    return _open_sqlite(file) if file else _open_postgresql(make_url(str(place)))


def sqlite_file(place: str | Path) -> Path | None:
    """Return the file of a ledger on SQLite, or None for a ledger on PostgreSQL.

    Links are followed, since the ledger's locks are beside the file itself. Raises ``ConfigurationError`` for a place
    where no ledger can be.
    """
    if isinstance(place, Path):
        return Path(os.path.realpath(place))
    try:
        url = make_url(place)
        [host.encode("idna") for host in (url.host or "").split(",")]  # as the look-up of a host does
    except (ArgumentError, ValueError):
        raise ConfigurationError("ledger: not a database URL; for a file write sqlite:////path/to/ledger.db") from None
    backend = url.get_backend_name()
    if backend == "postgresql":
        return None
    if backend != "sqlite":
        raise ConfigurationError(f"ledger {backend}://…: unknown kind; use sqlite:///FILE or postgresql://…")
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise ConfigurationError("ledger: a ledger is a file; write sqlite:////path/to/ledger.db")
    return Path(os.path.realpath(url.database))


def _open_sqlite(file: Path) -> Database:
    try:
        identity = _make_private_file(file)
    except OSError as error:
        raise wrong_place(file, str(error.strerror)) from None
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS},
        # SQLite has one writer. Threads that queue for one connection wait less than threads that poll the file.
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=600,  # 256 threads may wait for one slow disk
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine, str(file), file, identity)


def _make_private_file(file: Path) -> FileIdentity:
    make_private_folder(file.parent)
    if file.exists() and not file.is_file():
        raise wrong_place(file, "not a file")
    # SQLite gives its -wal and -shm files the mode of the database.
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return identity_of(os.fstat(descriptor))
    finally:
        os.close(descriptor)


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    try:
        connection.isolation_level = None  # _begin_sqlite begins each transaction, and not the driver
        for pragma in _PRAGMAS:
            execute_patiently(connection, f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise


def execute_patiently(connection: DBAPIConnection, statement: str) -> None:
    """Execute a statement, and repeat it for at most ``BUSY_SECONDS`` while other processes keep SQLite busy.

    Usually SQLite itself waits. But while SQLite turns a new file's journal into a write-ahead log, it refuses at once.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.cursor().execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_BUSY_AGAIN_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once if another process wrote in between. So a transaction
    # for writing takes the place of the single writer at its start: there SQLite waits until the place is free.
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")


def _open_postgresql(url: URL) -> Database:
    name = url.set(query={}).render_as_string(hide_password=True)
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            connect_args={key: value for key, value in _KEEPALIVES.items() if key not in url.query},
            pool_pre_ping=True,  # a server or a firewall may have ended a connection while the run waited
        )
    except ImportError:
        command = install_command("postgresql", package="psycopg[binary]")
        raise ConfigurationError(f"ledger {name}: the driver is missing; run {command} and try again.") from None
    event.listen(engine, "connect", _set_up_postgresql)
    return Database(engine, name, None)


def _set_up_postgresql(connection: DBAPIConnection, _record: object) -> None:
    # An older server lacks some of these settings. Only settings that the server has are set.
    with closing(connection.cursor()) as cursor:
        for name, value in _SESSION_SETTINGS.items():
            cursor.execute(
                "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s",
                (value, name),
            )
    connection.commit()
