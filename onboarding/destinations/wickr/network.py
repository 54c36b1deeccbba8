"""AWS Wickr: the adapter that invites people to a network, and looks up and lists the network's users.

``BatchCreateUser`` creates up to 50 users and sends each user an invitation. The service recognises a repeated request
by its token, and does not act on it again. The answer names the users that the service created. For the other users,
the list ``failed`` has reasons without names, and ``failures`` finds out what these reasons say.

The job never reads ``inviteCode``. With that code a stranger could take a new user's place. The simulated Wickr is in
``simulation``.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from onboarding.destinations.answers import (
    attribute,
    keep_bodies,
    read_answer,
    read_entry,
    request_errors,
    warn_of_missing,
)
from onboarding.destinations.paging import MOST_PAGES_OF_GROUPS, PageTokens, checked_page, find_member, page_of
from onboarding.destinations.port import (
    Ask,
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    Unconfirmed,
    Unreachable,
    at_once,
)
from onboarding.destinations.wickr.answer_models import (
    CreatedAnswer,
    CreatedUser,
    CreatedUsername,
    FailedUser,
    GroupEntry,
    GroupsAnswer,
    NetworkAnswer,
    WickrUser,
    WickrUsersAnswer,
)
from onboarding.destinations.wickr.failures import receipts_of_failed, without_contradictions
from onboarding.destinations.wickr.requests import DAY_LETTERS, new_user, token_of_day
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.model.run import now
from onboarding.runtime.aws import ONE_ATTEMPT, Access, open_service
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.runtime.request_limits import NEVER, CutTime, RequestLimits

if TYPE_CHECKING:
    from mypy_boto3_wickr import WickrAdminAPIClient
    from mypy_boto3_wickr.type_defs import BatchCreateUserRequestItemTypeDef

    from onboarding.settings.settings import Settings


class _WickrPageOptions(TypedDict, total=False):
    nextToken: str


class _WickrUserOptions(_WickrPageOptions, total=False):
    username: str


WICKR_PAGE_SIZE = 100
"""The largest number of users that ``ListUsers`` gives on one page."""

PENDING_STATUS, ACCEPTED_STATUS = 1, 2
"""The ``status`` of a user who has not accepted the invitation yet, and of a user who has accepted it."""


class WickrDestination:
    """One Wickr network, reached through a boto3 client: invites people, and looks up and lists users.

    ``security_group`` is the id or the name of the group that new users join. None means the network's default
    group. ``endpoint`` is the endpoint's name in the ledger. None means the name that ``foreign_endpoint`` returns
    for the client's URL. ``today`` is the day of new tokens, in UTC.
    """

    def __init__(
        self,
        client: "WickrAdminAPIClient",
        network_id: str,
        *,
        security_group: str | None = None,
        endpoint: str | None = None,
        today: date | None = None,
    ) -> None:
        keep_bodies(client)
        self._today = today or now().date()
        self._client = client
        self._wanted = security_group
        self._group: str | None = None
        endpoint = foreign_endpoint(client.meta.endpoint_url) if endpoint is None else endpoint
        self.scope = Scope("wickr", network_id, endpoint)

    def check(self, ask: Ask = at_once) -> str:
        """Return the network's name.

        Raises ``DestinationClosed`` if the service refuses the network, or if the network lacks the security group.
        """
        name = ask(self._network).network_name
        self._group = self._group_of_network(ask)
        return name

    def token(self, chunk: Chunk) -> str:
        """Return the token of a request: it is made from the day, the network and the request's users, in their order.

        If the chunk already has a token, the day of that token is used. Otherwise the day is ``today``.
        """
        payload = [self.scope.account, *self._new_users(chunk)]
        return token_of_day(payload, chunk.token[:DAY_LETTERS] or f"{self._today:%Y%m%d}")

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Create the users of one chunk with one request. Return receipts by address key.

        A user whose result is not certain has no receipt.
        """
        users, token = self._new_users(chunk), self.token(chunk)
        with request_errors():
            answer = self._client.batch_create_user(networkId=self.scope.account, users=users, clientToken=token)
        created = read_answer(answer, CreatedAnswer)
        failed = [read_entry(item, FailedUser) for item in created.failed or ()]
        entries = without_contradictions(chunk, map(_said, created.successful or ()), failed)
        said = attribute(chunk, entries)
        of_failed = receipts_of_failed(said, failed, members_of=self._members_of)
        return warn_of_missing(chunk, said.receipts | of_failed)

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        """Return the user with an address, or None if the network has no such user."""
        return find_member(partial(self._users, {"username": address}), address, ask)

    def page(self, following: str) -> MemberPage:
        """Return the users on one page of the network's list."""
        return checked_page(self._users({}, following), is_first=not following)

    def _users(self, options: _WickrUserOptions, following: str) -> MemberPage:
        if following:
            options = {**options, "nextToken": following}
        with request_errors():
            answer = self._client.list_users(networkId=self.scope.account, maxResults=WICKR_PAGE_SIZE, **options)
        page = read_answer(answer, WickrUsersAnswer)
        return page_of(map(_member, page.users), page.next_token)

    def _network(self) -> NetworkAnswer:
        network_id = self.scope.account
        advice = "check --network-id, --region, and whether the AWS credentials belong to its AWS account"
        try:
            with request_errors(f"Wickr knows no network {network_id} here; {advice}."):
                answer = self._client.get_network(networkId=network_id)
            return read_answer(answer, NetworkAnswer)
        except Refused as error:
            raise DestinationClosed(f"Wickr refuses the network id {network_id!r} ({error.code}); check it.") from None
        except (Unreachable, Unconfirmed) as error:
            raise type(error)(f"{error.cause}; check the network and --region.") from None

    def _new_users(self, chunk: Chunk) -> "list[BatchCreateUserRequestItemTypeDef]":
        if self._group is None:
            self._group = self._group_of_network(at_once)
        return [new_user(invitee, self._group) for invitee in chunk.invitees]

    def _group_of_network(self, ask: Ask) -> str:
        groups = list(self._groups(ask))
        fitting = [group for group in groups if self._is_wanted(group)]
        if len(fitting) == 1:
            return fitting[0].id
        names = ", ".join(sorted(group.name for group in groups)) or "none"
        what = "no default security group" if self._wanted is None else f"no security group {self._wanted!r}"
        raise DestinationClosed(
            f"The Wickr network {self.scope.account} has {what}; name one of its groups with --security-group: {names}."
        )

    def _groups(self, ask: Ask) -> Iterator[GroupEntry]:
        tokens = PageTokens(MOST_PAGES_OF_GROUPS)
        following: str | None = ""
        while following is not None:
            page = ask(partial(self._page_of_groups, following))
            yield from page.security_groups
            following = tokens.follow(page.next_token or "")

    def _page_of_groups(self, following: str) -> GroupsAnswer:
        options: _WickrPageOptions = {"nextToken": following} if following else {}
        try:
            with request_errors():
                answer = self._client.list_security_groups(networkId=self.scope.account, **options)
        except Refused as error:
            raise DestinationClosed(f"Wickr refuses to list the security groups ({error.code}).") from None
        return read_answer(answer, GroupsAnswer)

    def _is_wanted(self, group: GroupEntry) -> bool:
        return group.is_default if self._wanted is None else self._wanted in (group.id, group.name)

    def _members_of(self, invitees: Iterable[Invitee]) -> list[Invitee]:
        # These look-ups follow no policy, so each of them is one request: a longer list tells nothing.
        return [invitee for invitee in invitees if self._is_there(invitee.address)]

    def _is_there(self, address: str) -> bool:
        return find_member(partial(self._users, {"username": address}), address, at_once, most_pages=1) is not None


