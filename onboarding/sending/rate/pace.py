"""How fast may requests leave, when the service tells its rate by nothing but 429s?

=============  ===============================================  ==================================================
gait           requests leave                                   until
=============  ===============================================  ==================================================
``SEARCHING``  faster and faster                                a 429: the bucket is empty now, and is counted
``SETTLING``   first well below that, then faster and faster    a 429: the rate is what was taken in between
``HOLDING``    at the rate, a little below while it is vague    it is time to look whether the rate is another
``PROBING``    a little above the rate                          a 429: holding, knowing it better
``SHARING``    a little faster all the time                     a 429: an eighth slower; half a minute: holding
``EDGING``     a little faster all the time, never catching up  a 429: a little slower
=============  ===============================================  ==================================================

More taken than the rate explains proves that it rose: searching. Less proves that it fell, or that somebody else uses
the same account: sharing, for a while, in the manner by which two who know nothing of each other come to equal shares
(the slower one speeds up by more, the faster one slows down by more). While nothing changes, one request in 280 is
throttled.

Everything is computed from times that are handed in, in seconds on any one clock, so that the same code runs against
the clock and in a simulation. Not for several threads at once; ``RateLimiter`` sees to that.
"""

from enum import Enum, auto
from math import inf, log, sqrt

from onboarding.sending.rate.evidence import Departure, RateEstimate, RoundTrip
from onboarding.sending.rate.trial import BurstTest

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

EDGE_STEP = 0.0006
EDGE_CUT = 0.02
"""What a request adds to the rate while edging, and a 429 takes from it: one in 33 is throttled in the end."""

TRY_AGAIN = 40
TRY_AGAIN_AT_LAST = 640
"""While edging, after how many requests the bucket is tried again: twice as many each time, up to the second."""

EDGE_SURE = 150
EDGE_FALLEN = 0.4
LATELY = 10
"""While edging, how many taken in a row say that the rate rose, and which share of 429s, among about so many answers,
that it fell."""


class PaceMode(Enum):
    """By what rule the rate changes."""

    SEARCHING = auto()
    SETTLING = auto()
    HOLDING = auto()
    PROBING = auto()
    SHARING = auto()
    EDGING = auto()


