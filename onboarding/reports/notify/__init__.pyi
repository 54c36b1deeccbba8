"""Notifications: how a run tells other systems that it began, ended or needs a person."""

from .delivery import DeliveryLimits
from .notify import Notifier, notifier_for
from .payloads import RunNotice

__all__ = ["DeliveryLimits", "Notifier", "RunNotice", "notifier_for"]
