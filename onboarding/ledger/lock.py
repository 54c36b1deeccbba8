"""The locks that keep a destination to one run (files beside SQLite, advisory locks in PostgreSQL), and their holders.

When the process that holds a lock dies, the kernel frees a file lock, and PostgreSQL frees an advisory lock. The note
about the holder is for people to read and decides nothing. A living process may lose its connection to PostgreSQL, and
its locks with the connection. So a process that takes a lock also gets a function that says whether the lock is held.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC
from functools import partial
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from onboarding.ledger.database import Database
from onboarding.model.errors import ConfigurationError, DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run
from onboarding.runtime.scratch import new_unfinished, remove_unfinished

IsHeld = Callable[[], bool]
"""A function that returns whether a lock is still held. Any thread may call the function."""

_LONGEST_HOST = 17  # characters of a host's name in PostgreSQL's application name, which is cut after 63 bytes
_SELECT_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = :number"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_UNNAMED = "a process without a name"


class Locks:
    """The locks that this process holds in one ledger. Any thread may take a lock.

    All locks in PostgreSQL share one session, so that a process that sends to many accounts needs one connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: _LockSession | None = None
        self._taken: set[int] = set()
        self._one_at_a_time = Lock()

    def hold(self, run: Run) -> AbstractContextManager[IsHeld]:
        """Keep other runs from the destination of this run inside the block.

        The context yields a function that says whether the lock is still held. Raises ``DestinationHeld`` with the
        process, host and start of the run that holds the destination.
        """
        return _hold_file(self._database.file, run) if self._database.file else self._hold_advisory(run)

    @contextmanager
    def _hold_advisory(self, run: Run) -> Iterator[IsHeld]:
        number = _number(run.scope)
        with self._one_at_a_time:
            if self._session is None or not self._session.is_alive():
                self._session = _LockSession(self._database, run)
            session = self._session
            try:
                # A lock that a thread of this process took counts as taken until the thread gives it back. That holds
                # even if the session of the lock is lost, since the thread must notice the loss first. PostgreSQL alone
                # would let a session take its own lock a second time.
                if number in self._taken or not session.take(number):
                    raise _destination_held(run.scope, session.holder_of_lock(number))
                self._taken.add(number)
            finally:
                self._close_if_idle(session)
        try:
            yield partial(self._is_held, session)
        finally:
            with self._one_at_a_time:
                self._taken.discard(number)
                session.give_back(number)
                self._close_if_idle(session)

    def _is_held(self, session: "_LockSession") -> bool:
        with self._one_at_a_time:
            return session.is_alive()

    def _close_if_idle(self, session: "_LockSession") -> None:
        if not session.numbers:
            session.close()
            self._session = None if self._session is session else self._session


class _LockSession:
    """A session of PostgreSQL, with the ``numbers`` of the locks that it holds. One thread at a time may use it."""

    def __init__(self, database: Database, run: Run) -> None:
        self.numbers: set[int] = set()
        self._database = database
        description = _describe(run.pid, run.host[:_LONGEST_HOST], _started(run))
        with ExitStack() as opened:
            self._connection = opened.enter_context(database.session())
            self._connection.execute(select(func.set_config("application_name", description, False)))  # noqa: FBT003 - SQL's own order
            self._first_pid = self._pid()
            self._opened = opened.pop_all()

    def is_alive(self) -> bool:
        """Return whether the session that took the locks is still connected."""
        with suppress(SQLAlchemyError):
            return self._pid() == self._first_pid
        return False

    def take(self, number: int) -> bool:
        """Take a lock if it is free, and return whether it was taken. Raises ``LedgerFailed``."""
        with self._database.translated_errors():
            is_taken = bool(self._connection.scalar(select(func.pg_try_advisory_lock(number))))
        if is_taken:
            self.numbers.add(number)
        return is_taken

    def holder_of_lock(self, number: int) -> str:
        """Return a description of the process that holds a lock, or empty text. Raises ``LedgerFailed``."""
        with self._database.translated_errors():
            return self._connection.scalar(_SELECT_HOLDER, {"number": number}) or ""

    def give_back(self, number: int) -> None:
        """Free a lock."""
        self.numbers.discard(number)
        with suppress(SQLAlchemyError):  # a lost connection has freed the lock already
            self._connection.execute(select(func.pg_advisory_unlock(number)))

    def close(self) -> None:
        """End the session."""
        self._opened.close()

    def _pid(self) -> object:
        return self._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()


