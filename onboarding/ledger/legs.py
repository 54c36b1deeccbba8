"""The legs of runs in a ledger. A leg (``model.leg``) is the work of one process on a run.

The functions work inside the caller's transaction. This module and its imports load neither pandas nor Arrow.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, astuple
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from onboarding.ledger.schema import invites, legs, parts
from onboarding.model.dispositions import Disposition
from onboarding.model.leg import Leg, LegFigures
from onboarding.model.outcomes import DISPOSITION_OF, InviteState
from onboarding.model.run import timestamp
from onboarding.model.sent import Moment, SettledDoubts, Wave


def add_leg(connection: Connection, run_id: str, leg: Leg) -> None:
    """Record that a leg has begun: the work of one process on a run."""
    values = {
        "run_id": run_id,
        "leg": leg.number,
        "command": leg.command,
        "host": leg.host,
        "pid": leg.pid,
        "began_at": timestamp(leg.began_at),
        "counts": "{}",
    }
    connection.execute(insert(legs), values)


def next_number(connection: Connection, run_id: str) -> int:
    """Return the number of the next leg of a run. A leg is the work of one process."""
    last: int | None = connection.scalar(select(func.max(legs.c.leg)).where(legs.c.run_id == run_id))
    return (last or 0) + 1


def end_leg(
    connection: Connection,
    run_id: str,
    number: int,
    ended: Mapping[str, object],
    *,
    wave: Wave | None = None,
    figures: LegFigures | None = None,
) -> None:
    """Record the end of a leg, which is the work of one process on a run. ``number`` is the number of the leg.

    ``ended`` has the values of the columns ``ended_at``, ``exit_code`` and ``counts``. ``wave`` is the wave of people
    that the leg has sent, if the run sends in waves. ``figures`` says how much the leg has sent.
    """
    told = {
        "wave": json.dumps(asdict(wave)) if wave else None,
        "figures": _packed(figures) if figures else None,
    }
    this = update(legs).where(legs.c.run_id == run_id, legs.c.leg == number)
    connection.execute(this.values({**ended, **told}))


def has_ended(connection: Connection, run_id: str, number: int) -> bool:
    """Return whether the end of a leg, the work of one process on a run, is on record."""
    this = select(legs.c.ended_at).where(legs.c.run_id == run_id, legs.c.leg == number)
    return connection.scalar(this) is not None


def legs_of(connection: Connection, run_ids: Select[tuple[str]]) -> dict[str, tuple[Leg, ...]]:
    """Return the legs of several runs by the ids of the runs, the first leg of each run first.

    A leg is the work of one process on a run. ``run_ids`` is a query that selects the ids. Raises ``ValueError``,
    ``TypeError`` or ``KeyError`` if a record is damaged.
    """
    found: dict[str, list[Leg]] = defaultdict(list)
    these = select(*(column for column in legs.c if column.name != "figures")).where(legs.c.run_id.in_(run_ids))
    for row in connection.execute(these.order_by(legs.c.run_id, legs.c.leg)).mappings():
        found[row["run_id"]].append(_leg_of(row))
    return {run_id: tuple(its_legs) for run_id, its_legs in found.items()}


def figures_before(connection: Connection, run_id: str, number: int | None = None) -> LegFigures | None:
    """Return what all legs of a run sent together. With a ``number``, count only the legs before that leg.

    A leg is the work of one process. Return None if no such leg has figures. A leg whose process was killed has no
    figures.
    """
    found = [figures for leg, figures in figures_of_legs(connection, run_id).items() if number is None or leg < number]
    return sum(found[1:], found[0]) if found else None


def figures_of_legs(connection: Connection, run_id: str) -> dict[int, LegFigures]:
    """Return what each leg of a run sent, by the number of the leg. A leg whose process was killed has no figures."""
    these = select(legs.c.leg, legs.c.figures).where(legs.c.run_id == run_id, legs.c.figures.is_not(None))
    return {leg: _unpacked(text) for leg, text in connection.execute(these.order_by(legs.c.leg))}


def counts_of(connection: Connection, run_id: str) -> dict[str, int]:
    """Return the number of rows of each disposition in a run, from its kept rows and its invites.

    These are the counts that the run's report would have now, even if the run has not ended.
    """
    counts: dict[str, int] = defaultdict(int)
    for text in connection.scalars(select(parts.c.counts).where(parts.c.run_id == run_id)):
        for disposition, rows in json.loads(text).items():
            counts[disposition] += rows
    unsent = counts.pop("", 0)
    states = select(invites.c.state, func.count()).where(invites.c.run_id == run_id).group_by(invites.c.state)
    for state, rows in connection.execute(states):
        # A person who was released and then found to be there is not open any more.
        if state != InviteState.RELEASED:
            counts[DISPOSITION_OF[InviteState(state)]] += rows
            unsent -= rows
    counts[Disposition.DEFERRED] += unsent
    return {str(disposition): rows for disposition, rows in counts.items() if rows}


def _leg_of(row: RowMapping) -> Leg:
    wave = None if row["wave"] is None else dict(json.loads(row["wave"]))
    return Leg(
        number=row["leg"],
        command=row["command"],
        host=row["host"],
        pid=row["pid"],
        began_at=datetime.fromisoformat(row["began_at"]),
        ended_at=datetime.fromisoformat(row["ended_at"]) if row["ended_at"] else None,
        exit_code=row["exit_code"],
        counts={name: int(count) for name, count in dict(json.loads(row["counts"])).items()},
        wave=None if wave is None else Wave(int(wave["number"]), int(wave["of"]), int(wave["left"])),
    )


def _packed(figures: LegFigures) -> str:
    return json.dumps(
        {
            "requests": figures.requests,
            "throttled": figures.throttled,
            "settled_doubts": astuple(figures.settled_doubts),
            "progress": [astuple(moment) for moment in figures.progress],
            "seconds": dict(figures.seconds),
        }
    )


def _unpacked(text: str) -> LegFigures:
    found = json.loads(text)
    return LegFigures(
        requests=found["requests"],
        throttled=found["throttled"],
        settled_doubts=SettledDoubts(*found["settled_doubts"]),
        progress=tuple(Moment(*sums) for sums in found["progress"]),
        seconds=found["seconds"],
    )
