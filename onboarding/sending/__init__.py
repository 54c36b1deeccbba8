"""How a plan is sent."""

from onboarding.sending.dispatcher import Dispatcher
from onboarding.sending.doubts import Confirmer, Replay, Resend
from onboarding.sending.presence import Presence
from onboarding.sending.questions import StillThrottled, ask
from onboarding.sending.rate.limiter import Turnstile
from onboarding.sending.rate.pace import Pace
from onboarding.sending.retry import QUESTION_BUDGET_SECONDS, REQUEST_BUDGET_SECONDS, Patience

__all__ = [
    "QUESTION_BUDGET_SECONDS",
    "REQUEST_BUDGET_SECONDS",
    "Confirmer",
    "Dispatcher",
    "Pace",
    "Patience",
    "Presence",
    "Replay",
    "Resend",
    "StillThrottled",
    "Turnstile",
    "ask",
]
