"""Which run may send to a destination now?

The kernel frees a file lock, and PostgreSQL an advisory lock, when the process that holds it dies. What is told of
the holder is for people to read: nothing is decided by it. A connection may be lost while its process lives on, and
the lock with it: whoever has the lock is told how to ask whether that is still so.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from onboarding.errors import ConfigurationError, DestinationHeld
from onboarding.ledger.run import Run
from onboarding.ledger.store import Store
from onboarding.plan import Scope

IsHeld = Callable[[], bool]
"""Say whether a lock that was taken is still held; any thread may ask."""

_LONGEST_HOST = 17  # letters of a host's name in PostgreSQL's application name, which is cut after 63 bytes
_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = :number"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_UNNAMED = "a process that has not told its name"


def hold(store: Store, run: Run) -> AbstractContextManager[IsHeld]:
    """Keep every other run from this run's destination inside the block, which may ask whether that is still so.

    Raises ``DestinationHeld`` naming the process, host and start of the run that holds it.
    """
    return _hold_file(store.file, run) if store.file else _hold_advisory(store, run)


def holder(store: Store, scope: Scope) -> str | None:
    """Tell who holds a destination, without taking it: process, host and start of the run. None if it is free."""
    return _holder_of_file(store.file, scope) if store.file else _holder_of_advisory(store, scope)


def _holder_of_file(ledger: Path, scope: Scope) -> str | None:
    path, note = _paths(ledger, scope)
    # Who holds the lock has left a note beside it, save for the moment between the two. Where there is none, the lock
    # is not touched: to ask it, it is shared for an instant, in which a run that begins would find it held.
    if not note.exists() or not _is_locked(path):
        return None
    return _read_note(note) or _UNNAMED


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # no lock, or none of this user's
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # file systems differ in how they say it
        return True
    except OSError:  # a place without locks, where nobody can hold anything
        return False
    else:
        return False
    finally:
        os.close(descriptor)


def _holder_of_advisory(store: Store, scope: Scope) -> str | None:
    with store.session() as connection:
        told = connection.scalars(_HOLDER, {"number": _number(scope)}).all()
    return None if not told else told[0] or _UNNAMED


@contextmanager
def _hold_file(ledger: Path, run: Run) -> Iterator[IsHeld]:
    path, note = _paths(ledger, run.scope)
    with _lock_file(path, run.scope, note):
        with suppress(OSError):  # the lock holds without its note
            note.unlink(missing_ok=True)
            _write_note(note, run)
        try:
            yield lambda: True  # the kernel takes no lock from a process that lives
        finally:
            note.unlink(missing_ok=True)


@contextmanager
def _lock_file(path: Path, scope: Scope, note: Path) -> Iterator[None]:
    # Never filelock's fallback for file systems without locks: such a lock would outlive its process.
    lock = FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise _held(scope, _read_note(note)) from None
    except OSError as error:
        raise ConfigurationError(f"lock {path}: {error.strerror}; keep the ledger on a disk of this machine") from None
    try:
        yield
    finally:
        lock.release()


def _write_note(note: Path, run: Run) -> None:
    told = {"pid": run.pid, "host": run.host, "started_at": _started(run)}
    draft = note.with_suffix(".tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(note)


def _read_note(note: Path) -> str:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return _told(told["pid"], told["host"], told["started_at"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


@contextmanager
def _hold_advisory(store: Store, run: Run) -> Iterator[IsHeld]:
    number = _number(run.scope)
    told = _told(run.pid, run.host[:_LONGEST_HOST], _started(run))
    with store.session() as connection:
        connection.execute(select(func.set_config("application_name", told, False)))  # noqa: FBT003 - SQL's own order
        if not connection.scalar(select(func.pg_try_advisory_lock(number))):
            raise _held(run.scope, connection.scalar(_HOLDER, {"number": number}) or "")
        try:
            yield _same_session(connection)
        finally:
            with suppress(SQLAlchemyError):  # a lost connection has freed the lock already
                connection.execute(select(func.pg_advisory_unlock(number)))


def _same_session(connection: Connection) -> IsHeld:
    one_at_a_time = Lock()

    def session() -> object:
        return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()

    def is_held() -> bool:
        with one_at_a_time, suppress(SQLAlchemyError):
            return session() == begun
        return False

    begun = session()
    return is_held


def _held(scope: Scope, holder: str) -> DestinationHeld:
    who = f": {holder}" if holder else ", which has only just begun"
    return DestinationHeld(f"{scope.destination} {scope.account} is held by another run{who}; wait until it has ended")


def _told(pid: object, host: object, started: object) -> str:
    return f"process {pid} on {host} since {started}"


def _started(run: Run) -> str:
    return f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _paths(ledger: Path, scope: Scope) -> tuple[Path, Path]:
    """Return where the lock of a destination is, and the note of who holds it."""
    path = ledger.with_name(f"{ledger.name}.{_digest(scope).hex()}.lock")
    return path, path.with_suffix(".holder.json")


def _number(scope: Scope) -> int:
    return int.from_bytes(_digest(scope), signed=True)


def _digest(scope: Scope) -> bytes:
    # Of fixed length and without the account's id, which has no place in a file's name.
    told = json.dumps([scope.destination, scope.account, scope.endpoint])
    return hashlib.blake2b(told.encode(), digest_size=8).digest()
