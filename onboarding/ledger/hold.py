"""A hold on a destination, with a number that stops a run from writing after the run has lost its lock.

A process may lose its lock and not notice this before its next write. By then another run may hold the destination. So
the database counts the holds on each destination. When a hold begins, the new count becomes the number of this hold.
Before each claim and each outcome, a run compares the number of its own hold with the count in the database, in the
same transaction. If the two numbers differ, the run raises ``HoldLost``, and records no claim and no outcome.
"""

from sqlalchemy import Connection, bindparam, select, update

from onboarding.ledger.holders import RaiseIfLost, hold_lost
from onboarding.ledger.machine_lock import MachineLock
from onboarding.ledger.schema import scopes
from onboarding.ledger.stamps import Stamp
from onboarding.model.plan import Scope
from onboarding.model.values import dataclass

# This statement is made once, since making a statement takes longer than its execution in the database.
_LAST_GENERATION = select(scopes.c.generation).where(scopes.c.id == bindparam("this")).with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class UnknownRequest:
    """The last request that left from this machine, if this ledger lacks it.

    The service may not show the people of this request yet.

    ``is_own`` is True if the request is from a later state of this ledger, and False if it is from another ledger.
    ``age_seconds`` is how many seconds ago, at least, the request left. ``age_after_boot_seconds`` is the part of this
    age that would still be certain if the machine had just been booted. This part may be negative.
    """

    is_own: bool
    age_seconds: float
    age_after_boot_seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a destination. ``generation`` is the number of the hold, and ``scope_id`` the destination's id.

    ``lock`` is a function that raises ``HoldLost`` if the ledger's own lock was lost. ``machine`` is the lock for all
    ledgers of this machine, or None if only this ledger has a lock. ``unknown`` is the last request that left from this
    machine, or None if this ledger has that request.
    """

    scope: Scope
    scope_id: int
    generation: int
    lock: RaiseIfLost
    machine: MachineLock | None = None
    unknown: UnknownRequest | None = None

    def raise_if_lost(self) -> None:
        """Raise ``HoldLost`` if a lock was lost, or the ledger is no longer in its place. Any thread may call this."""
        self.lock()
        if self.machine:
            self.machine.raise_if_lost()

    def note_request(self, run_id: str, chunk: int, departed: Stamp) -> None:
        """Note for other runs on this machine that the request of a claimed chunk leaves now.

        ``departed`` is the stamp of the request in the ledger.
        """
        if self.machine:
            self.machine.note_request(run_id, chunk, departed)

    def check(self, connection: Connection) -> None:
        """Raise ``HoldLost`` if a later hold on the destination has begun.

        No later hold can begin before the transaction of this connection ends.
        """
        last = connection.scalar(_LAST_GENERATION, {"this": self.scope_id})
        if last != self.generation:
            raise hold_lost(self.scope, "another run has taken it over")


def next_generation(connection: Connection, scope_id: int) -> int:
    """Count one more hold on the destination ``scope_id``, and return the new count: the number of the new hold."""
    risen = update(scopes).where(scopes.c.id == scope_id).values(generation=scopes.c.generation + 1)
    generation: int = connection.scalar(risen.returning(scopes.c.generation))
    return generation
