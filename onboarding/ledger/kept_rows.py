"""The decided rows of each run, which the ledger keeps in parts, and the purge of names and addresses from old runs.

After a purge, the ledger still knows which addresses were invited, and each row still has its disposition. The purge
also empties the addresses in the invites of a run. Functions with a connection work inside the caller's transaction.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from onboarding.ledger.bulk import VALUES_A_STATEMENT
from onboarding.ledger.database import Database, request_scrub
from onboarding.ledger.invites import empty_addresses
from onboarding.ledger.run_history import change_run, find_scope
from onboarding.ledger.schema import invites, parts, runs, scopes
from onboarding.model.columns import as_array, text_array
from onboarding.model.dispositions import Disposition
from onboarding.model.plan import Scope
from onboarding.model.rows import joined_rows
from onboarding.model.streams import pack_rows, unpack_rows
from onboarding.model.values import dataclass

_PERSONAL = ("email", "email_as_given", "name", "family_name", "employee_id", "detail", "key")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many runs and how many claimed addresses a purge has emptied."""

    runs: int
    addresses: int


def keep_part(connection: Connection, run_id: str, part: int, frame: pd.DataFrame) -> None:
    """Keep a part of the decided rows of a run, under the number ``part``.

    The part replaces an older part with the same number. The index of ``frame`` has the positions of the rows. Raises
    ``ValueError`` if the positions have gaps.
    """
    kept = insert(parts).values(run_id=run_id, part=part, first_position=_first_position(frame), rows=len(frame))
    connection.execute(delete(parts).where(parts.c.run_id == run_id, parts.c.part == part))
    connection.execute(kept.values(counts=json.dumps(_counts(frame)), frame=pack_rows(frame)))


def repack_parts(connection: Connection, run_id: str, rows: int) -> None:
    """Join the kept parts of a run if they are many and small. ``rows`` is about how many rows a joined part has."""
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
            # A new part joins one or more old parts. So no old part that is still unread has the number of a new part.
            keep_part(connection, run_id, part, pd.concat(joined))
            joined, rows_joined, part = [], 0, part + 1


def drop_parts(connection: Connection, run_id: str) -> None:
    """Delete a run's decided rows from the ledger."""
    connection.execute(delete(parts).where(parts.c.run_id == run_id))


def part_numbers(connection: Connection, run_id: str) -> Sequence[int]:
    """Return the numbers of the kept parts of a run, in order."""
    return connection.scalars(select(parts.c.part).where(parts.c.run_id == run_id).order_by(parts.c.part)).all()


def kept_part(connection: Connection, run_id: str, part: int) -> pd.DataFrame:
    """Return the rows of a kept part of a run. ``part`` is the number of the part."""
    this = select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, parts.c.part == part)
    packed, first = connection.execute(this).one()
    return unpack_rows(packed, first_position=first)


def kept_names_and_groups(connection: Connection, run_id: str, positions: Sequence[int]) -> list[tuple[str, str, str]]:
    """Return the name, the family name and the group of each person, from a run's kept rows at ``positions``.

    The positions must be ascending. All texts are empty if the ledger keeps no row at a position.
    """
    found = kept_cells(connection, run_id, positions, ("name", "family_name", "security_group"))
    cells = (found.get(position, ("", "", "")) for position in positions)
    return [(str(name), str(family), str(group)) for name, family, group in cells]


def kept_cells(
    connection: Connection, run_id: str, positions: Sequence[int], columns: Sequence[str]
) -> dict[int, tuple[object, ...]]:
    """Return the cells of a run's kept rows in some columns, by position. ``positions`` must be ascending.

    Rows that the ledger does not keep are left out.
    """
    around = (parts.c.first_position <= positions[-1], parts.c.first_position + parts.c.rows > positions[0])
    found: dict[int, tuple[object, ...]] = {}
    for packed, first in connection.execute(
        select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, *around)
    ):
        frame = unpack_rows(packed, first_position=first)
        wanted = frame.loc[frame.index.isin(positions), list(columns)]
        found.update(zip(wanted.index.tolist(), wanted.itertuples(index=False, name=None), strict=True))
    return found


def purge_runs(
    database: Database, before: str, *, now: Callable[[], str], hold: Callable[[Scope], AbstractContextManager[object]]
) -> Purged:
    """Empty names and addresses in old runs, and return how many runs and addresses were emptied.

    A run is old if its last event (beginning, resumption or end) was before the moment ``before``. ``hold`` keeps other
    runs from an account while the account's runs are emptied. Each transaction is small, so that memory does not grow
    with the ledger. A run gets its ``purged_at`` only after all its values are emptied. So if a purge is cut short, the
    next purge finishes the run. Raises ``LedgerFailed``. Also raises the errors of ``hold``.
    """
    purged = addresses = 0
    while due := _first_due(database, before):
        _, scope = due
        with hold(scope):
            # The run is looked up again: it may have been resumed or purged before this purge held the destination.
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
    """Return the id and the scope (account) of a run that is due for the purge, or None if no run is due.

    A run is due if its last event (beginning, resumption or end) was before the moment ``before``.

    With a ``scope``, look only for runs to that account. None means any account.
    """
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
    """Return an SQL condition that selects the next batch of positions, and the last position of the batch.

    The batch begins after the position ``after``. The last position is None if no batch follows.
    """
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


def _counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return the number of rows of each disposition. Open rows count under the empty text."""
    found = as_array(frame["disposition"]).value_counts().to_pylist()
    counts = {each["values"]: each["counts"] for each in found}
    for rows in joined_rows(frame).values():
        counts[Disposition.IGNORED] += rows - 1
    return counts


def _first_position(frame: pd.DataFrame) -> int:
    """Return the position of the first row of a frame, or 0 if the frame is empty.

    Raises ``ValueError`` if the positions have gaps.
    """
    if frame.empty:
        return 0
    first = int(frame.index[0])
    if not frame.index.equals(pd.RangeIndex(first, first + len(frame))):
        raise ValueError("the positions of a part must follow one another")
    return first
