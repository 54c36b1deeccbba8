"""How are the chunks of a run sent, several at a time, with nothing lost on the way?

Each thread takes a chunk, commits the intent, waits for its turn, sends, and commits the outcome. Only a few chunks are
claimed before their turn has come, however many threads there are: whoever dies leaves that much in doubt.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import Protocol

import structlog

from onboarding.destinations import Destination, Receipt, RequestError, Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed, ExitCode, OnboardingError
from onboarding.model.outcomes import Outcome, State
from onboarding.model.plan import Chunk, Scope
from onboarding.model.sent import TOO_LATE, Ending, Logbook, Sent, stopped_by_signal
from onboarding.runtime.signals import StopSignal
from onboarding.sending.deliver import Delivery, deliver, ending_of
from onboarding.sending.rate.limiter import Turnstile
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import Patience

log = structlog.get_logger()

AHEAD = 4
"""How many chunks may be claimed while they wait for their first turn."""

LOST_IN_A_ROW = 10
"""Requests of which nobody knows whether they were taken, with none taken between them, that end a run: each leaves a
chunk in doubt, and a service that is overloaded is not to be hurried."""

AWAKE_SECONDS = 0.2
"""How long a signal may go unnoticed."""

GLANCE_SECONDS = 1.0
"""How long whoever waits for the service may take to see that sending has ended."""


class NoThread(OnboardingError):
    """There is nobody to send. Nothing was claimed."""


class Claims(Protocol):
    """Remember, durably, what is about to be sent and what came of it."""

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Commit the intent to send a chunk, before its request leaves."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit the outcomes of a chunk, before they are reported."""


