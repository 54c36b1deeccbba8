"""The ledger as other rooms use it: the durable record of runs, of their rows and of every invite."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime

import pandas as pd

from onboarding.ledger import claims, invites, kept_rows
from onboarding.ledger.database import Database
from onboarding.ledger.kept_rows import Purged
from onboarding.ledger.lock import IsHeld, Locks
from onboarding.ledger.run_history import RunHistory
from onboarding.model.errors import ConstraintViolated, LedgerFailed
from onboarding.model.outcomes import Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.run import Run, timestamp


class Ledger(RunHistory):
    """A run history that also keeps the rows of runs and every invite. Several threads may share a ledger.

    A method that writes is one transaction, on disk before the method returns. Any method may raise ``LedgerFailed``.
    """

    def __init__(self, database: Database, *, secret: bytes, clock: Callable[[], datetime]) -> None:
        super().__init__(database, secret=secret, clock=clock)
        self._locks = Locks(database)
        self._held: dict[Scope, IsHeld] = {}

    @contextmanager
    def hold(self, run: Run) -> Iterator[None]:
        """Keep every other run from this run's destination inside the block. Raises ``DestinationHeld``."""
        with self._locks.hold(run) as is_held:
            self._held[run.scope] = is_held
            try:
                yield
            finally:
                del self._held[run.scope]

    def keep(self, run_id: str, part: int, frame: pd.DataFrame) -> None:
        """Keep one part of a run's decided rows, in place of the part that has this number.

        Raises ``ValueError`` if positions do not follow one another.
        """
        self.keep_several([(run_id, part, frame)])

    def keep_several(self, parts: Iterable[tuple[str, int, pd.DataFrame]]) -> None:
        """Keep parts of several runs, all or none. Each has its run id, its number and its rows, as in ``keep``."""
        with self._database.writing() as connection:
            for run_id, part, frame in parts:
                kept_rows.keep_part(connection, run_id, part, frame)

    def repack(self, run_id: str, rows: int) -> None:
        """Join the parts that a run has kept to parts of about ``rows`` rows, if the parts are many and small."""
        with self._database.writing() as connection:
            kept_rows.repack_parts(connection, run_id, rows)

    def drop_rows(self, run_ids: Iterable[str]) -> None:
        """Delete the rows that runs have kept. The runs sent nothing, and their reports are never written again."""
        with self._database.writing() as connection:
            for run_id in run_ids:
                kept_rows.drop_parts(connection, run_id)

    def rows(self, run_id: str) -> Iterator[pd.DataFrame]:
        """Yield a run's decided rows as they were kept, in order, with one part in memory at a time."""
        # Each part has its own transaction: between two parts the caller may write to this same ledger.
        with self._database.reading() as connection:
            numbers = kept_rows.part_numbers(connection, run_id)
        for number in numbers:
            with self._database.reading() as connection:
                frame = kept_rows.kept_part(connection, run_id, number)
            yield frame

    def live_invites(self, scope: Scope, keys: Iterable[str]) -> pd.DataFrame:
        """Return the invites in flight, in doubt or invited that these address keys have.

        Columns: key, state, run_id and decided_at (TEXT); times (int64), how often the key was sent.
        """
        with self._database.reading() as connection:
            return invites.live_invites(connection, self._scope_id(connection, scope), keys, secret=self.secret)

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Put a chunk in flight, including addresses that this run has ``released`` at the same position.

        An address that is to be invited again is claimed as well if it was invited before this run began. The earlier
        invite is ``renewed``, and counts again if the new invite turns out not to be sent. Raises ``AlreadyClaimed``,
        and claims nothing, if any other address of the chunk is live or any of its positions taken. Raises
        ``LedgerFailed`` if this ledger held the destination and has lost it.
        """
        renews = any(person.again for person in chunk.invitees)
        try:
            self._claim(run_id, scope, chunk, is_known=renews)
        except ConstraintViolated:
            self._claim(run_id, scope, chunk, is_known=True)

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return a chunk of a run as it was claimed, to be sent again word for word.

        None if the destination knows its request by no token, or if its addresses were purged.
        """
        with self._database.reading() as connection:
            return claims.claimed_chunk(connection, run_id, number)

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Record outcomes of claimed rows, and add their attempts to those on record.

        Raises ``IllegalStep``, and records nothing, if an outcome does not follow from the state before.
        """
        with self._database.writing() as connection:
            invites.settle_invites(connection, run_id, outcomes, secret=self.secret, now=self._now())

    def doubt(self, scope: Scope) -> int:
        """Put in doubt the invites that a dead run left in flight, and return how many.

        The caller holds the destination.
        """
        with self._database.writing() as connection:
            return invites.doubt(connection, self._scope_id(connection, scope), self._now())

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return the invites in doubt, ordered by run and position. ``settle`` takes what the service says about them.

        Columns: run_id, address and since (TEXT), when the doubt arose; position and chunk (int64).
        """
        with self._database.reading() as connection:
            return invites.doubts(connection, self._scope_id(connection, scope))

    def outcomes(self, run_id: str, start: int, stop: int) -> pd.DataFrame:
        """Return the outcomes of a run's claimed rows at start <= position < stop, indexed by position.

        Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error, decided_at (TEXT).
        """
        with self._database.reading() as connection:
            return invites.outcomes(connection, run_id, start, stop)

    def purge(self, before: datetime) -> Purged:
        """Empty the names and addresses of the runs that ended before a moment, or that died and began before it.

        A purge lets no address be invited twice, and each row keeps its disposition. Addresses in flight or in doubt
        are kept until they are settled. Holds each destination while it works, unless this ledger holds it already.
        The next purge finishes one that was cut short. Raises ``DestinationHeld``.
        """
        return kept_rows.purge_runs(self._database, timestamp(before), now=self._now, hold=self._hold_for_purge)

    def _claim(self, run_id: str, scope: Scope, chunk: Chunk, *, is_known: bool) -> None:
        claim = claims.claim_known if is_known else claims.claim_new
        with self._database.writing() as connection:
            scope_id = self._scope_id(connection, scope)
            claim(connection, run_id, scope_id, chunk, secret=self.secret, now=self._now())
            claims.record_token(connection, run_id, chunk)
            if scope in self._held and not self._held[scope]():
                raise LedgerFailed(
                    f"ledger {self._database.name}: the connection that held {scope.destination} {scope.account} was"
                    " lost; another run may hold it now, so nothing more is sent"
                )

    def _hold_for_purge(self, scope: Scope) -> AbstractContextManager[None]:
        if scope in self._held:
            return nullcontext()
        return self.hold(Run(run_id="", scope=scope, command="purge", version="", started_at=self._clock()))
