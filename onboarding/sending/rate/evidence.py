"""What do 429s say about the rate that a service allows?

A service that limits its rate keeps a bucket of permits that fills at that rate, and a 429 says that the bucket is
empty. So between two 429s as many requests were taken as permits came, give or take one, whatever was sent and however
much the bucket holds. That bounds the rate, the closer the longer ago the first 429 was; and as soon as the bounds do
not meet any more, the rate is another.

Times are seconds on any one clock. ``slack`` is by how many requests a count may be wrong: one, and as many as may
overtake each other on their way.
"""

from dataclasses import dataclass
from math import inf

ENOUGH = 4
"""Requests taken since the first 429, from which on a quotient says more than a guess."""


class RateEstimate:
    """Count what was taken since the bucket was first seen empty, and bound the rate by it."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._latest = 0.0
        self._taken = self._taken_lately = 0
        self._low, self._high = 0.0, inf
        self.rate = 0.0
        """What was taken in a second, from the first 429 to the latest; 0 before the second one."""
        self.seconds = 0.0
        """How long that was."""

    @property
    def began(self) -> bool:
        """Whether there was a 429, from which on permits can be counted."""
        return self._since is not None

    @property
    def is_enough(self) -> bool:
        """Whether ``rate`` is worth more than a guess."""
        return self._taken >= ENOUGH

    @property
    def guess(self) -> float:
        """What a few requests hint at: half a one is given for what they may have missed; ``inf`` if there are none."""
        return (self._taken + 0.5) / self.seconds if self.seconds else inf

    @property
    def least(self) -> float:
        """The least rate that explains what was taken."""
        return self._low

    def forget(self) -> None:
        """Begin anew with the next 429."""
        self.__init__()  # type: ignore[misc]  # whatever is known is forgotten

    def begin(self, now: float) -> None:
        """Forget all but that the bucket is empty now."""
        self.forget()
        self._since = self._latest = now

    def took(self, now: float, slack: float) -> bool:
        """Count a request that was taken; return whether more was taken than the rate explains, so that it rose."""
        if self._since is None or now <= self._since:
            return False
        self._taken += 1
        self._taken_lately += 1
        seconds = now - self._since
        self._low = max(self._low, (self._taken - slack) / seconds)
        lately = now - self._latest
        return self._taken > self._high * seconds + slack or self._taken_lately > self._high * lately + slack

    def emptied(self, now: float, slack: float) -> bool:
        """Take in a 429; return whether less was taken than the rate explains, so that it fell."""
        if self._since is None or now <= self._since:
            return False
        self._latest, self._taken_lately = now, 0
        self.seconds = now - self._since
        self.rate = self._taken / self.seconds
        high = (self._taken + slack) / self.seconds
        self._high = min(self._high, high)
        return high < self._low


@dataclass(frozen=True, slots=True)
class Departure:
    """When a request left, in seconds, and at which rate, in requests a second."""

    at: float
    rate: float


class RoundTrip:
    """Follow both as TCP does (RFC 6298). In seconds; 0 until the first answer."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.deviation = 0.0

    def measure(self, seconds: float) -> None:
        """Take in how long one took."""
        self.seconds = self.seconds or seconds
        self.deviation += (abs(seconds - self.seconds) - self.deviation) / 8
        self.seconds += (seconds - self.seconds) / 8
