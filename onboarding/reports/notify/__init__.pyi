"""Notices: how a run tells other systems that it began, ended or needs somebody."""

from .notify import Notifier, NotifyOptions, notifier_for, notifying
from .webhook import DeliveryLimits

__all__ = ["DeliveryLimits", "Notifier", "NotifyOptions", "notifier_for", "notifying"]
