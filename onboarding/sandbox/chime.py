"""What does an Amazon Chime account do when it is asked to invite users?

Behaviour only, from the reference of API version 2018-05-01; parameters arrive valid by the service model. Where the
reference is silent the dangerous reading is taken, since this is what a run is rehearsed against: a user who is
already pending is mailed again, and so is an address that stands twice in one list.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from onboarding.sandbox.entries import invite_entry, new_id
from onboarding.sandbox.listing import check_delay, list_users, shown_by
from onboarding.sandbox.protocol import Document, Rejection
from onboarding.sandbox.records import LONG_AGO, Invitation, Records, Registration, User, key_of
from onboarding.sandbox.store import Store

TEAM_ACCOUNT = "sandbox-team"
ENTERPRISE_ACCOUNT = "sandbox-enterprise"


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


def new_invitee(account_id: str, address: str, user_type: str, now: datetime) -> User:
    """Return a user whom an account invites at a moment."""
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


class Refusal(StrEnum):
    """How the account refuses an address: the whole request because of it, or its entry of the answer alone."""

    REQUEST = "request"
    ENTRY = "entry"


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
    """Answer the operations of Amazon Chime that inviting people needs.

    ``now`` is the wall clock, since moments are compared between processes. Raises ``ConfigurationError`` on a delay
    that no listing has.
    """

    OPERATIONS = ("GetAccount", "InviteUsers", "ListUsers")

    def __init__(self, store: Store, *, list_delay_seconds: float = 0, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._list_delay_seconds = check_delay(list_delay_seconds)
        self._now = now
        self._refusals: dict[str, Refusal] = {}
        self.operations: Mapping[str, Callable[[Document], Document]] = {
            "GetAccount": self._get_account,
            "InviteUsers": self._invite_users,
            "ListUsers": self._list_users,
        }

    @property
    def list_delay_seconds(self) -> float:
        """How long after the invite ``ListUsers`` begins to show a new invitee."""
        return self._list_delay_seconds

    @list_delay_seconds.setter
    def list_delay_seconds(self, seconds: float) -> None:
        self._list_delay_seconds = check_delay(seconds)

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Lend the records, alone, after all that was put off until now has been done.

        Nothing runs meanwhile: whoever looks finds what the moment is due, in whichever process that shares the file.
        """
        with self._store.transaction() as records:
            for due_on, parameters in records.take_due(self._now()):
                with suppress(Rejection):  # nobody waits for the answer
                    self._invite_all(records, parameters, due_on)
            yield records

    def put_off(self, operation: str, parameters: Document, seconds: float) -> None:
        """Do in some seconds what an operation does; one that only reads then does nothing."""
        if operation == "InviteUsers":
            with self.transaction() as records:
                records.put_off(self._now() + timedelta(seconds=seconds), parameters)

    def refuse(self, address: str, refusal: Refusal) -> None:
        """Refuse an address from now on, although the service model allows it."""
        self._refusals[key_of(address)] = refusal

    def add_users(self, addresses: Iterable[str], registration: Registration) -> None:
        """Put users into the Team account without a mail, as if somebody else had invited them long ago."""
        with self.transaction() as records:
            now = self._now()
            invitees = (new_invitee(TEAM_ACCOUNT, address, "PrivateUser", now) for address in addresses)
            users = (replace(one, arrived_on=LONG_AGO, registration=registration) for one in invitees)
            if registration is not Registration.UNREGISTERED:
                users = (replace(one, invitation=Invitation.ACCEPTED, registered_on=now) for one in users)
            records.put(users)

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
        with self.transaction() as records:
            # The moment is taken in the transaction, so that people arrive in the order of their numbers.
            return self._invite_all(records, parameters, self._now())

    def _invite_all(self, records: Records, parameters: Document, now: datetime) -> Document:
        account = _account(parameters)
        if account.type != "Team":
            # The reference keeps ForbiddenException for who the caller is and where; the account is an input
            # parameter that does not match the restriction to Team accounts, which is BadRequestException.
            raise Rejection(HTTPStatus.BAD_REQUEST, "Only Team account types are currently supported for this action.")
        addresses = parameters["UserEmailList"]
        if not addresses:
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList is empty.")
        if self._refusals and any(self._refusals.get(key_of(address)) is Refusal.REQUEST for address in addresses):
            raise Rejection(HTTPStatus.BAD_REQUEST, "UserEmailList holds an address that cannot be invited.")
        known = records.find(account.account_id, {key_of(address) for address in addresses})
        user_type = parameters.get("UserType", "PrivateUser")
        invitees = [new_invitee(account.account_id, address, user_type, now) for address in addresses]
        taken = [invitee for invitee in invitees if self._is_taken(invitee.key, known)]
        # A suspended Team user had left the account: the invite lifts the suspension and is to be accepted anew.
        records.put(
            invitee if (user := known.get(invitee.key)) is None else replace(invitee, user_id=user.user_id)
            for invitee in taken
        )
        records.add_mails((invitee.key for invitee in taken), sent_at=now)
        return {"Invites": [self._entry(invitee, known) for invitee in invitees]}

    def _is_taken(self, key: str, known: Mapping[str, User]) -> bool:
        """Tell whether somebody is invited and mailed: not who is refused, nor who is registered."""
        is_registered = key in known and known[key].registration is Registration.REGISTERED
        return self._refusals.get(key) is not Refusal.ENTRY and not is_registered

    def _entry(self, invitee: User, known: Mapping[str, User]) -> Document:
        if self._is_taken(invitee.key, known):
            return invite_entry(invitee.address, Invitation.PENDING, "Sent")
        refused = self._refusals.get(invitee.key) is Refusal.ENTRY
        return invite_entry(invitee.address, Invitation.FAILED if refused else Invitation.ACCEPTED, "NotSent")

    def _list_users(self, parameters: Document) -> Document:
        _account(parameters)
        with self.transaction() as records:
            arrived_by = shown_by(self._now(), self._list_delay_seconds)
            return list_users(records, parameters, arrived_by=arrived_by)


def _account(parameters: Document) -> Account:
    account = ACCOUNTS.get(parameters["AccountId"])
    if account is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such account in the sandbox.")
    return account
