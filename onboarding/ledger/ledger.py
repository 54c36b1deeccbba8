"""The class ``Ledger``, which other packages use. This module adds kept rows, doubts, the purge and the hold.

``Ledger`` has four base classes. ``request_record`` records requests, ``people_memory`` finds facts about people,
``scope_memory`` keeps facts about an account from run to run, and ``run_history`` records runs.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from onboarding.ledger import claims, doubts, kept_rows, stamps
from onboarding.ledger.database import Database
from onboarding.ledger.hold import Hold, UnknownRequest, next_generation
from onboarding.ledger.kept_rows import Purged
from onboarding.ledger.lock import Locks
from onboarding.ledger.machine_lock import MachineLock, hold_on_machine
from onboarding.ledger.request_record import RequestRecord
from onboarding.ledger.run_history import find_or_add_scope
from onboarding.ledger.schema import ledger_id
from onboarding.ledger.unknown_requests import note_unknown
from onboarding.model.errors import LedgerDisconnected
from onboarding.model.plan import Chunk, Scope
from onboarding.model.run import Run, timestamp
from onboarding.runtime.boot_clock import BootClock


class Ledger(RequestRecord):
    """The durable record of runs, of their rows and of each invite. Several threads may share a ledger.

    Each method that writes, except ``purge``, writes everything or nothing, and its changes are on disk before it
    returns. Any method may raise ``LedgerFailed``.
    """

    def __init__(
        self, database: Database, *, secret: bytes, clock: Callable[[], datetime], boot_clock: BootClock
    ) -> None:
        super().__init__(database, secret=secret, clock=clock, boot_clock=boot_clock)
        self._locks = Locks(database)

    @property
    def id(self) -> str:
        """The id of this ledger: a hash that reveals nothing about its content. Copies of a ledger have the same id."""
        return ledger_id(self.secret)

    @contextmanager
    def hold(self, run: Run, *, locks: Path | None = None) -> Iterator[Hold]:
        """Hold a run's destination until the block ends, so that no other run can hold it. Raises ``DestinationHeld``.

        ``locks`` is the folder of the locks that all users and ledgers of this machine share, or None for the lock of
        this ledger alone. If the hold is lost in the block, each claim and each outcome in the destination raises
        ``HoldLost``. Raises ``ConfigurationError`` if no lock can be made.
        """
        on_machine = hold_on_machine(locks, run, self.id, self._machine_stamp) if locks else nullcontext()
        with self._locks.hold(run) as lock, on_machine as machine:
            with self._database.writing() as connection:
                scope_id = find_or_add_scope(connection, run.scope)
                generation = next_generation(connection, scope_id)
                unknown = self._unknown_request(connection, scope_id, machine) if machine else None
            hold = self._held[scope_id] = Hold(run.scope, scope_id, generation, lock, machine, unknown)
            try:
                yield hold
            except LedgerDisconnected:
                hold.raise_if_lost()  # the lock may be lost with the connection, and then another run may begin
                raise
            finally:
                del self._held[scope_id]

    def check_hold(self, scope: Scope) -> None:
        """Raise ``HoldLost`` if this ledger has held a destination and no longer holds it."""
        with self._database.reading() as connection:
            if hold := self._held.get(self._scope_id(connection, scope)):
                hold.raise_if_lost()
                hold.check(connection)

    def keep(self, run_id: str, part: int, frame: pd.DataFrame) -> None:
        """Keep a part of the decided rows of a run, under the number ``part``.

        The part replaces an older part with the same number. The index of ``frame`` has the positions of the rows.
        Raises ``ValueError`` if the positions have gaps.
        """
        self.keep_several([(run_id, part, frame)])

    def keep_several(self, parts: Iterable[tuple[str, int, pd.DataFrame]]) -> None:
        """Keep several parts of the decided rows of runs: all parts, or none after an error.

        Each part has a run id, the number of the part, and a frame of rows.
        """
        with self._database.writing() as connection:
            for run_id, part, frame in parts:
                kept_rows.keep_part(connection, run_id, part, frame)

    def repack(self, run_id: str, rows: int) -> None:
        """Join the kept parts of a run if they are many and small. A joined part has about as many rows as ``rows``."""
        with self._database.writing() as connection:
            kept_rows.repack_parts(connection, run_id, rows)

    def drop_rows(self, run_ids: Iterable[str]) -> None:
        """Delete the kept rows of runs that sent nothing. The reports of these runs cannot be written again."""
        with self._database.writing() as connection:
            for run_id in run_ids:
                kept_rows.drop_parts(connection, run_id)

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return the chunk ``number`` of a run as the run claimed it, to send its request again word for word.

        Return None if the run never claimed the chunk, if its request has no token, or if a purge emptied its
        addresses.
        """
        with self._database.reading() as connection:
            return claims.claimed_chunk(connection, run_id, number)

    def doubt(self, scope: Scope) -> int:
        """Turn the invites that a dead run left in flight into invites in doubt, and return how many there were.

        In a ledger on SQLite, this machine's boot clock measures the ages of all doubts from now on. The caller must
        hold the destination. Raises ``HoldLost`` if this ledger held the destination and holds it no longer.
        """
        with self._database.writing() as connection:
            scope_id = self._scope_id(connection, scope)
            if hold := self._held.get(scope_id):
                hold.check(connection)
            if self._database.file:
                stamps.carry_into_boot(connection, scope_id, self._stamp(connection))
            return doubts.doubt(connection, scope_id, self._now())

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return the invites in doubt, ordered by run and position. ``settle`` records their outcomes.

        Columns: run_id, address, claimed_at and earlier_at (TEXT); position, chunk, losses and departures (int64);
        age_seconds, age_after_boot_seconds and token_seconds (float64). The function ``doubts`` in the module
        ``doubts`` explains the columns.
        """
        with self._database.reading() as connection:
            scope_id, now = self._scope_id(connection, scope), self._stamp(connection)
            return doubts.doubts(connection, scope_id, now)

    def purge(self, before: datetime) -> Purged:
        """Empty the names and addresses of old runs, and return how many runs and addresses were emptied.

        A run is old if it ended before the moment ``before``. A run that died is old if it last began or resumed before
        that moment. Later runs invite no address of a purged run again, and each row keeps its disposition. Addresses
        in flight or in doubt stay until they are settled. While the purge empties the runs to a destination, the purge
        holds this destination. If a purge was cut short, the next purge finishes the work. Raises ``DestinationHeld``
        if another run holds one of the destinations.
        """
        self.answers.empty(timestamp(before))
        return kept_rows.purge_runs(self._database, timestamp(before), now=self._now, hold=self._hold_for_purge)

    def _unknown_request(self, connection: Connection, scope_id: int, machine: MachineLock) -> UnknownRequest | None:
        """Return the machine's last request if this ledger lacks the request. Otherwise, return None.

        If the request is from a later state of this ledger, also record that the ledger lacks it.
        """
        found = machine.found
        if found is None or stamps.has_request(connection, found.run_id, found.chunk, found.departed):
            return None
        if is_own := found.ledger == self.id:
            note_unknown(connection, scope_id, found, now=self._now())
        return UnknownRequest(is_own, *machine.found_seconds_ago())

    def _hold_for_purge(self, scope: Scope) -> AbstractContextManager[object]:
        if any(hold.scope == scope for hold in self._held.values()):
            return nullcontext()
        return self.hold(Run(run_id="", scope=scope, command="purge", version="", started_at=self._clock()))
