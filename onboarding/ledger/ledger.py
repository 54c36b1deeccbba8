"""Who was sent what, and what became of it?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
from sqlalchemy import Connection, select

from onboarding.ledger import claims, history, invites, lock, recall
from onboarding.ledger import recall as requests
from onboarding.ledger.inspection import Look, holder, look
from onboarding.ledger.purge import Purged, purge
from onboarding.ledger.recall import remember_domains, unknown_domains
from onboarding.ledger.schema import about, create_tables, has_tables
from onboarding.ledger.store import Store, open_store
from onboarding.model.errors import ConfigurationError, Contradiction, LedgerFailed
from onboarding.model.outcomes import Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.run import Run, timestamp


class Ledger:
    """The durable record of invites and runs; several threads may share one.

    A method that writes is one transaction, on disk before the method returns. Any of them may raise ``LedgerFailed``.
    """

    def __init__(self, store: Store, *, secret: bytes, clock: Callable[[], datetime]) -> None:
        self.secret = secret
        """32 bytes that key the hashes of addresses, in logs and here: made with the ledger, the same ever after."""
        self._store = store
        self._clock = clock
        self._locks = lock.Locks(store)
        self._held: dict[Scope, lock.IsHeld] = {}
        self._scope_ids: dict[Scope, int] = {}  # a scope keeps its id for ever

    @classmethod
    def open(cls, where: str | Path, *, clock: Callable[[], datetime]) -> Self:
        """Open the ledger at a path (SQLite) or an SQLAlchemy URL, and make it if there is none.

        Raises ``ConfigurationError`` if that is no place for a ledger, or if another version wrote it.
        """
        store = open_store(where)
        try:
            with store.founding() as connection:
                if not has_tables(connection, name=store.name):
                    create_tables(connection, now=timestamp(clock()))
                secret = connection.execute(select(about.c.secret)).scalar_one()
        except (LedgerFailed, ConfigurationError) as error:
            store.close()
            raise ConfigurationError(str(error)) from None
        return cls(store, secret=bytes(secret), clock=clock)

    @staticmethod
    def look(where: str | Path) -> Look:
        """Return how the ledger is, having proven that it can be made or written; nothing is made.

        Raises as ``open`` does, and ``LedgerFailed``.
        """
        return look(where)

    @staticmethod
    def holder(where: str | Path, scope: Scope) -> str | None:
        """Tell which process holds a destination, where and since when, without taking it; None if it is free.

        May raise as ``look`` does.
        """
        return holder(where, scope)

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
        with self._locks.hold(run) as is_held:
            self._held[run.scope] = is_held
            try:
                yield
            finally:
                del self._held[run.scope]

    def begin(self, run: Run) -> None:
        """Record that a run has begun; how it ends is for ``end`` to say."""
        with self._store.writing() as connection:
            history.begin(connection, run)

    def reopen(self, run_id: str) -> Run:
        """Record that this process carries on with a run, and return the run as it now stands.

        Raises ``LedgerFailed`` if the run never began or was purged.
        """
        with self._store.writing() as connection:
            return history.reopen(connection, run_id, self._clock())

    def end(self, run_id: str, *, exit_code: int, counts: Mapping[str, int]) -> None:
        """Record how a run has ended. May be said again after it was resumed: the last word counts."""
        with self._store.writing() as connection:
            history.end(connection, run_id, exit_code=exit_code, counts=counts, now=self._now())

    def runs(self, scope: Scope | None = None) -> list[Run]:
        """Return all runs, or those to one destination, the newest first."""
        with self._store.reading() as connection:
            return history.past_runs(connection, scope)

    def find(self, run_id: str) -> Run | None:
        """Return a run, or None if it never began."""
        with self._store.reading() as connection:
            return history.find(connection, run_id)

    def keep(self, run_id: str, part: int, frame: pd.DataFrame) -> None:
        """Keep one part of a run's decided rows, in place of the same part if it was kept before.

        Raises ``ValueError`` if positions do not follow one another.
        """
        with self._store.writing() as connection:
            history.keep(connection, run_id, part, frame)

    def repack(self, run_id: str, rows: int) -> None:
        """Join the parts that a run has kept to parts of some ``rows``, if they are many and small."""
        with self._store.writing() as connection:
            history.repack(connection, run_id, rows)

    def drop_rows(self, run_ids: Iterable[str]) -> None:
        """Forget the rows that runs have kept: they sent nothing, and nobody is to ask for them again."""
        with self._store.writing() as connection:
            for run_id in run_ids:
                history.drop_parts(connection, run_id)

    def keep_several(self, parts: Iterable[tuple[str, int, pd.DataFrame]]) -> None:
        """Keep parts of several runs, all or none: for each its run, its number and its rows, as ``keep`` does."""
        with self._store.writing() as connection:
            for run_id, part, frame in parts:
                history.keep(connection, run_id, part, frame)

    def complete(self, run_id: str, inputs: Sequence[Mapping[str, object]]) -> None:
        """Record that all rows of a run are kept, and what they were read from."""
        with self._store.writing() as connection:
            history.complete(connection, run_id, inputs)

    def rows(self, run_id: str) -> Iterator[pd.DataFrame]:
        """Yield a run's decided rows as they were kept, in order, with one part in memory at a time."""
        # A transaction for each part: between two parts the caller may write to this same ledger.
        with self._store.reading() as connection:
            numbers = history.part_numbers(connection, run_id)
        for number in numbers:
            with self._store.reading() as connection:
                frame = history.kept_part(connection, run_id, number)
            yield frame

    def rate(self, scope: Scope) -> float | None:
        """Return how many requests a second the service was last seen to allow there, or None if nobody knows."""
        with self._store.reading() as connection:
            return history.rate(connection, scope)

    def remember_rate(self, scope: Scope, rate: float) -> None:
        """Record how many requests a second the service was seen to allow."""
        with self._store.writing() as connection:
            history.remember_rate(connection, scope, rate)

    def remembered(self, scope: Scope, keys: Iterable[str]) -> pd.DataFrame:
        """Return the keys in flight, in doubt or invited.

        Columns: key, state, run_id and decided_at (TEXT); times (int64), how often this ledger has the key as sent.
        """
        with self._store.reading() as connection:
            return recall.remembered(connection, self._scope_id(connection, scope), keys, secret=self.secret)

    def remember_domains(self, scope: Scope, domains: Iterable[str]) -> None:
        """Record under which domains people were invited or there; each as the keys of their addresses have it."""
        with self._store.writing() as connection:
            scope_id = history.find_or_add_scope(connection, scope)
            remember_domains(connection, scope_id, domains, secret=self.secret)

    def unknown_domains(self, scope: Scope, domains: Iterable[str]) -> list[str] | None:
        """Return those of the domains that are not known there, each once, in order; None if none is known at all."""
        with self._store.reading() as connection:
            return unknown_domains(connection, self._scope_id(connection, scope), domains, secret=self.secret)

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Put a chunk in flight, also what this same run has at the same position as ``released``.

        Whoever is to be invited again, and was invited before this run began, is so as well; the earlier invite is
        ``renewed`` then, until it turns out that the new one was not sent. Raises ``AlreadyClaimed``, and claims none
        of it, if another of its addresses is live or of its positions taken; ``LedgerFailed`` if this ledger held the
        destination and has lost it.
        """
        renews = any(one.again for one in chunk.invitees)
        try:
            self._claim(claims.claim_known if renews else claims.claim, run_id, scope, chunk)
        except Contradiction:
            self._claim(claims.claim_known, run_id, scope, chunk)

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return a chunk of a run as it was claimed, to be sent again word for word.

        None if the destination knows its request by no token, or if its people are forgotten.
        """
        with self._store.reading() as connection:
            return requests.claimed(connection, run_id, number)

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Record outcomes of claimed rows, and add their attempts to those on record.

        Raises ``IllegalStep``, and records none, if one does not follow.
        """
        with self._store.writing() as connection:
            invites.settle(connection, run_id, outcomes, secret=self.secret, now=self._now())

    def doubt(self, scope: Scope) -> int:
        """Put in doubt what a dead run left in flight, and return how much. Call it while you hold the destination."""
        with self._store.writing() as connection:
            return invites.doubt(connection, history.find_scope(connection, scope), self._now())

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return what is in doubt, ordered by run and position; ``settle`` takes what was found out about it.

        Columns: run_id, address and since (TEXT), when the doubt arose; position and chunk (int64).
        """
        with self._store.reading() as connection:
            return recall.doubts(connection, history.find_scope(connection, scope))

    def outcomes(self, run_id: str, start: int, stop: int) -> pd.DataFrame:
        """Return what became of a run's claimed rows at start <= position < stop, indexed by position.

        Columns: chunk and attempts (int64); state, invite_id, invite_status, email_status, error, decided_at (TEXT).
        """
        with self._store.reading() as connection:
            return recall.outcomes(connection, run_id, start, stop)

    def purge(self, before: datetime) -> Purged:
        """Forget who was in the runs that ended before a moment, or that began or resumed before it and died.

        Nobody of them is invited again, and what became of each row can still be told. Addresses in flight or in
        doubt are kept until they are settled. Holds each destination while it works, unless this ledger does already.
        A purge that was cut short is finished by the next. Raises ``DestinationHeld``.
        """
        return purge(self._store, timestamp(before), now=self._now, hold=self._hold_for_purge)

    def _claim(self, claim: Callable[..., None], run_id: str, scope: Scope, chunk: Chunk) -> None:
        with self._store.writing() as connection:
            scope_id = self._scope_id(connection, scope)
            claim(connection, run_id, scope_id, chunk, secret=self.secret, now=self._now())
            requests.note(connection, run_id, chunk)
            if scope in self._held and not self._held[scope]():
                raise LedgerFailed(
                    f"ledger {self._store.name}: the connection that held {scope.destination} {scope.account} was lost;"
                    " another run may hold it now, so nothing more is sent"
                )

    def _scope_id(self, connection: Connection, scope: Scope) -> int | None:
        if scope not in self._scope_ids and (found := history.find_scope(connection, scope)) is not None:
            self._scope_ids[scope] = found
        return self._scope_ids.get(scope)

    def _hold_for_purge(self, scope: Scope) -> AbstractContextManager[None]:
        if scope in self._held:
            return nullcontext()
        return self.hold(Run(run_id="", scope=scope, command="purge", version="", started_at=self._clock()))

    def _now(self) -> str:
        return timestamp(self._clock())
