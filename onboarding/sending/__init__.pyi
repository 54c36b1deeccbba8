"""Sending: dispatch, rate limit and retries of invitations, the lookup of members, and the settling of doubts."""

from .departure import ClaimLog
from .dispatcher import Dispatcher
from .doubts import MOST_LOSSES, DoubtSettler, Resend
from .known_members import KnownMembers
from .listed_members import listed_members
from .presence import MemberLookup
from .rate.limiter import RateLimited, RateLimiter
from .rate.pace import Pace
from .replay import Replays
from .retry import QUESTION_BUDGET_SECONDS, REQUEST_BUDGET_SECONDS, Questions, RetryPolicy

__all__ = [
    "MOST_LOSSES",
    "QUESTION_BUDGET_SECONDS",
    "REQUEST_BUDGET_SECONDS",
    "ClaimLog",
    "Dispatcher",
    "DoubtSettler",
    "KnownMembers",
    "MemberLookup",
    "Pace",
    "Questions",
    "RateLimited",
    "RateLimiter",
    "Replays",
    "Resend",
    "RetryPolicy",
    "listed_members",
]
