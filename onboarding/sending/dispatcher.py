"""How are the chunks of a run sent, one after the other, with nothing lost on the way?"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from onboarding.destinations import Destination, RequestError, Throttled, Unreachable
from onboarding.errors import DestinationClosed, ExitCode
from onboarding.outcomes import Outcome
from onboarding.plan import Chunk, Scope
from onboarding.sending.deliver import Delivery, Halt, deliver
from onboarding.sending.retry import Patience
from onboarding.sending.stop import Stop

log = structlog.get_logger()


class Claims(Protocol):
    """Remember, durably, what is about to be sent and what came of it."""

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Commit the intent to send a chunk, before its request leaves."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit the outcomes of a chunk, before they are reported."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why sending ended before the last chunk: the exit code it asks for and one plain line."""

    exit_code: ExitCode
    message: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending took, and why it ended before the last chunk, if it did."""

    chunks: int = 0
    requests: int = 0
    throttled: int = 0
    ending: Ending | None = None

    def __add__(self, later: "Sent") -> "Sent":
        return Sent(
            self.chunks + later.chunks,
            self.requests + later.requests,
            self.throttled + later.throttled,
            later.ending,
        )


class Dispatcher:
    """Send chunks to one destination on behalf of one run."""

    def __init__(
        self,
        run_id: str,
        destination: Destination,
        claims: Claims,
        patience: Patience,
        *,
        stop: Stop,
        on_progress: Callable[[int], None],
    ) -> None:
        self._run_id = run_id
        self._destination = destination
        self._claims = claims
        self._patience = replace(patience, is_stopping=stop.is_requested, on_wait=self._tell_wait)
        self._stop = stop
        self._on_progress = on_progress
        self._chunks = 0
        self._requests = 0
        self._throttled = 0

    def send(self, chunks: Iterable[Chunk]) -> Sent:
        """Send chunks until they or the run end.

        Each chunk's intent is committed before its request leaves, and its outcomes before the next chunk's. Chunks
        are taken one at a time, so memory does not grow with their number. ``on_progress`` gets the number of
        addresses settled by each.
        """
        ending = self._send(chunks)
        return Sent(self._chunks, self._requests, self._throttled, ending)

    def _send(self, chunks: Iterable[Chunk]) -> Ending | None:
        for chunk in chunks:
            if ending := self._time_to_end():
                return ending
            self._claims.claim(self._run_id, self._destination.scope, chunk)
            delivery = deliver(chunk, self._destination, self._patience)
            self._claims.settle(self._run_id, delivery.outcomes)
            self._tell_chunk(chunk, delivery)
            if delivery.halted_by is not None:
                return self._stopped() or _ending(delivery.halted_by)
        return None

    def _time_to_end(self) -> Ending | None:
        if stopped := self._stopped():
            return stopped
        if self._patience.clock() >= self._patience.deadline:
            return Ending(ExitCode.STOPPED, "The deadline has passed; run again to send the rest.")
        return None

    def _stopped(self) -> Ending | None:
        if self._stop.exit_code is None:
            return None
        return Ending(self._stop.exit_code, "Stopped by a signal; run again to send the rest.")

    def _tell_wait(self, error: RequestError, seconds: float) -> None:
        self._throttled += isinstance(error, Throttled)
        event = "request.throttled" if isinstance(error, Throttled) else "request.unreachable"
        log.info(event, wait_seconds=round(seconds, 3))

    def _tell_chunk(self, chunk: Chunk, delivery: Delivery) -> None:
        self._chunks += 1
        self._requests += delivery.requests
        self._throttled += isinstance(delivery.halted_by, Throttled)
        states = Counter(outcome.state.value for outcome in delivery.outcomes)
        log.info("chunk.settled", chunk=chunk.number, requests=delivery.requests, **states)
        self._on_progress(len(delivery.outcomes))


def _ending(halt: Halt) -> Ending:
    match halt:
        case Throttled():
            return Ending(ExitCode.STOPPED, "The service kept throttling; run again later to send the rest.")
        case Unreachable(cause=cause):
            return Ending(
                ExitCode.CLOSED, f"The service can no longer be reached ({cause}); run again to send the rest."
            )
        case DestinationClosed():
            return Ending(ExitCode.CLOSED, str(halt))
