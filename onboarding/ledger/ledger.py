"""Who was sent what, and what became of it?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from onboarding.errors import ConfigurationError
from onboarding.ledger import history, invites, lock, schema
from onboarding.ledger.failures import AlreadyClaimed, Contradiction, LedgerFailed
from onboarding.ledger.run import Run
from onboarding.ledger.store import Store, open_store
from onboarding.outcomes import Outcome
from onboarding.plan import Chunk, Scope


class Ledger:
    """The durable record of invites and runs; several threads may share one.

    A method that writes is one transaction, on disk before the method returns. Any of them may raise ``LedgerFailed``.
    """

    def __init__(self, store: Store, *, secret: bytes, clock: Callable[[], datetime]) -> None:
        self.secret = secret
        """32 bytes that key the hashes by which logs name addresses: made with the ledger, the same ever after."""
        self._store = store
        self._clock = clock
        self._held: dict[Scope, lock.IsHeld] = {}

    @classmethod
    def open(cls, where: str | Path, *, clock: Callable[[], datetime]) -> Self:
        """Open the ledger at a path (SQLite) or an SQLAlchemy URL, and make it if there is none.

        Raises ``ConfigurationError`` if that is no place for a ledger, or if a newer version wrote it.
        """
        store = open_store(where)
        try:
            with store.founding() as connection:
                secret = schema.prepare(connection, name=store.name, now=history.as_text(clock()))
        except (LedgerFailed, ConfigurationError) as error:
            store.close()
            raise ConfigurationError(str(error)) from None
        return cls(store, secret=secret, clock=clock)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def hold(self, run: Run) -> Iterator[None]:
        """Keep every other run from this run's destination inside the block. Raises ``DestinationHeld``."""
        with lock.hold(self._store, run) as is_held:
            self._held[run.scope] = is_held
            try:
                yield
            finally:
                del self._held[run.scope]

    def begin(self, run: Run) -> None:
        """Record that a run has begun; how it ends is for ``end`` to say."""
        with self._store.writing() as connection:
            history.begin(connection, run)

    def end(self, run_id: str, *, exit_code: int, counts: Mapping[str, int]) -> None:
        """Record how a run has ended."""
        with self._store.writing() as connection:
            history.end(connection, run_id, exit_code=exit_code, counts=counts, now=self._now())

    def runs(self) -> list[Run]:
        """Return all runs, the newest first."""
        with self._store.reading() as connection:
            return history.past_runs(connection)

    def keep(self, run_id: str, part: int, frame: pd.DataFrame) -> None:
        """Keep one part of a run's decided rows. Raises ``ValueError`` if positions do not follow one another."""
        with self._store.writing() as connection:
            history.keep(connection, run_id, part, frame)

    def rows(self, run_id: str) -> Iterator[pd.DataFrame]:
        """Yield a run's decided rows as they were kept, in order, with one part in memory at a time."""
        # A transaction for each part: between two parts the caller may write to this same ledger.
        with self._store.reading() as connection:
            numbers = history.part_numbers(connection, run_id)
        for number in numbers:
            with self._store.reading() as connection:
                frame = history.kept_part(connection, run_id, number)
            yield frame

    def remembered(self, scope: Scope, keys: Iterable[str]) -> pd.DataFrame:
        """Return the keys in flight, in doubt or invited: columns key, state, run_id and decided_at, all TEXT."""
        with self._store.reading() as connection:
            return invites.remembered(connection, history.find_scope(connection, scope), keys)

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Put a chunk in flight.

        Raises ``AlreadyClaimed``, and claims none of it, if one of its addresses is live; ``LedgerFailed`` if this
        ledger held the destination and has lost it.
        """
        try:
            with self._store.writing() as connection:
                invites.claim(connection, run_id, history.find_scope(connection, scope), chunk, self._now())
                if scope in self._held and not self._held[scope]():
                    raise LedgerFailed(
                        f"ledger {self._store.name}: the connection that held {scope.destination} {scope.account} was"
                        " lost; another run may hold it now, so nothing more is sent"
                    )
        except Contradiction:
            live = self.remembered(scope, [one.key for one in chunk.invitees])
            if live.empty:
                raise
            raise AlreadyClaimed(
                f"ledger {self._store.name}: chunk {chunk.number} of run {run_id} was not claimed, since run"
                f" {live['run_id'].iloc[0]} has {len(live)} of its addresses as {live['state'].iloc[0]}"
            ) from None

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Record outcomes of claimed rows. Raises ``IllegalStep``, and records none, if one does not follow."""
        with self._store.writing() as connection:
            invites.settle(connection, run_id, outcomes, self._now())

    def doubt(self, scope: Scope) -> int:
        """Put in doubt what a dead run left in flight, and return how much. Call it while you hold the destination."""
        with self._store.writing() as connection:
            return invites.doubt(connection, history.find_scope(connection, scope), self._now())

    def outcomes(self, run_id: str, start: int, stop: int) -> pd.DataFrame:
        """Return what became of a run's claimed rows at start <= position < stop, indexed by position.

        Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error, decided_at (TEXT).
        """
        with self._store.reading() as connection:
            return invites.outcomes(connection, run_id, start, stop)

    def _now(self) -> str:
        return history.as_text(self._clock())
