"""The departure of a chunk's requests: each request waits for its turn, is claimed in the ledger, and leaves at once.

A claim is on disk before its request leaves, and the request leaves right after it is claimed. So if a run dies, only
the people whose request was on its way are in doubt. If the service definitely did not act on a request, its people are
released before the run waits to send the request again.

A request must leave within ``CLAIM_SECONDS`` after its claim. Otherwise, this module does not let the request leave.
The machine may sleep between the claim and the request, or a debugger may stop the process there. When the process goes
on, another run may hold the destination.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Protocol

from onboarding.destinations import InviteService, Receipt, Throttled, Unconfirmed, Unreachable
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.values import dataclass
from onboarding.runtime.boot_clock import this_boot_clock
from onboarding.sending.rate.limiter import RateLimited, RateLimiter

CLAIM_SECONDS = 10.0
"""How many seconds a request may take to leave after the ledger has granted its claim.

A commit takes milliseconds, or a second or two on a slow disk or database. A longer time means that the machine slept
or that the ledger hangs.
"""


class Claims(Protocol):
    """Keeps a durable record of the requests that are about to leave, and of their outcomes. The ledger does this."""

    def claim(self, run_id: str, scope: Scope, chunk: Chunk, *, granted: Callable[[], None] = lambda: None) -> None:
        """Commit the intent to send a chunk, before its request leaves.

        The method calls ``granted`` right before it checks whether this run may still send to the destination.
        """

    def repeat(self, run_id: str, number: int, *, is_taken_back: bool = False) -> None:
        """Commit that the request of the chunk ``number`` leaves once more.

        With ``is_taken_back``, commit instead that the service did not take the repeated request. Then the ledger does
        not count this request.
        """

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit the outcomes of a request, before they are reported."""


@dataclass
class ClaimExpired(Unreachable):
    """The request did not leave, since the ledger took too long to record that it was about to leave."""

    cause: str = "the ledger took too long to record a request"


@dataclass(frozen=True, slots=True)
class ClaimLog:
    """The values that a claim of a request needs: the run's id, the ledger, and a clock for the claim's age.

    ``clock`` returns seconds, and goes on while the machine is suspended.
    """

    run_id: str
    ledger: Claims
    clock: Callable[[], float] = field(default_factory=lambda: this_boot_clock().seconds)


class ClaimedRequests(RateLimited):
    """Wraps a service for one chunk: each request for the chunk waits for its turn, is claimed, and leaves.

    The chunk may be sent in several requests. If the service throttles a request, or if no connection can be made, this
    class releases the people of the request at once. But it does not release these people if an earlier answer for them
    was lost. In all other cases, the caller settles the people before it sends the next request for other people.
    """

    def __init__(self, service: InviteService, limiter: RateLimiter, claim_log: ClaimLog) -> None:
        super().__init__(service, limiter)
        self._claim_log = claim_log
        self._in_flight = False
        self._granted_at = 0.0
        self.requests = 0
        """How many requests have left until now, repetitions included."""
        self.attempts = 0
        """How many requests have left for the people whose outcome is not committed yet."""
        self.lost = ""
        """Why an answer for the people in flight (claimed, without an outcome) was lost; empty if no answer was lost.

        If the request is then sent again with the same token, only an answer with receipts undoes the loss.
        """

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Invite a chunk with one request, and return receipts by address key.

        Raises a ``RequestError``, ``DestinationClosed``, ``TurnMissed``, or an error of the ledger.
        """
        chunk = replace(chunk, token=self.token(chunk))
        try:
            with self.limiter.turn() as leave:
                self._claim(chunk)
                leave()
                self._check_claim()
                return self._invite(chunk)
        except (Throttled, Unreachable):
            # The limiter has learnt from the answer already. It must not wait for this commit.
            if not self.lost:
                self.settle(all_outcomes(chunk, InviteState.RELEASED, self.attempts))
            elif self._in_flight:
                self._claim_log.ledger.repeat(self._claim_log.run_id, chunk.number, is_taken_back=True)
            raise

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Commit ``outcomes``, which are for people in flight. If no people are in flight, commit nothing."""
        if self._in_flight:
            self._claim_log.ledger.settle(self._claim_log.run_id, outcomes)
        self._in_flight, self.attempts, self.lost = False, 0, ""

    def _claim(self, chunk: Chunk) -> None:
        claim_log = self._claim_log
        self._note_granted()
        claim_log.ledger.claim(claim_log.run_id, self.scope, chunk, granted=self._note_granted)
        self._in_flight = True

    def _check_claim(self) -> None:
        if self._claim_log.clock() - self._granted_at > CLAIM_SECONDS:
            raise ClaimExpired

    def _note_granted(self) -> None:
        # The claims of many threads wait in line for the ledger. This wait does not make a claim older.
        self._granted_at = self._claim_log.clock()

    def _invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        self.requests += 1
        self.attempts += 1
        try:
            return self._service.invite(chunk)
        except Unconfirmed as lost:
            self.lost = lost.cause
            raise


def all_outcomes(chunk: Chunk, state: InviteState, attempts: int, error: str = "") -> list[Outcome]:
    """Return an outcome for each person of a chunk, all with the same state, attempts and error."""
    return [Outcome(invitee.position, invitee.key, state, attempts, error=error) for invitee in chunk.invitees]
