"""How many requests may come, and how long does each travel?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import uniform
from threading import Lock

from onboarding.model.errors import ConfigurationError

DEFAULT_BURST = 5
"""Requests that pass at once after a rest, where a rate is set."""

LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What holds requests up.

    ``rate`` is in requests a second over all operations, None for no limit; ``burst`` requests pass at once after a
    rest. ``latency_seconds`` is how long a request and its answer travel together, give or take the share ``jitter``
    of that. Raises ``ConfigurationError``.
    """

    rate: float | None = None
    burst: int = DEFAULT_BURST
    latency_seconds: float = 0
    jitter: float = 0

    def __post_init__(self) -> None:
        if (self.rate is not None and not 0 < self.rate < inf) or self.burst < 1:
            raise ConfigurationError("The sandbox's rate must be above 0 requests a second, and its burst at least 1.")
        if not 0 <= self.latency_seconds <= LONGEST_SECONDS or not 0 <= self.jitter <= 1:
            raise ConfigurationError(
                f"The sandbox's latency must be 0 to {LONGEST_SECONDS:.0f} seconds, and its jitter a share from 0 to 1."
            )


class Road:
    """Hold requests up as ``traffic`` says, which may be replaced at any time, from any thread."""

    def __init__(self, traffic: Traffic, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._bucket: TokenBucket | None = None
        self.traffic = traffic

    @property
    def traffic(self) -> Traffic:
        """What holds requests up; a bucket keeps its permits when its rate changes."""
        return self._traffic

    @traffic.setter
    def traffic(self, traffic: Traffic) -> None:
        with self._lock:
            self._traffic = traffic
            if traffic.rate is None:
                self._bucket = None
            elif self._bucket is None:
                self._bucket = TokenBucket(rate=traffic.rate, burst=traffic.burst, clock=self._clock)
            else:
                self._bucket.change(rate=traffic.rate, burst=traffic.burst)

    def take(self) -> float:
        """Let a request through and return 0, or return the seconds until one would be let through."""
        bucket = self._bucket
        return bucket.take() if bucket else 0.0

    def travel(self) -> None:
        """Take as long as a request, or an answer, is under way this time."""
        if seconds := self.one_way_seconds():
            time.sleep(seconds)

    def one_way_seconds(self) -> float:
        """Return how long a request, or an answer, is under way this time."""
        traffic = self._traffic
        spread = traffic.jitter * traffic.latency_seconds / 2
        return traffic.latency_seconds / 2 + uniform(-spread, spread)  # noqa: S311 - no secret


class TokenBucket:
    """Let ``rate`` requests a second through, and ``burst`` at once after a rest."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()
        self._lock = Lock()

    def take(self) -> float:
        """Take a token and return 0, or take none and return the seconds until there is one."""
        with self._lock:
            self._fill()
            if self._tokens < 1:
                return (1 - self._tokens) / self._rate
            self._tokens -= 1
            return 0.0

    def change(self, *, rate: float, burst: int) -> None:
        """Fill at another rate from now on, and up to another burst."""
        with self._lock:
            self._fill()
            self._rate = rate
            self._burst = burst

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
