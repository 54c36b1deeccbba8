"""Does a bucket hold one permit, or more?

Two requests leave at once, at a time when any bucket has had time to fill. One that holds a single permit takes but
one of them. That matters since such a bucket overflows between two requests, so that counting what it lets through
tells too little.
"""

from onboarding.sending.rate.evidence import Departure

PAIR = 2


GAP = 3.0
"""How many times longer than usual the gap before the two is, so that two permits are there if there is room."""


class BurstTest:
    """Two requests that leave at once after ``begins``, and what was answered to them."""

    def __init__(self, begins: float, rate: float) -> None:
        self.rate = rate
        """At which the bucket was seen empty."""
        self._begins = begins
        self._pair: list[Departure] = []
        self._answers: list[bool] = []

    def gap(self, last: float) -> float:
        """Return how many times longer than usual the next request waits, the last one having been due at ``last``."""
        if last < self._begins or len(self._pair) == PAIR:
            return 1.0
        return 0.0 if self._pair else GAP

    def leave(self, left: Departure, last: float | None) -> None:
        """Take note of a request that leaves."""
        if last is not None and self.gap(last) != 1.0:
            self._pair.append(left)

    def has(self, left: Departure) -> bool:
        """Say whether a request is one of the two."""
        return any(left is one for one in self._pair)

    def answer(self, *, is_taken: bool) -> None:
        """Take in the answer to one of the two."""
        self._answers.append(is_taken)

    @property
    def is_over(self) -> bool:
        """Whether both are answered."""
        return len(self._answers) == PAIR

    @property
    def is_shallow(self) -> bool:
        """Whether there was a permit for one of them, and only for one."""
        return sum(self._answers) == 1

    @property
    def is_vain(self) -> bool:
        """Whether there was none for either, which says nothing."""
        return not any(self._answers)