def holder_of(database: Database, scope: Scope) -> str | None:
    """Return the process, host and start of the run that holds a destination, or None if the destination is free.

    This function takes no lock.
    """
    if database.file:
        return _holder_of_file(database.file, scope)
    with database.session() as connection:
        names = connection.scalars(_SELECT_HOLDER, {"number": _number(scope)}).all()
    return None if not names else names[0] or _UNNAMED


def _holder_of_file(ledger: Path, scope: Scope) -> str | None:
    path, note = _paths(ledger, scope)
    # The holder leaves a note beside its lock, a moment after it took the lock. Without a note this function does not
    # touch the lock. A test of the lock shares it for an instant, and a run that begins in that instant would find the
    # lock held.
    if not note.exists() or not _is_locked(path):
        return None
    return _read_note(note) or _UNNAMED


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # no lock, or a lock of another user
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # file systems differ in which of the two they raise
        return True
    except OSError:  # on a file system without locks no process can hold a lock
        return False
    else:
        return False
    finally:
        os.close(descriptor)


@contextmanager
def _hold_file(ledger: Path, run: Run) -> Iterator[IsHeld]:
    path, note = _paths(ledger, run.scope)
    with _lock_file(path, run.scope, note):
        with suppress(OSError):  # the lock holds without its note
            note.unlink(missing_ok=True)
            _write_note(note, run)
        try:
            yield lambda: True  # the kernel takes no lock from a living process
        finally:
            with suppress(OSError):
                note.unlink(missing_ok=True)


@contextmanager
def _lock_file(path: Path, scope: Scope, note: Path) -> Iterator[None]:
    # Never filelock's fallback for file systems without locks: such a lock would outlive its process.
    lock = FileLock(path, timeout=0, mode=0o600, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise _destination_held(scope, _read_note(note)) from None
    except OSError as error:
        raise ConfigurationError(f"lock {path}: {error.strerror}; keep the ledger on a disk of this machine") from None
    try:
        yield
    finally:
        lock.release()


def _write_note(note: Path, run: Run) -> None:
    holder = {"pid": run.pid, "host": run.host, "started_at": _started(run)}
    remove_unfinished(note.parent)
    draft, descriptor = new_unfinished(note.parent)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor is no path
        file.write(json.dumps(holder))
        file.flush()
        draft.replace(note)


def _read_note(note: Path) -> str:
    try:
        holder = json.loads(note.read_text(encoding="utf-8"))
        return _describe(holder["pid"], holder["host"], holder["started_at"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _destination_held(scope: Scope, holder: str) -> DestinationHeld:
    who = f": {holder}" if holder else ", which has only just begun"
    return DestinationHeld(f"{scope.destination} {scope.account} is held by another run{who}; wait until it has ended")


def _describe(pid: object, host: object, started: object) -> str:
    return f"process {pid} on {host} since {started}"


def _started(run: Run) -> str:
    """Return a run's start to the second, since PostgreSQL's application name has no room for more."""
    return f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _paths(ledger: Path, scope: Scope) -> tuple[Path, Path]:
    """Return the path of the lock of a destination, and the path of the note about the holder."""
    path = ledger.with_name(f"{ledger.name}.{_digest(scope).hex()}.lock")
    return path, path.with_suffix(".holder.json")


def _number(scope: Scope) -> int:
    return int.from_bytes(_digest(scope), signed=True)


def _digest(scope: Scope) -> bytes:
    # A digest has a fixed length, and hides the account's id, which does not belong in the name of a file.
    names = json.dumps([scope.destination, scope.account, scope.endpoint])
    return hashlib.blake2b(names.encode(), digest_size=8).digest()
