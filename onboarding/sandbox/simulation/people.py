"""The users of the sandbox's accounts: their states and address keys, and the pages and page tokens of a listing.

A listing may show a new user only after a delay, since no reference says that a listing shows new users at once. The
delay begins at the moment of the user's arrival. The records contain this moment, so that all processes with the same
records show the same users. The module ``records`` stores users.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from onboarding.model.values import dataclass
from onboarding.sandbox.simulation.protocol import Rejection

if TYPE_CHECKING:
    from onboarding.sandbox.simulation.records import SandboxRecords


LONG_AGO = datetime(2018, 5, 1, tzinfo=UTC)
"""The day on which the accounts began. A user whom a test adds without an invite has arrived on this day."""

EMAIL_PATTERN = r".+@.+\..+"
"""The pattern of ``EmailAddress`` in Chime's service model. Wickr's service model has no such pattern."""


class Registration(StrEnum):
    """Whether a user has registered: ``UserRegistrationStatus`` of Chime's service model.

    For users of Wickr, the three states mean pending, active and suspended.
    """

    UNREGISTERED = "Unregistered"
    REGISTERED = "Registered"
    SUSPENDED = "Suspended"


class Invitation(StrEnum):
    """The state of a user's invitation: ``UserInvitationStatus`` of Chime's service model."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class User:
    """A user of one account. The ``key``, the casefolded address, tells the users of an account apart.

    ``arrived_on`` is the moment at which the user joined the account. Later invites do not change this moment. For a
    user who was added without an invite it is ``LONG_AGO``. ``invited_before`` is the date of the invite before the
    last invite; None for a user with a single invite. ``number`` is the user's place in the listing. The records assign
    this number. Only Chime's users have a ``user_id`` and a ``user_type``. In Wickr, the id of a user is made from the
    number. Only Wickr's users have names and a ``group``, which is the id of a security group.
    """

    account: str
    key: str = field(repr=False)
    address: str = field(repr=False)
    registration: Registration
    invitation: Invitation
    invited_on: datetime
    registered_on: datetime | None = None
    arrived_on: datetime = LONG_AGO
    invited_before: datetime | None = None
    user_id: str = ""
    user_type: str = ""
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    group: str = ""
    number: int = 0


def key_of(address: str) -> str:
    """Return the key of an address. All spellings of the address that differ only in case have the same key."""
    return address.casefold()


def matches_email_pattern(value: object) -> bool:
    """Return whether a value is text that looks like an email address."""
    return isinstance(value, str) and re.fullmatch(EMAIL_PATTERN, value) is not None


def user_of_long_ago(user: User, registration: Registration, now: datetime) -> User:
    """Return a copy of the user, with the dates and states of a person whom another party invited long ago.

    ``registration`` is the new state of the user. A registered or suspended user has registered at ``now``.
    """
    user = replace(user, arrived_on=LONG_AGO, registration=registration)
    if registration is Registration.UNREGISTERED:
        return user
    return replace(user, invitation=Invitation.ACCEPTED, registered_on=now)


@dataclass(frozen=True, slots=True)
class UserFilter:
    """The filter of a listing. A user must match all fields. A field that is None or an empty string matches all users.

    ``key_part`` is a substring of the user's key.
    """

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
    """Return one page of an account's users, and the token of the next page. The token is None after the last page.

    ``token`` selects the page; None selects the first page. The listing has users who arrived by the moment
    ``arrived_by``. ``wanted`` is the filter of the listing. Raises ``Rejection`` if this service did not make the
    token.
    """
    # This reads one user more than the page shows, to find out whether there is another page.
    page = records.page(account, after=place_of(token), limit=limit + 1, arrived_by=arrived_by, wanted=wanted)
    shown = page[:limit]
    return shown, token_of(shown[-1].number) if len(page) > limit else None


def token_of(place: int) -> str:
    """Return the token of the page that begins after a place in the listing."""
    return urlsafe_b64encode(f"after {place}".encode()).decode()


def place_of(token: str | None) -> int:
    """Return the place after which the page of a token begins. Without a token, return 0 for the first page.

    Raises ``Rejection`` if this service did not make the token.
    """
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
