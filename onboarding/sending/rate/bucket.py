"""The service's bucket of permits, as its answers show it: the rate at which it fills, and whether it holds a burst.

A service that limits its rate keeps a bucket of permits that fills at that rate, and a 429 says that the bucket is
empty. So between two 429s the service took as many requests as permits came, give or take one, whatever was sent and
however much the bucket holds. That bounds the rate, the closer the longer ago the first 429 was. When the bounds do not
meet any more, the rate has changed.

Times are seconds on any one clock. ``slack`` is by how many requests a count may be wrong: one, and as many as may
overtake each other on their way.
"""

from dataclasses import dataclass
from math import inf

ENOUGH = 4
"""From so many taken requests on, a quotient says more than a guess."""

PAIR = 2

GAP_BEFORE_PAIR = 3.0
"""How many times longer than usual the gap before the pair is, so that two permits are there if there is room."""


@dataclass(frozen=True, slots=True)
class Departure:
    """When a request left, in seconds, and at which rate, in requests a second."""

    at: float
    rate: float


class MeasuredRate:
    """Counts what the service takes after its bucket was seen empty, and bounds the rate by it.

    ``since`` is the first 429, from which on permits can be counted. It is None before.
    """

    def __init__(self, since: float | None = None) -> None:
        self.since = since
        self._latest = since or 0.0
        self._taken = self._taken_lately = 0
        self._high = inf
        self.least = 0.0
        """The least rate that explains what was taken."""
        self.rate = 0.0
        """How many requests the service took in a second, from the first 429 to the latest; 0 before the second 429."""
        self.seconds = 0.0
        """How long that was."""

    @property
    def is_enough(self) -> bool:
        """Whether ``rate`` is worth more than a guess."""
        return self._taken >= ENOUGH

    @property
    def guess(self) -> float:
        """The rate that a few requests hint at, plus half a request for what they may have missed. ``inf`` for none."""
        return (self._taken + 0.5) / self.seconds if self.seconds else inf

    def took(self, now: float, slack: float) -> bool:
        """Count a request that was taken. Return whether more was taken than the rate explains, so that it rose."""
        if self.since is None or now <= self.since:
            return False
        self._taken += 1
        self._taken_lately += 1
        seconds = now - self.since
        self.least = max(self.least, (self._taken - slack) / seconds)
        lately = now - self._latest
        return self._taken > self._high * seconds + slack or self._taken_lately > self._high * lately + slack

    def emptied(self, now: float, slack: float) -> bool:
        """Count a 429. Return whether less was taken than the rate explains, so that it fell."""
        if self.since is None or now <= self.since:
            return False
        self._latest, self._taken_lately = now, 0
        self.seconds = now - self.since
        self.rate = self._taken / self.seconds
        high = (self._taken + slack) / self.seconds
        self._high = min(self._high, high)
        return high < self.least


class RoundTrip:
    """Follows round trip and deviation as TCP does (RFC 6298). In seconds; 0 until the first answer."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.deviation = 0.0

    def measure(self, seconds: float) -> None:
        """Take in how long one request took."""
        self.seconds = self.seconds or seconds
        self.deviation += (abs(seconds - self.seconds) - self.deviation) / 8
        self.seconds += (seconds - self.seconds) / 8


class BurstTest:
    """Finds out whether a bucket holds one permit or more, by two requests that leave at once after ``begins``.

    They leave when any bucket has had time to fill, and a bucket that holds a single permit takes only one of them.
    Such a bucket overflows between two requests, so that counting what it lets through gives too low a rate. ``rate``
    is the rate at which the bucket was seen empty.
    """

    def __init__(self, begins: float, rate: float) -> None:
        self.rate = rate
        self._begins = begins
        self._pair: list[Departure] = []
        self._answers: list[bool] = []

    def gap(self, last_due: float) -> float:
        """Return how many times longer than usual the next request waits, after one that was due at ``last_due``."""
        if last_due < self._begins or len(self._pair) == PAIR:
            return 1.0
        return 0.0 if self._pair else GAP_BEFORE_PAIR

    def depart(self, departure: Departure, last_due: float | None) -> None:
        """Take note of a request that leaves."""
        if last_due is not None and self.gap(last_due) != 1.0:
            self._pair.append(departure)

    def has(self, departure: Departure) -> bool:
        """Tell whether a request belongs to the pair."""
        return any(departure is each for each in self._pair)

    def answer(self, *, is_taken: bool) -> None:
        """Take in the answer to a request of the pair."""
        self._answers.append(is_taken)

    @property
    def is_over(self) -> bool:
        """Whether both requests are answered."""
        return len(self._answers) == PAIR

    @property
    def holds_one_permit(self) -> bool:
        """Whether the service took one of the two, and only one."""
        return sum(self._answers) == 1

    @property
    def says_nothing(self) -> bool:
        """Whether the service took neither."""
        return not any(self._answers)
