"""A hold on a destination, and the number of the hold, which keeps a run that has lost its lock from writing more.

A process may lose its lock and not notice before it writes again. By then another run may hold the destination. So the
database counts the holds on each destination, and the count is the number of the last hold. Before each claim and each
outcome, a run compares the number of its own hold with the number in the database, in the same transaction. If they
differ, the run raises ``HoldLost``: it can neither claim nor settle.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from onboarding.ledger.holders import RaiseIfLost, hold_lost
from onboarding.ledger.machine_lock import MachineLock
from onboarding.ledger.schema import scopes
from onboarding.model.plan import Scope
from onboarding.model.run import Run


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a destination. ``generation`` is the number of the hold, and ``scope_id`` the id of the scope.

    ``ledger`` is the id of the ledger. ``lock`` is a function that raises ``HoldLost`` if the ledger's own lock was
    lost. ``machine`` is the lock for all ledgers of this machine, or None if only this ledger has a lock.
    """

    scope: Scope
    scope_id: int
    generation: int
    ledger: str
    lock: RaiseIfLost
    machine: MachineLock | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether this ledger is an older copy, such as a backup: this machine has noted a later hold of the ledger."""
        last = self.machine.last if self.machine else None
        return last is not None and last.ledger == self.ledger and last.generation >= self.generation

    def follows_other_ledger(self, since: float) -> bool:
        """Return whether the last holder on this machine used another ledger since a moment.

        ``since`` is the moment in seconds since 1970.
        """
        last = self.machine.last if self.machine else None
        return last is not None and last.ledger != self.ledger and last.noted_at >= since

    def raise_if_lost(self) -> None:
        """Raise ``HoldLost`` if a lock was lost, or the ledger is no longer in its place. Any thread may call this."""
        self.lock()
        if self.machine:
            self.machine.raise_if_lost()

    def note(self, generation: int, run: Run | None) -> None:
        """Write a note about this hold for other runs on this machine. ``run`` is None when the hold ends.

        ``generation`` is the number in the note. If no note can be written, the hold goes on without it.
        """
        if self.machine:
            with suppress(OSError):  # the lock holds without its note
                self.machine.note(self.ledger, generation, run)

    def check(self, connection: Connection) -> None:
        """Raise ``HoldLost`` if a later hold on the destination has begun.

        No later hold can begin before the transaction of this connection ends.
        """
        last = connection.scalar(
            select(scopes.c.generation).where(scopes.c.id == self.scope_id).with_for_update(read=True)
        )
        if last != self.generation:
            raise hold_lost(self.scope, "another run has taken it over")

    def end(self, connection: Connection) -> int:
        """Increase the number in the database by 1 at the end of this hold, and return the new number.

        A copy of the ledger from the time of the hold keeps the lower number, which shows that the copy is older.
        Raises ``HoldLost`` if a later hold has begun.
        """
        self.check(connection)
        return next_generation(connection, self.scope_id)


def next_generation(connection: Connection, scope_id: int) -> int:
    """Increase the number of the last hold in a scope by 1, and return the new number."""
    risen = update(scopes).where(scopes.c.id == scope_id).values(generation=scopes.c.generation + 1)
    generation: int = connection.scalar(risen.returning(scopes.c.generation))
    return generation
