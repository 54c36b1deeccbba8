"""Notices: how a run tells other systems that it began, ended or needs somebody."""

from .notify import Watch, Watching, attended, watched
from .webhook import Limits

__all__ = ["Limits", "Watch", "Watching", "attended", "watched"]
