"""Who is told that a run began and how it ended."""

from onboarding.reports.notify.notify import Watch, Watching, attended, watched
from onboarding.reports.notify.webhook import Limits

__all__ = ["Limits", "Watch", "Watching", "attended", "watched"]
