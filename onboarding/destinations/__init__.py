"""Where people are invited to."""

from onboarding.destinations.base import (
    Destination,
    Directory,
    Member,
    Page,
    Receipt,
    Refused,
    RequestError,
    Service,
    Throttled,
    Unconfirmed,
    Unreachable,
)
from onboarding.destinations.opening import KINDS, Opened, open_destination

__all__ = [
    "KINDS",
    "Destination",
    "Directory",
    "Member",
    "Opened",
    "Page",
    "Receipt",
    "Refused",
    "RequestError",
    "Service",
    "Throttled",
    "Unconfirmed",
    "Unreachable",
    "open_destination",
]
