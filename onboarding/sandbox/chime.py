"""What does an Amazon Chime account do when it is asked to invite and list users?

Behaviour only, from the reference of API version 2018-05-01; parameters arrive valid by the service model. Where the
reference is silent the dangerous reading is taken, since this is what a run is rehearsed against: a user who is
already pending is mailed again, and so is an address that stands twice in one list.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto
from http import HTTPStatus
from uuid import uuid4

from onboarding.sandbox.protocol import Document, Rejection
from onboarding.sandbox.store import Invitation, Records, Registration, Store, User, key_of

TEAM_ACCOUNT = "sandbox-team"
ENTERPRISE_ACCOUNT = "sandbox-enterprise"

DEFAULT_PAGE_SIZE = 100
"""Users on a page of ``ListUsers`` where the request does not say."""


class Refusal(Enum):
    """How the account refuses an address: the whole request because of it, or its entry of the answer alone."""

    REQUEST = auto()
    ENTRY = auto()


@dataclass(frozen=True, slots=True)
class Account:
    """An account that exists in the sandbox."""

    account_id: str
    name: str
    type: str


ACCOUNTS = {
    account.account_id: account
    for account in (
        Account(TEAM_ACCOUNT, "Sandbox Team", "Team"),
        Account(ENTERPRISE_ACCOUNT, "Sandbox Enterprise", "EnterpriseDirectory"),
    )
}


class Chime:
    """Answer the operations of Amazon Chime that inviting people needs."""

    OPERATIONS = ("GetAccount", "InviteUsers", "ListUsers")

    def __init__(self, store: Store) -> None:
        self._store = store
        self._refusals: dict[str, Refusal] = {}
        self.operations: Mapping[str, Callable[[Document], Document]] = {
            "GetAccount": self._get_account,
            "InviteUsers": self._invite_users,
            "ListUsers": self._list_users,
        }

    def refuse(self, address: str, refusal: Refusal) -> None:
        """Refuse an address from now on, although the service model allows it."""
        self._refusals[key_of(address)] = refusal

    def add_user(self, address: str, registration: Registration) -> None:
        """Put a user into the Team account without a mail, as if invited long ago."""
        user = _invitee(TEAM_ACCOUNT, address, "PrivateUser")
        if registration is not Registration.UNREGISTERED:
            user = replace(user, invitation=Invitation.ACCEPTED, registered_on=user.invited_on)
        with self._store.transaction() as records:
            records.put(replace(user, registration=registration))

    def _get_account(self, parameters: Document) -> Document:
        account = _account(parameters)
        return {
            "Account": {
                "AwsAccountId": "111122223333",
                "AccountId": account.account_id,
                "Name": account.name,
                "AccountType": account.type,
                "CreatedTimestamp": datetime(2018, 5, 1, tzinfo=UTC),
                "DefaultLicense": "Basic",
                "SupportedLicenses": ["Basic", "Pro"],
                "AccountStatus": "Active",
            }
        }

    def _invite_users(self, parameters: Document) -> Document:
        account = _account(parameters)
        if account.type != "Team":
            # The reference keeps ForbiddenException for who the caller is and where; the account is an input
            # parameter that does not match the restriction to Team accounts, which is BadRequestException.
            raise Rejection(HTTPStatus.BAD_REQUEST, "Only Team account types are currently supported for this action.")
        addresses = parameters["UserEmailList"]
        if not addresses:
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList is empty.")
        if any(self._refusals.get(key_of(address)) is Refusal.REQUEST for address in addresses):
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList holds an address that cannot be invited.")
        user_type = parameters.get("UserType", "PrivateUser")
        with self._store.transaction() as records:
            return {"Invites": [self._invite(records, account, address, user_type) for address in addresses]}

    def _invite(self, records: Records, account: Account, address: str, user_type: str) -> Document:
        key = key_of(address)
        if self._refusals.get(key) is Refusal.ENTRY:
            return _invite_entry(address, Invitation.FAILED, "NotSent")
        known = records.find(account.account_id, key)
        if known is not None and known.registration is Registration.REGISTERED:
            return _invite_entry(address, Invitation.ACCEPTED, "NotSent")
        invitee = _invitee(account.account_id, address, user_type)
        # A suspended Team user had left the account: the invite lifts the suspension and is to be accepted anew.
        records.put(invitee if known is None else replace(invitee, user_id=known.user_id))
        records.add_mail(key)
        return _invite_entry(address, Invitation.PENDING, "Sent")

    def _list_users(self, parameters: Document) -> Document:
        account = _account(parameters)
        limit = parameters.get("MaxResults", DEFAULT_PAGE_SIZE)
        after = _number(parameters.get("NextToken"))
        user_type = parameters.get("UserType")
        with self._store.transaction() as records:
            if "UserEmail" in parameters:
                user = records.find(account.account_id, key_of(parameters["UserEmail"]))
                found = [user] if user is not None and user_type in {None, user.user_type} else []
                return {"Users": [_user_entry(user) for user in found]}
            # One more than asked for tells whether there is another page.
            page = records.page(account.account_id, after=after, limit=limit + 1, user_type=user_type)
        numbers = list(page)[:limit]
        token = _token(numbers[-1]) if len(page) > limit else None
        return {"Users": [_user_entry(page[number]) for number in numbers], "NextToken": token}


def _account(parameters: Document) -> Account:
    account = ACCOUNTS.get(parameters["AccountId"])
    if account is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such account in the sandbox.")
    return account


def _invitee(account_id: str, address: str, user_type: str) -> User:
    return User(
        account=account_id,
        key=key_of(address),
        address=address,
        user_id=str(uuid4()),
        user_type=user_type,
        registration=Registration.UNREGISTERED,
        invitation=Invitation.PENDING,
        invited_on=datetime.now(UTC),
    )


def _invite_entry(address: str, status: Invitation, email_status: str) -> Document:
    return {"InviteId": str(uuid4()), "EmailAddress": address, "Status": status, "EmailStatus": email_status}


def _user_entry(user: User) -> Document:
    return {
        "UserId": user.user_id,
        "AccountId": user.account,
        "PrimaryEmail": user.address,
        "LicenseType": "Basic",
        "UserType": user.user_type,
        "UserRegistrationStatus": user.registration,
        "UserInvitationStatus": user.invitation,
        "InvitedOn": user.invited_on,
        "RegisteredOn": user.registered_on,
    }


def _token(number: int) -> str:
    return urlsafe_b64encode(f"after {number}".encode()).decode()


def _number(token: str | None) -> int:
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
