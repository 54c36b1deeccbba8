"""The dispatcher sends the chunks of a run in several threads, counts the totals, and decides when sending ends.

Each thread takes a chunk and delivers it. ``deliver`` sends the requests of a single chunk, and ``departure`` claims
each request in the ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from threading import Lock
from typing import TypeVar

from onboarding.destinations import InviteService, ServiceWrapper, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode
from onboarding.model.outcomes import InviteState
from onboarding.model.plan import Chunk
from onboarding.model.sent import TOO_LATE, Ending, ProgressRecorder, Sent, stopped_by_signal
from onboarding.runtime.logs import get_logger
from onboarding.runtime.signals import StopSignal
from onboarding.sending.deliver import Delivery, deliver, ending_after
from onboarding.sending.departure import ClaimedRequests, ClaimLog
from onboarding.sending.rate.limiter import RateLimiter
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import RetryPolicy
from onboarding.sending.threads import work_in_threads

log = get_logger()

LOST_IN_A_ROW = 10
"""The run ends after this number of lost answers, if the service accepted no request between them.

Each lost answer leaves a chunk in doubt, and more requests would not help an overloaded service.
"""

END_CHECK_SECONDS = 1.0
"""The longest time until a waiting thread sees that sending has ended."""

T = TypeVar("T")


class Dispatcher:
    """Sends the chunks of one run to one destination.

    ``claim_log`` records the requests. ``concurrency`` is the largest number of requests at the same time.
    """

    def __init__(
        self,
        destination: InviteService,
        claim_log: ClaimLog,
        policy: RetryPolicy,
        *,
        pace: Pace,
        concurrency: int,
        stop: StopSignal,
    ) -> None:
        self._destination = destination
        self._claim_log = claim_log
        self._sleep_at_most = policy.sleep
        self._retry_policy = replace(policy, sleep=self._sleep, is_stopping=self._is_ending)
        self._limiter = RateLimiter(pace, self._retry_policy)
        self._concurrency = concurrency
        self._stop = stop
        self._totals = _Totals(policy, stop)
        self._taking = Lock()
        self._broke = False

    def send(
        self, chunks: Iterable[Chunk], on_progress: Callable[[int, Sent], None] = lambda _count, _sent: None
    ) -> Sent:
        """Send all chunks, but stop if the run ends. Return the totals of what was sent.

        Each request is claimed before it leaves, and its outcomes are committed as soon as they are known. At first one
        chunk for each thread is read, and then one chunk at a time, so memory does not grow with the number of chunks.
        After each chunk ``on_progress`` gets the number of its addresses that were sent, and the totals of sending so
        far. An error in one thread is raised here, after the other threads have finished their current chunks.
        """
        rest = iter(chunks)
        # A few chunks need a few threads only. To start thirty threads takes as long as to send several requests.
        if first := list(islice(rest, self._concurrency)):
            work_in_threads(partial(self._work, chain(first, rest), on_progress), len(first))
        return self._totals.result()

    def _work(self, chunks: Iterator[Chunk], on_progress: Callable[[int, Sent], None]) -> None:
        try:
            while (settled := self._send_next(chunks)) is not None:
                on_progress(settled, self._totals.sent)
        except BaseException:
            self._broke = True
            raise

    def _send_next(self, chunks: Iterator[Chunk]) -> int | None:
        """Send the next chunk, and return the number of its addresses that were sent.

        Return None if no chunk is left, or if sending has ended.
        """
        taken = self._take(chunks)
        if taken is None:
            return None
        chunk, since = taken
        counted = _CountedRequests(self._destination, self._totals)
        requests = ClaimedRequests(counted, self._limiter, self._claim_log)
        refuses_all = partial(self._totals.refuses_all, since=since)
        delivery = deliver(chunk, requests, self._retry_policy, refuses_all=refuses_all)
        self._note(chunk, delivery)
        return sum(outcome.state is not InviteState.RELEASED for outcome in delivery.outcomes)

    def _take(self, chunks: Iterator[Chunk]) -> tuple[Chunk, int] | None:
        """Return the next chunk, and the number of requests that the service has accepted until now.

        Return None if no chunk is left, or if sending has ended.
        """
        # Reading the next chunk may take long, so this lock is not the lock of the totals.
        with self._taking:
            if self._broke or self._totals.sent.ending:
                return None
            chunk = next(chunks, None)
            if chunk and (self._stop.is_requested() or self._retry_policy.is_too_late()):
                self._totals.end(TOO_LATE)
                return None
            # Other threads may send all later chunks before this thread goes on.
            return (chunk, self._totals.taken) if chunk else None

    def _sleep(self, seconds: float) -> None:
        """Sleep for a number of seconds, but wake soon after sending ends."""
        # This counts the seconds down and reads no clock: the rest may be shorter than a clock can measure.
        while seconds > 0 and not self._is_ending():
            self._sleep_at_most(min(seconds, END_CHECK_SECONDS))
            seconds -= END_CHECK_SECONDS

    def _is_ending(self) -> bool:
        return self._broke or self._totals.sent.ending is not None or self._stop.is_requested()

    def _note(self, chunk: Chunk, delivery: Delivery) -> None:
        states = Counter(outcome.state for outcome in delivery.outcomes)
        if error := delivery.stopped_by:
            # The deadline cuts off requests in flight, even before they leave. This says nothing about the service.
            is_cut = isinstance(error, Unreachable) and self._retry_policy.is_too_late()
            self._totals.end(TOO_LATE if is_cut else ending_after(error))
        self._totals.add(Sent(chunks=1), addresses=states[InviteState.INVITED] + states[InviteState.FAILED])
        counts = {str(state): count for state, count in states.items()}
        if losses := max(invitee.losses for invitee in chunk.invitees):
            counts["losses"] = losses  # why this chunk is a small one
        log.info("chunk.settled", chunk=chunk.number, requests=delivery.requests, **counts)


class _Totals:
    """The totals of all threads: the addresses sent, the requests accepted or lost, and the reason why sending ends."""

    def __init__(self, policy: RetryPolicy, stop: StopSignal) -> None:
        self._retry_policy = policy
        self._stop = stop
        self._lock = Lock()
        self._recorder = ProgressRecorder(policy.clock())
        self.sent = Sent()
        self.taken = self._taken_when_refused = 0
        self._lost_in_a_row = 0

    def result(self) -> Sent:
        """Return the totals of what was sent, with the progress over time."""
        return replace(self.sent, progress=self._recorder.progress())

    def add(self, more: Sent, *, addresses: int = 0) -> None:
        """Add ``more`` to the totals and to the progress over time. If several endings are added, keep the first.

        ``addresses`` is the number of addresses that were invited or have failed.
        """
        with self._lock:
            self.sent += replace(more, ending=self.sent.ending or more.ending)
            self._recorder.note(
                self._retry_policy.clock(), addresses=addresses, requests=more.requests, throttled=more.throttled
            )

    def end(self, ending: Ending) -> None:
        """End sending for the reason in ``ending``. After a signal, the signal is the reason instead."""
        stopped = None if self._stop.exit_code is None else stopped_by_signal(self._stop.exit_code)
        self.add(Sent(ending=stopped or ending))

    def take(self) -> None:
        """Count a request that the service accepted: it answered, and did not refuse."""
        with self._lock:
            self.taken += 1
            self._lost_in_a_row = 0

    def lose(self, lost: Unconfirmed) -> None:
        """Count a lost answer.

        After ``LOST_IN_A_ROW`` lost answers, with no accepted request between them, end sending. After the deadline
        this method counts nothing, since the deadline itself cuts off requests in flight.
        """
        if self._retry_policy.is_too_late():
            return
        with self._lock:
            self._lost_in_a_row += 1
            is_enough = self._lost_in_a_row >= LOST_IN_A_ROW
        if is_enough:
            message = f"The service takes no request any more ({lost.cause}); run again when it does."
            self.end(Ending(ExitCode.CLOSED, message))

    def refuses_all(self, *, since: int) -> bool:
        """Return whether the service refuses all chunks, and not only the chunk of the thread that asks.

        A thread asks when the service has refused its chunk, and the halves, quarters and eighths of the chunk.
        ``since`` is the number of requests that the service had accepted when the thread took its chunk. The answer is
        True after two refused chunks in a row, if the service accepted no request from any thread meanwhile.
        """
        with self._lock:
            before, self._taken_when_refused = self._taken_when_refused, self.taken
            return before == since == self.taken


class _CountedRequests(ServiceWrapper):
    """Wraps a service, and counts its requests and answers in the totals."""

    def __init__(self, service: InviteService, totals: _Totals) -> None:
        super().__init__(service)
        self._totals = totals

    def _send(self, request: Callable[[], T]) -> T:
        self._totals.add(Sent(requests=1))
        try:
            answer = request()
        except Throttled:
            self._totals.add(Sent(throttled=1))
            raise
        except DestinationClosed as closed:
            # Sending ends at once, before anything is committed, so that other threads send nothing meanwhile.
            self._totals.end(ending_after(closed))
            raise
        except Unconfirmed as lost:
            self._totals.lose(lost)
            raise
        self._totals.take()
        return answer
