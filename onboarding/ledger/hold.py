"""A hold on a destination, and its fence: a number in the database that rises with each holder.

A process may lose its lock and not notice before it writes again. By then another run may hold the destination. So each
claim and each outcome first compares the number of its own hold with the number in the database, in the same
transaction. A run whose number is no longer the last one raises ``HoldLost``: it can neither claim nor settle.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, case, select, update

from onboarding.ledger.schema import scopes
from onboarding.model.errors import HoldLost
from onboarding.model.plan import Scope

RaiseIfLost = Callable[[], None]
"""A function that raises ``HoldLost`` once a lock is lost. Any thread may call it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a destination. ``generation`` is the number of the hold, and ``scope_id`` the id of the scope."""

    scope: Scope
    scope_id: int
    generation: int
    raise_if_lost: RaiseIfLost

    def check(self, connection: Connection) -> None:
        """Raise ``HoldLost`` unless this hold is the last one. No next holder can begin before the transaction ends."""
        last = connection.scalar(
            select(scopes.c.generation).where(scopes.c.id == self.scope_id).with_for_update(read=True)
        )
        if last != self.generation:
            raise hold_lost(self.scope, "another run has taken it over")

    def end(self, connection: Connection) -> None:
        """Raise the number once more, so that a copy of the ledger from the time of the hold is known to be older."""
        if connection.scalar(select(scopes.c.generation).where(scopes.c.id == self.scope_id)) == self.generation:
            next_generation(connection, self.scope_id)


def next_generation(connection: Connection, scope_id: int, *, after: int = 0) -> int:
    """Raise the number of a scope, above ``after`` as well, and return it."""
    last = case((scopes.c.generation < after, after), else_=scopes.c.generation)
    risen: int = connection.scalar(
        update(scopes).where(scopes.c.id == scope_id).values(generation=last + 1).returning(scopes.c.generation)
    )
    return risen


def hold_lost(scope: Scope, why: str, *, advice: str = "run onboard resume") -> HoldLost:
    """Return the error that a hold is lost. ``why`` is a clause that says what happened."""
    return HoldLost(
        f"This run sends nothing more, for it no longer holds {scope.destination} {scope.account}: {why}; {advice}."
    )
