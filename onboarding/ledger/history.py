"""Which runs were there, and which rows did each decide on?

Functions work inside the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Connection, RowMapping, insert, select, update

from onboarding.ledger.frames import first_position, pack, unpack
from onboarding.ledger.run import Run
from onboarding.ledger.schema import parts, runs, scopes
from onboarding.plan import Scope


def begin(connection: Connection, run: Run) -> None:
    """Record that a run has begun."""
    scope_id = find_scope(connection, run.scope)
    values = {
        "run_id": run.run_id,
        "scope_id": _add_scope(connection, run.scope) if scope_id is None else scope_id,
        "command": run.command,
        "version": run.version,
        "host": run.host,
        "pid": run.pid,
        "settings": json.dumps(dict(run.settings)),
        "counts": "{}",
        "started_at": as_text(run.started_at),
    }
    connection.execute(insert(runs), values)


def end(connection: Connection, run_id: str, *, exit_code: int, counts: Mapping[str, int], now: str) -> None:
    """Record how a run has ended."""
    values = {"ended_at": now, "exit_code": int(exit_code), "counts": json.dumps(dict(counts))}
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(values))


def past_runs(connection: Connection) -> list[Run]:
    """Return all runs, the newest first."""
    newest_first = select(runs, scopes).join(scopes).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
    return [_run(row) for row in connection.execute(newest_first).mappings()]


def keep(connection: Connection, run_id: str, part: int, frame: pd.DataFrame) -> None:
    """Keep one part of a run's decided rows."""
    values = {
        "run_id": run_id,
        "part": part,
        "first_position": first_position(frame),
        "rows": len(frame),
        "frame": pack(frame),
    }
    connection.execute(insert(parts), values)


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


def as_text(moment: datetime) -> str:
    """Return a time as ISO-8601 text in UTC, which sorts as the times do."""
    return moment.astimezone(UTC).isoformat()


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
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        exit_code=row["exit_code"],
    )
