"""The adapter of Amazon Chime, which invites people to a Team account, and looks up and lists the account's users.

The operation ``InviteUsers`` accepts up to 50 addresses and mails these people. It accepts no idempotency token. Its
answer is 201 with an entry for each address. The adapter matches the entries to people by address, never by position.
The service itself ended on 2026-02-20. So requests go to the sandbox, or to the endpoint that the operator names. The
module ``simulation`` simulates Chime in the sandbox.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Literal, TypedDict, cast

from onboarding.destinations.answers import (
    attribute,
    keep_bodies,
    read_answer,
    read_entries,
    request_errors,
    warn_of_missing,
)
from onboarding.destinations.chime.answer_models import (
    AccountAnswer,
    ChimeUser,
    ChimeUsersAnswer,
    InvitedAddress,
    InviteEntry,
    InvitesAnswer,
)
from onboarding.destinations.paging import checked_page, find_member, page_of
from onboarding.destinations.port import (
    Ask,
    BasicDestination,
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    Unconfirmed,
    Unreachable,
    at_once,
)
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import ONE_ATTEMPT, open_service
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.runtime.request_limits import NEVER, CutTime, RequestLimits

if TYPE_CHECKING:
    from mypy_boto3_chime import ChimeClient

    from onboarding.settings.settings import Settings

CHIME_PAGE_SIZE = 200
"""The most users on a page of ``ListUsers``."""

UserType = Literal["PrivateUser", "SharedDevice"]


class _InviteOptions(TypedDict, total=False):
    UserType: UserType


class _ChimeUserOptions(TypedDict, total=False):
    UserEmail: str
    NextToken: str


CHIME_REGION = "us-east-1"
"""The region of Chime's only endpoint. Callers in other regions use this region too."""

ENDED = (
    "Amazon Chime ended on 2026-02-20; rehearse with --sandbox, or name an endpoint that still answers with "
    "--endpoint-url or AWS_ENDPOINT_URL_CHIME."
)


