"""Replay: repeat doubtful requests that have a token, which is safe since the service acts on each token only once.

If a replay gets no answer, the doubt stays, and this module goes on with the next request. The ledger counts how often
each request leaves. Over all runs, a request leaves at most ``MOST_LOST`` times.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import field
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd

from onboarding.destinations import InviteService, RequestError, ServiceWrapper, Throttled, Unreachable
from onboarding.model.columns import Mask
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk
from onboarding.model.values import dataclass
from onboarding.runtime.boot_clock import this_boot_clock
from onboarding.runtime.logs import get_logger
from onboarding.sending.deliver import outcome_of
from onboarding.sending.departure import CLAIM_SECONDS, ClaimExpired
from onboarding.sending.rate.limiter import RateLimited, RateLimiter
from onboarding.sending.retry import MOST_LOST, TurnMissed
from onboarding.sending.threads import work_in_threads

log = get_logger()

TOKEN_LIFETIME_SECONDS = 8 * 3600.0
"""How long the job trusts a service to remember a token. No service documents how long it remembers tokens.

A service that has forgotten a token acts on the repeated request. But it does not invite people who are members
already.
"""

T = TypeVar("T")


class ReplayLedger(Protocol):
    """The functions of the ledger that ``Replays`` needs, for claimed chunks, their departures and their outcomes."""

    def claimed(self, run_id: str, number: int) -> Chunk | None:
        """Return the chunk ``number`` of a run as it was claimed, or None if its request has no token."""

    def repeat(self, run_id: str, number: int, *, is_taken_back: bool = False) -> None:
        """Commit that the request of the chunk ``number`` leaves once more.

        With ``is_taken_back``, commit instead that the service did not take the repeated request. Then the ledger does
        not count this request.
        """

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit outcomes of a run's invitations."""


class _OpenRequest(NamedTuple):
    """A request that may be repeated: its run, the number of its chunk, and the positions that are in doubt."""

    run_id: str
    number: int
    positions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Replays:
    """Repeats requests to a service, at the rate that ``limiter`` allows.

    ``concurrency`` is the largest number of requests at the same time. ``clock`` returns seconds, and goes on while the
    machine is suspended.
    """

    service: InviteService
    ledger: ReplayLedger
    limiter: RateLimiter
    concurrency: int
    clock: Callable[[], float] = field(default_factory=lambda: this_boot_clock().seconds)

    def replay(self, doubts: pd.DataFrame) -> int:
        """Repeat the doubtful requests that have tokens, and return how many addresses the answers settled.

        ``doubts`` has the columns of ``Ledger.doubts``. Raises ``DestinationClosed``.
        """
        waiting: SimpleQueue[_OpenRequest] = SimpleQueue()
        for request in self._requests(doubts):
            waiting.put(request)
        if waiting.empty():
            return 0
        threads = min(self.concurrency, waiting.qsize())
        settled = sum(work_in_threads(partial(self._replay_each, waiting), threads))
        if settled:
            log.info("doubt.replayed", addresses=settled)
        return settled

    def repeatable(self, doubts: pd.DataFrame) -> Mask:
        """Return a mask of the doubts whose requests ``replay`` would repeat.

        ``doubts`` has the columns of ``Ledger.doubts``.
        """
        whole = [request for request in self._requests(doubts) if self._claimed(request)]
        numbers = {(request.run_id, request.number) for request in whole}
        places = zip(doubts["run_id"].tolist(), doubts["chunk"].tolist(), strict=True)
        return np.array([place in numbers for place in places], np.bool_)

    def _requests(self, doubts: pd.DataFrame) -> Iterator[_OpenRequest]:
        """Yield the requests of the doubts, except requests that have left too often or too long ago."""
        is_open = (doubts["departures"] < MOST_LOST) & (doubts["token_seconds"] < TOKEN_LIFETIME_SECONDS)
        for _, of_chunk in doubts.loc[is_open].groupby(["run_id", "chunk"], sort=False):
            run_id, number = str(of_chunk["run_id"].iloc[0]), int(of_chunk["chunk"].iloc[0])
            yield _OpenRequest(run_id, number, frozenset(of_chunk["position"].tolist()))

    def _replay_each(self, waiting: "SimpleQueue[_OpenRequest]") -> int:
        """Repeat waiting requests until there are no more, and return how many addresses the answers settled.

        If a request raises an error, this method empties the queue, so that the other threads stop as well.
        """
        settled = 0
        try:
            while True:
                settled += self._replay(waiting.get_nowait())
        except Empty:
            return settled
        except BaseException:
            with suppress(Empty):
                while True:
                    waiting.get_nowait()
            raise

    def _replay(self, request: _OpenRequest) -> int:
        chunk = self._claimed(request)
        known = self._replay_chunk(request.run_id, chunk) if chunk else []
        if known:
            self.ledger.settle(request.run_id, known)
        return len(known)

    def _claimed(self, request: _OpenRequest) -> Chunk | None:
        """Return the chunk of a request, or None if the request cannot be repeated with its token."""
        chunk = self.ledger.claimed(request.run_id, request.number)
        # If some positions are settled, the chunk was sent in pieces, and the lost piece is unknown.
        if chunk is None or request.positions != {invitee.position for invitee in chunk.invitees}:
            return None
        return chunk if self.service.token(chunk) == chunk.token else None

    def _replay_chunk(self, run_id: str, chunk: Chunk) -> list[Outcome]:
        departing = _Departing(self.service, partial(self.ledger.repeat, run_id, chunk.number), self.clock)
        try:
            receipts = RateLimited(departing, self.limiter).invite(chunk)
        except (RequestError, TurnMissed) as error:
            log.info("doubt.not_replayed", chunk=chunk.number, error=type(error).__name__)
            return []
        outcomes = [outcome_of(invitee, receipts.get(invitee.key), 1) for invitee in chunk.invitees]
        return [outcome for outcome in outcomes if outcome.state is not InviteState.IN_DOUBT]


class _Departing(ServiceWrapper):
    """Wraps a service: the ledger counts each request right before it leaves.

    If the service does not take the request, the ledger takes the count back. A request raises ``ClaimExpired``, and
    does not leave, if counting took more than ``CLAIM_SECONDS``.
    """

    def __init__(self, service: InviteService, count: Callable[..., None], clock: Callable[[], float]) -> None:
        super().__init__(service)
        self._count = count
        self._clock = clock

    def _send(self, request: Callable[[], T]) -> T:
        begun = self._clock()
        self._count()
        try:
            if self._clock() - begun > CLAIM_SECONDS:
                raise ClaimExpired
            return request()
        except (Throttled, Unreachable):
            self._count(is_taken_back=True)
            raise
