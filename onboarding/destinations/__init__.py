"""Where people are invited to."""

from onboarding.destinations.base import (
    Destination,
    Receipt,
    Refused,
    RequestError,
    Throttled,
    Unconfirmed,
    Unreachable,
)
from onboarding.destinations.opening import Opened, open_destination

__all__ = [
    "Destination",
    "Opened",
    "Receipt",
    "Refused",
    "RequestError",
    "Throttled",
    "Unconfirmed",
    "Unreachable",
    "open_destination",
]
