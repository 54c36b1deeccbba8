"""The part of a ledger that records requests while a run sends: a claim before each request, and outcomes afterwards.

Threads send at the same time, and each claims its next chunk and records the outcomes of its last one. If several
threads record something at the same moment, they share one transaction (``group_commit``), so that they wait for the
disk only once. If the ledger refuses what one thread records, the transaction changes nothing, and each thread records
its own part alone. So no thread fails because of another thread.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from onboarding.ledger import claims, settling, stamps
from onboarding.ledger.database import Database, server_seconds
from onboarding.ledger.group_commit import GroupCommit
from onboarding.ledger.hold import Hold
from onboarding.ledger.people_memory import PeopleMemory
from onboarding.ledger.run_history import scope_of_run
from onboarding.ledger.stamps import Stamp
from onboarding.model.errors import ConstraintViolated, LedgerBusy, LedgerDisconnected
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import CHUNK_SIZE, Chunk, Scope
from onboarding.model.values import dataclass
from onboarding.runtime.boot_clock import BootClock


@dataclass(frozen=True, slots=True)
class _WantedClaim:
    """The arguments of a call to ``RequestRecord.claim``.

    ``is_known`` says whether the ledger may have addresses of the chunk already. If so, the ledger must look them up.
    """

    run_id: str
    scope: Scope
    chunk: Chunk
    granted: Callable[[], None]
    is_known: bool


@dataclass(frozen=True, slots=True)
class _WantedOutcomes:
    """The arguments of a call to ``RequestRecord.settle``.

    ``is_usual`` is True if all people were invited. If all rows are in flight as well, no row has to be looked up.
    """

    run_id: str
    outcomes: Sequence[Outcome] = field(repr=False)
    is_usual: bool


@dataclass(frozen=True, slots=True)
class _Departure:
    """A transaction's last request to a destination, with the request's stamp. This process holds the destination."""

    hold: Hold
    claim: _WantedClaim
    stamp: Stamp


class RequestRecord(PeopleMemory):
    """The record of the requests of runs: the chunks in flight, and the outcomes of their addresses.

    Several threads may share this object.
    """

    def __init__(
        self, database: Database, *, secret: bytes, clock: Callable[[], datetime], boot_clock: BootClock
    ) -> None:
        super().__init__(database, secret=secret, clock=clock, boot_clock=boot_clock)
        self._scope_of_runs: dict[str, int] = {}
        self._held: dict[int | None, Hold] = {}  # the holds of this process, by the ids of their scopes
        self._together = GroupCommit[_WantedClaim | _WantedOutcomes](self._record_together)

    def claim(self, run_id: str, scope: Scope, chunk: Chunk, *, granted: Callable[[], None] = lambda: None) -> None:
        """Put a chunk in flight, including addresses that this run has ``released`` at the same position.

        If an address is to be invited again, and its invite is older than this run, the address is claimed, too. The
        earlier invite becomes ``renewed``. If the new invite turns out not to have been sent, the earlier invite
        becomes ``invited`` again. A chunk that this run already has in flight with the same token is claimed once more,
        since the service acts on a token only once.

        ``granted`` is called in the transaction, right before the method checks that this ledger still holds the
        destination. If the method has to try again, it calls ``granted`` again. Raises ``AlreadyClaimed`` if any other
        address of the chunk is in flight, in doubt or invited, or if this run has any other row at a position of the
        chunk. After this error, nothing is claimed. Raises ``HoldLost`` if this ledger held the destination and holds
        it no longer.
        """
        claim = _WantedClaim(run_id, scope, chunk, granted, is_known=any(person.again for person in chunk.invitees))
        if self._together.write(claim):
            return
        try:
            self._record_alone(claim)
        except ConstraintViolated:
            self._record_alone(replace(claim, is_known=True))

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
        # A settled doubt counts no attempt: its row is not in flight, so it has to be looked up.
        usual = all(outcome.state is InviteState.INVITED and outcome.attempts for outcome in outcomes)
        usual = usual and len(outcomes) <= CHUNK_SIZE
        if not self._together.write(_WantedOutcomes(run_id, outcomes, is_usual=usual)):
            self._record_alone(_WantedOutcomes(run_id, outcomes, is_usual=False))

    def _record_alone(self, item: _WantedClaim | _WantedOutcomes) -> None:
        with self._database.writing() as connection:
            requests = self._record(connection, [item])
        self._note(requests)

    def _record_together(self, group: Sequence[_WantedClaim | _WantedOutcomes]) -> bool:
        """Record claims and outcomes in one transaction. Return False if nothing was recorded, since one was refused.

        Raises ``LedgerFailed`` if the database fails, or if it is not known whether the transaction took effect.
        """
        is_committing = False
        try:
            with self._database.writing() as connection:
                requests = self._record(connection, group)
                is_committing = True
        except (LedgerBusy, LedgerDisconnected):
            raise
        except Exception:
            if is_committing:
                raise
            return False  # each thread records its part alone, and raises its own error
        self._note(requests)
        return True

    def _record(self, connection: Connection, group: Sequence[_WantedClaim | _WantedOutcomes]) -> list[_Departure]:
        """Record claims and outcomes, and return the last request to each destination that this process holds."""
        claimed = [item for item in group if isinstance(item, _WantedClaim)]
        settled = [item for item in group if isinstance(item, _WantedOutcomes)]
        scope_ids = [self._scope_id(connection, claim.scope) for claim in claimed]
        for claim in claimed:
            claim.granted()
        for hold in self._holds(scope_ids):
            hold.raise_if_lost()
        of_runs = [self._scope_of(connection, settlement.run_id) for settlement in settled] if self._held else []
        for hold in self._holds([*scope_ids, *of_runs]):
            hold.check(connection)
        stamp = self._put_in_flight(connection, claimed, scope_ids) if claimed else None
        self._settle(connection, settled)
        last = dict(zip(scope_ids, claimed, strict=True))
        held = {hold.scope_id: hold for hold in self._holds(last)}
        return [_Departure(held[at], claim, stamp) for at, claim in last.items() if stamp and at in held]

    def _holds(self, scope_ids: Iterable[int | None]) -> list[Hold]:
        return [hold for at in sorted({at for at in scope_ids if at is not None}) if (hold := self._held.get(at))]

    def _put_in_flight(
        self, connection: Connection, claimed: Sequence[_WantedClaim], scope_ids: Sequence[int | None]
    ) -> Stamp:
        """Put chunks in flight, and return the stamp of their requests. Each claim has the id of its scope."""
        new, repeated, now = [], [], self._now()
        for claim, scope_id in zip(claimed, scope_ids, strict=True):
            run_id, chunk = claim.run_id, claim.chunk
            if not claim.is_known:
                new.append(claims.NewClaim(run_id, scope_id, chunk))
            elif claims.is_repetition(connection, run_id, chunk, secret=self.secret):
                repeated.append(claim)
            else:
                claims.claim_known(connection, run_id, scope_id, chunk, secret=self.secret, now=now)
        claims.claim_new(connection, new, secret=self.secret, now=now)
        stamp = self._stamp(connection)
        for claim in repeated:
            stamps.record_repetition(connection, claim.run_id, claim.chunk.number, stamp)
        leaving = [(claim.run_id, claim.chunk.number, claim.chunk.token) for claim in claimed if claim not in repeated]
        stamps.record_departures(connection, leaving, stamp)
        return stamp

    def _settle(self, connection: Connection, settled: Sequence[_WantedOutcomes]) -> None:
        usual = [(each.run_id, each.outcomes) for each in settled if each.is_usual]
        settling.settle_invited(connection, usual, secret=self.secret, now=self._now())
        stamp = partial(self._stamp, connection)
        for one in (each for each in settled if not each.is_usual):
            settling.settle_invites(
                connection, one.run_id, one.outcomes, secret=self.secret, now=self._now(), stamp=stamp
            )

    def _note(self, requests: Iterable[_Departure]) -> None:
        for last in requests:  # only after the commit: the ledger must have each request in the note
            last.hold.note_request(last.claim.run_id, last.claim.chunk.number, last.stamp)

    def _scope_of(self, connection: Connection, run_id: str) -> int | None:
        if run_id not in self._scope_of_runs and (found := scope_of_run(connection, run_id)) is not None:
            self._scope_of_runs[run_id] = found  # the scope of a run never changes
        return self._scope_of_runs.get(run_id)

    def _stamp(self, connection: Connection) -> Stamp:
        now = self._machine_stamp()
        if self._database.file:
            return now
        return replace(now, left_at=server_seconds(connection), is_server_clock=True)

    def _machine_stamp(self) -> Stamp:
        return Stamp(self._boot_clock.boot_id, self._boot_clock.seconds(), self._clock().timestamp())
