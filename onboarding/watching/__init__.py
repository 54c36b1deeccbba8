"""Who is told that a run began and how it ended."""

from onboarding.watching.attending import attended
from onboarding.watching.posts import Limits
from onboarding.watching.watch import Watch, Watching, watched

__all__ = ["Limits", "Watch", "Watching", "attended", "watched"]
