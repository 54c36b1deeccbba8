"""The class ``Ledger``, which other packages use: kept rows, claims, outcomes, doubts, purge, locks of destinations.

``people_memory``, ``scope_memory`` and ``run_history`` have the base classes of ``Ledger``: what the ledger tells about
people, what it remembers from run to run, and its record of runs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from onboarding.ledger import claims, doubts, kept_rows, settling, stamps
from onboarding.ledger.database import Database, server_seconds
from onboarding.ledger.hold import Hold, UnknownRequest, next_generation
from onboarding.ledger.kept_rows import Purged
from onboarding.ledger.lock import Locks
from onboarding.ledger.machine_lock import MachineLock, hold_on_machine
from onboarding.ledger.people_memory import PeopleMemory
from onboarding.ledger.run_history import find_or_add_scope, scope_of_run
from onboarding.ledger.schema import ledger_id
from onboarding.ledger.stamps import Stamp
from onboarding.ledger.unknown_requests import note_unknown
from onboarding.model.errors import ConstraintViolated, LedgerDisconnected
from onboarding.model.outcomes import Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.run import Run, timestamp
from onboarding.runtime.boot_clock import BootClock


class Ledger(PeopleMemory):
    """The durable record of runs, of their rows and of each invite. Several threads may share a ledger.

    Each method that writes, except ``purge``, writes everything or nothing, and its changes are on disk before it
    returns. Any method may raise ``LedgerFailed``.
    """

    def __init__(
        self, database: Database, *, secret: bytes, clock: Callable[[], datetime], boot_clock: BootClock
    ) -> None:
        super().__init__(database, secret=secret, clock=clock, boot_clock=boot_clock)
        self._locks = Locks(database)
        self._scope_of_runs: dict[str, int] = {}
        self._held: dict[int | None, Hold] = {}  # the holds of this process, by the ids of their scopes

    @property
    def id(self) -> str:
        """The id of this ledger: a keyed hash that tells nothing about its content. Copies of a ledger have one id."""
        return ledger_id(self.secret)

    @contextmanager
    def hold(self, run: Run, *, locks: Path | None = None) -> Iterator[Hold]:
        """Hold a run's destination while the block runs, so that no other run can hold it. Raises ``DestinationHeld``.

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

    def claim(self, run_id: str, scope: Scope, chunk: Chunk, *, granted: Callable[[], None] = lambda: None) -> None:
        """Put a chunk in flight, including addresses that this run has ``released`` at the same position.

        An address that is to be invited again is claimed as well if it was invited before this run began. The earlier
        invite becomes ``renewed``, and counts again if the new invite turns out not to have been sent. A chunk that
        this run already has in flight with the same token is claimed once more: the service acts on a token only once.

        ``granted`` is called in the transaction, right before the method checks that this ledger still holds the
        destination. Raises ``AlreadyClaimed`` if any other address of the chunk is in flight, in doubt or invited, or
        if this run has any other row at a position of the chunk. After this error, nothing is claimed. Raises
        ``HoldLost`` if this ledger held the destination and holds it no longer.
        """
        renews = any(person.again for person in chunk.invitees)
        try:
            self._claim(run_id, scope, chunk, is_known=renews, granted=granted)
        except ConstraintViolated:
            self._claim(run_id, scope, chunk, is_known=True, granted=granted)

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return the chunk ``number`` of a run as the run claimed it, to send its request again word for word.

        Return None if the run never claimed the chunk, if its request has no token, or if a purge emptied its
        addresses.
        """
        with self._database.reading() as connection:
            return claims.claimed_chunk(connection, run_id, number)

    def repeat(self, run_id: str, number: int, *, is_taken_back: bool = False) -> None:
        """Record that the request of the claimed chunk ``number`` is about to leave once more, with the same token.

        With ``is_taken_back``, record instead that the service did not take the repeated request. Raises ``HoldLost``.
        """
        with self._database.writing() as connection:
            if hold := self._held.get(self._scope_of(connection, run_id)) if self._held else None:
                hold.raise_if_lost()
                hold.check(connection)
            stamp = self._stamp(connection)
            stamps.record_repetition(connection, run_id, number, stamp, is_taken_back=is_taken_back)
        if hold and not is_taken_back:
            hold.note_request(run_id, number, stamp)

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Record outcomes of claimed rows, and add the attempts of each outcome to the attempts on record.

        Raises ``IllegalStep``, and records nothing, if the earlier state of a row does not allow its outcome. Raises
        ``HoldLost`` if this ledger held the destination and holds it no longer. Then the next holder has put the rows
        in doubt, and asks the service about them.
        """
        with self._database.writing() as connection:
            if self._held and (hold := self._held.get(self._scope_of(connection, run_id))):
                hold.check(connection)
            stamp = partial(self._stamp, connection)
            settling.settle_invites(connection, run_id, outcomes, secret=self.secret, now=self._now(), stamp=stamp)

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
        """Return the invites in doubt, ordered by run and position. ``settle`` records what the service answers.

        Columns: run_id, address, claimed_at and earlier_at (TEXT); position, chunk, losses and departures (int64);
        age_seconds, age_after_boot_seconds and token_seconds (float64). ``doubts.doubts`` says what the columns mean.
        """
        with self._database.reading() as connection:
            scope_id, now = self._scope_id(connection, scope), self._stamp(connection)
            return doubts.doubts(connection, scope_id, now)

    def purge(self, before: datetime) -> Purged:
        """Empty the names and addresses of old runs, and return how many runs and addresses were emptied.

        A run is old if it ended before the moment ``before``. A run that died is old if it last began or resumed before
        that moment. Later runs invite no address of a purged run again, and each row keeps its disposition. Addresses
        in flight or in doubt stay until they are settled. While the purge empties the runs to a destination, it holds
        that destination. If a purge was cut short, the next purge finishes its work. Raises ``DestinationHeld`` if
        another run holds one of the destinations.
        """
        self.answers.empty(timestamp(before))
        return kept_rows.purge_runs(self._database, timestamp(before), now=self._now, hold=self._hold_for_purge)

    def _claim(self, run_id: str, scope: Scope, chunk: Chunk, *, is_known: bool, granted: Callable[[], None]) -> None:
        claim = claims.claim_known if is_known else claims.claim_new
        with self._database.writing() as connection:
            scope_id = self._scope_id(connection, scope)
            granted()
            if hold := self._held.get(scope_id):
                hold.raise_if_lost()
                hold.check(connection)
            if is_known and claims.is_repetition(connection, run_id, chunk, secret=self.secret):
                stamps.record_repetition(connection, run_id, chunk.number, stamp := self._stamp(connection))
            else:
                claim(connection, run_id, scope_id, chunk, secret=self.secret, now=self._now())
                stamp = self._stamp(connection)
                stamps.record_departure(connection, run_id, chunk.number, chunk.token, stamp)
        if hold:  # only now: the ledger must have each request that the note has
            hold.note_request(run_id, chunk.number, stamp)

    def _scope_of(self, connection: Connection, run_id: str) -> int | None:
        if run_id not in self._scope_of_runs and (found := scope_of_run(connection, run_id)) is not None:
            self._scope_of_runs[run_id] = found  # the scope of a run never changes
        return self._scope_of_runs.get(run_id)

    def _unknown_request(self, connection: Connection, scope_id: int, machine: MachineLock) -> UnknownRequest | None:
        """Return the machine's last request if this ledger lacks it. A request of this ledger is noted as unknown."""
        found = machine.found
        if found is None or stamps.has_request(connection, found.run_id, found.chunk, found.departed):
            return None
        if is_own := found.ledger == self.id:
            note_unknown(connection, scope_id, found, now=self._now())
        return UnknownRequest(is_own, *machine.found_seconds_ago())

    def _stamp(self, connection: Connection) -> Stamp:
        now = self._machine_stamp()
        if self._database.file:
            return now
        return replace(now, left_at=server_seconds(connection), is_server_clock=True)

    def _machine_stamp(self) -> Stamp:
        return Stamp(self._boot_clock.boot_id, self._boot_clock.seconds(), self._clock().timestamp())

    def _hold_for_purge(self, scope: Scope) -> AbstractContextManager[object]:
        if any(hold.scope == scope for hold in self._held.values()):
            return nullcontext()
        return self.hold(Run(run_id="", scope=scope, command="purge", version="", started_at=self._clock()))
