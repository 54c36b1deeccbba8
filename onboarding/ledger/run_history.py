"""The ledger's record of runs and of their scopes (accounts): starts and ends of runs, their inputs and their counts.

``RunHistory.open`` opens or creates a ledger. This module and its imports load neither pandas nor Arrow, so that
``onboard runs`` answers at once.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, func, insert, select, text, update

from onboarding.ledger import legs
from onboarding.ledger.creation import open_tables
from onboarding.ledger.database import Database, open_database
from onboarding.ledger.holders import beginning_of_holder
from onboarding.ledger.lock import holder_of
from onboarding.ledger.run_records import Inputs, find_run, inputs_on_record, selected_runs
from onboarding.ledger.schema import requests, runs, scopes
from onboarding.model.errors import ConfigurationError, LedgerBusy, LedgerDisconnected, LedgerFailed
from onboarding.model.leg import Leg, LegFigures
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, Run, timestamp
from onboarding.model.sent import Wave
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
        """The secret of 32 bytes for the hashes of addresses, in logs and in the ledger. The secret never changes."""
        self._database = database
        self._clock = clock
        self._boot_clock = boot_clock
        self._scope_ids: dict[Scope, int] = {}  # the id of a scope never changes

    @classmethod
    def open(cls, place: str | Path, *, clock: Callable[[], datetime], boot_clock: BootClock | None = None) -> Self:
        """Open the ledger at a path (SQLite) or an SQLAlchemy URL. If no ledger is there, create it.

        ``boot_clock`` is the clock that measures the ages of doubts. None means the boot clock of this machine. Raises
        ``ConfigurationError`` if no ledger can be there, if another version wrote the ledger, or if the database fails.
        Raises ``LedgerDisconnected`` if the database accepts a connection and then ends it. Raises ``LedgerBusy`` if
        another process keeps the file of SQLite locked.
        """
        database = open_database(place)
        with ExitStack() as failed:
            failed.callback(database.close)
            database.check_reachable()
            try:
                with database.creating_tables() as connection:
                    secret = open_tables(connection, name=database.name, now=timestamp(clock()))
            except (LedgerBusy, LedgerDisconnected):
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
        """Record that a run has begun, and with it the first leg: the work of this process on the run."""
        with self._database.writing() as connection:
            values = {
                "run_id": run.run_id,
                "number": connection.scalar(select(func.coalesce(func.max(runs.c.number), 0) + 1)),
                "scope_id": find_or_add_scope(connection, run.scope),
                "command": run.command,
                "version": run.version,
                "host": run.host,
                "pid": run.pid,
                "settings": json.dumps(dict(run.settings)),
                "counts": "{}",
                "started_at": timestamp(run.started_at),
                "leg": 1,
            }
            connection.execute(insert(runs), values)
            first = Leg(number=1, command=run.command, host=run.host, pid=run.pid, began_at=run.started_at)
            legs.add_leg(connection, run.run_id, first)

    def begin_leg(self, run: Run, command: str) -> Run:
        """Record that this process resumes a run, as a new leg of the run. Return the run with the number of this leg.

        ``command`` is the command of this process. The leg works on the run only after ``reopen``.
        """
        with self._database.writing() as connection:
            connection.execute(select(runs.c.run_id).where(runs.c.run_id == run.run_id).with_for_update())
            number = legs.next_number(connection, run.run_id)
            leg = Leg(number=number, command=command, host=run.host, pid=run.pid, began_at=self._clock())
            legs.add_leg(connection, run.run_id, leg)
        return replace(run, leg=number)

    def reopen(self, run_id: str, *, leg: int | None = None) -> Run:
        """Record that this process carries on with a run, and return the run as it is now.

        ``leg`` is the number of the leg that works on the run from now on. None means the leg that worked on the run
        last. Raises ``LedgerFailed`` if the run never began or was purged.
        """
        with self._database.writing() as connection:
            run = find_run(connection, run_id)
            if run is None:
                raise LedgerFailed(f"run {run_id} is not in the ledger")
            if run.purged_at is not None:
                purged_at = timestamp(run.purged_at)
                raise LedgerFailed(f"run {run_id} was purged at {purged_at}: its rows have no address any more")
            now = self._clock()
            run = replace(run.resumed(), resumed_at=now, leg=leg or run.leg)
            resumed = {"host": run.host, "pid": run.pid, "ended_at": None, "exit_code": None, "leg": run.leg}
            change_run(connection, run_id, resumed | {"resumed_at": timestamp(now)})
        return run

    def end(
        self,
        run_id: str,
        *,
        exit_code: int,
        counts: Mapping[str, int],
        wave: Wave | None = None,
        figures: LegFigures | None = None,
    ) -> None:
        """Record how a run has ended. If a resumed run ends again, the new end replaces the earlier end.

        ``wave`` is the wave that the run has sent as planned. ``figures`` says how much this process has sent.
        """
        with self._database.writing() as connection:
            self._end(connection, run_id, exit_code, counts)
            number = connection.execute(select(runs.c.leg).where(runs.c.run_id == run_id)).scalar_one()
            legs.end_leg(connection, run_id, number, self._ended(exit_code, counts), wave=wave, figures=figures)

    def fail(self, run_id: str, *, leg: int, exit_code: int) -> None:
        """Record that a leg, the work of one process on a run, has failed.

        If this leg was the last to begin or resume the run, the run has failed too. If the end of the leg is on record
        already, nothing changes.
        """
        with self._database.writing() as connection:
            if legs.has_ended(connection, run_id, leg):
                return
            legs.end_leg(connection, run_id, leg, self._ended(exit_code, {}))
            run = find_run(connection, run_id)
            if run is not None and run.leg == leg and run.exit_code is None:
                self._end(connection, run_id, exit_code, {})

    def _end(self, connection: Connection, run_id: str, exit_code: int, counts: Mapping[str, int]) -> None:
        change_run(connection, run_id, self._ended(exit_code, counts))

    def _ended(self, exit_code: int, counts: Mapping[str, int]) -> Mapping[str, object]:
        return {"ended_at": self._now(), "exit_code": int(exit_code), "counts": json.dumps(dict(counts))}

    def is_going_on(self, run: Run) -> bool:
        """Return whether the process of a run without an end holds the run's destination now.

        A plan holds no destination, and neither does a run that is about to begin. The method takes no lock.
        """
        with suppress(OSError):
            return (holder_of(self._database, run.scope) or "").startswith(beginning_of_holder(run))
        return False

    def figures(self, run_id: str, *, before: int | None = None) -> LegFigures | None:
        """Return what all legs of a run sent together, or only the legs before the leg ``before``.

        Return None if no such leg has figures. A leg whose process was killed has no figures.
        """
        with self._database.reading() as connection:
            return legs.figures_before(connection, run_id, before)

    def figures_of_legs(self, run_id: str) -> dict[int, LegFigures]:
        """Return what each leg of a run sent, by the leg's number. A leg whose process was killed has no figures."""
        with self._database.reading() as connection:
            return legs.figures_of_legs(connection, run_id)

    def departures(self, run_id: str) -> int:
        """Return how many requests a run has sent. For each chunk, count only the last request and its repetitions."""
        left = select(func.coalesce(func.sum(requests.c.departures), 0)).where(requests.c.run_id == run_id)
        with self._database.reading() as connection:
            return int(connection.execute(left).scalar_one())

    def counts(self, run_id: str) -> dict[str, int]:
        """Return the number of rows of each disposition in a run, from the present content of the ledger."""
        with self._database.reading() as connection:
            return legs.counts_of(connection, run_id)

    def record_inputs(self, run_id: str, inputs: Inputs, guards: GuardFigures | None = None) -> None:
        """Record that the ledger keeps all rows of a run. Also record the exports, and the numbers for the guards."""
        with self._database.writing() as connection:
            change_run(connection, run_id, inputs_on_record(inputs, guards))

    def runs(self, scope: Scope | None = None) -> list[Run]:
        """Return the runs to an account (``scope``), or all runs if ``scope`` is None, the newest first."""
        newest_first = select(runs, scopes).join(scopes).order_by(runs.c.number.desc(), runs.c.run_id.desc())
        with self._database.reading() as connection:
            if scope is not None:
                newest_first = newest_first.where(runs.c.scope_id == self._scope_id(connection, scope))
            return selected_runs(connection, newest_first)

    def runs_before(self, run_id: str, *, most: int) -> list[Run]:
        """Return the latest earlier runs to the account of a run, the newest first, without plans.

        ``most`` is the most runs that are returned.
        """
        this = runs.alias()
        is_there = (this.c.run_id == run_id) & (runs.c.scope_id == this.c.scope_id) & (runs.c.number < this.c.number)
        newest = select(runs.c.run_id).join(this, is_there).where(runs.c.command != "plan")
        newest = newest.order_by(runs.c.number.desc()).limit(most)
        with self._database.reading() as connection:
            ids = connection.scalars(newest).all()
            these = select(runs, scopes).join(scopes).where(runs.c.run_id.in_(ids))
            return selected_runs(connection, these.order_by(runs.c.number.desc()))

    def find_run(self, run_id: str) -> Run | None:
        """Return a run, or None if it never began. ``run_id`` may be any text that a person has typed."""
        if not run_id.isprintable():
            return None  # no database can search for a text with a NUL or with invalid characters
        with self._database.reading() as connection:
            return find_run(connection, run_id)

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
    """Return the ledger's id of a scope (a run's destination, account and endpoint), or None for an unknown scope."""
    same = [scopes.c[name] == value for name, value in asdict(scope).items()]
    found: int | None = connection.scalar(select(scopes.c.id).where(*same))
    return found


def find_or_add_scope(connection: Connection, scope: Scope) -> int:
    """Return the id of a scope (destination, account and endpoint). If the ledger does not have the scope, add it."""
    while (found := find_scope(connection, scope)) is None:
        connection.execute(_ADD_SCOPE, asdict(scope))
    return found


def scope_of_run(connection: Connection, run_id: str) -> int | None:
    """Return the ledger's id of the scope (account) of a run, or None if the run never began."""
    found: int | None = connection.scalar(select(runs.c.scope_id).where(runs.c.run_id == run_id))
    return found
