"""The rosters of runs: who was in the exports of a run, as keyed hashes, so that a later run can tell who is gone.

``preparing.guards.roster`` makes and compares the hashes. In this module, a roster is only bytes.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import delete, insert, select

from onboarding.ledger.database import Database
from onboarding.ledger.schema import rosters


class Rosters:
    """The rosters in a ledger. A roster contains a hash of each person in the exports of a run.

    A roster is kept in parts, so that only one part is in memory. Any method may raise ``LedgerFailed``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, run_id: str, parts: Iterable[bytes]) -> None:
        """Keep a run's roster: hashes of the people in its exports. It replaces an earlier roster of the same run."""
        self.drop([run_id])
        for number, people in enumerate(parts):
            with self._database.writing() as connection:
                connection.execute(insert(rosters), {"run_id": run_id, "part": number, "people": people})

    def parts(self, run_id: str) -> Iterator[bytes]:
        """Yield the parts of a run's roster, in order. Yield nothing if the ledger has no roster of the run.

        A roster has hashes of the people in the run's exports.
        """
        with self._database.reading() as connection:
            of_run = select(rosters.c.part).where(rosters.c.run_id == run_id).order_by(rosters.c.part)
            numbers = connection.scalars(of_run).all()
        for number in numbers:
            this = select(rosters.c.people).where(rosters.c.run_id == run_id, rosters.c.part == number)
            with self._database.reading() as connection:
                people = connection.scalar(this)
            if people is not None:
                yield bytes(people)

    def run_ids(self) -> frozenset[str]:
        """Return the ids of all runs whose roster is kept."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(rosters.c.run_id).distinct()).all())

    def drop(self, run_ids: Iterable[str]) -> None:
        """Forget the rosters of these runs. A roster has hashes of the people in the exports."""
        for run_id in run_ids:
            with self._database.writing() as connection:
                connection.execute(delete(rosters).where(rosters.c.run_id == run_id))
