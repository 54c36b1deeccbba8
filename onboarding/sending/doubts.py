"""What became of those of whom nobody knows whether the service took them?

The service is asked, after a while: it may act on a request long after the answer was lost. Who is there was invited;
who is not is released, to be sent again, unless that is not wanted. A question without an answer is an error, and
leaves the doubt.
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
from onboarding.model.outcomes import Membership, Outcome, State
from onboarding.model.plan import Chunk, Scope
from onboarding.model.sent import SettledDoubts
from onboarding.sending.deliver import outcome_of
from onboarding.sending.presence import MemberLookup
from onboarding.sending.retry import RetryPolicy

log = structlog.get_logger()


REMEMBERED_FOR = timedelta(hours=8)
"""How long a service is trusted to remember a token. None says how long it does; who is asked too late is asked for
nothing but what was to be done anyway, and a person who is there is not invited twice."""


class Requests(Protocol):
    """Remember which request was sent for a chunk, and take what became of it."""

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return a chunk of a run as it was claimed, if its request has a token."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit what became of it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Send again what the service knows to be a repetition, as a question: nothing new is done."""

    service: InviteService
    requests: Requests

    def settle(self, doubts: pd.DataFrame, now: datetime) -> int:
        """Settle of these doubts what can be, as ``Ledger.doubts`` has them, and return how many addresses that was.

        Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``.
        """
        young = doubts.loc[[now - datetime.fromisoformat(since) < REMEMBERED_FOR for since in doubts["since"]]]
        settled = 0
        for run_id, of_run in young.groupby("run_id", sort=False):
            for number, of_chunk in of_run.groupby("chunk", sort=False):
                settled += self._settle(str(run_id), int(str(number)), set(of_chunk["position"]))
        if settled:
            log.info("doubt.replayed", addresses=settled)
        return settled

    def _settle(self, run_id: str, number: int, doubtful: set[int]) -> int:
        chunk = self.requests.claimed(run_id, number)
        if chunk is None or self.service.token(chunk) != chunk.token:
            return 0
        if doubtful != {invitee.position for invitee in chunk.invitees}:
            return 0  # it was sent in pieces, and which one was lost is not known
        try:
            receipts = self.service.invite(chunk)
        except Refused:
            return 0
        outcomes = [outcome_of(invitee, receipts.get(invitee.key), 1) for invitee in chunk.invitees]
        known = [outcome for outcome in outcomes if outcome.state is not State.IN_DOUBT]
        self.requests.settle(run_id, known)
        return len(known)


NOT_THERE = "NotThere"
"""The ``error`` of an invite that was in doubt, and whose address the service does not show."""

AT_A_TIME = 10_000


class Resend(StrEnum):
    """Whether to send again what was in doubt."""

    NEVER = "never"
    CONFIRMED_ABSENT = "confirmed-absent"


class Doubts(Protocol):
    """Remember what is in doubt."""

    def doubts(self, scope: Scope) -> pd.DataFrame:
        """Return what is in doubt: columns run_id, address, since (ISO-8601), position and chunk."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit what became of it."""


@dataclass(frozen=True, slots=True)
class DoubtSettler:
    """Settle doubts with the service. ``now`` is the time of day, by which doubts are dated."""

    service: InviteService
    doubts: Doubts
    policy: RetryPolicy
    now: Callable[[], datetime]
    settle_seconds: float
    resend: Resend
    replay: Replay | None = None
    """Asked first, where the service knows requests by their tokens: it need not be waited for."""

    def confirm(self, scope: Scope) -> SettledDoubts:
        """Ask about everything that is in doubt and record the answers; wait first until it must have settled.

        Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``; what is not
        settled by then stays in doubt, and so does all if the wait would pass the deadline.
        """
        replayed, doubts = self._replay(scope)
        if doubts.empty:
            return SettledDoubts(there=replayed)
        if not self._wait(doubts["since"].max(), len(doubts)):
            return SettledDoubts(there=replayed, left=len(doubts))
        # Asked anew: what was known before may be older than the doubt.
        presence = MemberLookup(self.service)
        confirmed = SettledDoubts(there=replayed)
        for start in range(0, len(doubts), AT_A_TIME):
            confirmed += self._settle(doubts.iloc[start : start + AT_A_TIME], presence)
        log.info("doubt.settled", there=confirmed.there, released=confirmed.released, left=confirmed.left)
        return confirmed

    def _replay(self, scope: Scope) -> tuple[int, pd.DataFrame]:
        """Return how many doubts the service's own memory has settled, and those that are left."""
        doubts = self.doubts.doubts(scope)
        if doubts.empty or self.replay is None or self.resend is Resend.NEVER:
            return 0, doubts
        replayed = self.replay.settle(doubts, self.now())
        return replayed, self.doubts.doubts(scope) if replayed else doubts

    def _wait(self, since: str, count: int) -> bool:
        """Wait until the youngest doubt is old enough; return whether there is time for that."""
        passed = (self.now() - datetime.fromisoformat(since)).total_seconds()
        # A clock that was set back must not make this wait for ever.
        seconds = self.settle_seconds - max(0.0, passed)
        if self.policy.clock() + seconds > self.policy.deadline:
            return False
        if seconds > 0:
            log.info("doubt.waiting", addresses=count, wait_seconds=round(seconds, 1))
            self.policy.sleep(seconds)
            self.policy.raise_if_stopped()
        return True

    def _settle(self, doubts: pd.DataFrame, presence: MemberLookup) -> SettledDoubts:
        addresses = doubts["address"].tolist()
        keys = keys_of(addresses)
        there = presence.memberships(pa.array(addresses, pa.string()), pa.array(keys, pa.string()))
        outcomes = [
            (run_id, _outcome(position, key, there.get(key)))
            for run_id, position, key in zip(doubts["run_id"], doubts["position"], keys, strict=True)
            if key in there or self.resend is Resend.CONFIRMED_ABSENT
        ]
        for run_id, of_run in groupby(outcomes, key=lambda settled: settled[0]):
            self.doubts.settle(run_id, [outcome for _, outcome in of_run])
        released = sum(outcome.state is State.RELEASED for _, outcome in outcomes)
        return SettledDoubts(len(outcomes) - released, released, len(doubts) - len(outcomes))


def _outcome(position: int, key: str, membership: Membership | None) -> Outcome:
    if membership is None:
        return Outcome(position, key, State.RELEASED, attempts=0, error=NOT_THERE)
    return Outcome(position, key, State.INVITED, attempts=0, invite_status=membership.capitalize())
