"""The sandbox's settings that may change while it runs, its rate limit (a token bucket) and its delays.

The package ``sending/rate`` has the job's own rate limiter.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import uniform
from threading import Lock

from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass

DEFAULT_BURST = 5
"""The number of requests that pass at once after a pause, if a rate is set."""

LOWEST_RATE, HIGHEST_RATE = 0.0001, 1_000_000
"""The lowest and the highest rate that a setting may have, in requests a second.

The highest rate is also the largest burst.
"""

LONGEST_LATENCY_SECONDS = 60

DAY_SECONDS = 86_400
"""The seconds of a day: the most that a setting may have for the delay of a listing or the memory of tokens."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """The settings of the sandbox that may change while it runs: rate limit, delays and the memory of tokens.

    - ``rate``: requests a second over all operations; None for no limit.
    - ``burst``: how many requests pass at once after a pause.
    - ``latency_seconds``: how long a request and its answer travel together.
    - ``jitter``: how much shorter or longer a latency may be, as a fraction of the latency, from 0 to 1.
    - ``list_delay_seconds``: how long after an invite ``ListUsers`` begins to show the new user.
    - ``token_seconds``: how long the service repeats its answer to a token that it has seen before.

    Raises ``ConfigurationError`` if a figure is out of its range.
    """

    rate: float | None = None
    burst: int = DEFAULT_BURST
    latency_seconds: float = 0
    jitter: float = 0
    list_delay_seconds: float = 0
    token_seconds: float = DAY_SECONDS

    def __post_init__(self) -> None:
        rate = LOWEST_RATE if self.rate is None else self.rate
        if not LOWEST_RATE <= rate <= HIGHEST_RATE or not 1 <= self.burst <= HIGHEST_RATE:
            raise ConfigurationError(
                f"The sandbox's rate must be above 0 requests a second ({LOWEST_RATE} to {HIGHEST_RATE:,}), and its"
                f" burst at least 1 (to {HIGHEST_RATE:,})."
            )
        if not 0 <= self.latency_seconds <= LONGEST_LATENCY_SECONDS or not 0 <= self.jitter <= 1:
            raise ConfigurationError(
                f"The sandbox's latency must be 0 to {LONGEST_LATENCY_SECONDS} seconds, and its jitter a share from 0"
                " to 1."
            )
        for name, seconds in (("list delay", self.list_delay_seconds), ("memory of a token", self.token_seconds)):
            if not 0 <= seconds <= DAY_SECONDS:
                raise ConfigurationError(f"The sandbox's {name} must be 0 to {DAY_SECONDS} seconds.")

    def shown_by(self, now: datetime) -> datetime:
        """Return a moment: a listing at ``now`` shows the users who arrived by this moment.

        Without a delay, a listing shows all users.
        """
        delay_seconds = self.list_delay_seconds
        return now - timedelta(seconds=delay_seconds) if delay_seconds else datetime.max.replace(tzinfo=UTC)

    def remembered_after(self, now: datetime) -> datetime:
        """Return a moment: at ``now``, the service remembers only the tokens of requests after this moment."""
        return now - timedelta(seconds=self.token_seconds)


NO_LIMITS = SandboxSettings()


class Traffic:
    """Throttles and delays requests by the current settings. Any thread may replace the settings at any time."""

    def __init__(self, settings: SandboxSettings = NO_LIMITS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._bucket: TokenBucket | None = None
        self.settings = settings

    @property
    def settings(self) -> SandboxSettings:
        """The current settings.

        When the rate or the burst changes, the tokens in the bucket stay.
        """
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
        """Let a request pass and return 0. If the limit is reached, return the seconds until a request may pass."""
        bucket = self._bucket
        return bucket.take() if bucket else 0.0

    def travel(self) -> None:
        """Sleep for the time that one request, or one answer, would travel over a network."""
        if seconds := self.one_way_seconds():
            time.sleep(seconds)

    def one_way_seconds(self) -> float:
        """Return a random travel time in seconds for one request or one answer: half the latency, with the jitter."""
        settings = self._settings
        spread = settings.jitter * settings.latency_seconds / 2
        return settings.latency_seconds / 2 + uniform(-spread, spread)  # noqa: S311 - no secret  # nosec B311


class TokenBucket:
    """A bucket of tokens that limits the rate of requests: each token lets one request pass.

    ``rate`` is the number of tokens that come in each second. ``burst`` is the number of tokens for which the bucket
    has room.
    """

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()
        self._lock = Lock()

    def take(self) -> float:
        """Take a token and return 0. If the bucket is empty, return the seconds until it has a token."""
        with self._lock:
            self._fill()
            if self._tokens < 1:
                return (1 - self._tokens) / self._rate
            self._tokens -= 1
            return 0.0

    def change(self, *, rate: float, burst: int) -> None:
        """Change the rate at which tokens come in, and the number of tokens for which the bucket has room."""
        with self._lock:
            self._fill()
            self._rate = rate
            self._burst = burst

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
