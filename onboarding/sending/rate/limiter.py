"""The rate limiter makes the requests of all threads wait for their turn at one learnt pace.

``RateLimiter`` makes requests wait, and ``RateLimited`` wraps a service with a limiter. ``pace`` computes the rate.

One thread at a time waits until the next request is due, so a new rate applies at once to all threads. No thread waits
here for the answer to another thread's request.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import BrokenBarrierError, Lock
from typing import TypeVar

from onboarding.destinations import InviteService, ServiceWrapper, Throttled, Unreachable
from onboarding.sending.rate.bucket import Departure
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import RetryPolicy, TurnMissed

RATE_CHECK_SECONDS = 0.1
"""The time after which a waiting thread checks again whether the rate has changed."""

TOGETHER_SECONDS = 0.2
"""The longest time that the first request of a burst test waits while the second request is being claimed."""

T = TypeVar("T")


class RateLimiter:
    """Makes requests of any thread wait for their turn at a pace, and reports their answers to the pace."""

    def __init__(self, pace: Pace, policy: RetryPolicy, *, together_seconds: float = TOGETHER_SECONDS) -> None:
        self._pace = pace
        self._together_seconds = together_seconds
        self._retry_policy = policy
        self._front = Lock()
        self._at_pace = Lock()

    @contextmanager
    def turn(self) -> Iterator[Callable[[], None]]:
        """Wait until a request may leave, let the ``with`` block send it, and report the block's end to the pace.

        The block gets a function. If the block does other work before the request leaves, it calls this function when
        the request leaves. The time of the other work is then no part of the round trip. In a burst test, this function
        also makes two requests wait for each other. Otherwise the bucket could gain a permit while the second request
        waits for its other work.

        If the block raises ``Throttled``, the pace learns of a 429. If the block raises ``Unreachable``, the pace
        learns nothing. After any other end of the block, the pace learns of a taken request. Raises ``TurnMissed`` if
        the run is stopping, or if the run's deadline comes before the turn.
        """
        departure = self._depart()
        try:
            yield partial(self._leave, departure)
        except Unreachable:
            raise  # the service never saw the request
        except Throttled:
            with self._at_pace:
                self._pace.throttled(departure, self._retry_policy.clock())
            raise
        except BaseException:
            self._taken(departure)
            raise
        self._taken(departure)

    def _depart(self) -> Departure:
        with self._front:
            while True:
                now = self._retry_policy.clock()
                with self._at_pace:
                    due = self._pace.due(now)
                    if self._retry_policy.is_stopping() or max(due, now) > self._retry_policy.deadline:
                        raise TurnMissed
                    if due <= now:
                        return self._pace.depart(now)
                self._retry_policy.sleep(min(due - now, RATE_CHECK_SECONDS))

    def _leave(self, departure: Departure) -> None:
        if departure.pair:
            with suppress(BrokenBarrierError):  # the other request takes long, or there is none
                departure.pair.wait(self._together_seconds)
        departure.left_at = self._retry_policy.clock()

    def _taken(self, departure: Departure) -> None:
        with self._at_pace:
            self._pace.taken(departure, self._retry_policy.clock())


class RateLimited(ServiceWrapper):
    """A service with a rate limit: each request waits for its turn at the limiter first.

    A request raises ``TurnMissed``, and is not sent, if the run ends before its turn.
    """

    def __init__(self, service: InviteService, limiter: RateLimiter) -> None:
        super().__init__(service)
        self.limiter = limiter

    def _send(self, request: Callable[[], T]) -> T:
        with self.limiter.turn():
            return request()
