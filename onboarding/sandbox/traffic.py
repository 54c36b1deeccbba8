"""The sandbox's settings that may change while it runs, and the rate limit and delay of requests that follow."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from random import uniform
from threading import Lock

from onboarding.model.errors import ConfigurationError

DEFAULT_BURST = 5
"""Requests that pass at once after a rest, where a rate is set."""

LONGEST_SECONDS = 60.0

DAY_SECONDS = 86_400
"""The longest delay of a listing, and the longest memory of a token, that the job expects of a service."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The figures of the sandbox that may change while it runs. Raises ``ConfigurationError`` on a bad one.

    ``rate`` is in requests a second over all operations, None for no limit; ``burst`` requests pass at once after a
    rest. ``latency_seconds`` is how long a request and its answer travel together, give or take the share ``jitter``
    of that. ``list_delay_seconds`` is how long after an invite ``ListUsers`` begins to show the new user, and
    ``token_seconds`` is how long the service repeats its answer to a token that it has seen before.
    """

    rate: float | None = None
    burst: int = DEFAULT_BURST
    latency_seconds: float = 0
    jitter: float = 0
    list_delay_seconds: float = 0
    token_seconds: float = DAY_SECONDS

    def __post_init__(self) -> None:
        if (self.rate is not None and not 0 < self.rate < inf) or self.burst < 1:
            raise ConfigurationError("The sandbox's rate must be above 0 requests a second, and its burst at least 1.")
        if not 0 <= self.latency_seconds <= LONGEST_SECONDS or not 0 <= self.jitter <= 1:
            raise ConfigurationError(
                f"The sandbox's latency must be 0 to {LONGEST_SECONDS:.0f} seconds, and its jitter a share from 0 to 1."
            )
        for name, seconds in (("list delay", self.list_delay_seconds), ("memory of a token", self.token_seconds)):
            if not 0 <= seconds <= DAY_SECONDS:
                raise ConfigurationError(f"The sandbox's {name} must be 0 to {DAY_SECONDS} seconds.")

    def shown_by(self, now: datetime) -> datetime:
        """Return the moment up to which a user must have arrived to be shown. Without a delay all users are shown."""
        delay_seconds = self.list_delay_seconds
        return now - timedelta(seconds=delay_seconds) if delay_seconds else datetime.max.replace(tzinfo=UTC)

    def remembered_after(self, now: datetime) -> datetime:
        """Return the moment after which a token must have been used, if the service still knows it."""
        return now - timedelta(seconds=self.token_seconds)


NO_LIMITS = SandboxSettings()


class Traffic:
    """The delay and throttling of requests, as the settings say. Any thread may replace the settings at any time."""

    def __init__(self, settings: SandboxSettings = NO_LIMITS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._bucket: TokenBucket | None = None
        self.settings = settings

    @property
    def settings(self) -> SandboxSettings:
        """The settings now. A bucket keeps its permits when its rate changes."""
        return self._settings

    @settings.setter
    def settings(self, settings: SandboxSettings) -> None:
        with self._lock:
            self._settings = settings
            if settings.rate is None:
                self._bucket = None
            elif self._bucket is None:
                self._bucket = TokenBucket(rate=settings.rate, burst=settings.burst, clock=self._clock)
            else:
                self._bucket.change(rate=settings.rate, burst=settings.burst)

    def take(self) -> float:
        """Let a request pass and return 0, or return the seconds until a request may pass."""
        bucket = self._bucket
        return bucket.take() if bucket else 0.0

    def travel(self) -> None:
        """Take as long as a request, or an answer, is under way this time."""
        if seconds := self.one_way_seconds():
            time.sleep(seconds)

    def one_way_seconds(self) -> float:
        """Return how long a request, or an answer, is under way this time."""
        settings = self._settings
        spread = settings.jitter * settings.latency_seconds / 2
        return settings.latency_seconds / 2 + uniform(-spread, spread)  # noqa: S311 - no secret


class TokenBucket:
    """A bucket of tokens: ``rate`` requests a second pass, and ``burst`` requests at once after a rest."""

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
