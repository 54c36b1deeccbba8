"""Retries: which invitations and questions to send again, how long to wait, and when to give up.

``Retrying`` repeats invitations, and ``Questions`` repeats requests that change nothing.

==================  ===================================  =====================  ============================
answer              an invitation                        invite with a token    a question (changes nothing)
==================  ===================================  =====================  ============================
``Throttled``       again, after the wait                again, after the wait  again, after the wait
``Unreachable``     again, after the wait                again, after the wait  again, after the wait
``Unconfirmed``     never: it may have mailed people     a few times more       again, after the wait
``Refused``         never: the same answer would come    never                  never
anything else       never                                never                  never
==================  ===================================  =====================  ============================

If requests have the same token, the service acts on one of them only.

The wait is the time that the service asks for in ``Retry-After``. Without this header the wait is exponential with full
jitter, so that throttled clients do not all come back at the same time. A ``Retry-After`` of zero, or with a date in
the past, counts as a missing header. This module alone uses the library tenacity.
"""

from collections.abc import Callable, Mapping
from math import ceil, inf
from random import uniform
from typing import TypeVar

import tenacity

from onboarding.destinations import (
    Destination,
    InviteService,
    Receipt,
    RequestError,
    ServiceWrapper,
    Throttled,
    Unconfirmed,
    Unreachable,
)
from onboarding.model.amounts import with_noun
from onboarding.model.errors import DestinationClosed, OnboardingError, StillThrottled
from onboarding.model.plan import Chunk
from onboarding.model.run import minute_after
from onboarding.model.values import dataclass
from onboarding.runtime.logs import get_logger

log = get_logger()

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0
DOUBLINGS = 10
"""The most times that the first wait doubles.

After these doublings, the wait is longer than the longest wait allowed. A thousand doublings would overflow a float.
"""

MOST_LOST = 4
"""The most times that the job sends a request with a token if each answer is lost."""

LONGEST_WAIT_IN_WORDS = 30 * 86_400

REQUEST_BUDGET_SECONDS = 900.0
QUESTION_BUDGET_SECONDS = 30.0

T = TypeVar("T")


class TurnMissed(Exception):
    """The run ends before the rate limit lets the request leave, so the request was not sent."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to retry one request, how to wait, and how to notice that the run stops.

    All times are in seconds, and ``deadline`` is a time on ``clock``. ``budget_seconds`` is for all waits of one
    request together. A wait does not begin if it would end after the budget or the deadline, or if the run is stopping.
    Instead, the caller gets the last error at once. So a ``Retry-After`` of an hour does not make the run hang.

    ``raise_if_stopped`` is called before each question, while no request is in flight. It raises ``Interrupted`` if a
    signal came. ``announce`` is called before each wait, so that people can see why the run does nothing. Its arguments
    are a text that says what the run does after the wait, and the seconds of the wait.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    deadline: float = inf
    budget_seconds: float = REQUEST_BUDGET_SECONDS
    is_stopping: Callable[[], bool] = lambda: False
    raise_if_stopped: Callable[[], None] = lambda: None
    announce: Callable[[str, float], None] = lambda _what, _seconds: None

    def is_too_late(self) -> bool:
        """Return whether the deadline has come."""
        return self.clock() >= self.deadline


class Retrying:
    """Invites through a destination, and repeats a request if the repetition can mail no person twice."""

    def __init__(self, destination: Destination, policy: RetryPolicy) -> None:
        self._destination = destination
        self._retry_policy = policy

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Invite a chunk and return receipts by address key. Raises the last error if no repetition is allowed."""
        if self._destination.token(chunk):
            repeatedly = _repeatedly(self._retry_policy, Throttled, Unreachable, Unconfirmed, most_lost=MOST_LOST)
        else:
            repeatedly = _repeatedly(self._retry_policy, Throttled, Unreachable)
        return repeatedly(self._destination.invite, chunk)


