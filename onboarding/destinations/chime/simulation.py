"""The behaviour of Amazon Chime in the sandbox: its accounts, its operations, and the entries of its answers.

The behaviour follows the reference of API version 2018-05-01. The sandbox checks parameters against the service model
before it calls this module. Where the reference is silent, the sandbox chooses the dangerous behaviour, so that
rehearsals show the danger. For example, the sandbox mails a pending user again. If a request contains an address twice,
the sandbox mails the address twice.

The module ``account`` contains the job's client of Chime.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from os import urandom

from onboarding.destinations.chime.description import TEAM_ACCOUNT
from onboarding.model.values import dataclass
from onboarding.sandbox.simulation import (
    Document,
    EntryNames,
    Invitation,
    Operation,
    Refusals,
    Registration,
    Rejection,
    SandboxRecords,
    ServiceApi,
    Simulation,
    Traffic,
    User,
    UserFilter,
    key_of,
    page_of,
)

ENTERPRISE_ACCOUNT = "sandbox-enterprise"

DEFAULT_PAGE_SIZE = 100
"""The number of users on a page of ``ListUsers`` if the request leaves out ``MaxResults``."""


@dataclass(frozen=True, slots=True)
class ChimeAccount:
    """A Chime account that exists in the sandbox."""

    account_id: str
    name: str
    type: str


ACCOUNTS = {
    account.account_id: account
    for account in (
        ChimeAccount(TEAM_ACCOUNT, "Sandbox Team", "Team"),
        ChimeAccount(ENTERPRISE_ACCOUNT, "Sandbox Enterprise", "EnterpriseDirectory"),
    )
}


class Chime:
    """The simulated Amazon Chime: the operations that the job needs to invite people."""

    def __init__(self, traffic: Traffic, refusals: Refusals) -> None:
        self._traffic = traffic
        self._refusals = refusals
        self.reads: Mapping[str, Operation] = {"GetAccount": _get_account, "ListUsers": self._list_users}
        self.writes: Mapping[str, Operation] = {"InviteUsers": self._invite_users}

    def new_user(self, address: str, now: datetime) -> User:
        """Return a new user of the Team account, invited at the moment ``now``."""
        return new_invitee(TEAM_ACCOUNT, address, "PrivateUser", now)

    def _invite_users(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        account, addresses = _account(parameters), parameters["UserEmailList"]
        self._check(account, addresses)
        known = records.find(account.account_id, {key_of(address) for address in addresses})
        user_type = parameters.get("UserType", "PrivateUser")
        invitees = [new_invitee(account.account_id, address, user_type, now) for address in addresses]
        taken = [invitee for invitee in invitees if self._is_taken(invitee.key, known)]
        # A suspended Team user has left the account. The invite lifts the suspension, and the user must accept again.
        records.put(
            invitee if (user := known.get(invitee.key)) is None else replace(invitee, user_id=user.user_id)
            for invitee in taken
        )
        records.add_mails(account.account_id, (invitee.key for invitee in taken), sent_at=now)
        return {"Invites": [self._entry(invitee, known) for invitee in invitees]}

    def _check(self, account: ChimeAccount, addresses: Sequence[str]) -> None:
        if account.type != "Team":
            # By the reference, ForbiddenException is about who calls, and where. A wrong account is an input
            # parameter that does not match the restriction to Team accounts, so the error is BadRequestException.
            raise Rejection(HTTPStatus.BAD_REQUEST, "Only Team account types are currently supported for this action.")
        if not addresses:
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList is empty.")
        if self._refusals.fails_request(addresses):
            raise Rejection(HTTPStatus.INTERNAL_SERVER_ERROR, "The sandbox fails at one of the addresses.")
        if self._refusals.refuses_request(addresses):
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList holds an address that cannot be invited.")

    def _is_taken(self, key: str, known: Mapping[str, User]) -> bool:
        """Say whether the account invites and mails an address: the address is neither refused nor registered.

        ``key`` is the key of the address. ``known`` maps keys to the account's users.
        """
        is_registered = key in known and known[key].registration is Registration.REGISTERED
        return not self._refusals.refuses_entry(key) and not is_registered

    def _entry(self, invitee: User, known: Mapping[str, User]) -> Document:
        if self._is_taken(invitee.key, known):
            return invite_entry(invitee.address, Invitation.PENDING, "Sent")
        refused = self._refusals.refuses_entry(invitee.key)
        return invite_entry(invitee.address, Invitation.FAILED if refused else Invitation.ACCEPTED, "NotSent")

    def _list_users(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        account_id, user_type = _account(parameters).account_id, parameters.get("UserType")
        arrived_by = self._traffic.settings.shown_by(now)
        if "UserEmail" in parameters:
            key = key_of(parameters["UserEmail"])
            user = records.find(account_id, {key}).get(key)
            if user is None or user.arrived_on > arrived_by or user_type not in {None, user.user_type}:
                return {"Users": []}
            return {"Users": [user_entry(user, arrived_by)]}
        users, token = page_of(
            records,
            account_id,
            token=parameters.get("NextToken"),
            limit=parameters.get("MaxResults", DEFAULT_PAGE_SIZE),
            arrived_by=arrived_by,
            wanted=UserFilter(user_type=user_type),
        )
        return {"Users": [user_entry(user, arrived_by) for user in users], "NextToken": token}


OPERATIONS = ("GetAccount", "InviteUsers", "ListUsers")

OLDER_PREFIX = "/console"
"""The beginning of each path of Chime's API in its older reference. Today's SDKs leave out this beginning."""

SIMULATION = Simulation(
    partial(ServiceApi, "chime", OPERATIONS, prefixes=("", OLDER_PREFIX)),
    Chime,
    EntryNames(
        lists=frozenset({"Invites", "Users"}),
        statuses=frozenset({"Status", "UserInvitationStatus", "UserRegistrationStatus"}),
    ),
)


def _get_account(_records: SandboxRecords, parameters: Document, _now: datetime) -> Document:
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


def _account(parameters: Document) -> ChimeAccount:
    account_id: str = parameters["AccountId"]
    account = ACCOUNTS.get(account_id)
    if account is None and account_id.startswith(f"{TEAM_ACCOUNT}-"):
        account = ChimeAccount(account_id, f"Sandbox Team {account_id.removeprefix(f'{TEAM_ACCOUNT}-')}", "Team")
    if account is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such account in the sandbox.")
    return account


def new_id() -> str:
    """Return a new random id in the form of a UUID. Python's ``uuid4`` takes eight times as long."""
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_invitee(account_id: str, address: str, user_type: str, now: datetime) -> User:
    """Return a new user of an account, invited at the moment ``now``."""
    return User(
        account=account_id,
        key=key_of(address),
        address=address,
        user_id=new_id(),
        user_type=user_type,
        registration=Registration.UNREGISTERED,
        invitation=Invitation.PENDING,
        invited_on=now,
        arrived_on=now,
    )


def invite_entry(address: str, status: Invitation, email_status: str) -> Document:
    """Return an entry of the answer's list ``Invites``, with a new id."""
    return {"InviteId": new_id(), "EmailAddress": address, "Status": status, "EmailStatus": email_status}


def user_entry(user: User, shown_by: datetime) -> Document:
    """Return a user's entry in the answer's list ``Users``.

    If the user was invited again after the moment ``shown_by``, the entry still shows the date of the earlier invite.
    """
    is_shown = user.invited_before is None or user.invited_on <= shown_by
    return {
        "UserId": user.user_id,
        "AccountId": user.account,
        "PrimaryEmail": user.address,
        "LicenseType": "Basic",
        "UserType": user.user_type,
        "UserRegistrationStatus": user.registration,
        "UserInvitationStatus": user.invitation,
        "InvitedOn": user.invited_on if is_shown else user.invited_before,
        "RegisteredOn": user.registered_on,
    }
