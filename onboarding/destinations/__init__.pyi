"""Destinations: open an account of a service, invite people to it, and find its members."""

from .opening import SANDBOX_ENDPOINT, OpenedDestination, destination_type, open_destination, sandbox_access
from .paging import PageTokens
from .port import (
    Destination,
    Directory,
    InviteService,
    Member,
    MemberPage,
    Receipt,
    Refused,
    RequestError,
    Throttled,
    Unconfirmed,
    Unreachable,
)
from .service_wrapper import ServiceWrapper

__all__ = [
    "SANDBOX_ENDPOINT",
    "Destination",
    "Directory",
    "InviteService",
    "Member",
    "MemberPage",
    "OpenedDestination",
    "PageTokens",
    "Receipt",
    "Refused",
    "RequestError",
    "ServiceWrapper",
    "Throttled",
    "Unconfirmed",
    "Unreachable",
    "destination_type",
    "open_destination",
    "sandbox_access",
]
