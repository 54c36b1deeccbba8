"""How a plan is sent."""

from onboarding.sending.dispatcher import Dispatcher, Ending, Sent
from onboarding.sending.question import StillThrottled, ask
from onboarding.sending.retry import QUESTION_BUDGET_SECONDS, Patience
from onboarding.sending.stop import Stop

__all__ = [
    "QUESTION_BUDGET_SECONDS",
    "Dispatcher",
    "Ending",
    "Patience",
    "Sent",
    "StillThrottled",
    "Stop",
    "ask",
]
