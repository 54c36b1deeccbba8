"""Record and read the rows to correct that the last runs to an account have reported.

The table has three entries for each run, one for each disposition to correct. ``row_hashes`` and ``person_hashes`` are
the arrays of a ``model.news.OpenRows``. ``exports_hash`` is a hash of the names of the exports, without parts that
change from day to day, such as a date. Functions work inside the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, and_, delete, func, insert, not_, or_, select, update

from onboarding.ledger.schema import hashed, reported_rows, runs
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ExitCode
from onboarding.model.hr_answers import ANSWERABLE
from onboarding.model.news import READ_WRONG_DATA, EarlierRows, Hashes, OpenRows, merged
from onboarding.model.run import Run, exports_of, timestamp

MOST_RUNS = 30
"""How many runs to an account the ledger remembers. If none of these runs has reported a row, the row is new again."""

MOST_BYTES = 200_000_000
"""The most bytes of hashes that the ledger keeps for an account. The ledger always keeps the last run's hashes."""

_STORED = "<u8"


def record_rows(
    connection: Connection,
    run: Run,
    scope_id: int,
    rows: Mapping[Disposition, OpenRows],
    *,
    secret: bytes,
    now: str,
) -> None:
    """Record the rows to correct that a run has reported. They replace the run's rows from an earlier record.

    The ledger forgets the rows of the oldest runs, so that it remembers at most ``MOST_RUNS`` runs to the account
    ``scope_id``.
    """
    _forget(connection, [run.run_id])
    common = {
        "run_id": run.run_id,
        "scope_id": scope_id,
        "reported_at": now,
        "is_told": 0,
        "exports_hash": _exports_hash(run, secret),
    }
    values = [
        common | {"disposition": str(disposition), "row_hashes": _packed(of.rows), "person_hashes": _packed(of.people)}
        for disposition, of in rows.items()
    ]
    connection.execute(insert(reported_rows), values)
    _forget(connection, _runs_to_forget(connection, scope_id))


def note_told(connection: Connection, run_id: str) -> None:
    """Record that people have read about the rows of a run, so that these rows are not new in later runs.

    For a run to many accounts, also record this for the run to each account. A run gives HR no rows if a guard stopped
    it, or if it could not do its work. So the rows of such a run stay new: HR gets them from a later run. There is one
    exception. The run of an account is refused if no row of the account has a usable address. These rows were read
    well, so they are not new in later runs.
    """
    ids = reported_rows.c.run_id
    of_run = or_(ids == run_id, ids.startswith(f"{run_id}-", autoescape=True))
    read_well = and_(runs.c.run_id != run_id, runs.c.exit_code == ExitCode.INPUT_REFUSED)
    gave_nothing = select(runs.c.run_id).where(runs.c.exit_code.not_in(ANSWERABLE), not_(read_well))
    connection.execute(update(reported_rows).where(of_run, ids.not_in(gave_nothing)).values(is_told=1))


def earlier_rows(
    connection: Connection, run: Run, scope_id: int | None, *, secret: bytes, before: datetime | None
) -> EarlierRows:
    """Return the rows to correct that people know from earlier runs, or from ``run`` itself before it was resumed.

    With ``before``, return only rows that were reported before that moment. The result also contains the people of the
    rows that the newest comparable run reported. A run is comparable if it had the same exports, and if its exit code
    shows that it read the right data.
    """
    latest = select(reported_rows).where(reported_rows.c.scope_id == scope_id, reported_rows.c.is_told == 1)
    if before:
        latest = latest.where(reported_rows.c.reported_at < timestamp(before))
    # The newest run is first, since only the hashes of its people are used.
    found = connection.execute(latest.order_by(reported_rows.c.reported_at.desc(), reported_rows.c.run_id)).all()
    exports_hash = _exports_hash(run, secret)
    misread = set(connection.scalars(select(runs.c.run_id).where(runs.c.exit_code.in_(READ_WRONG_DATA))))
    alike = [row for row in found if bytes(row.exports_hash) == exports_hash and row.run_id not in misread]
    if run.is_partial:  # a person whom only an earlier export lists is not gone
        alike = []
    last = {
        Disposition(row.disposition): _unpacked(row.person_hashes) for row in alike if row.run_id == alike[0].run_id
    }
    return EarlierRows(merged([_unpacked(row.row_hashes) for row in found]), last)


def _forget(connection: Connection, run_ids: Sequence[str]) -> None:
    connection.execute(delete(reported_rows).where(reported_rows.c.run_id.in_(run_ids)))


def _runs_to_forget(connection: Connection, scope_id: int) -> Sequence[str]:
    size = func.sum(func.length(reported_rows.c.row_hashes) + func.length(reported_rows.c.person_hashes))
    of_scope = select(reported_rows.c.run_id, size).where(reported_rows.c.scope_id == scope_id)
    newest_first = func.max(reported_rows.c.reported_at).desc(), reported_rows.c.run_id
    remembered = connection.execute(of_scope.group_by(reported_rows.c.run_id).order_by(*newest_first)).all()
    sizes = np.cumsum([int(size) for _, size in remembered])
    return [
        run_id
        for number, (run_id, _) in enumerate(remembered)
        if number >= MOST_RUNS or (number and sizes[number] > MOST_BYTES)
    ]


def _exports_hash(run: Run, secret: bytes) -> bytes:
    return hashed(json.dumps([*exports_of(run), run.settings.get("move_from")]), secret)


def _packed(hashes: Hashes) -> bytes:
    return hashes.astype(_STORED).tobytes()


def _unpacked(stored: bytes) -> Hashes:
    return np.frombuffer(stored, _STORED).astype(np.uint64)
