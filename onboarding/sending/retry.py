"""When is a request sent again? The one tenacity policy.

==================  ===================================  =====================  ============================
answer              an invitation                        one with a token       a question (changes nothing)
==================  ===================================  =====================  ============================
``Throttled``       again, after the wait                again, after the wait  again, after the wait
``Unreachable``     again, after the wait                again, after the wait  again, after the wait
``Unconfirmed``     never: it may have mailed people     a few times more       again, after the wait
``Refused``         never: the same answer would come    never                  never
anything else       never                                never                  never
==================  ===================================  =====================  ============================

A service that knows a request by its token acts on it once, however often it comes.

The wait is what the service asks for in ``Retry-After``, otherwise exponential with full jitter, so that many
clients that were throttled together do not return together. A service that asks for no wait at all (or names a date
that its clock alone has not passed) gets that of the second kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import uniform
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from onboarding.destinations import RequestError, Throttled, Unconfirmed, Unreachable

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
DOUBLINGS = 10
"""More would pass the longest wait anyway, and at the thousandth attempt the largest float."""

MOST_LOST = 4
"""How often a request may be sent whose answers are lost, where that is no risk."""

REQUEST_BUDGET_SECONDS = 900.0
QUESTION_BUDGET_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may be retried, and how to wait. Times are seconds on ``clock``.

    The budget is for all waits of a request together. One that would end after it or after the run's deadline, or that
    begins after the run was asked to stop, is not begun: the caller gets the last error at once. So a ``Retry-After``
    of an hour defers instead of hanging.
    ``raise_if_stopped`` raises ``Interrupted`` if a signal came; it is called before each question, while nothing
    is in flight.
    ``through`` lets a question through when it is its turn.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    deadline: float = inf
    budget_seconds: float = REQUEST_BUDGET_SECONDS
    is_stopping: Callable[[], bool] = lambda: False
    raise_if_stopped: Callable[[], None] = lambda: None
    on_wait: Callable[[RequestError, float], None] = lambda _error, _seconds: None
    through: Callable[[Callable[[], Any]], Any] = lambda request: request()

    def for_invitation(self) -> Retrying:
        """Return a fresh policy for one request that mails people."""
        return self._policy(Throttled, Unreachable)

    def for_repeatable_invitation(self) -> Retrying:
        """Return a fresh policy for one request that mails people once, however often it is sent."""
        return self._policy(Throttled, Unreachable, Unconfirmed, most_lost=MOST_LOST)

    def for_question(self) -> Retrying:
        """Return a fresh policy for one request that changes nothing."""
        return self._policy(Throttled, Unreachable, Unconfirmed)

    def _policy(self, *again: type[RequestError], most_lost: float = inf) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type(again),
            wait=_wait,
            stop=lambda state: self._is_enough(state) or (_lost(state) and state.attempt_number >= most_lost),
            before_sleep=self._tell,
            sleep=self.sleep,
            reraise=True,
        )

    def _is_enough(self, state: RetryCallState) -> bool:
        # What counts is what was waited between attempts: until it is a request's turn is no matter of patience.
        too_much = state.idle_for + state.upcoming_sleep > self.budget_seconds
        return self.is_stopping() or too_much or self.clock() + state.upcoming_sleep > self.deadline

    def _tell(self, state: RetryCallState) -> None:
        self.on_wait(_error(state), state.upcoming_sleep)


def _lost(state: RetryCallState) -> bool:
    return isinstance(_error(state), Unconfirmed)


def _wait(state: RetryCallState) -> float:
    error = _error(state)
    if isinstance(error, Throttled) and error.retry_after:
        return error.retry_after
    doublings = min(DOUBLINGS, state.attempt_number - 1)
    ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**doublings)
    return uniform(0, ceiling)  # noqa: S311 - jitter is no secret


def _error(state: RetryCallState) -> RequestError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, RequestError):
        raise TypeError("the policy waits after a RequestError only") from error
    return error
