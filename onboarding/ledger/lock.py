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
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC
from functools import partial
from pathlib import Path
from threading import Lock

from filelock import FileLock, Timeout
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from onboarding.ledger.store import Store
from onboarding.model.errors import ConfigurationError, DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run

IsHeld = Callable[[], bool]
"""Say whether a lock that was taken is still held; any thread may ask."""

_LONGEST_HOST = 17  # letters of a host's name in PostgreSQL's application name, which is cut after 63 bytes
_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = :number"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_UNNAMED = "a process that has not told its name"


class Locks:
    """The locks that this process has by one ledger; any thread may take one.

    Those in PostgreSQL are all of one session, so that sending to many accounts takes one connection for them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session: _Session | None = None
        self._taken: set[int] = set()
        self._one_at_a_time = Lock()

    def hold(self, run: Run) -> AbstractContextManager[IsHeld]:
        """Keep every other run from this run's destination inside the block, which may ask whether that is still so.

        Raises ``DestinationHeld`` naming the process, host and start of the run that holds it.
        """
        return _hold_file(self._store.file, run) if self._store.file else self._hold_advisory(run)

    @contextmanager
    def _hold_advisory(self, run: Run) -> Iterator[IsHeld]:
        number = _number(run.scope)
        with self._one_at_a_time:
            if self._session is None or not self._session.lives():
                self._session = _Session(self._store, run)
            session = self._session
            try:
                # Who has it in this process has it until it is given back, also if the session it came from is lost:
                # that one is to notice first. And PostgreSQL would give a session its own lock once more.
                if number in self._taken or not session.take(number):
                    raise _held(run.scope, session.holder(number))
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

    def _is_held(self, session: "_Session") -> bool:
        with self._one_at_a_time:
            return session.lives()

    def _close_if_idle(self, session: "_Session") -> None:
        if session.is_idle:
            session.close()
            self._session = None if self._session is session else self._session


class _Session:
    """A session of PostgreSQL with the locks that it has, by number. One thread at a time may use it."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._numbers: set[int] = set()
        told = _told(run.pid, run.host[:_LONGEST_HOST], _started(run))
        with ExitStack() as opened:
            self._connection = opened.enter_context(store.session())
            self._connection.execute(select(func.set_config("application_name", told, False)))  # noqa: FBT003 - SQL's own order
            self._begun = self._pid()
            self._opened = opened.pop_all()

    @property
    def is_idle(self) -> bool:
        """Whether it has no lock."""
        return not self._numbers

    def lives(self) -> bool:
        """Say whether it is the session still that took the locks."""
        with suppress(SQLAlchemyError):
            return self._pid() == self._begun
        return False

    def take(self, number: int) -> bool:
        """Take a lock if nobody has it. Raises ``LedgerFailed``."""
        with self._store.plainly():
            is_taken = bool(self._connection.scalar(select(func.pg_try_advisory_lock(number))))
        if is_taken:
            self._numbers.add(number)
        return is_taken

    def holder(self, number: int) -> str:
        """Tell who has a lock, or nothing. Raises ``LedgerFailed``."""
        with self._store.plainly():
            return self._connection.scalar(_HOLDER, {"number": number}) or ""

    def give_back(self, number: int) -> None:
        """Free a lock."""
        self._numbers.discard(number)
        with suppress(SQLAlchemyError):  # a lost connection has freed the lock already
            self._connection.execute(select(func.pg_advisory_unlock(number)))

    def close(self) -> None:
        """End the session."""
        self._opened.close()

    def _pid(self) -> object:
        return self._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()


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
