"""Notifications: how a run tells other systems that it began, ended or needs a person."""

from .delivery import DeliveryLimits
from .notify import Notifier, NotifyOptions, notifier_for, notifying

__all__ = ["DeliveryLimits", "Notifier", "NotifyOptions", "notifier_for", "notifying"]