AT_FIRST_SLOWER = {PaceMode.SETTLING: 4.0, PaceMode.PROBING: 16.0}
"""How many times longer than a search these take to double the rate at first; half as many two doublings later."""


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
        self._evidence = RateEstimate()
        self._gait = PaceMode.PROBING if known else PaceMode.SEARCHING
        self._estimate = known or first
        self._slowness = 1.0
        self._hold_until = -inf
        self._last_due: float | None = None
        self._cut_at = self._fell_at = -inf
        self._round_trip = RoundTrip()
        self._trial: BurstTest | None = None
        self._refused = 0.0
        self._in_a_row = 0
        self._try_after = self._until_trial = TRY_AGAIN
        if known:
            self._probe()

    def due(self, now: float) -> float:
        """Return when the next request may leave."""
        if self._last_due is None:
            return now
        return self._last_due + (self._trial.gap(self._last_due) if self._trial else 1) / self.rate

    def leave(self, now: float) -> Departure:
        """Let a request leave."""
        left, due = Departure(now, self.rate), self.due(now)
        if self._trial:
            self._trial.leave(left, self._last_due)
        self._last_due = now if self._gait is PaceMode.EDGING else max(due, now - LEAD_SECONDS)
        late = now - due
        if late > max(PAUSE_SECONDS, PAUSE_REQUESTS / self.rate):
            self._evidence.forget()
            self._estimate = self.learnt or self.rate
            self._probe()
        elif late < max(LEAD_SECONDS, 1 / self.rate):
            # Only who leaves on time can learn whether faster would do.
            self._walk(now)
        return left

    def taken(self, left: Departure, now: float) -> None:
        """Learn that a request was let through, whatever became of it then."""
        self._round_trip.measure(now - left.at)
        self._refused -= self._refused / LATELY
        self._in_a_row += 1
        rose = self._evidence.took(now, self._slack())
        self._hear(left, now, is_taken=True)
        if rose and self._gait is not PaceMode.EDGING:
            self._evidence.forget()
            self._fell_at = -inf
            self._start(PaceMode.SEARCHING, self.rate)

    def throttled(self, left: Departure, now: float) -> None:
        """Learn that a request was answered with 429."""
        self._round_trip.measure(now - left.at)
        self._refused += (1 - self._refused) / LATELY
        self._in_a_row = 0
        began = self._evidence.began
        fell = self._evidence.emptied(now, self._slack())
        if self._gait is PaceMode.EDGING:
            fell = self._refused > EDGE_FALLEN
            self._refused = 0.0 if fell else self._refused
        if fell:
            self._fell_at = now
        if fell or not began:
            self._evidence.begin(now)
        if self._hear(left, now, is_taken=False) or left.at <= self._cut_at:
            return  # it was on its way when the rate was cut, so it says nothing of the rate there is now
        self._cut_at = now
        if self._gait is PaceMode.EDGING:
            self._edge((FALLEN if fell else 1 - EDGE_CUT) * self.rate)
        elif fell:
            self._start(PaceMode.SETTLING, FALLEN * self.rate)
        elif not began:
            self._seen_empty(left, now)
        elif self._evidence.is_enough:
            self._seen_again(now)
        else:
            self._start(PaceMode.SETTLING, max(self.rate / 2, min(0.9 * self.rate, self._evidence.guess)))

    def _hear(self, left: Departure, now: float, *, is_taken: bool) -> bool:
        """Take in an answer to one of the pair that a trial is; return whether it was one."""
        if self._trial is None or not self._trial.has(left):
            return False
        self._trial.answer(is_taken=is_taken)
        if self._trial.is_over:
            tried, self._trial = self._trial, None
            if tried.is_shallow:
                self._try_after = (
                    min(2 * self._try_after, TRY_AGAIN_AT_LAST) if self._gait is PaceMode.EDGING else TRY_AGAIN
                )
                self._until_trial, self._refused = self._try_after, 0.0
                self._edge((1 - EDGE_CUT) * tried.rate)
            elif tried.is_vain:
                self._trial = BurstTest(now, self.rate)
            elif self._gait is PaceMode.EDGING:
                self._start(PaceMode.SETTLING, FALLEN * self.rate)
        return True

    def _seen_empty(self, left: Departure, now: float) -> None:
        if self._gait is PaceMode.PROBING and left.rate < PROBED_TOO_FAR * self._estimate:
            self._hold(now, self._estimate, inf)
        else:
            self._trial = BurstTest(now + self._round_trip.seconds, left.rate)
            self._start(PaceMode.SETTLING, SEARCHED_TOO_FAR * self.rate)

    def _seen_again(self, now: float) -> None:
        self.learnt = self._evidence.rate
        if now < self._fell_at + SHARING_SECONDS:
            fair = self.rate if self._gait is PaceMode.SHARING else min(self.rate, self._evidence.rate)
            self._start(PaceMode.SHARING, SHARED * fair)
        else:
            self._hold(now, self._evidence.rate, self._evidence.seconds)

    def _edge(self, rate: float) -> None:
        self._start(PaceMode.EDGING, rate)
        self.learnt = self.rate

    def _hold(self, now: float, estimate: float, age_seconds: float) -> None:
        """Hold a rate that is known within half a request in ``age_seconds``."""
        self._estimate = max(estimate, SLOWEST_RATE)
        self._hold_until = now + min(HOLD_REQUESTS / self._estimate, HOLD_SECONDS, HOLD_AGES * age_seconds)
        self._start(PaceMode.HOLDING, max(self._estimate - 0.5 / age_seconds, self._evidence.least))

    def _probe(self) -> None:
        room = PROBE_ROUND_TRIP / self._round_trip.seconds if self._round_trip.seconds else inf
        more = min(PROBE_SHARE * self._estimate + PROBE_LEAST, room)
        self._start(PaceMode.PROBING, self._estimate + more)

    def _walk(self, now: float) -> None:
        match self._gait:
            case PaceMode.HOLDING if now >= self._hold_until:
                self._probe()
            case PaceMode.SHARING if now >= self._fell_at + SHARING_SECONDS and self._evidence.rate:
                self._hold(now, self._evidence.rate, self._evidence.seconds)
            case PaceMode.SHARING if now >= self._fell_at + SHARING_SECONDS:
                self._estimate = self.rate
                self._probe()
            case PaceMode.EDGING if self._in_a_row > EDGE_SURE:
                self._evidence.forget()
                self._start(PaceMode.SEARCHING, self.rate)
            case PaceMode.EDGING:
                self._go((1 + EDGE_STEP) * self.rate)
                self._until_trial -= 1
                if self._until_trial <= 0 and self._trial is None:
                    self._trial = BurstTest(now, self.rate)
            case PaceMode.SHARING:
                self._go(self.rate + SHARING_GROWTH / sqrt(self.rate))
            case PaceMode.SEARCHING | PaceMode.SETTLING | PaceMode.PROBING:
                doubling_seconds = max(DOUBLING_SECONDS, DOUBLING_ROUND_TRIPS * self._round_trip.seconds)
                seconds = 1 / self.rate
                self._go(self.rate + min(log(2) / (doubling_seconds * self._slowness), MOST_AT_A_TIME * self.rate))
                self._slowness = max(1.0, self._slowness * 2 ** (-seconds / (2 * doubling_seconds)))

    def _start(self, gait: PaceMode, rate: float) -> None:
        self._gait = gait
        self._slowness = AT_FIRST_SLOWER.get(gait, 1.0)
        self._go(rate)

    def _go(self, rate: float) -> None:
        self.rate = min(max(rate, SLOWEST_RATE), self._ceiling)

    def _slack(self) -> float:
        return 1 + 2 * self._round_trip.deviation * self.rate
