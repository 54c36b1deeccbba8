"""The pace: when the next request may leave, and how the answers change the rate of requests.

=============  ===============================================  ==================================================
mode           requests leave                                   until
=============  ===============================================  ==================================================
``SEARCHING``  faster and faster                                a 429: the bucket is empty, and counting begins
``SETTLING``   far slower at first, then faster and faster      a 429: what was taken since then shows the rate
``HOLDING``    at the rate, or a bit slower if it is uncertain  it is time to look whether the rate has changed
``PROBING``    a little above the rate                          a 429: ``HOLDING``, with a better known rate
``SHARING``    a little faster all the time                     a 429: an eighth slower; after 30 s: ``HOLDING``
``EDGING``     a little faster; delays are not made up          a 429: a little slower
=============  ===============================================  ==================================================

If the service takes more requests than the rate allows, the rate rose: ``SEARCHING``. If the service takes fewer, the
rate fell, or another program uses the same account: ``SHARING``, for a while. In this mode, two independent programs
reach equal rates: the slower program speeds up more, the faster program slows down more. While nothing changes, a 429
comes every 280 requests or 30 s. ``EDGING`` is for a bucket with room for only one permit.

Only 429s show the service's rate, and ``bucket`` measures it. Callers pass in all times, in seconds on any one clock,
so that a simulation can use the same code. ``RateLimiter`` makes the threads wait, and lets one at a time use a pace.
"""

from enum import Enum
from math import inf, log, sqrt

from onboarding.sending.rate.bucket import BurstTest, Departure, MeasuredRate, RoundTrip

FIRST_RATE = 10.0
"""The rate at which a search begins if no rate is known, in requests a second."""

SLOWEST_RATE = 0.1
"""The lowest rate, in requests a second. A service that wants fewer requests says so by ``Retry-After``."""

LEAD_SECONDS = 0.05
"""If a request leaves late by at most this time, the next request is due as if the late request had left in time."""

PAUSE_SECONDS = 1.0
PAUSE_REQUESTS = 10
"""After a pause longer than ``PAUSE_SECONDS`` and ``PAUSE_REQUESTS`` usual gaps, the bucket's content is unknown."""

DOUBLING_SECONDS = 0.6
DOUBLING_ROUND_TRIPS = 2.5
"""A search doubles the rate in ``DOUBLING_SECONDS``, or in ``DOUBLING_ROUND_TRIPS`` if they take longer."""

MOST_GROWTH = 0.15
"""The most by which the rate grows from one request to the next, as a fraction of the rate."""

HOLD_REQUESTS = 280
HOLD_SECONDS = 30.0
HOLD_AGES = 3.5
"""``HOLDING`` ends after so many requests, so many seconds, or so many times the time of the rate's measurement."""

PROBE_SHARE = 0.25
PROBE_LEAST = 0.25
PROBE_ROUND_TRIP = 0.5
"""A probe adds ``PROBE_SHARE`` of the rate and ``PROBE_LEAST`` to the rate, but at most half a request a round trip."""

PROBED_TOO_FAR = 2.0
"""If ``PROBING`` has reached this multiple of the rate, a 429 leads to a new measurement, as after a search."""

SEARCHED_TOO_FAR = 0.3
FALLEN = 0.7
SHARED = 0.88
"""A 429 multiplies the rate by ``SEARCHED_TOO_FAR`` in a search, ``FALLEN`` after a fall, ``SHARED`` in ``SHARING``."""

SHARING_SECONDS = 30.0
SHARING_GROWTH = 0.12
"""In ``SHARING``, each request adds this number, divided by the square root of the rate, to the rate."""

EDGE_STEP = 0.0006
EDGE_CUT = 0.02
"""In ``EDGING``, a request raises the rate by the fraction ``EDGE_STEP``, and a 429 lowers it by ``EDGE_CUT``."""

TEST_AGAIN = 40
TEST_AGAIN_AT_LAST = 640
"""``EDGING`` tests bursts after ``TEST_AGAIN`` requests, then after twice as many, and so on up to this number."""

EDGE_SURE = 150
EDGE_FALLEN = 0.4
LATELY = 10
"""In ``EDGING``, more than ``EDGE_SURE`` taken requests without a 429 between them show that the rate rose.

If the fraction of 429s among about the last ``LATELY`` answers is above ``EDGE_FALLEN``, the rate fell.
"""

PaceMode = Enum("PaceMode", ["SEARCHING", "SETTLING", "HOLDING", "PROBING", "SHARING", "EDGING"])
"""The rule by which the rate changes. The table in the module's docstring has the rules."""

