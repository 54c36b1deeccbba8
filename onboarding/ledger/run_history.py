"""The ledger's record of runs and of the scopes that they went to: starts and ends of runs, their inputs and counts.

``RunHistory.open`` opens or creates a ledger. This module and its imports load neither pandas nor Arrow, so that
``onboard runs`` answers at once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from onboarding.ledger.creation import open_tables
from onboarding.ledger.database import Database, open_database
from onboarding.ledger.schema import runs, scopes
from onboarding.model.errors import ConfigurationError, LedgerDisconnected, LedgerFailed
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, Run, timestamp
from onboarding.runtime.boot_clock import BootClock, this_boot_clock

# SQLite and PostgreSQL both understand this text. SQLAlchemy would need a separate construct for each database.
_ADD_SCOPE = text(
    "INSERT INTO scopes (destination, account, endpoint, generation) VALUES (:destination, :account, :endpoint, 0)"
    " ON CONFLICT DO NOTHING"
)


class RunHistory:
    """The record of runs and destinations in a ledger, without addresses. Several threads may share a run history.

    Each method that writes is one transaction, which is on disk before the method returns. Any method may raise
    ``LedgerFailed``.
    """

    def __init__(
        self, database: Database, *, secret: bytes, clock: Callable[[], datetime], boot_clock: BootClock
    ) -> None:
        self.secret = secret
        """The secret of 32 bytes for the hashes of addresses, in logs and in the ledger. It never changes."""
        self._database = database
        self._clock = clock
        self._boot_clock = boot_clock
        self._scope_ids: dict[Scope, int] = {}  # the id of a scope never changes

    @classmethod
    def open(cls, place: str | Path, *, clock: Callable[[], datetime], boot_clock: BootClock | None = None) -> Self:
        """Open the ledger at a path (SQLite) or an SQLAlchemy URL. If no ledger is there, create it.

        ``boot_clock`` is the clock that measures the ages of doubts; None means the boot clock of this machine.
        Raises ``ConfigurationError`` if no ledger can be there, if another version wrote the ledger, or if the database
        fails. Raises ``LedgerDisconnected`` if the database ends a connection that it has accepted.
        """
        database = open_database(place)
        with ExitStack() as failed:
            failed.callback(database.close)
            database.check_reachable()
            try:
                with database.creating_tables() as connection:
                    secret = open_tables(connection, name=database.name, now=timestamp(clock()))
            except LedgerDisconnected:
                raise
            except LedgerFailed as error:
                raise ConfigurationError(str(error)) from None
            failed.pop_all()
        return cls(database, secret=secret, clock=clock, boot_clock=boot_clock or this_boot_clock())

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def begin(self, run: Run) -> None:
        """Record that a run has begun."""
        with self._database.writing() as connection:
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

    def reopen(self, run_id: str) -> Run:
        """Record that this process carries on with a run, and return the run as it is now.

        Raises ``LedgerFailed`` if the run never began or was purged.
        """
        with self._database.writing() as connection:
            run = _find_run(connection, run_id)
            if run is None:
                raise LedgerFailed(f"run {run_id} is not in the ledger")
            if run.purged_at is not None:
                purged_at = timestamp(run.purged_at)
                raise LedgerFailed(f"run {run_id} was purged at {purged_at}: its rows have no address any more")
            now = self._clock()
            run = replace(run.resumed(), resumed_at=now)
            resumed = {"host": run.host, "pid": run.pid, "ended_at": None, "exit_code": None}
            change_run(connection, run_id, resumed | {"resumed_at": timestamp(now)})
        return run

    def end(self, run_id: str, *, exit_code: int, counts: Mapping[str, int]) -> None:
        """Record how a run has ended. A run that is resumed ends again, and its last end counts."""
        with self._database.writing() as connection:
            ended = {"ended_at": self._now(), "exit_code": int(exit_code), "counts": json.dumps(dict(counts))}
            change_run(connection, run_id, ended)

    def record_inputs(
        self, run_id: str, inputs: Sequence[Mapping[str, object]], guards: GuardFigures | None = None
    ) -> None:
        """Record that the ledger keeps all rows of a run, from which exports they come, and what the guards saw."""
        with self._database.writing() as connection:
            said = json.dumps(asdict(guards)) if guards else None
            change_run(connection, run_id, {"inputs": json.dumps([dict(facts) for facts in inputs]), "guards": said})

    def runs(self, scope: Scope | None = None) -> list[Run]:
        """Return the runs in a scope, or all runs if ``scope`` is None, the newest first."""
        newest_first = select(runs, scopes).join(scopes).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
        with self._database.reading() as connection:
            if scope is not None:
                newest_first = newest_first.where(runs.c.scope_id == self._scope_id(connection, scope))
            return [_run_of(row) for row in connection.execute(newest_first).mappings()]

    def find_run(self, run_id: str) -> Run | None:
        """Return a run, or None if it never began."""
        with self._database.reading() as connection:
            return _find_run(connection, run_id)

    def _scope_id(self, connection: Connection, scope: Scope) -> int | None:
        if scope not in self._scope_ids and (found := find_scope(connection, scope)) is not None:
            self._scope_ids[scope] = found
        return self._scope_ids.get(scope)

    def _now(self) -> str:
        return timestamp(self._clock())


def change_run(connection: Connection, run_id: str, values: Mapping[str, object]) -> None:
    """Change columns in the record of a run. Raises ``LedgerFailed`` if the run never began."""
    if connection.execute(update(runs).where(runs.c.run_id == run_id).values(values)).rowcount == 0:
        raise LedgerFailed(f"run {run_id} is not in the ledger")


def find_scope(connection: Connection, scope: Scope) -> int | None:
    """Return the id of a scope, or None if the ledger does not have the scope."""
    same = [scopes.c[name] == value for name, value in asdict(scope).items()]
    found: int | None = connection.scalar(select(scopes.c.id).where(*same))
    return found


def find_or_add_scope(connection: Connection, scope: Scope) -> int:
    """Return the id of a scope. If the ledger does not have the scope, add it."""
    while (found := find_scope(connection, scope)) is None:
        connection.execute(_ADD_SCOPE, asdict(scope))
    return found


def scope_of_run(connection: Connection, run_id: str) -> int | None:
    """Return the id of the scope of a run, or None if the run never began."""
    found: int | None = connection.scalar(select(runs.c.scope_id).where(runs.c.run_id == run_id))
    return found


def _find_run(connection: Connection, run_id: str) -> Run | None:
    found = connection.execute(select(runs, scopes).join(scopes).where(runs.c.run_id == run_id)).mappings().first()
    return _run_of(found) if found else None


def _run_of(row: RowMapping) -> Run:
    """Return the run that a row of the database describes. Raises ``LedgerFailed`` if the row is damaged."""
    try:
        return _as_recorded(row)
    except (ValueError, TypeError, KeyError):
        raise LedgerFailed(
            f"the ledger's record of run {row['run_id']} is damaged; restore the ledger from a backup"
        ) from None


def _as_recorded(row: RowMapping) -> Run:
    counts = {name: int(count) for name, count in dict(json.loads(row["counts"])).items()}
    return Run(
        run_id=row["run_id"],
        scope=Scope(row["destination"], row["account"], row["endpoint"]),
        command=row["command"],
        version=row["version"],
        host=row["host"],
        pid=row["pid"],
        settings=dict(json.loads(row["settings"])),
        counts=counts,
        started_at=datetime.fromisoformat(row["started_at"]),
        ended_at=_time_of(row["ended_at"]),
        exit_code=row["exit_code"],
        inputs=None if row["inputs"] is None else tuple(map(dict, json.loads(row["inputs"]))),
        guards=_guards_of(row["guards"]),
        resumed_at=_time_of(row["resumed_at"]),
        purged_at=_time_of(row["purged_at"]),
    )


def _guards_of(text_or_null: str | None) -> GuardFigures | None:
    if text_or_null is None:
        return None
    said = dict(json.loads(text_or_null))
    return GuardFigures(int(said["people"]), int(said["rejected"]), int(said["held"]), tuple(map(str, said["hits"])))


def _time_of(text_or_null: str | None) -> datetime | None:
    return datetime.fromisoformat(text_or_null) if text_or_null else None
