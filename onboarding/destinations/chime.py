"""Amazon Chime: the adapter that invites people to a Team account, and looks up and lists the account's users.

``InviteUsers`` takes 50 addresses and mails the people. It has no idempotency token. It answers 201 with an entry for
each address; this module matches the entries by address, never by position. The service itself ended on 2026-02-20. So
requests go to the sandbox, or to the endpoint that the operator names. The simulated Chime is in ``sandbox/chime``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Literal, TypedDict

from onboarding.destinations.port import (
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    Unconfirmed,
    Unreachable,
    request_errors,
)
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.runtime.aws import Access, open_chime
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.sandbox import TEAM_ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_chime import ChimeClient
    from mypy_boto3_chime.type_defs import InviteTypeDef, UserTypeDef

    from onboarding.settings.settings import Settings

CHIME_PAGE_SIZE = 200
"""The most users that ``ListUsers`` gives on one page."""

UserType = Literal["PrivateUser", "SharedDevice"]


class _InviteOptions(TypedDict, total=False):
    UserType: UserType


class _ChimePageToken(TypedDict, total=False):
    NextToken: str


ENDED = (
    "Amazon Chime ended on 2026-02-20; rehearse with --sandbox, or name an endpoint that still answers with "
    "--endpoint-url or AWS_ENDPOINT_URL_CHIME."
)


class ChimeDestination:
    """One Chime Team account, reached through a boto3 client: invites people, and looks up and lists users.

    ``user_type`` is the ``UserType`` of new users; None leaves the type to the service. ``endpoint`` is the endpoint's
    name in the ledger. None stands for the name that ``foreign_endpoint`` gives the client's URL.
    """

    def __init__(
        self, client: "ChimeClient", account_id: str, *, user_type: UserType | None = None, endpoint: str | None = None
    ) -> None:
        self._client = client
        self._options: _InviteOptions = {"UserType": user_type} if user_type else {}
        self._endpoint = client.meta.endpoint_url
        self.scope = Scope("chime", account_id, foreign_endpoint(self._endpoint) if endpoint is None else endpoint)

    def check(self) -> str:
        """Return the account's name. Raises ``DestinationClosed`` unless it is a Team account that answers."""
        account_id = self.scope.account
        try:
            with request_errors():
                account = self._client.get_account(AccountId=account_id)["Account"]
        except DestinationClosed as error:
            raise DestinationClosed(self._explain(str(error))) from None
        except Refused as error:
            raise DestinationClosed(f"Chime refuses the account id {account_id!r} ({error.code}); check it.") from None
        except (Unreachable, Unconfirmed) as error:
            raise type(error)(self._explain(f"{error.cause}.")) from None
        if (kind := account.get("AccountType")) != "Team":
            raise DestinationClosed(
                f"The Chime account {account_id!r} is of type {kind}; InviteUsers works for Team accounts only."
            )
        return account.get("Name", "")

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Invite one chunk with one request. Return receipts by address key.

        An address that the answer does not name, or names without a status, has no receipt.
        """
        addresses = [invitee.address for invitee in chunk.invitees]
        with request_errors():
            answer = self._client.invite_users(AccountId=self.scope.account, UserEmailList=addresses, **self._options)
            entries = answer.get("Invites", [])
            named = {entry.get("EmailAddress", "").casefold(): _receipt(entry) for entry in entries}
        return {
            invitee.key: receipt
            for invitee in chunk.invitees
            if (receipt := named.get(invitee.address.casefold())) is not None
        }

    def token(self, chunk: Chunk) -> str:  # noqa: ARG002 - the port's
        """Return the empty string: Chime knows no tokens."""
        return ""

    def look_up(self, address: str) -> Member | None:
        """Return the user with an address, or None if the account has no such user."""
        with request_errors():
            answer = self._client.list_users(AccountId=self.scope.account, UserEmail=address)
            members = _members(answer["Users"])
        # The API does not say whether the service compares whole addresses, so this compares the addresses again.
        return next((member for member in members if member.address.casefold() == address.casefold()), None)

    def page(self, following: str) -> MemberPage:
        """Return the users on one page of the account's list."""
        with request_errors():
            token: _ChimePageToken = {"NextToken": following} if following else {}
            answer = self._client.list_users(AccountId=self.scope.account, MaxResults=CHIME_PAGE_SIZE, **token)
            return MemberPage(_members(answer["Users"]), answer.get("NextToken") or "")

    def _explain(self, message: str) -> str:
        return f"{message} {ENDED}" if not foreign_endpoint(self._endpoint) else message


@contextmanager
def open_account(
    settings: "Settings", access: Access, account: str, *, endpoint: str | None = None
) -> Iterator[ChimeDestination]:
    """Open a Team account for the length of the block (an ``AccountOpener``)."""
    with closing(open_chime(access, connections=settings.concurrency)) as client:
        yield ChimeDestination(client, account, user_type=settings.user_type, endpoint=endpoint)


CHIME = DestinationType(open_account, flag="--account-id", sandbox_account=TEAM_ACCOUNT)


def _members(users: "Sequence[UserTypeDef]") -> tuple[Member, ...]:
    """Return the members among the users of an answer.

    A user without an address is no member, nor is a user whose invite failed and who never registered.
    """
    return tuple(
        Member(
            address,
            _MEMBERSHIPS.get(user.get("UserRegistrationStatus", ""), MembershipStatus.PENDING),
            user.get("InvitedOn"),
        )
        for user in users
        if (address := user.get("PrimaryEmail", "")) and not _has_failed(user)
    )


def _has_failed(user: "UserTypeDef") -> bool:
    return user.get("UserInvitationStatus") == "Failed" and user.get("UserRegistrationStatus") not in _MEMBERSHIPS


_MEMBERSHIPS = {"Registered": MembershipStatus.REGISTERED, "Suspended": MembershipStatus.SUSPENDED}


def _receipt(entry: "InviteTypeDef") -> Receipt | None:
    """Return the receipt in one entry of an answer 201. An entry without a status has none: its address is unknown."""
    status, email_status = entry.get("Status", ""), entry.get("EmailStatus", "")
    if not status:
        return None
    error = "InviteFailed" if status == "Failed" else "EmailFailed" if email_status == "Failed" else ""
    return Receipt(entry.get("InviteId", ""), status, email_status, error)
