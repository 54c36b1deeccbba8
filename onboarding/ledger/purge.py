"""How are people forgotten, while nobody is invited twice and every row's fate can still be told?"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from onboarding.ledger.history import change, find_scope, kept_part, part_numbers
from onboarding.ledger.invites import empty_addresses
from onboarding.ledger.schema import VALUES_A_STATEMENT, invites, parts, runs, scopes
from onboarding.ledger.store import Store, note_emptied
from onboarding.model.columns import text_array
from onboarding.model.plan import Scope
from onboarding.model.streams import pack

_PERSONAL = ("email", "email_as_given", "name", "employee_id", "detail", "key")


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge has emptied: so many runs, and in them so many addresses that had been claimed."""

    runs: int
    addresses: int


def purge(
    store: Store, before: str, *, now: Callable[[], str], hold: Callable[[Scope], AbstractContextManager[None]]
) -> Purged:
    """Empty what says who was in the runs that are over since before a moment, and return how much that was.

    Each transaction does so much that neither it nor memory grows with the ledger. A run is marked as purged last, so
    that the next purge finishes one that was cut short.
    """
    purged, addresses = 0, 0
    while scope := _first_scope(store, before):
        with hold(scope):
            # Asked again, since a run may have been resumed, or been purged, before the destination was held.
            while run_id := _first_run(store, scope, before):
                addresses += _empty_invites(store, run_id)
                _empty_parts(store, run_id)
                with store.writing() as connection:
                    change(connection, run_id, {"purged_at": now()})
                purged += 1
    store.scrub()
    return Purged(purged, addresses)


def _first_scope(store: Store, before: str) -> Scope | None:
    due = select(scopes).join(runs).where(_is_due(before)).order_by(scopes.c.id).limit(1)
    with store.reading() as connection:
        found = connection.execute(due).first()
    return Scope(found.destination, found.account, found.endpoint) if found else None


def _first_run(store: Store, scope: Scope, before: str) -> str | None:
    with store.reading() as connection:
        due = select(runs.c.run_id).where(_is_due(before), runs.c.scope_id == find_scope(connection, scope))
        found: str | None = connection.scalar(due.order_by(runs.c.run_id).limit(1))
    return found


def _is_due(before: str) -> ColumnElement[bool]:
    last_sign_of_life = func.coalesce(runs.c.ended_at, runs.c.resumed_at, runs.c.started_at)
    return and_(runs.c.purged_at.is_(None), last_sign_of_life < before)


def _empty_invites(store: Store, run_id: str) -> int:
    emptied = 0
    after: int | None = -1
    while after is not None:
        with store.writing() as connection:
            batch, last = _batch(connection, run_id, after)
            emptied += empty_addresses(connection, run_id, batch)
        after = last
    return emptied


def _batch(connection: Connection, run_id: str, after: int) -> tuple[ColumnElement[bool], int | None]:
    """Return which positions come next, and the last of them, or None if no others come after them."""
    rest = invites.c.position > after
    positions = select(invites.c.position).where(invites.c.run_id == run_id, rest).order_by(invites.c.position)
    last: int | None = connection.scalar(positions.limit(1).offset(VALUES_A_STATEMENT - 1))
    return (rest, None) if last is None else (and_(rest, invites.c.position <= last), last)


def _empty_parts(store: Store, run_id: str) -> None:
    with store.reading() as connection:
        numbers = part_numbers(connection, run_id)
    for number in numbers:
        with store.writing() as connection:
            note_emptied(connection)
            _empty_part(connection, run_id, number)


def _empty_part(connection: Connection, run_id: str, part: int) -> None:
    frame = kept_part(connection, run_id, part)
    for column in _PERSONAL:
        frame[column] = text_array([""] * len(frame))
    this = update(parts).where(parts.c.run_id == run_id, parts.c.part == part)
    connection.execute(this.values(frame=pack(frame)))
