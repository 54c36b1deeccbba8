"""How a plan is sent."""

from onboarding.sending.confirm import Confirmed, Confirmer, Resend
from onboarding.sending.course import Course, Moment
from onboarding.sending.dispatcher import Dispatcher
from onboarding.sending.ending import Ending, Sent, stopped_by_signal
from onboarding.sending.pace import Pace
from onboarding.sending.presence import Presence
from onboarding.sending.question import StillThrottled, ask
from onboarding.sending.replay import Replay
from onboarding.sending.retry import QUESTION_BUDGET_SECONDS, REQUEST_BUDGET_SECONDS, Patience
from onboarding.sending.stop import Stop
from onboarding.sending.turnstile import Turnstile

__all__ = [
    "QUESTION_BUDGET_SECONDS",
    "REQUEST_BUDGET_SECONDS",
    "Confirmed",
    "Confirmer",
    "Course",
    "Dispatcher",
    "Ending",
    "Moment",
    "Pace",
    "Patience",
    "Presence",
    "Replay",
    "Resend",
    "Sent",
    "StillThrottled",
    "Stop",
    "Turnstile",
    "ask",
    "stopped_by_signal",
]
