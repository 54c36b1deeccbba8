"""The dispatcher: it sends the chunks of a run, several at a time, and loses track of none.

Each thread takes a chunk, commits the intent, waits for its turn, sends, and commits the outcome. Only a few chunks are
claimed before their turn has come, however many threads there are: a run that dies leaves that many in doubt.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import Protocol, TypeVar

import structlog

from onboarding.destinations import InviteService, ServiceWrapper, Throttled, Unconfirmed
from onboarding.model.errors import DestinationClosed, ExitCode, ThreadsExhausted
from onboarding.model.outcomes import InviteState, Outcome
from onboarding.model.plan import Chunk, Scope
from onboarding.model.sent import TOO_LATE, Ending, ProgressRecorder, Sent, stopped_by_signal
from onboarding.runtime.signals import StopSignal
from onboarding.sending.deliver import Delivery, deliver, ending_after
from onboarding.sending.rate.limiter import RateLimited, RateLimiter
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import Retrying, RetryPolicy

log = structlog.get_logger()

CLAIMED_AHEAD = 4
"""How many chunks may be claimed while they wait for their first turn."""

LOST_IN_A_ROW = 10
"""After so many lost answers, and no request taken between them, the run ends. Each leaves a chunk in doubt, and more
requests would not help an overloaded service."""

SIGNAL_CHECK_SECONDS = 0.2
"""How long a signal may go unnoticed."""

END_CHECK_SECONDS = 1.0
"""How long a waiting thread may take to see that sending has ended."""

T = TypeVar("T")


class Claims(Protocol):
    """Remembers, durably, what is about to be sent and what came of it."""

    def claim(self, run_id: str, scope: Scope, chunk: Chunk) -> None:
        """Commit the intent to send a chunk, before its request leaves."""

    def settle(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Commit the outcomes of a chunk, before they are reported."""


class Dispatcher:
    """Sends chunks to one destination on behalf of one run, with up to ``concurrency`` requests at a time."""

    def __init__(
        self,
        run_id: str,
        destination: InviteService,
        claims: Claims,
        policy: RetryPolicy,
        *,
        pace: Pace,
        concurrency: int,
        stop: StopSignal,
    ) -> None:
        self._run_id = run_id
        self._destination = destination
        self._claims = claims
        self._sleep_at_most = policy.sleep
        self._retry_policy = replace(policy, sleep=self._sleep, is_stopping=self._is_ending)
        self._limiter = RateLimiter(pace, self._retry_policy)
        self._concurrency = concurrency
        self._stop = stop
        self._totals = _Totals(policy.clock, stop)
        self._ahead = BoundedSemaphore(CLAIMED_AHEAD)
        self._taking = Lock()
        self._broke = False

    def send(
        self, chunks: Iterable[Chunk], on_progress: Callable[[int, Sent], None] = lambda _count, _sent: None
    ) -> Sent:
        """Send chunks until they or the run end.

        Each chunk's intent is committed before its request leaves, and its outcomes as soon as they are known. Chunks
        are taken one at a time, so memory does not grow with their number. ``on_progress`` gets the number of
        addresses that were settled, and what was sent until then. An error in one thread ends the other threads, and
        is raised when they have finished what they had begun.
        """
        work = partial(self._work, iter(chunks), on_progress)
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="send") as pool:
            threads = list(self._start(pool, work))
            # This thread alone handles signals, and only while it is awake.
            while wait(threads, timeout=SIGNAL_CHECK_SECONDS).not_done:
                pass
        for thread in threads:
            thread.result()
        return self._totals.result()

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[], None]) -> Iterator[Future[None]]:
        for number in range(self._concurrency):
            try:
                # Each thread has a copy of this context, since structlog keeps there what every line has.
                yield pool.submit(copy_context().run, work)
            except RuntimeError:
                # The system lets this process have no more threads, so fewer send.
                log.warning("threads.few", wanted=self._concurrency, started=number)
                if number == 0:
                    raise ThreadsExhausted("The system lets this process have no thread; lift its limit.") from None
                return

    def _work(self, chunks: Iterator[Chunk], on_progress: Callable[[int, Sent], None]) -> None:
        try:
            while (settled := self._send_next(chunks)) is not None:
                on_progress(settled, self._totals.sent)
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
            requests = _Requests(self._destination, self._totals, ahead)
            destination = Retrying(RateLimited(requests, self._limiter), self._retry_policy)
            refuses_all = partial(self._totals.refuses_all, since=self._totals.taken)
            delivery = deliver(chunk, destination, refuses_all=refuses_all)
        self._claims.settle(self._run_id, delivery.outcomes)
        self._note(chunk, delivery)
        return len(delivery.outcomes)

    def _take(self, chunks: Iterator[Chunk]) -> Chunk | None:
        # The next chunk may have to be read first, so this lock is not the lock of the totals.
        with self._taking:
            if self._broke or self._totals.sent.ending:
                return None
            chunk = next(chunks, None)
            if chunk and (self._stop.is_requested() or self._retry_policy.clock() >= self._retry_policy.deadline):
                self._totals.end(TOO_LATE)
                return None
            return chunk

    def _sleep(self, seconds: float) -> None:
        """Sleep, but not much longer than until sending ends."""
        # Counted down, not looked up: what is left may be less than a clock can tell.
        while seconds > 0 and not self._is_ending():
            self._sleep_at_most(min(seconds, END_CHECK_SECONDS))
            seconds -= END_CHECK_SECONDS

    def _is_ending(self) -> bool:
        return self._broke or self._totals.sent.ending is not None or self._stop.is_requested()

    def _note(self, chunk: Chunk, delivery: Delivery) -> None:
        states = Counter(outcome.state for outcome in delivery.outcomes)
        if delivery.stopped_by:
            self._totals.end(ending_after(delivery.stopped_by))
        self._totals.add(Sent(chunks=1), addresses=states[InviteState.INVITED] + states[InviteState.FAILED])
        counts = {str(state): count for state, count in states.items()}
        log.info("chunk.settled", chunk=chunk.number, requests=delivery.requests, **counts)


