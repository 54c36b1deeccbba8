"""Whose turn is it to send?

Threads share one pace, and one of them at a time waits for the next request to be due, so that a new rate holds at
once for all. Nobody waits here for the answer to another's request.
"""

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from onboarding.destinations import Throttled, Unreachable
from onboarding.sending.rate.evidence import Leave
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import Patience

GLANCE_SECONDS = 0.1
"""How often whoever waits looks whether the rate is another by now."""

T = TypeVar("T")


class NoTurn(Exception):
    """The run ends before it would have been this request's turn: it was not sent."""


class Turnstile:
    """Let requests pass at a pace, from any thread."""

    def __init__(self, pace: Pace, patience: Patience) -> None:
        self._pace = pace
        self._patience = patience
        self._front = Lock()
        self._at_pace = Lock()

    def through(self, request: Callable[[], T]) -> T:
        """Return a request's answer, or raise its error; it is sent when it is its turn.

        Raises ``NoTurn`` if the run is stopping, or if its deadline comes before the turn.
        """
        left = self._leave()
        try:
            answer = request()
        except Unreachable:
            raise  # the service never saw it
        except Throttled:
            with self._at_pace:
                self._pace.throttled(left, self._patience.clock())
            raise
        except BaseException:
            self._taken(left)
            raise
        self._taken(left)
        return answer

    def _leave(self) -> Leave:
        with self._front:
            while True:
                now = self._patience.clock()
                with self._at_pace:
                    due = self._pace.due(now)
                    if self._patience.is_stopping() or max(due, now) > self._patience.deadline:
                        raise NoTurn
                    if due <= now:
                        return self._pace.leave(now)
                self._patience.sleep(min(due - now, GLANCE_SECONDS))

    def _taken(self, left: Leave) -> None:
        with self._at_pace:
            self._pace.taken(left, self._patience.clock())
