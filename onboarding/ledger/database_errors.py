"""Errors of the database drivers, turned into errors of the ledger.

The message of a driver may quote a row, as the messages of PostgreSQL do. So only the code of the error is passed on.
"""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from onboarding.model.errors import ConfigurationError, ConstraintViolated, LedgerBusy, LedgerDisconnected, LedgerFailed

BUSY_SECONDS = 30
"""The longest wait, in seconds, for another process that writes to the same SQLite file."""

_SQLITE_REASONS = {
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk answered with an I/O error",
    sqlite3.SQLITE_NOTADB: "the file is not a ledger; name another one",
    sqlite3.SQLITE_READONLY: "the file may not be written",
}


def ledger_error(error: SQLAlchemyError, *, name: str) -> LedgerFailed:
    """Return the ledger's error for an error of its database. ``name`` is the name of the database."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(error, IntegrityError):
        return ConstraintViolated(f"ledger {name}: a row contradicts what it already holds")
    if isinstance(cause, sqlite3.Error):
        return _sqlite_error(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR), name)
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        why = "the database ended the connection" if state else "the connection to the database was lost"
        told = f"SQLSTATE {state}" if state else type(cause).__name__
        return LedgerDisconnected(f"ledger {name}: {why} ({told}); run the command again, nothing is lost")
    if state:
        return LedgerFailed(f"ledger {name}: the database refused it (SQLSTATE {state})")
    why = f"ledger {name}: the database cannot be reached ({type(cause or error).__name__})"
    if isinstance(error, OperationalError):
        return LedgerDisconnected(f"{why}; run the command again when it can be, nothing is lost")
    return LedgerFailed(why)


def _sqlite_error(code: int, name: str) -> LedgerFailed:
    if code & 0xFF == sqlite3.SQLITE_BUSY:
        why = f"another process kept it locked for {BUSY_SECONDS} seconds"
        return LedgerBusy(f"ledger {name}: {why}; end that process, then run again: nothing is lost")
    return LedgerFailed(f"ledger {name}: {_SQLITE_REASONS.get(code & 0xFF, f'SQLite error {code}')}")


def wrong_place(file: Path, why: str) -> ConfigurationError:
    """Return the error that no ledger can be at the path ``file``. ``why`` is the reason."""
    return ConfigurationError(
        f"ledger {file}: {why}; name a file in a folder of yours (--ledger), or another state folder (--state-dir)"
    )
