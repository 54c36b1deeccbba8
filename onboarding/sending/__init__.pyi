"""Sending: how invitations leave at the permitted rate, with nothing lost."""

from .dispatcher import Dispatcher
from .doubts import Confirmer, Replay, Resend
from .presence import Presence
from .rate.limiter import RateLimited, RateLimiter
from .rate.pace import Pace
from .retry import QUESTION_BUDGET_SECONDS, REQUEST_BUDGET_SECONDS, Patience, Questions

__all__ = [
    "QUESTION_BUDGET_SECONDS",
    "REQUEST_BUDGET_SECONDS",
    "Confirmer",
    "Dispatcher",
    "Pace",
    "Patience",
    "Presence",
    "Questions",
    "RateLimited",
    "RateLimiter",
    "Replay",
    "Resend",
]
