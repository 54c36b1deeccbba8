"""How fast may requests leave, when the service tells its rate by nothing but 429s?

=============  ===============================================  ==================================================
gait           requests leave                                   until
=============  ===============================================  ==================================================
``SEARCHING``  faster and faster                                a 429: the bucket is empty now, and is counted
``SETTLING``   first well below that, then faster and faster    a 429: the rate is what was taken in between
``HOLDING``    at the rate, a little below while it is vague    it is time to look whether the rate is another
``PROBING``    a little above the rate                          a 429: holding, knowing it better
``SHARING``    a little faster all the time                     a 429: an eighth slower; half a minute: holding
=============  ===============================================  ==================================================

More taken than the rate explains proves that it rose: searching. Less proves that it fell, or that somebody else uses
the same account: sharing, for a while, in the manner by which two who know nothing of each other come to equal shares
(the slower one speeds up by more, the faster one slows down by more). While nothing changes, one request in 280 is
throttled.

Everything is computed from times that are handed in, in seconds on any one clock, so that the same code runs against
the clock and in a simulation. Not for several threads at once; ``turnstile`` sees to that.
"""

from dataclasses import dataclass
from enum import Enum, auto
from math import inf, log, sqrt

from onboarding.sending.evidence import Evidence

FIRST_RATE = 10.0
"""Requests a second while nothing is known."""

SLOWEST_RATE = 0.1
"""Whatever is answered, a request leaves every ten seconds: a service that wants less says so by ``Retry-After``."""

LEAD_SECONDS = 0.05
"""A request that comes late by no more than this does not make the next one late."""

PAUSE_SECONDS = 1.0
PAUSE_REQUESTS = 10
"""After a pause of more than both nobody knows what is in the bucket."""

DOUBLING_SECONDS = 0.6
DOUBLING_ROUND_TRIPS = 2.5
"""How long it takes to search twice as fast: an answer is known a round trip later, and by then more have left."""

MOST_AT_A_TIME = 0.15
"""By which share of itself the rate may grow from one request to the next."""

HOLD_REQUESTS = 280
HOLD_SECONDS = 30.0
HOLD_AGES = 3.5
"""How long the rate is held: for so many requests, so many seconds, or as many times what it is known for."""

PROBE_SHARE = 0.25
PROBE_LEAST = 0.25
PROBE_ROUND_TRIP = 0.5
"""How far above the rate to look: that share of it and a bit, and no more than half a request in a round trip."""

PROBED_TOO_FAR = 2.0
"""From so many times the rate on, looking above it has become a search."""

SEARCHED_TOO_FAR = 0.3
FALLEN = 0.7
SHARED = 0.88
"""What is left of the rate after a 429: at the end of a search, when the rate has fallen, and while sharing."""

SHARING_SECONDS = 30.0
SHARING_GROWTH = 0.12
"""What each request adds while sharing to a rate of one; to others less by their root."""

SHALLOW = 0.87
NOT_SHALLOW = 0.8
SAME = 0.15
SHALLOW_MARGIN = 0.97
"""A bucket that holds next to nothing overflows between two requests, so that counting tells too little. Its mark is
that the very rate that was too fast is so again: at least that share of it, or where requests are few, within ``SAME``
of it after two searches. Then that rate, less a margin, is held."""


class Gait(Enum):
    """By what rule the rate changes."""

    SEARCHING = auto()
    SETTLING = auto()
    HOLDING = auto()
    PROBING = auto()
    SHARING = auto()


AT_FIRST_SLOWER = {Gait.SETTLING: 4.0, Gait.PROBING: 16.0}
"""How many times longer than a search these take to double the rate at first; half as many two doublings later."""


@dataclass(frozen=True, slots=True)
class Leave:
    """When a request left, and at which rate."""

    at: float
    rate: float


