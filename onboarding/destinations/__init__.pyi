"""Destinations: open a Chime Team account or a Wickr network, invite people to it, and find its members."""

from .opening import DESTINATION_TYPES, SANDBOX_ENDPOINT, OpenedDestination, open_destination, sandbox_access
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
    ServiceWrapper,
    Throttled,
    Unconfirmed,
    Unreachable,
)

__all__ = [
    "DESTINATION_TYPES",
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
    "open_destination",
    "sandbox_access",
]
