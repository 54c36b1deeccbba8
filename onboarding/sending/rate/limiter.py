"""The rate limiter: it lets the requests of all threads leave at one learnt pace.

One thread at a time waits for the next request to be due, so that a new rate holds at once for all. No thread waits
here for the answer to another thread's request.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

from onboarding.destinations import InviteService, ServiceWrapper, Throttled, Unreachable
from onboarding.sending.rate.bucket import Departure
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import RetryPolicy, TurnMissed

RATE_CHECK_SECONDS = 0.1
"""How often a waiting thread looks whether the rate has changed."""

T = TypeVar("T")


class RateLimiter:
    """Lets requests leave at a pace, from any thread, and teaches the pace from their answers."""

    def __init__(self, pace: Pace, policy: RetryPolicy) -> None:
        self._pace = pace
        self._retry_policy = policy
        self._front = Lock()
        self._at_pace = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may leave, and learn from how the block that sends it ends.

        Raises ``TurnMissed`` if the run is stopping, or if its deadline comes before the turn.
        """
        departure = self._depart()
        try:
            yield
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

    def _taken(self, departure: Departure) -> None:
        with self._at_pace:
            self._pace.taken(departure, self._retry_policy.clock())


class RateLimited(ServiceWrapper):
    """A service whose requests leave when ``limiter`` lets them. Its requests may raise ``TurnMissed`` instead."""

    def __init__(self, service: InviteService, limiter: RateLimiter) -> None:
        super().__init__(service)
        self._limiter = limiter

    def _send(self, request: Callable[[], T]) -> T:
        with self._limiter.turn():
            return request()