def open_wickr(
    access: Access, *, connections: int = 1, limits: RequestLimits = ONE_ATTEMPT, cut: CutTime = NEVER
) -> "WickrAdminAPIClient":
    """Return a thread-safe Wickr client, as ``runtime.aws.open_service`` opens it.

    Raises ``ConfigurationError`` for an unknown profile, no region or a bad URL.
    """
    client: WickrAdminAPIClient = open_service("wickr", access, connections=connections, limits=limits, cut=cut)
    return client


def find_endpoint(access: Access) -> str:
    """Return the URL of the endpoint to which a run sends its requests (an ``EndpointFinder``)."""
    with closing(open_wickr(access)) as client:
        return client.meta.endpoint_url


@contextmanager
def open_network(
    settings: "Settings", access: Access, account: str, *, endpoint: str | None = None, cut: CutTime = NEVER
) -> Iterator[WickrDestination]:
    """Open a network for the length of the block (an ``AccountOpener``)."""
    with closing(open_wickr(access, connections=settings.concurrency, cut=cut)) as client:
        yield WickrDestination(client, account, security_group=settings.own("security_group"), endpoint=endpoint)


WICKR = DestinationType(open_network, find_endpoint)


def _said(entry: object) -> tuple[str, Receipt | None]:
    """Return the username and the receipt in an entry of ``successful``.

    If the entry does not fit ``CreatedUser``, the receipt is None. If it has no username, the username is empty.
    """
    match read_entry(entry, CreatedUser, CreatedUsername):
        case CreatedUser() as user:
            return user.username, Receipt(user.user_id or "", "Active" if user.status == ACCEPTED_STATUS else "Pending")
        case CreatedUsername(username=username):
            return username, None
        case None:
            return "", None


def _member(user: WickrUser) -> Member | None:
    known = MembershipStatus.SUSPENDED if user.suspended else _MEMBERSHIPS.get(user.status or 0, MembershipStatus.OTHER)
    return Member(user.username, known) if user.username else None


_MEMBERSHIPS = {PENDING_STATUS: MembershipStatus.PENDING, ACCEPTED_STATUS: MembershipStatus.REGISTERED}
