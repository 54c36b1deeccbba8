"""The decided rows that the ledger keeps of each run, and the purge that takes names and addresses out of them.

A purge lets no address be invited twice, and leaves every row its disposition. Functions with a connection work inside
the caller's transaction.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from onboarding.ledger.database import Database, request_scrub
from onboarding.ledger.invites import empty_addresses
from onboarding.ledger.run_history import change_run, find_scope
from onboarding.ledger.schema import VALUES_A_STATEMENT, invites, parts, runs, scopes
from onboarding.model.columns import text_array
from onboarding.model.plan import Scope
from onboarding.model.streams import pack_rows, unpack_rows

_PERSONAL = ("email", "email_as_given", "name", "employee_id", "detail", "key")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many runs a purge has emptied, and how many claimed addresses in them."""

    runs: int
    addresses: int


def keep_part(connection: Connection, run_id: str, part: int, frame: pd.DataFrame) -> None:
    """Keep one part of a run's decided rows, in place of the part that has this number.

    Raises ``ValueError`` if positions do not follow one another.
    """
    kept = insert(parts).values(run_id=run_id, part=part, first_position=_first_position(frame), rows=len(frame))
    connection.execute(delete(parts).where(parts.c.run_id == run_id, parts.c.part == part))
    connection.execute(kept.values(frame=pack_rows(frame)))


def repack_parts(connection: Connection, run_id: str, rows: int) -> None:
    """Join the parts of a run to parts of about ``rows`` rows, if the parts are many and small."""
    numbers = part_numbers(connection, run_id)
    kept: int = connection.scalar(select(func.sum(parts.c.rows)).where(parts.c.run_id == run_id)) or 0
    if len(numbers) <= 2 * (kept // rows + 1):
        return
    joined: list[pd.DataFrame] = []
    part = rows_joined = 0
    for number in numbers:
        joined.append(kept_part(connection, run_id, number))
        rows_joined += len(joined[-1])
        connection.execute(delete(parts).where(parts.c.run_id == run_id, parts.c.part == number))
        if rows_joined >= rows or number == numbers[-1]:
            # There are fewer new parts than old ones, so a new part never replaces an old part that is still unread.
            keep_part(connection, run_id, part, pd.concat(joined))
            joined, rows_joined, part = [], 0, part + 1


def drop_parts(connection: Connection, run_id: str) -> None:
    """Delete the rows that a run has kept."""
    connection.execute(delete(parts).where(parts.c.run_id == run_id))


def part_numbers(connection: Connection, run_id: str) -> Sequence[int]:
    """Return the numbers of a run's parts, in order."""
    return connection.scalars(select(parts.c.part).where(parts.c.run_id == run_id).order_by(parts.c.part)).all()


def kept_part(connection: Connection, run_id: str, part: int) -> pd.DataFrame:
    """Return one part of a run's decided rows as it was kept."""
    this = select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, parts.c.part == part)
    packed, first = connection.execute(this).one()
    return unpack_rows(packed, first_position=first)


def kept_names(connection: Connection, run_id: str, positions: Sequence[int]) -> list[str]:
    """Return the names that a run has kept of the rows at these positions, which ascend; empty where it has none."""
    around = (parts.c.first_position <= positions[-1], parts.c.first_position + parts.c.rows > positions[0])
    found: dict[int, str] = {}
    for packed, first in connection.execute(
        select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, *around)
    ):
        names = unpack_rows(packed, first_position=first)["name"]
        wanted = names.loc[names.index.isin(positions)]
        found.update(zip(wanted.index.tolist(), wanted.tolist(), strict=True))
    return [found.get(position, "") for position in positions]


def purge_runs(
    database: Database, before: str, *, now: Callable[[], str], hold: Callable[[Scope], AbstractContextManager[None]]
) -> Purged:
    """Empty names and addresses in the runs that were over before a moment, and return how many were emptied.

    Transactions are small, so that neither they nor memory grow with the ledger. A run is marked as purged last, so
    that the next purge finishes a run whose purge was cut short.
    """
    purged = addresses = 0
    while due := _first_due(database, before):
        _, scope = due
        with hold(scope):
            # Looked up again, since a run may have been resumed or purged before the destination was held.
            while due_there := _first_due(database, before, scope):
                run_id, _ = due_there
                addresses += _empty_invites(database, run_id)
                _empty_parts(database, run_id)
                with database.writing() as connection:
                    change_run(connection, run_id, {"purged_at": now()})
                purged += 1
    database.scrub()
    return Purged(purged, addresses)


def _first_due(database: Database, before: str, scope: Scope | None = None) -> tuple[str, Scope] | None:
    """Return a run that is due for the purge, or None: a run in one scope, or in any scope if none is given."""
    last_sign_of_life = func.coalesce(runs.c.ended_at, runs.c.resumed_at, runs.c.started_at)
    due = select(runs.c.run_id, *scopes.c["destination", "account", "endpoint"]).join(scopes)
    due = due.where(runs.c.purged_at.is_(None), last_sign_of_life < before).order_by(runs.c.scope_id, runs.c.run_id)
    with database.reading() as connection:
        if scope is not None:
            due = due.where(runs.c.scope_id == find_scope(connection, scope))
        found = connection.execute(due.limit(1)).first()
    return (found.run_id, Scope(*found[1:])) if found else None


def _empty_invites(database: Database, run_id: str) -> int:
    emptied = 0
    after: int | None = -1
    while after is not None:
        with database.writing() as connection:
            batch, last = _next_positions(connection, run_id, after)
            emptied += empty_addresses(connection, run_id, batch)
        after = last
    return emptied


def _next_positions(connection: Connection, run_id: str, after: int) -> tuple[ColumnElement[bool], int | None]:
    """Return a condition for the next batch of positions, and the last of them; None if it is the last batch."""
    rest = invites.c.position > after
    positions = select(invites.c.position).where(invites.c.run_id == run_id, rest).order_by(invites.c.position)
    last: int | None = connection.scalar(positions.limit(1).offset(VALUES_A_STATEMENT - 1))
    return (rest, None) if last is None else (and_(rest, invites.c.position <= last), last)


def _empty_parts(database: Database, run_id: str) -> None:
    with database.reading() as connection:
        numbers = part_numbers(connection, run_id)
    for number in numbers:
        with database.writing() as connection:
            request_scrub(connection)
            frame = kept_part(connection, run_id, number)
            for column in _PERSONAL:
                frame[column] = text_array([""] * len(frame))
            this = update(parts).where(parts.c.run_id == run_id, parts.c.part == number)
            connection.execute(this.values(frame=pack_rows(frame)))


def _first_position(frame: pd.DataFrame) -> int:
    """Return the position of the first row. Raises ``ValueError`` if positions do not follow one another."""
    if frame.empty:
        return 0
    first = int(frame.index[0])
    if not frame.index.equals(pd.RangeIndex(first, first + len(frame))):
        raise ValueError("the positions of a part must follow one another")
    return first