class _Totals:
    """What was sent until now by all threads, and why sending ends."""

    def __init__(self, clock: Callable[[], float], stop: StopSignal) -> None:
        self._clock = clock
        self._stop = stop
        self._lock = Lock()
        self._recorder = ProgressRecorder(clock())
        self.sent = Sent()
        self.taken = self._taken_when_refused = 0
        self._lost_in_a_row = 0

    def result(self) -> Sent:
        """Return what was sent, with its progress over time."""
        return replace(self.sent, progress=self._recorder.progress())

    def add(self, more: Sent, *, addresses: int = 0) -> None:
        """Add what was sent, and how many addresses were settled for good. Of several endings the first counts."""
        with self._lock:
            self.sent += replace(more, ending=self.sent.ending or more.ending)
            self._recorder.note(self._clock(), addresses=addresses, requests=more.requests, throttled=more.throttled)

    def end(self, ending: Ending) -> None:
        """End sending. A signal that came before is the reason then."""
        stopped = None if self._stop.exit_code is None else stopped_by_signal(self._stop.exit_code)
        self.add(Sent(ending=stopped or ending))

    def take(self) -> None:
        """Count a request that the service took."""
        with self._lock:
            self.taken += 1
            self._lost_in_a_row = 0

    def lose(self, lost: Unconfirmed) -> None:
        """Count a request whose answer was lost. End sending if too many were lost in a row."""
        with self._lock:
            self._lost_in_a_row += 1
            is_enough = self._lost_in_a_row >= LOST_IN_A_ROW
        if is_enough:
            message = f"The service takes no request any more ({lost.cause}); run again when it does."
            self.end(Ending(ExitCode.CLOSED, message))

    def refuses_all(self, *, since: int) -> bool:
        """Tell whether no request was taken while a chunk was refused throughout, nor since the last such chunk.

        ``since`` is how many requests had been taken when the chunk's turn came.
        """
        with self._lock:
            before, self._taken_when_refused = self._taken_when_refused, self.taken
            return before == since == self.taken


class _Requests(ServiceWrapper):
    """The requests of one chunk, as they leave and as they are answered.

    When the first leaves, the place ``ahead`` is free for another chunk.
    """

    def __init__(self, service: InviteService, totals: _Totals, ahead: ExitStack) -> None:
        super().__init__(service)
        self._totals = totals
        self._ahead = ahead

    def _send(self, request: Callable[[], T]) -> T:
        self._ahead.close()
        self._totals.add(Sent(requests=1))
        try:
            answer = request()
        except Throttled:
            self._totals.add(Sent(throttled=1))
            raise
        except DestinationClosed as closed:
            # At once, before anything is committed: other threads must not send meanwhile.
            self._totals.end(ending_after(closed))
            raise
        except Unconfirmed as lost:
            self._totals.lose(lost)
            raise
        self._totals.take()
        return answer
