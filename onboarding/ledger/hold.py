"""A hold on a destination, and its fence: a number in the database that rises with each holder.

A process may lose its lock and not notice before it writes again. By then another run may hold the destination. So each
claim and each outcome first compares the number of its own hold with the number in the database, in the same
transaction. A run whose number is no longer the last one raises ``HoldLost``: it can neither claim nor settle.
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

    ``ledger`` is the id of the ledger, and ``lock`` raises ``HoldLost`` once the ledger's own lock is lost. ``machine``
    is the lock of the machine, or None if the hold is for this ledger alone.
    """

    scope: Scope
    scope_id: int
    generation: int
    ledger: str
    lock: RaiseIfLost
    machine: MachineLock | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether a later hold of this ledger is known on this machine: the ledger is an older copy, as of a backup."""
        last = self.machine.last if self.machine else None
        return last is not None and last.ledger == self.ledger and last.generation >= self.generation

    def follows_other_ledger(self, since: float) -> bool:
        """Return whether a run from this machine used another ledger since a moment, in seconds since 1970."""
        last = self.machine.last if self.machine else None
        return last is not None and last.ledger != self.ledger and last.noted_at >= since

    def raise_if_lost(self) -> None:
        """Raise ``HoldLost`` once a lock is lost, or the ledger is no longer in its place. Any thread may call this."""
        self.lock()
        if self.machine:
            self.machine.raise_if_lost()

    def note(self, generation: int, run: Run | None) -> None:
        """Leave a note for other runs of the machine about this hold. ``run`` is None when the hold ends."""
        if self.machine:
            with suppress(OSError):  # the lock holds without its note
                self.machine.note(self.ledger, generation, run)

    def check(self, connection: Connection) -> None:
        """Raise ``HoldLost`` unless this hold is the last one. No next holder can begin before the transaction ends."""
        last = connection.scalar(
            select(scopes.c.generation).where(scopes.c.id == self.scope_id).with_for_update(read=True)
        )
        if last != self.generation:
            raise hold_lost(self.scope, "another run has taken it over")

    def end(self, connection: Connection) -> int:
        """Raise the number once more, and return it. So a copy of the ledger from the time of the hold is an older one.

        Raises ``HoldLost``.
        """
        self.check(connection)
        return next_generation(connection, self.scope_id)


def next_generation(connection: Connection, scope_id: int) -> int:
    """Raise the number of a scope, and return it."""
    risen = update(scopes).where(scopes.c.id == scope_id).values(generation=scopes.c.generation + 1)
    generation: int = connection.scalar(risen.returning(scopes.c.generation))
    return generation