class Questions(ServiceWrapper):
    """Wraps a service, and repeats each question until it is answered or the run stops. A question changes nothing.

    A missing answer never counts as an empty answer. Each question that gets no answer raises ``StillThrottled``,
    ``Interrupted`` or ``DestinationClosed``. ``Refused`` passes unchanged.
    """

    def __init__(self, service: InviteService, policy: RetryPolicy) -> None:
        super().__init__(service)
        self._retry_policy = policy

    def _send(self, request: Callable[[], T]) -> T:
        self._retry_policy.raise_if_stopped()
        repeatedly = _repeatedly(self._retry_policy, Throttled, Unreachable, Unconfirmed, is_question=True)
        try:
            return repeatedly(request)
        except (TurnMissed, Throttled, Unreachable, Unconfirmed) as error:
            self._retry_policy.raise_if_stopped()
            if self._retry_policy.is_too_late() and not isinstance(error, TurnMissed):
                # The deadline may have cut the request. So the error does not say that the service is gone.
                raise StillThrottled(
                    "Nothing was sent: the deadline came before the service answered; run again."
                ) from None
            raise _unanswered(error) from None


def keeps_throttling(error: Throttled) -> str:
    """Return a text: the service keeps throttling, how long it asks the run to wait, and when to run again.

    The text leaves out a wait of more than ``LONGEST_WAIT_IN_WORDS`` seconds, since no service means so long a wait.
    """
    seconds = error.retry_after
    if not seconds or seconds > LONGEST_WAIT_IN_WORDS:
        return "the service keeps throttling; run again later"
    wait = with_noun(ceil(seconds), "second", "seconds")
    return f"the service keeps throttling, and asks to wait {wait}; run again after {minute_after(seconds)}"


def _unanswered(error: TurnMissed | Throttled | Unreachable | Unconfirmed) -> OnboardingError:
    match error:
        case TurnMissed():
            return StillThrottled("Nothing was sent: the deadline came before the service was asked; run again.")
        case Throttled():
            return StillThrottled(f"Nothing was sent: {keeps_throttling(error)}.")
        case Unreachable() | Unconfirmed():
            how = "" if isinstance(error, Unreachable) else " as it should"
            at = f" at {error.endpoint}" if error.endpoint else ""
            return DestinationClosed(
                f"Nothing was sent: the service does not answer{how}{at} ({error.cause}); check the endpoint and the"
                " network."
            )


def _repeatedly(
    policy: RetryPolicy, *repeated: type[RequestError], is_question: bool = False, most_lost: float = inf
) -> tenacity.Retrying:
    """Return a ``tenacity.Retrying``, which repeats a request after errors of the types ``repeated``.

    ``is_question`` says whether the request only asks. ``most_lost`` limits lost answers: after this number of errors
    of the type ``Unconfirmed``, the request is not repeated any more.
    """
    lost = 0

    def gives_up(state: tenacity.RetryCallState) -> bool:
        nonlocal lost
        lost += isinstance(_error(state), Unconfirmed)
        # The budget is only for the waits between attempts, not for the waits of the rate limit.
        is_too_much = state.idle_for + state.upcoming_sleep > policy.budget_seconds
        is_too_late = policy.clock() + state.upcoming_sleep > policy.deadline
        return policy.is_stopping() or is_too_much or is_too_late or lost >= most_lost

    def announce_wait(state: tenacity.RetryCallState) -> None:
        error, event = _error(state), "question.repeated" if is_question else "request.repeated"
        log.info(event, error=type(error).__name__, wait_seconds=round(state.upcoming_sleep, 3))
        why = "the service throttles" if isinstance(error, Throttled) else "the service does not answer"
        policy.announce(f"{why}: {'asking' if is_question else 'sending'} again", state.upcoming_sleep)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(repeated),
        wait=_wait,
        stop=gives_up,
        before_sleep=announce_wait,
        sleep=policy.sleep,
        reraise=True,
    )


def _wait(state: tenacity.RetryCallState) -> float:
    error = _error(state)
    if isinstance(error, Throttled) and error.retry_after:
        return error.retry_after
    doublings = min(DOUBLINGS, state.attempt_number - 1)
    ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**doublings)
    return uniform(0, ceiling)  # noqa: S311 - jitter is no secret  # nosec B311


def _error(state: tenacity.RetryCallState) -> RequestError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, RequestError):
        raise TypeError("the policy waits after a RequestError only") from error
    return error