class ChimeDestination(BasicDestination):
    """A Chime Team account behind a boto3 client: invites people, and looks up and lists users.

    ``user_type`` is the ``UserType`` of new users; with None, the service chooses the type. ``endpoint`` is the
    endpoint's name in the ledger; None means the result of ``foreign_endpoint`` for the client's URL.
    """

    def __init__(
        self, client: "ChimeClient", account_id: str, *, user_type: UserType | None = None, endpoint: str | None = None
    ) -> None:
        keep_bodies(client)
        self._client = client
        self._options: _InviteOptions = {"UserType": user_type} if user_type else {}
        self._endpoint = client.meta.endpoint_url
        self.scope = Scope("chime", account_id, foreign_endpoint(self._endpoint) if endpoint is None else endpoint)

    def check(self, ask: Ask = at_once) -> str:
        """Return the account's name. ``ask`` sends each request for the name.

        Raises ``DestinationClosed`` if the account is no Team account, or if the service refuses the account.
        """
        account = ask(self._account).account
        if account.account_type != "Team":
            raise DestinationClosed(
                f"The Chime account {self.scope.account!r} is of type {account.account_type}; "
                "InviteUsers works for Team accounts only."
            )
        return account.name

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Invite the people of a chunk with one request, and return receipts by address key.

        The result leaves out addresses with a missing or uncertain entry.
        """
        addresses = [invitee.address for invitee in chunk.invitees]
        with request_errors():
            answer = self._client.invite_users(AccountId=self.scope.account, UserEmailList=addresses, **self._options)
        entries = read_entries(read_answer(answer, InvitesAnswer).invites, InviteEntry, InvitedAddress)
        said = attribute(chunk, map(_said, entries))
        return warn_of_missing(chunk, said.receipts)

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        """Return the user with an address, or None if there is no such user. ``ask`` sends each request."""
        return find_member(partial(self._users, {"UserEmail": address}), address, ask)

    def page(self, following: str) -> MemberPage:
        """Return one page of the account's users.

        ``following`` is the token of this page, or empty for the first page.
        """
        return checked_page(self._users({}, following), is_first=not following)

    def _users(self, options: _ChimeUserOptions, following: str) -> MemberPage:
        if following:
            options = {**options, "NextToken": following}
        with request_errors():
            answer = self._client.list_users(AccountId=self.scope.account, MaxResults=CHIME_PAGE_SIZE, **options)
        page = read_answer(answer, ChimeUsersAnswer)
        return page_of(map(_member, filter(_is_there, page.users)), page.next_token)

    def _account(self) -> AccountAnswer:
        account_id = self.scope.account
        try:
            with request_errors():
                answer = self._client.get_account(AccountId=account_id)
            return read_answer(answer, AccountAnswer)
        except DestinationClosed as error:
            raise DestinationClosed(self._explain(str(error))) from None
        except Refused as error:
            raise DestinationClosed(f"Chime refuses the account id {account_id!r} ({error.code}); check it.") from None
        except (Unreachable, Unconfirmed) as error:
            cause = error.cause if foreign_endpoint(self._endpoint) else f"{error.cause}; {ENDED.removesuffix('.')}"
            raise type(error)(cause, endpoint=error.endpoint) from None

    def _explain(self, message: str) -> str:
        return f"{message} {ENDED}" if not foreign_endpoint(self._endpoint) else message


def open_chime(
    access: Access, *, connections: int = 1, limits: RequestLimits = ONE_ATTEMPT, cut: CutTime = NEVER
) -> "ChimeClient":
    """Return a thread-safe Chime client.

    ``access`` is the endpoint, region and credentials. The client opens at most ``connections`` connections. ``limits``
    and ``cut`` say when each call of the client ends.

    Raises ``ConfigurationError`` for an unknown profile or a bad URL.
    """
    client: ChimeClient = open_service(
        "chime", access, only_region=CHIME_REGION, connections=connections, limits=limits, cut=cut
    )
    return client


def find_endpoint(access: Access) -> str:
    """Return the URL of the endpoint to which a run sends its requests (an ``EndpointFinder``)."""
    with closing(open_chime(access)) as client:
        return client.meta.endpoint_url


@contextmanager
def open_account(
    settings: "Settings", access: Access, account: str, *, endpoint: str | None = None, cut: CutTime = NEVER
) -> Iterator[ChimeDestination]:
    """Open a Team account until the end of the ``with`` block (an ``AccountOpener``)."""
    user_type = cast("UserType | None", settings.own("user_type"))
    with closing(open_chime(access, connections=settings.concurrency, cut=cut)) as client:
        yield ChimeDestination(client, account, user_type=user_type, endpoint=endpoint)


CHIME = DestinationType(open_account, find_endpoint)


_MEMBERSHIPS = {
    "Unregistered": MembershipStatus.PENDING,
    "Registered": MembershipStatus.REGISTERED,
    "Suspended": MembershipStatus.SUSPENDED,
}


def _is_there(user: ChimeUser) -> bool:
    """Say whether a listed user is a member. An unregistered user with a failed invite is no member."""
    return not (user.user_invitation_status == "Failed" and user.user_registration_status == "Unregistered")


def _member(user: ChimeUser) -> Member | None:
    """Return a listed user as a member, or None if the user's address is missing."""
    membership = _MEMBERSHIPS.get(user.user_registration_status or "", MembershipStatus.OTHER)
    return Member(user.primary_email, membership, user.invited_on) if user.primary_email else None


def _said(entry: InvitedAddress | None) -> tuple[str, Receipt | None]:
    """Return the address and the receipt in an entry of an answer.

    The receipt of an uncertain entry is None.
    """
    match entry:
        case InviteEntry() as whole:
            return whole.email_address, _receipt(whole)
        case InvitedAddress(email_address=address):
            return address, None
        case None:
            return "", None


def _receipt(entry: InviteEntry) -> Receipt | None:
    status, email_status = entry.status, entry.email_status
    if (status, email_status) in _CONTRADICTIONS:
        return None
    error = "InviteFailed" if status == "Failed" else "EmailFailed" if email_status == "Failed" else ""
    return Receipt(entry.invite_id or "", status, email_status, error)


_CONTRADICTIONS = {("Failed", "Sent"), ("Accepted", "Failed")}
"""Pairs of ``Status`` and ``EmailStatus`` that contradict each other and make the result of an invite uncertain."""