class Pace:
    """Say when the next request of one account may leave, and learn from the answers.

    ``known`` is the rate of the last time, ``first`` where the search begins if there is none, and ``ceiling`` is
    never passed; all rates are in requests a second.
    """

    def __init__(self, *, known: float | None = None, first: float = FIRST_RATE, ceiling: float = inf) -> None:
        self.rate = min(known or first, ceiling)
        """What is allowed at this moment."""
        self.learnt: float | None = None
        """What the service's 429s have told until now."""
        self._ceiling = ceiling
        self._evidence = Evidence()
        self._gait = Gait.PROBING if known else Gait.SEARCHING
        self._estimate = known or first
        self._slowness = 1.0
        self._hold_until = -inf
        self._last_due: float | None = None
        self._cut_at = self._fell_at = -inf
        self._round_trip = self._deviation = 0.0
        self._peak: float | None = None
        self._searched: float | None = None
        self._is_alone = True
        self._is_shallow: bool | None = None
        if known:
            self._probe()

    def due(self, now: float) -> float:
        """Return when the next request may leave."""
        return now if self._last_due is None else self._last_due + 1 / self.rate

    def leave(self, now: float) -> Leave:
        """Let a request leave."""
        left, due = Leave(now, self.rate), self.due(now)
        self._last_due = max(due, now - LEAD_SECONDS)
        late = now - due
        if late > max(PAUSE_SECONDS, PAUSE_REQUESTS / self.rate):
            self._evidence.forget()
            self._estimate = self.learnt or self.rate
            self._probe()
        elif late < max(LEAD_SECONDS, 1 / self.rate):
            # Only who leaves on time can learn whether faster would do.
            self._walk(now)
        return left

    def taken(self, left: Leave, now: float) -> None:
        """Learn that a request was let through, whatever became of it then."""
        self._measure(now - left.at)
        if self._evidence.took(now, self._slack()) and not self._is_shallow:
            self._evidence.forget()
            self._fell_at = -inf
            self._is_shallow = False
            self._start(Gait.SEARCHING, self.rate)

    def throttled(self, left: Leave, now: float) -> None:
        """Learn that a request was answered with 429."""
        self._measure(now - left.at)
        began = self._evidence.began
        fell = self._evidence.emptied(now, self._slack())
        if fell:
            self._fell_at = now
            self._is_alone = False
        if fell or not began:
            self._evidence.begin(now)
        if left.at <= self._cut_at:
            return  # it was on its way when the rate was cut, so it says nothing of the rate there is now
        self._cut_at = now
        if fell:
            self._start(Gait.SETTLING, FALLEN * self.rate)
        elif not began:
            self._seen_empty(left, now)
        elif self._evidence.is_enough:
            self._seen_again(left, now)
        else:
            self._start(Gait.SETTLING, max(self.rate / 2, min(0.9 * self.rate, self._evidence.guess)))

    def _seen_empty(self, left: Leave, now: float) -> None:
        if self._gait is Gait.PROBING and left.rate < PROBED_TOO_FAR * self._estimate:
            self._hold(now, self._estimate, inf)
            return
        is_slow = self._is_alone and left.rate < FIRST_RATE
        is_again = is_slow and self._searched is not None and abs(left.rate / self._searched - 1) < SAME
        self._searched = left.rate if is_slow else None
        if is_again:
            # Counting told less, and twice more turned out to be allowed, up to the same rate: the count is wrong.
            self._is_shallow = True
            self._hold_below(left, now)
        else:
            self._peak = left.rate if self._is_shallow is None else None
            self._start(Gait.SETTLING, SEARCHED_TOO_FAR * self.rate)

    def _seen_again(self, left: Leave, now: float) -> None:
        self.learnt = self._evidence.rate
        if self._peak is not None:
            self._is_shallow = left.rate > (NOT_SHALLOW if self._is_shallow else SHALLOW) * self._peak
            self._peak = self._peak if self._is_shallow else None
        if self._is_shallow:
            self._hold_below(left, now)
        elif now < self._fell_at + SHARING_SECONDS:
            fair = self.rate if self._gait is Gait.SHARING else min(self.rate, self._evidence.rate)
            self._start(Gait.SHARING, SHARED * fair)
        else:
            self._hold(now, self._evidence.rate, self._evidence.seconds)

    def _hold(self, now: float, estimate: float, age_seconds: float) -> None:
        """Hold a rate that is known within half a request in ``age_seconds``."""
        self._estimate = max(estimate, SLOWEST_RATE)
        self._hold_until = now + min(HOLD_REQUESTS / self._estimate, HOLD_SECONDS, HOLD_AGES * age_seconds)
        self._start(Gait.HOLDING, max(self._estimate - 0.5 / age_seconds, self._evidence.least))

    def _hold_below(self, left: Leave, now: float) -> None:
        """Hold what is a margin below a rate that was too fast for a shallow bucket."""
        self.learnt = SHALLOW_MARGIN * left.rate
        self._hold(now, self.learnt, inf)

    def _probe(self) -> None:
        room = PROBE_ROUND_TRIP / self._round_trip if self._round_trip else inf
        more = min(PROBE_SHARE * self._estimate + PROBE_LEAST, room)
        self._start(Gait.PROBING, self._estimate + more)

    def _walk(self, now: float) -> None:
        match self._gait:
            case Gait.HOLDING if now >= self._hold_until and self._is_shallow:
                self._peak = None
                self._start(Gait.SETTLING, self.rate)
            case Gait.HOLDING if now >= self._hold_until:
                self._probe()
            case Gait.SHARING if now >= self._fell_at + SHARING_SECONDS and self._evidence.rate:
                self._hold(now, self._evidence.rate, self._evidence.seconds)
            case Gait.SHARING if now >= self._fell_at + SHARING_SECONDS:
                self._estimate = self.rate
                self._probe()
            case Gait.SHARING:
                self._go(self.rate + SHARING_GROWTH / sqrt(self.rate))
            case Gait.SEARCHING | Gait.SETTLING | Gait.PROBING:
                doubling_seconds = max(DOUBLING_SECONDS, DOUBLING_ROUND_TRIPS * self._round_trip)
                seconds = 1 / self.rate
                self._go(self.rate + min(log(2) / (doubling_seconds * self._slowness), MOST_AT_A_TIME * self.rate))
                self._slowness = max(1.0, self._slowness * 2 ** (-seconds / (2 * doubling_seconds)))

    def _start(self, gait: Gait, rate: float) -> None:
        self._gait = gait
        self._slowness = AT_FIRST_SLOWER.get(gait, 1.0)
        self._go(rate)

    def _go(self, rate: float) -> None:
        self.rate = min(max(rate, SLOWEST_RATE), self._ceiling)

    def _measure(self, round_trip: float) -> None:
        """Follow the round trip and how much it varies, as TCP does (RFC 6298)."""
        if not self._round_trip:
            self._round_trip = round_trip
        self._deviation += (abs(round_trip - self._round_trip) - self._deviation) / 8
        self._round_trip += (round_trip - self._round_trip) / 8

    def _slack(self) -> float:
        return 1 + 2 * self._deviation * self.rate