AT_FIRST_SLOWER = {PaceMode.SETTLING: 4.0, PaceMode.PROBING: 16.0}
"""To double the rate, a mode at first takes this many times as long as a search. The number falls to 1 over time."""


class Pace:
    """Says when the next request to one account may leave, and learns the rate from the answers.

    Rates are in requests a second, at most ``ceiling``. ``known`` is the rate from an earlier run. If it is None, a
    search begins at ``first``. ``rate`` is the current rate. ``learnt`` is the rate that 429s have shown, or None.
    """

    def __init__(self, *, known: float | None = None, first: float = FIRST_RATE, ceiling: float = inf) -> None:
        self.rate = min(known or first, ceiling)
        self.learnt: float | None = None
        self._ceiling = ceiling
        self._measured = MeasuredRate()
        self._mode = PaceMode.PROBING if known else PaceMode.SEARCHING
        self._estimate = known or first
        self._slowness = 1.0
        self._last_due: float | None = None
        self._cut_at = self._fell_at = self._hold_until = -inf
        self._round_trip = RoundTrip()
        self._test: BurstTest | None = None
        self._refused = 0.0
        self._in_a_row = 0
        self._test_after = self._until_test = TEST_AGAIN
        if known:
            self._probe()

    def due(self, now: float) -> float:
        """Return the time at which the next request may leave. The first request may leave at once."""
        if self._last_due is None:
            return now
        return self._last_due + (self._test.gap(self._last_due) if self._test else 1) / self.rate

    def depart(self, now: float) -> Departure:
        """Record that a request leaves. Return its departure, for ``taken`` or ``throttled`` when the answer comes."""
        departure, due = Departure(now, self.rate), self.due(now)
        if self._test:
            self._test.depart(departure, self._last_due)
        self._last_due = now if self._mode is PaceMode.EDGING else max(due, now - LEAD_SECONDS)
        late = now - due
        if late > max(PAUSE_SECONDS, PAUSE_REQUESTS / self.rate):
            self._measured = MeasuredRate()
            self._estimate = self.learnt or self.rate
            self._probe()
        elif late < max(LEAD_SECONDS, 1 / self.rate):
            # Only requests that leave on time can show whether the service would take a higher rate.
            self._advance(now)
        return departure

    def taken(self, departure: Departure, now: float) -> None:
        """Learn that the rate limit let a request pass. The answer may still be a refusal."""
        self._round_trip.measure(departure.round_trip(now))
        self._refused -= self._refused / LATELY
        self._in_a_row += 1
        rose = self._measured.took(now, self._slack())
        self._answer_test(departure, now, is_taken=True)
        if rose and self._mode is not PaceMode.EDGING:
            self._fell_at = -inf
            self._search()

    def throttled(self, departure: Departure, now: float) -> None:
        """Learn that the service answered a request with 429."""
        self._round_trip.measure(departure.round_trip(now))
        self._refused += (1 - self._refused) / LATELY
        self._in_a_row = 0
        is_first = self._measured.since is None
        if fell := self._has_fallen(now):
            self._fell_at = now
        if fell or is_first:
            self._measured = MeasuredRate(now)
        if self._answer_test(departure, now, is_taken=False) or departure.at <= self._cut_at:
            return  # the request left before the rate was cut, so its 429 says nothing about the new rate
        self._cut_at = now
        if is_first and not fell and self._mode is not PaceMode.EDGING:
            self._slow_down_first(departure, now)
        else:
            self._slow_down(now, fell=fell)

    def _has_fallen(self, now: float) -> bool:
        """Record a 429. Return whether the rate fell: by the measured rate, or in ``EDGING`` by the latest answers."""
        fell = self._measured.emptied(now, self._slack())
        if self._mode is PaceMode.EDGING:
            fell = self._refused > EDGE_FALLEN
            self._refused = 0.0 if fell else self._refused
        return fell

    def _answer_test(self, departure: Departure, now: float, *, is_taken: bool) -> bool:
        """Return whether a request belongs to the burst test. If it does, record its answer in the test."""
        if self._test is None or not self._test.has(departure):
            return False
        self._test.answer(is_taken=is_taken)
        if self._test.is_over:
            self._end_test(self._test, now)
        return True

    def _end_test(self, test: BurstTest, now: float) -> None:
        self._test = BurstTest(now, self.rate) if test.says_nothing else None
        if test.holds_one_permit:
            is_again = self._mode is PaceMode.EDGING
            self._test_after = min(2 * self._test_after, TEST_AGAIN_AT_LAST) if is_again else TEST_AGAIN
            self._until_test, self._refused = self._test_after, 0.0
            self._edge((1 - EDGE_CUT) * test.rate)
        elif self._mode is PaceMode.EDGING and not test.says_nothing:
            self._start(PaceMode.SETTLING, FALLEN * self.rate)

    def _slow_down_first(self, departure: Departure, now: float) -> None:
        """Slow down after the first 429, which shows only that the bucket is empty."""
        if self._mode is PaceMode.PROBING and departure.rate < PROBED_TOO_FAR * self._estimate:
            self._hold(now, self._estimate, inf)
        else:
            self._test = BurstTest(now + self._round_trip.seconds, departure.rate)
            self._start(PaceMode.SETTLING, SEARCHED_TOO_FAR * self.rate)

    def _slow_down(self, now: float, *, fell: bool) -> None:
        if self._mode is PaceMode.EDGING:
            self._edge((FALLEN if fell else 1 - EDGE_CUT) * self.rate)
        elif fell:
            self._start(PaceMode.SETTLING, FALLEN * self.rate)
        elif not self._measured.is_enough:
            self._start(PaceMode.SETTLING, max(self.rate / 2, min(0.9 * self.rate, self._measured.guess)))
        else:
            self.learnt = self._measured.rate
            if now < self._fell_at + SHARING_SECONDS:
                fair = self.rate if self._mode is PaceMode.SHARING else min(self.rate, self._measured.rate)
                self._start(PaceMode.SHARING, SHARED * fair)
            else:
                self._hold(now, self._measured.rate, self._measured.seconds)

    def _search(self) -> None:
        self._measured = MeasuredRate()
        self._start(PaceMode.SEARCHING, self.rate)

    def _edge(self, rate: float) -> None:
        self._start(PaceMode.EDGING, rate)
        self.learnt = self.rate

    def _hold(self, now: float, estimate: float, age_seconds: float) -> None:
        """Begin ``HOLDING`` with an estimate. Over ``age_seconds``, the estimate may be wrong by half a request."""
        self._estimate = max(estimate, SLOWEST_RATE)
        self._hold_until = now + min(HOLD_REQUESTS / self._estimate, HOLD_SECONDS, HOLD_AGES * age_seconds)
        self._start(PaceMode.HOLDING, max(self._estimate - 0.5 / age_seconds, self._measured.least))

    def _probe(self) -> None:
        room = PROBE_ROUND_TRIP / self._round_trip.seconds if self._round_trip.seconds else inf
        more = min(PROBE_SHARE * self._estimate + PROBE_LEAST, room)
        self._start(PaceMode.PROBING, self._estimate + more)

    def _advance(self, now: float) -> None:
        match self._mode:
            case PaceMode.HOLDING:
                if now >= self._hold_until:
                    self._probe()
            case PaceMode.SHARING:
                self._advance_sharing(now)
            case PaceMode.EDGING:
                self._advance_edging(now)
            case PaceMode.SEARCHING | PaceMode.SETTLING | PaceMode.PROBING:
                doubling_seconds = max(DOUBLING_SECONDS, DOUBLING_ROUND_TRIPS * self._round_trip.seconds)
                seconds = 1 / self.rate
                self._set_rate(self.rate + min(log(2) / (doubling_seconds * self._slowness), MOST_GROWTH * self.rate))
                self._slowness = max(1.0, self._slowness * 2 ** (-seconds / (2 * doubling_seconds)))

    def _advance_sharing(self, now: float) -> None:
        if now < self._fell_at + SHARING_SECONDS:
            self._set_rate(self.rate + SHARING_GROWTH / sqrt(self.rate))
        elif self._measured.rate:
            self._hold(now, self._measured.rate, self._measured.seconds)
        else:
            self._estimate = self.rate
            self._probe()

    def _advance_edging(self, now: float) -> None:
        if self._in_a_row > EDGE_SURE:
            self._search()
            return
        self._set_rate((1 + EDGE_STEP) * self.rate)
        self._until_test -= 1
        if self._until_test <= 0 and self._test is None:
            self._test = BurstTest(now, self.rate)

    def _start(self, mode: PaceMode, rate: float) -> None:
        self._mode = mode
        self._slowness = AT_FIRST_SLOWER.get(mode, 1.0)
        self._set_rate(rate)

    def _set_rate(self, rate: float) -> None:
        self.rate = min(max(rate, SLOWEST_RATE), self._ceiling)

    def _slack(self) -> float:
        return 1 + 2 * self._round_trip.deviation * self.rate
