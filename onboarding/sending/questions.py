"""How is the service asked something before anything is sent, and what if it does not answer?"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

import structlog

from onboarding.destinations import RequestError, Throttled, Unconfirmed, Unreachable
from onboarding.model.errors import DestinationClosed, ExitCode, OnboardingError
from onboarding.sending.rate.limiter import NoTurn
from onboarding.sending.retry import Patience

log = structlog.get_logger()

T = TypeVar("T")


class StillThrottled(OnboardingError):
    """The service throttled a question for longer than patience lasts. Nothing was sent."""

    exit_code = ExitCode.STOPPED


def ask(question: Callable[[], T], patience: Patience) -> T:
    """Return the answer to a question that changes nothing, asked again while patience lasts.

    Raises ``StillThrottled``, ``Interrupted`` or ``DestinationClosed``: a question without an answer is never an empty
    answer. What the question raises as ``Refused`` passes.
    """
    patience.raise_if_stopped()
    try:
        return cast("T", replace(patience, on_wait=_tell_wait).for_question()(patience.through, question))
    except NoTurn:
        patience.raise_if_stopped()
        raise StillThrottled("Nothing was sent: the deadline came before the service was asked; run again.") from None
    except Throttled:
        patience.raise_if_stopped()
        raise StillThrottled("Nothing was sent: the service keeps throttling; run again later.") from None
    except (Unreachable, Unconfirmed) as error:
        patience.raise_if_stopped()
        raise DestinationClosed(
            f"Nothing was sent: the service does not answer; check the endpoint and the network: {error.cause}"
        ) from None


def _tell_wait(error: RequestError, seconds: float) -> None:
    log.info("question.repeated", error=type(error).__name__, wait_seconds=round(seconds, 3))
