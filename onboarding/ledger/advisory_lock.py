"""Advisory locks in PostgreSQL, which let one run at a time use a destination.

All locks of a process share one session. PostgreSQL frees the locks when this session ends. A living process may lose
its session: an administrator ends the session, or the network fails. So the process that takes a lock also gets a
function to call. This function raises ``HoldLost`` if the session is gone.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from threading import Lock

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from onboarding.ledger.database import Database
from onboarding.ledger.holders import (
    LONGEST_HOST,
    UNNAMED_HOLDER,
    RaiseIfLost,
    describe_holder,
    destination_held,
    digest_of,
    hold_lost,
    started_at,
)
from onboarding.model.plan import Scope
from onboarding.model.run import Run

_SELECT_HOLDER = text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND ((classid::bigint << 32) | objid::bigint) = :number"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class AdvisoryLocks:
    """The locks that this process holds in one database. Any thread may take a lock.

    All locks share one session. So a process that sends to many accounts needs only one connection for its locks.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: _LockSession | None = None
        self._taken: set[int] = set()
        self._one_at_a_time = Lock()

    @contextmanager
    def hold(self, run: Run) -> Iterator[RaiseIfLost]:
        """Keep other runs away from the destination of this run until the block ends.

        The context yields a function that raises ``HoldLost`` if the lock was lost. Raises ``DestinationHeld`` if
        another run holds the destination, and ``LedgerFailed`` if the database fails.
        """
        number = _number(run.scope)
        with self._one_at_a_time:
            if self._session is None or not self._session.is_alive():
                self._session = _LockSession(self._database, run)
            session = self._session
            try:
                # A lock that a thread of this process took counts as taken until the thread gives it back. This is so
                # even if the session of the lock is lost, since the thread must notice the loss first. PostgreSQL alone
                # would let a session take its own lock a second time.
                if number in self._taken or not session.take(number):
                    raise destination_held(run.scope, session.holder_of_lock(number))
                self._taken.add(number)
            finally:
                self._close_if_idle(session)
        try:
            yield partial(self._raise_if_lost, session, run.scope)
        finally:
            with self._one_at_a_time:
                self._taken.discard(number)
                session.give_back(number)
                self._close_if_idle(session)

    def _raise_if_lost(self, session: "_LockSession", scope: Scope) -> None:
        with self._one_at_a_time:
            if not session.is_alive():
                raise hold_lost(scope, "the database ended the connection that held it")

    def _close_if_idle(self, session: "_LockSession") -> None:
        if not session.numbers:
            session.close()
            self._session = None if self._session is session else self._session


class _LockSession:
    """A session of PostgreSQL, with the ``numbers`` of its locks. One thread at a time may use the session."""

    def __init__(self, database: Database, run: Run) -> None:
        self.numbers: set[int] = set()
        self._database = database
        description = describe_holder(run.pid, run.host[:LONGEST_HOST], started_at(run))
        with ExitStack() as opened:
            self._connection = opened.enter_context(database.session())
            self._connection.execute(select(func.set_config("application_name", description, False)))  # noqa: FBT003 - SQL's own order
            self._first_pid = self._pid()
            self._opened = opened.pop_all()

    def is_alive(self) -> bool:
        """Return whether the session with the locks is still connected."""
        with suppress(SQLAlchemyError):
            return self._pid() == self._first_pid
        return False

    def take(self, number: int) -> bool:
        """Try to take the lock ``number``. Return whether this session has the lock now. Raises ``LedgerFailed``."""
        with self._database.translated_errors():
            is_taken = bool(self._connection.scalar(select(func.pg_try_advisory_lock(number))))
        if is_taken:
            self.numbers.add(number)
        return is_taken

    def holder_of_lock(self, number: int) -> str:
        """Return a description of the holder of a lock, or empty text if none is known. Raises ``LedgerFailed``."""
        with self._database.translated_errors():
            return self._connection.scalar(_SELECT_HOLDER, {"number": number}) or ""

    def give_back(self, number: int) -> None:
        """Free the lock with this number."""
        self.numbers.discard(number)
        with suppress(SQLAlchemyError):  # a lost connection has freed the lock already
            self._connection.execute(select(func.pg_advisory_unlock(number)))

    def close(self) -> None:
        """End the session."""
        self._opened.close()

    def _pid(self) -> object:
        return self._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()


def holder_in_database(database: Database, scope: Scope) -> str | None:
    """Return the description of the run that holds a destination, or None if the destination is free.

    Raises ``LedgerFailed``.
    """
    with database.session() as connection:
        names = connection.scalars(_SELECT_HOLDER, {"number": _number(scope)}).all()
    return None if not names else names[0] or UNNAMED_HOLDER


def _number(scope: Scope) -> int:
    return int.from_bytes(digest_of(scope), signed=True)
