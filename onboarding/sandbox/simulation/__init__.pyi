"""The kit of which a destination builds its simulation: HTTP, service models, users, records, refusals and traffic."""

from .behaviour import EntryNames, Operation, Simulation
from .people import (
    Invitation,
    Registration,
    User,
    UserFilter,
    key_of,
    matches_email_pattern,
    page_of,
    place_of,
    token_of,
)
from .protocol import Rejection, ServiceApi
from .records import SandboxRecords, StoredAnswer
from .refusals import Refusals
from .shapes import Document
from .traffic import Traffic

__all__ = [
    "Document",
    "EntryNames",
    "Invitation",
    "Operation",
    "Refusals",
    "Registration",
    "Rejection",
    "SandboxRecords",
    "ServiceApi",
    "Simulation",
    "StoredAnswer",
    "Traffic",
    "User",
    "UserFilter",
    "key_of",
    "matches_email_pattern",
    "page_of",
    "place_of",
    "token_of",
]
