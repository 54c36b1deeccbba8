"""Doubts: settle doubtful invitations, by repeating requests that have a token or by looking the people up.

An invitation is in doubt if its answer was lost. First this module repeats young requests by their tokens, on which
the service acts once. Then it waits, since the service may act long after the answer was lost, and looks up the rest.
People who are members were invited. Other people are released, to be invited again, unless the operator does not want
that. A question without an answer is an error, and leaves the doubt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Protocol

import pandas as pd
import pyarrow as pa
import structlog

from onboarding.addresses import keys_of
from onboarding.destinations import InviteService, Refused
from onboarding.model.outcomes import InviteState, MembershipStatus, Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.sent import SettledDoubts
from onboarding.sending.deliver import outcome_of
from onboarding.sending.presence import MemberLookup
from onboarding.sending.retry import RetryPolicy

log = structlog.get_logger()

TOKEN_LIFETIME = timedelta(hours=8)
"""How long the job trusts a service to remember a token. No service documents how long it remembers tokens.

If the service has forgotten a token, it carries the request out, and does not invite members again.
"""

NOT_THERE = "NotThere"
"""The ``error`` of a doubtful invitation if the service does not show the person."""

BATCH_SIZE = 10_000


class Resend(StrEnum):
    """The operator's choice: whether to send a doubtful invitation again if the person is confirmed absent."""

    NEVER = "never"
    CONFIRMED_ABSENT = "confirmed-absent"


class DoubtLedger(Protocol):
    """The functions of the ledger that settling doubts needs: the doubts, the claimed chunks and new outcomes."""

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return the doubtful invitations, one a row: columns run_id, address, since (ISO-8601), position and chunk."""

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return the chunk of a run with a number, as it was claimed. Return None if its request has no token."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes of a run's invitations."""


@dataclass(frozen=True, slots=True)
class DoubtSettler:
    """Settles the doubts of an account with the help of its service.

    ``service`` must raise its errors as ``Questions`` does. ``now`` returns the date and time. ``settle_seconds`` is
    how old a doubt must be before the service is asked about it.
    """

    service: InviteService
    ledger: DoubtLedger
    policy: RetryPolicy
    now: Callable[[], datetime]
    settle_seconds: float
    resend: Resend

    def settle(self, scope: Scope) -> SettledDoubts:
        """Settle the doubts of one scope, and record the outcomes in the ledger.

        Requests with tokens are repeated at once. Then comes a wait, and the look-up of the other people. The wait ends
        when the service must have acted on the youngest doubt. If the wait would pass the deadline, the remaining
        doubts stay. Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``; unsettled doubts then stay.
        """
        replayed, doubts = self._replay(scope)
        if doubts.empty:
            return SettledDoubts(there=replayed)
        if not self._wait(doubts["since"].max(), len(doubts)):
            return SettledDoubts(there=replayed, left=len(doubts))
        # This makes a new lookup, since the answers in an earlier lookup may be older than the doubt.
        members = MemberLookup(self.service)
        settled = SettledDoubts(there=replayed)
        for start in range(0, len(doubts), BATCH_SIZE):
            settled += self._settle(doubts.iloc[start : start + BATCH_SIZE], members)
        log.info("doubt.settled", there=settled.there, released=settled.released, left=settled.left)
        return settled

    def _replay(self, scope: Scope) -> tuple[int, pd.DataFrame]:
        """Repeat requests with tokens. Return how many doubts that settled, and the doubts that are left."""
        doubts = self.ledger.doubts(scope)
        if doubts.empty or self.resend is Resend.NEVER:
            return 0, doubts
        replayed = replay(doubts, self.service, self.ledger, self.now())
        return replayed, self.ledger.doubts(scope) if replayed else doubts

    def _wait(self, since: str, count: int) -> bool:
        """Wait until the youngest doubt is old enough. Return False, without a wait, if the deadline comes before."""
        passed = (self.now() - datetime.fromisoformat(since)).total_seconds()
        # If the clock was set back, this must not wait for ever.
        seconds = self.settle_seconds - max(0.0, passed)
        if self.policy.clock() + seconds > self.policy.deadline:
            return False
        if seconds > 0:
            log.info("doubt.waiting", addresses=count, wait_seconds=round(seconds, 1))
            self.policy.sleep(seconds)
            self.policy.raise_if_stopped()
        return True

    def _settle(self, doubts: pd.DataFrame, members: MemberLookup) -> SettledDoubts:
        addresses = doubts["address"].tolist()
        keys = keys_of(addresses)
        there = members.memberships(pa.array(addresses, pa.string()), pa.array(keys, pa.string()))
        outcomes = [
            (run_id, _outcome(position, key, there.get(key)))
            for run_id, position, key in zip(doubts["run_id"], doubts["position"], keys, strict=True)
            if key in there or self.resend is Resend.CONFIRMED_ABSENT
        ]
        for run_id, of_run in groupby(outcomes, key=lambda settled: settled[0]):
            self.ledger.settle(run_id, [outcome for _, outcome in of_run])
        released = sum(outcome.state is InviteState.RELEASED for _, outcome in outcomes)
        return SettledDoubts(len(outcomes) - released, released, len(doubts) - len(outcomes))


def _outcome(position: int, key: str, membership: MembershipStatus | None) -> Outcome:
    if membership is None:
        return Outcome(position, key, InviteState.RELEASED, attempts=0, error=NOT_THERE)
    return Outcome(position, key, InviteState.INVITED, attempts=0, invite_status=membership.capitalize())


def replay(doubts: pd.DataFrame, service: InviteService, ledger: DoubtLedger, now: datetime) -> int:
    """Repeat the requests that have tokens and are in doubt. Return how many addresses that settled.

    ``doubts`` has the columns of ``DoubtLedger.doubts``. Only requests younger than ``TOKEN_LIFETIME`` are repeated.
    The service acts on such a request once, so no person is invited twice. Raises ``StillThrottled``, ``Interrupted``
    or ``DestinationClosed``.
    """
    young = doubts.loc[[now - datetime.fromisoformat(since) < TOKEN_LIFETIME for since in doubts["since"]]]
    settled = 0
    for _, of_chunk in young.groupby(["run_id", "chunk"], sort=False):
        run_id, number = str(of_chunk["run_id"].iloc[0]), int(of_chunk["chunk"].iloc[0])
        chunk = ledger.claimed(run_id, number)
        # If some positions are settled, the chunk was sent in pieces, and the piece with the lost answer is unknown.
        is_whole = chunk and set(of_chunk["position"]) == {invitee.position for invitee in chunk.invitees}
        if chunk and is_whole and (known := _replay_chunk(chunk, service)):
            ledger.settle(run_id, known)
            settled += len(known)
    if settled:
        log.info("doubt.replayed", addresses=settled)
    return settled


def _replay_chunk(chunk: Chunk, service: InviteService) -> list[Outcome]:
    if service.token(chunk) != chunk.token:
        return []
    try:
        receipts = service.invite(chunk)
    except Refused:
        return []
    outcomes = [outcome_of(invitee, receipts.get(invitee.key), 1) for invitee in chunk.invitees]
    return [outcome for outcome in outcomes if outcome.state is not InviteState.IN_DOUBT]
