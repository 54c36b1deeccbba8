"""Read runs and their legs (the work of one process each) from the tables of a ledger.

This module and its imports load neither pandas nor Arrow.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from onboarding.ledger import legs
from onboarding.ledger.schema import runs, scopes
from onboarding.model.errors import LedgerFailed
from onboarding.model.plan import Scope
from onboarding.model.run import GuardFigures, Run

Inputs = Sequence[Mapping[str, object]]
"""The facts of each export that a run has read, in types that JSON can express."""


def find_run(connection: Connection, run_id: str) -> Run | None:
    """Return a run, or None if it never began. Raises ``LedgerFailed`` if a record is damaged."""
    return next(iter(selected_runs(connection, select(runs, scopes).join(scopes).where(runs.c.run_id == run_id))), None)


def selected_runs(connection: Connection, these: Select[Any]) -> list[Run]:
    """Return the runs that the query ``these`` selects, with their legs: the work of one process each.

    Raises ``LedgerFailed`` if a record is damaged.
    """
    found = connection.execute(these).mappings().all()
    try:
        its_legs = legs.legs_of(connection, these.with_only_columns(runs.c.run_id).order_by(None))
    except (ValueError, TypeError, KeyError):
        raise LedgerFailed("the ledger's record of a run's legs is damaged; restore the ledger from a backup") from None
    return [replace(_run_of(row), legs=its_legs.get(row["run_id"], ())) for row in found]


def inputs_on_record(inputs: Inputs, guards: GuardFigures | None) -> Mapping[str, object]:
    """Return values for the columns ``inputs`` and ``guards`` of a run.

    ``inputs`` describes the exports of the run. ``guards`` are the numbers that the guards checked, or None.
    """
    said = json.dumps(asdict(guards)) if guards else None
    return {"inputs": json.dumps([dict(facts) for facts in inputs]), "guards": said}


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
        number=row["number"],
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
        leg=row["leg"],
    )


def _guards_of(text_or_null: str | None) -> GuardFigures | None:
    if text_or_null is None:
        return None
    said = dict(json.loads(text_or_null))
    counts = {name: int(said[name]) for name in ("people", "rejected", "held", "excluded", "filtered")}
    hits, accepted = (tuple(map(str, said[name])) for name in ("hits", "accepted"))
    return GuardFigures(**counts, hits=hits, accepted=accepted)


def _time_of(text_or_null: str | None) -> datetime | None:
    return datetime.fromisoformat(text_or_null) if text_or_null else None
