"""Which runs were there, and which rows did each decide on?

Functions work inside the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from onboarding.ledger.schema import parts, runs, scopes
from onboarding.model.errors import LedgerFailed
from onboarding.model.plan import Scope
from onboarding.model.run import Run, timestamp
from onboarding.model.streams import first_position, pack, unpack


def begin(connection: Connection, run: Run) -> None:
    """Record that a run has begun."""
    values = {
        "run_id": run.run_id,
        "scope_id": find_or_add_scope(connection, run.scope),
        "command": run.command,
        "version": run.version,
        "host": run.host,
        "pid": run.pid,
        "settings": json.dumps(dict(run.settings)),
        "counts": "{}",
        "started_at": timestamp(run.started_at),
    }
    connection.execute(insert(runs), values)


def reopen(connection: Connection, run_id: str, now: datetime) -> Run:
    """Record that this process carries on with a run, and return the run. Raises ``LedgerFailed`` if it cannot."""
    run = find(connection, run_id)
    if run is None:
        raise LedgerFailed(f"run {run_id} is not in the ledger")
    if run.purged_at is not None:
        raise LedgerFailed(f"run {run_id} was purged at {timestamp(run.purged_at)}: its rows have no address any more")
    run = replace(run.resumed(), resumed_at=now)
    values = {"host": run.host, "pid": run.pid, "ended_at": None, "exit_code": None, "resumed_at": timestamp(now)}
    change(connection, run_id, values)
    return run


def end(connection: Connection, run_id: str, *, exit_code: int, counts: Mapping[str, int], now: str) -> None:
    """Record how a run has ended. The last word counts."""
    values = {"ended_at": now, "exit_code": int(exit_code), "counts": json.dumps(dict(counts))}
    change(connection, run_id, values)


def complete(connection: Connection, run_id: str, inputs: Sequence[Mapping[str, object]]) -> None:
    """Record that all rows of a run are kept, and what they were read from."""
    change(connection, run_id, {"inputs": json.dumps([dict(one) for one in inputs])})


def change(connection: Connection, run_id: str, values: Mapping[str, object]) -> None:
    """Change what is recorded of a run. Raises ``LedgerFailed`` if it never began."""
    if connection.execute(update(runs).where(runs.c.run_id == run_id).values(values)).rowcount == 0:
        raise LedgerFailed(f"run {run_id} is not in the ledger")


def find(connection: Connection, run_id: str) -> Run | None:
    """Return a run, or None if it never began."""
    found = connection.execute(select(runs, scopes).join(scopes).where(runs.c.run_id == run_id)).mappings().first()
    return _run(found) if found else None


def past_runs(connection: Connection, scope: Scope | None = None) -> list[Run]:
    """Return all runs, or those to one destination, the newest first."""
    newest_first = select(runs, scopes).join(scopes).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
    if scope is not None:
        newest_first = newest_first.where(runs.c.scope_id == find_scope(connection, scope))
    return [_run(row) for row in connection.execute(newest_first).mappings()]


def keep(connection: Connection, run_id: str, part: int, frame: pd.DataFrame) -> None:
    """Keep one part of a run's decided rows, in place of the one that was kept before."""
    values = {
        "run_id": run_id,
        "part": part,
        "first_position": first_position(frame),
        "rows": len(frame),
        "frame": pack(frame),
    }
    connection.execute(delete(parts).where(parts.c.run_id == run_id, parts.c.part == part))
    connection.execute(insert(parts), values)


def repack(connection: Connection, run_id: str, rows: int) -> None:
    """Join the parts that a run has kept to parts of some ``rows``, if they are many and small."""
    numbers = part_numbers(connection, run_id)
    kept: int = connection.scalar(select(func.sum(parts.c.rows)).where(parts.c.run_id == run_id)) or 0
    if len(numbers) <= 2 * (kept // rows + 1):
        return
    joined: list[pd.DataFrame] = []
    part = held = 0
    for number in numbers:
        joined.append(kept_part(connection, run_id, number))
        held += len(joined[-1])
        connection.execute(delete(parts).where(parts.c.run_id == run_id, parts.c.part == number))
        if held >= rows or number == numbers[-1]:
            # Of the old ones no number is taken that is not read yet, since there are fewer new ones.
            keep(connection, run_id, part, pd.concat(joined))
            joined, held, part = [], 0, part + 1


def drop_parts(connection: Connection, run_id: str) -> None:
    """Forget the rows that a run has kept."""
    connection.execute(delete(parts).where(parts.c.run_id == run_id))


def part_numbers(connection: Connection, run_id: str) -> Sequence[int]:
    """Return the numbers of the parts that a run has kept, in order."""
    return connection.scalars(select(parts.c.part).where(parts.c.run_id == run_id).order_by(parts.c.part)).all()


def kept_part(connection: Connection, run_id: str, part: int) -> pd.DataFrame:
    """Return one part of a run's decided rows as it was kept."""
    this = select(parts.c.frame, parts.c.first_position).where(parts.c.run_id == run_id, parts.c.part == part)
    packed, first = connection.execute(this).one()
    return unpack(packed, first_position=first)


def find_scope(connection: Connection, scope: Scope) -> int | None:
    """Return the id of a scope, or None if no run was ever there."""
    same = (
        scopes.c.destination == scope.destination,
        scopes.c.account == scope.account,
        scopes.c.endpoint == scope.endpoint,
    )
    found: int | None = connection.scalar(select(scopes.c.id).where(*same))
    return found


def find_or_add_scope(connection: Connection, scope: Scope) -> int:
    """Return the id of a scope, and give it one if no run was ever there."""
    found = find_scope(connection, scope)
    return _add_scope(connection, scope) if found is None else found


def rate(connection: Connection, scope: Scope) -> float | None:
    """Return how many requests a second the service was last seen to allow, or None if nobody knows."""
    found: float | None = connection.scalar(select(scopes.c.rate).where(scopes.c.id == find_scope(connection, scope)))
    return found


def remember_rate(connection: Connection, scope: Scope, rate: float) -> None:
    """Record how many requests a second the service was seen to allow."""
    connection.execute(update(scopes).where(scopes.c.id == find_scope(connection, scope)).values(rate=rate))


def _add_scope(connection: Connection, scope: Scope) -> int:
    values = {"destination": scope.destination, "account": scope.account, "endpoint": scope.endpoint}
    added: int = connection.scalar(insert(scopes).values(values).returning(scopes.c.id))
    return added


def _run(row: RowMapping) -> Run:
    return Run(
        run_id=row["run_id"],
        scope=Scope(row["destination"], row["account"], row["endpoint"]),
        command=row["command"],
        version=row["version"],
        host=row["host"],
        pid=row["pid"],
        settings=json.loads(row["settings"]),
        counts=json.loads(row["counts"]),
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=_moment(row["ended_at"]),
        exit_code=row["exit_code"],
        inputs=None if row["inputs"] is None else tuple(json.loads(row["inputs"])),
        resumed_at=_moment(row["resumed_at"]),
        purged_at=_moment(row["purged_at"]),
    )


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
