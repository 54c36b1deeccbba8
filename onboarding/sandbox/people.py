"""The users of an account and their states."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

LONG_AGO = datetime(2018, 5, 1, tzinfo=UTC)
"""The day on which the accounts began. A user that was added without an invite has been there since."""

TEAM_ACCOUNT = "sandbox-team"
"""Chime's account that takes invites."""

EMAIL_PATTERN = r".+@.+\..+"
"""``EmailAddress`` of Chime's service model; Wickr's has none."""


class Registration(StrEnum):
    """``UserRegistrationStatus`` of Chime's service model; Wickr's pending, active and suspended users are the same."""

    UNREGISTERED = "Unregistered"
    REGISTERED = "Registered"
    SUSPENDED = "Suspended"


class Invitation(StrEnum):
    """``UserInvitationStatus`` of Chime's service model."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account. ``key`` is the address casefolded, which tells users apart.

    ``arrived_on`` is when the account first had the user, whatever happened since; an added user was always there.
    ``number`` is the place in the listing, which the records give. Only Chime has a ``user_type`` and ids that are not
    made from the number, only Wickr has names and a ``group``.
    """

    account: str
    key: str = field(repr=False)
    address: str = field(repr=False)
    registration: Registration
    invitation: Invitation
    invited_on: datetime
    registered_on: datetime | None = None
    arrived_on: datetime = LONG_AGO
    user_id: str = ""
    user_type: str = ""
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    group: str = ""
    number: int = 0


def key_of(address: str) -> str:
    """Return the key of an address, which its spellings have in common."""
    return address.casefold()


def looks_like_address(value: object) -> bool:
    """Say whether a value is text that looks like an email address."""
    return isinstance(value, str) and re.fullmatch(EMAIL_PATTERN, value) is not None


def long_there(user: User, registration: Registration, now: datetime) -> User:
    """Return a new user as if invited long ago by another party, with the registration reached since."""
    user = replace(user, arrived_on=LONG_AGO, registration=registration)
    if registration is Registration.UNREGISTERED:
        return user
    return replace(user, invitation=Invitation.ACCEPTED, registered_on=now)
