"""Is a request too fast, and how long is it to wait?"""

import time
from collections.abc import Callable
from threading import Lock


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
