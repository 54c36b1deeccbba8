"""The users of the sandbox's accounts: their states, and the pages of a listing.

A listing may show a new user only some time after the invite, since no reference says that it shows the user at once.
The moment of arrival decides, so that all processes that share the records agree.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from onboarding.sandbox.protocol import Rejection

if TYPE_CHECKING:
    from onboarding.sandbox.records import SandboxRecords


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

    ``arrived_on`` is when the account first had the user, whatever happened later. An added user was always there.
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


def matches_email_pattern(value: object) -> bool:
    """Say whether a value is text that looks like an email address."""
    return isinstance(value, str) and re.fullmatch(EMAIL_PATTERN, value) is not None


def user_of_long_ago(user: User, registration: Registration, now: datetime) -> User:
    """Return a new user as if invited long ago by another party, with the registration reached since."""
    user = replace(user, arrived_on=LONG_AGO, registration=registration)
    if registration is Registration.UNREGISTERED:
        return user
    return replace(user, invitation=Invitation.ACCEPTED, registered_on=now)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """The users that a listing asks for. ``key_part`` is a part of the key; empty fields and None match all users."""

    user_type: str | None = None
    is_pending: bool | None = None
    key_part: str = field(default="", repr=False)


ALL_USERS = UserFilter()


def page_of(
    records: "SandboxRecords",
    account: str,
    *,
    token: str | None,
    limit: int,
    arrived_by: datetime,
    wanted: UserFilter = ALL_USERS,
) -> tuple[Sequence[User], str | None]:
    """Return the users on one page, of those who arrived by a moment, and the token of the next page, if any."""
    # One user more than the page holds shows that there is another page.
    page = records.page(account, after=place_of(token), limit=limit + 1, arrived_by=arrived_by, wanted=wanted)
    shown = page[:limit]
    return shown, token_of(shown[-1].number) if len(page) > limit else None


def token_of(place: int) -> str:
    """Return the token of the page that begins after a place."""
    return urlsafe_b64encode(f"after {place}".encode()).decode()


def place_of(token: str | None) -> int:
    """Return the place after which the page of a token begins; without a token, 0. Raises ``Rejection``."""
    if token is None:
        return 0
    try:
        text = urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        text = ""
    match = re.fullmatch(r"after ([0-9]{1,18})", text)
    if match is None:
        raise Rejection(HTTPStatus.BAD_REQUEST, "NextToken is not one that this service gave.")
    return int(match[1])
