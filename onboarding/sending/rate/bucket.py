"""Measure the service's rate limit by its answers: the rate, the round trip, and whether the limit lets bursts pass.

A service with a rate limit keeps a bucket of permits. Each request that the service takes uses up a permit. The bucket
fills at the limit's rate, and a 429 says that the bucket is empty. So between two 429s the service took as many
requests as permits came, give or take one. This is true for a bucket of any size. The number of requests that the
service took gives a lower and an upper bound of the rate. The bounds come closer as time passes since the first 429. If
the lower bound passes the upper bound, the rate has changed.

Times are seconds on any one clock. The parameter ``slack`` is the possible error of the number of taken requests: one,
plus the number of requests that may overtake each other on their way. The bucket of the sandbox is ``TokenBucket`` in
``sandbox/simulation/traffic``.
"""

from dataclasses import dataclass
from math import inf
from threading import Barrier

ENOUGH = 4
"""``MeasuredRate.rate`` is better than ``MeasuredRate.guess`` once the service took at least this many requests."""

PAIR = 2

GAP_BEFORE_PAIR = 3.0
"""How many times longer than usual a burst test waits before its pair. Then a bucket for two permits is full."""


@dataclass(slots=True)
class Departure:
    """The time at which a request may leave, in seconds, and the rate at that time, in requests a second.

    ``left_at`` is when the request left. None means that it left at once. ``pair`` is the barrier at which the two
    requests of a burst test wait for each other, so that they leave together. ``pair`` is None if the request is not
    part of a test.
    """

    at: float
    rate: float
    left_at: float | None = None
    pair: Barrier | None = None

    def round_trip(self, answered_at: float) -> float:
        """Return how many seconds the request and its answer took together."""
        return answered_at - (self.at if self.left_at is None else self.left_at)


class MeasuredRate:
    """Counts the requests that the service takes after its bucket was empty, and computes the service's rate.

    ``since`` is the time of the first 429, at which counting begins, or None before the first 429.
    """

    def __init__(self, since: float | None = None) -> None:
        self.since = since
        self._latest = since or 0.0
        self._taken = self._taken_lately = 0
        self._high = inf
        self.least = 0.0
        """The lowest rate at which the service can have taken as many requests as it took."""
        self.rate = 0.0
        """How many requests a second the service took from the first 429 to the latest; 0 before the second 429."""
        self.seconds = 0.0
        """The time from the first 429 to the latest 429; 0 before the second 429."""

    @property
    def is_enough(self) -> bool:
        """Whether enough requests were taken for ``rate`` to be better than ``guess``."""
        return self._taken >= ENOUGH

    @property
    def guess(self) -> float:
        """An estimate of the rate when few requests were taken. It is ``inf`` before the second 429.

        The estimate adds half a request to the taken requests: on average, the bucket has half of the next permit when
        a 429 comes.
        """
        return (self._taken + 0.5) / self.seconds if self.seconds else inf

    def took(self, now: float, slack: float) -> bool:
        """Count a taken request. Return whether the rate rose: the old rate is too low for so many requests.

        ``slack`` is the possible error of the count, in requests.
        """
        if self.since is None or now <= self.since:
            return False
        self._taken += 1
        self._taken_lately += 1
        seconds = now - self.since
        self.least = max(self.least, (self._taken - slack) / seconds)
        lately = now - self._latest
        return self._taken > self._high * seconds + slack or self._taken_lately > self._high * lately + slack

    def emptied(self, now: float, slack: float) -> bool:
        """Record a 429. Return whether the rate fell: so few requests were taken that the old rate is too high.

        ``slack`` is the possible error of the count, in requests.
        """
        if self.since is None or now <= self.since:
            return False
        self._latest, self._taken_lately = now, 0
        self.seconds = now - self.since
        self.rate = self._taken / self.seconds
        high = (self._taken + slack) / self.seconds
        self._high = min(self._high, high)
        return high < self.least


class RoundTrip:
    """The smoothed round trip of requests and its mean deviation, as in TCP (RFC 6298).

    Both are in seconds, and 0 until the first answer.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.deviation = 0.0

    def measure(self, seconds: float) -> None:
        """Add the time that one request took, in seconds."""
        self.seconds = self.seconds or seconds
        self.deviation += (abs(seconds - self.seconds) - self.deviation) / 8
        self.seconds += (seconds - self.seconds) / 8


class BurstTest:
    """Finds out whether the service's bucket has room for several permits, by a pair of requests that leave together.

    The pair leaves after the time ``begins``, when any bucket has had time to fill. If a bucket has room for a single
    permit only, the service then takes only one request of the pair. Such a bucket overflows between two requests, so a
    count of the taken requests gives too low a rate. ``rate`` is the rate of requests before the test.
    """

    def __init__(self, begins: float, rate: float) -> None:
        self.rate = rate
        self._begins = begins
        self._pair: list[Departure] = []
        self._answers: list[bool] = []
        self._together = Barrier(PAIR)

    def gap(self, last_due: float) -> float:
        """Return how many times longer than usual the next request waits. The last request was due at ``last_due``.

        The test sends a pair of requests together: the wait is longer before the pair, and zero between its requests.
        At all other times the result is 1.
        """
        if last_due < self._begins or len(self._pair) == PAIR:
            return 1.0
        return 0.0 if self._pair else GAP_BEFORE_PAIR

    def depart(self, departure: Departure, last_due: float | None) -> None:
        """Record a request that leaves, if it is in the test's pair. ``last_due`` is None for the first request."""
        if last_due is not None and self.gap(last_due) != 1.0:
            self._pair.append(departure)
            departure.pair = self._together

    def has(self, departure: Departure) -> bool:
        """Return whether a request belongs to the pair that the test sends together."""
        return any(departure is each for each in self._pair)

    def answer(self, *, is_taken: bool) -> None:
        """Record an answer to the pair that the test sends together. ``is_taken`` is False for a 429."""
        self._answers.append(is_taken)

    @property
    def is_over(self) -> bool:
        """Whether the service has answered both requests of the pair."""
        return len(self._answers) == PAIR

    @property
    def holds_one_permit(self) -> bool:
        """Whether the service took exactly one request of the pair."""
        return sum(self._answers) == 1

    @property
    def says_nothing(self) -> bool:
        """Whether the service took neither request of the pair, so that the test shows nothing."""
        return not any(self._answers)