class Dispatcher:
    """Send chunks to one destination on behalf of one run, with up to ``concurrency`` requests at a time."""

    def __init__(
        self,
        run_id: str,
        destination: Destination,
        claims: Claims,
        patience: Patience,
        *,
        pace: Pace,
        concurrency: int,
        stop: StopSignal,
    ) -> None:
        self._run_id = run_id
        self._destination = destination
        self._claims = claims
        self._patience = replace(patience, sleep=self._sleep, is_stopping=self._is_ending, on_wait=self._tell_wait)
        self._sleep_at_most = patience.sleep
        self._turnstile = Turnstile(pace, self._patience)
        self._concurrency = concurrency
        self._stop = stop
        self._ahead = BoundedSemaphore(AHEAD)
        self._taking = Lock()
        self._counting = Lock()
        self._sent = Sent()
        self._logbook = Logbook(patience.clock())
        self._taken = self._taken_when_refused = 0
        self._lost_in_a_row = 0
        self._broke = False

    def send(
        self, chunks: Iterable[Chunk], on_progress: Callable[[int, Sent], None] = lambda _count, _sent: None
    ) -> Sent:
        """Send chunks until they or the run end.

        Each chunk's intent is committed before its request leaves, and its outcomes as soon as they are known. Chunks
        are taken one at a time, so memory does not grow with their number. ``on_progress`` gets the number of
        addresses that were settled, and what was sent until then. What a thread raises ends the others, and is raised
        when they have finished what they had begun.
        """
        left = iter(chunks)
        work = partial(self._work, left, on_progress)
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="send") as pool:
            # Each in a copy of this context, since structlog keeps there what every line has.
            threads = list(self._start(pool, work))
            # This thread alone handles signals, and only while it is awake.
            while wait(threads, timeout=AWAKE_SECONDS).not_done:
                pass
        for thread in threads:
            thread.result()
        return replace(self._sent, course=self._logbook.course())

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[], None]) -> Iterator[Future[None]]:
        for number in range(self._concurrency):
            try:
                yield pool.submit(copy_context().run, work)
            except RuntimeError:
                # The system lets this process have no more threads: fewer do.
                log.warning("threads.few", wanted=self._concurrency, started=number)
                if number == 0:
                    raise NoThread("The system lets this process have no thread; lift its limit.") from None
                return

    def _work(self, chunks: Iterator[Chunk], on_progress: Callable[[int, Sent], None]) -> None:
        try:
            while (settled := self._send_next(chunks)) is not None:
                on_progress(settled, self._sent)
        except BaseException:
            self._broke = True
            raise

    def _send_next(self, chunks: Iterator[Chunk]) -> int | None:
        """Send a chunk and return the number of its addresses; None if there is none, or if sending has ended."""
        with ExitStack() as ahead:
            ahead.enter_context(self._ahead)
            chunk = self._take(chunks)
            if chunk is None:
                return None
            chunk = replace(chunk, token=self._destination.token(chunk))
            self._claims.claim(self._run_id, self._destination.scope, chunk)
            invite = partial(self._invite, ahead.close)
            refuses_all = partial(self._refuses_all, since=self._taken)
            delivery = deliver(chunk, invite, self._patience, refuses_all=refuses_all, is_repeatable=bool(chunk.token))
        self._claims.settle(self._run_id, delivery.outcomes)
        self._note(chunk, delivery)
        return len(delivery.outcomes)

    def _take(self, chunks: Iterator[Chunk]) -> Chunk | None:
        # The next chunk may have to be read first; nobody who counts is to wait for that.
        with self._taking:
            if self._broke or self._sent.ending:
                return None
            chunk = next(chunks, None)
            ending = self._time_to_end() if chunk else None
        if ending:
            self._count(Sent(ending=ending))
            return None
        return chunk

    def _invite(self, on_turn: Callable[[], None], piece: Chunk) -> Mapping[str, Receipt]:
        try:
            receipts = self._turnstile.through(partial(self._send_one, on_turn, piece))
        except DestinationClosed as closed:
            # Before anything is committed: meanwhile nobody else is to send.
            self._count(Sent(ending=self._stopped() or ending_of(closed)))
            raise
        except Unconfirmed as lost:
            self._lose(lost)
            raise
        with self._counting:
            self._taken += 1
            self._lost_in_a_row = 0
        return receipts

    def _send_one(self, on_turn: Callable[[], None], piece: Chunk) -> Mapping[str, Receipt]:
        on_turn()
        self._count(Sent(requests=1))
        return self._destination.invite(piece)

    def _lose(self, lost: Unconfirmed) -> None:
        """Note that nobody knows whether a request was taken; end the run if that is all there is to be heard."""
        with self._counting:
            self._lost_in_a_row += 1
            is_enough = self._lost_in_a_row >= LOST_IN_A_ROW
        if is_enough:
            message = f"The service takes no request any more ({lost.cause}); run again when it does."
            self._count(Sent(ending=self._stopped() or Ending(ExitCode.CLOSED, message)))

    def _refuses_all(self, *, since: int) -> bool:
        """Tell whether nobody was taken while a chunk was refused throughout, nor since the last such chunk, or ever.

        ``since`` is how many requests had been taken when the chunk's turn came.
        """
        with self._counting:
            before, self._taken_when_refused = self._taken_when_refused, self._taken
            return before == since == self._taken

    def _sleep(self, seconds: float) -> None:
        """Sleep, but not much longer than until sending ends."""
        # Counted down, not looked up: what is left may be less than a clock can tell.
        while seconds > 0 and not self._is_ending():
            self._sleep_at_most(min(seconds, GLANCE_SECONDS))
            seconds -= GLANCE_SECONDS

    def _is_ending(self) -> bool:
        return self._broke or self._sent.ending is not None or self._stop.is_requested()

    def _stopped(self) -> Ending | None:
        return None if self._stop.exit_code is None else stopped_by_signal(self._stop.exit_code)

    def _time_to_end(self) -> Ending | None:
        if stopped := self._stopped():
            return stopped
        if self._patience.clock() >= self._patience.deadline:
            return TOO_LATE
        return None

    def _tell_wait(self, error: RequestError, seconds: float) -> None:
        self._count(Sent(throttled=isinstance(error, Throttled)))
        event = "request.throttled" if isinstance(error, Throttled) else "request.unreachable"
        log.info(event, wait_seconds=round(seconds, 3))

    def _note(self, chunk: Chunk, delivery: Delivery) -> None:
        halt = delivery.halted_by
        ending = None if halt is None else self._stopped() or ending_of(halt)
        states = Counter(outcome.state for outcome in delivery.outcomes)
        sent = Sent(chunks=1, throttled=isinstance(halt, Throttled), ending=ending)
        self._count(sent, addresses=states[State.INVITED] + states[State.FAILED])
        counts = {str(state): count for state, count in states.items()}
        log.info("chunk.settled", chunk=chunk.number, requests=delivery.requests, **counts)

    def _count(self, more: Sent, *, addresses: int = 0) -> None:
        """Add what was sent, and how many addresses were settled for good; of several endings the first counts."""
        with self._counting:
            self._sent += replace(more, ending=self._sent.ending or more.ending)
            now = self._patience.clock()
            self._logbook.note(now, addresses=addresses, requests=more.requests, throttled=more.throttled)
