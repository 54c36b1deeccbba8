"""Destinations: where people are invited."""

from .opening import KINDS, SANDBOX_ENDPOINT, Opened, open_destination, sandbox_access
from .port import (
    Destination,
    Directory,
    Member,
    Page,
    Receipt,
    Refused,
    RequestError,
    Service,
    ServiceWrapper,
    Throttled,
    Unconfirmed,
    Unreachable,
)

__all__ = [
    "KINDS",
    "SANDBOX_ENDPOINT",
    "Destination",
    "Directory",
    "Member",
    "Opened",
    "Page",
    "Receipt",
    "Refused",
    "RequestError",
    "Service",
    "ServiceWrapper",
    "Throttled",
    "Unconfirmed",
    "Unreachable",
    "open_destination",
    "sandbox_access",
]
