"""What did the service answer to a request whose answer was lost?

One that knows requests by their tokens says it once more, to the very same request. That holds for a time; what is
older has to be asked about, address by address, as everywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pandas as pd
import structlog

from onboarding.destinations import Destination, Refused
from onboarding.outcomes import Outcome, State
from onboarding.plan import Chunk
from onboarding.sending.deliver import outcome_of
from onboarding.sending.question import ask
from onboarding.sending.retry import Patience

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
    """Send again what the service knows to be a repetition. ``patience`` is as for questions: nothing new is done."""

    destination: Destination
    requests: Requests
    patience: Patience

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
        if chunk is None or self.destination.token(chunk) != chunk.token:
            return 0
        if doubtful != {invitee.position for invitee in chunk.invitees}:
            return 0  # it was sent in pieces, and which one was lost is not known
        try:
            receipts = ask(lambda: self.destination.invite(chunk), self.patience)
        except Refused:
            return 0
        outcomes = [outcome_of(invitee, receipts.get(invitee.key), 1) for invitee in chunk.invitees]
        known = [outcome for outcome in outcomes if outcome.state is not State.IN_DOUBT]
        self.requests.settle(run_id, known)
        return len(known)
