"""The adapter of AWS Wickr, which invites people to a network, and looks up and lists the network's users.

The operation ``BatchCreateUser`` creates up to 50 users and sends each user an invitation. The service recognises a
repeated request by its token, and does not act again. The answer names the users that the service created. For the
other users, the list ``failed`` contains reasons without names. The module ``failures`` finds out what these reasons
mean.

The operation ``BatchReinviteUser`` mails up to 50 pending users once more, by their ids. The answer lists the ids of
the users who got a mail, and the ids of the users who got no mail. A user without a mail may have accepted the
invitation in the meantime, so this module looks up these users.

The job never reads ``inviteCode``. With this code a stranger could take a new user's place.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from onboarding.destinations.answers import (
    attribute,
    keep_bodies,
    read_answer,
    read_entries,
    request_errors,
    warn_of_missing,
)
from onboarding.destinations.paging import checked_page, find_member, page_of
from onboarding.destinations.port import (
    Ask,
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    RequestError,
    at_once,
)
from onboarding.destinations.wickr.answer_models import (
    CreatedAnswer,
    CreatedUser,
    CreatedUsername,
    FailedUser,
    NetworkAnswer,
    ReinviteAnswer,
    WickrUser,
    WickrUsersAnswer,
)
from onboarding.destinations.wickr.failures import receipts_of_failed, without_contradictions
from onboarding.destinations.wickr.groups import SecurityGroups
from onboarding.destinations.wickr.reinvites import said_of_reinvited
from onboarding.destinations.wickr.requests import DAY_LETTERS, new_user, token_of_day
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import LONGEST_MEMBER_ID, Chunk, Invitee, Scope
from onboarding.model.run import now
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_clients import ONE_ATTEMPT, open_service
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.runtime.request_limits import NEVER, CutTime, RequestLimits

if TYPE_CHECKING:
    from mypy_boto3_wickr import WickrAdminAPIClient
    from mypy_boto3_wickr.type_defs import BatchCreateUserRequestItemTypeDef

    from onboarding.settings.settings import Settings


USER_ID = re.compile(f"[0-9]{{1,{LONGEST_MEMBER_ID}}}")
"""The regular expression for Wickr's ids. If a person's id has another form, the job cannot invite the person again."""


class _UserOptions(TypedDict, total=False):
    username: str
    nextToken: str


WICKR_PAGE_SIZE = 100
"""The most users on a page of ``ListUsers``."""

NOT_FOUND = "ResourceNotFoundError"
"""Wickr's error code for a network or user that does not exist. Servers other than Wickr use other codes."""

PENDING_STATUS, ACCEPTED_STATUS = 1, 2
"""The ``status`` of a user before and after the user has accepted the invitation."""


class WickrDestination:
    """A Wickr network behind a boto3 client: invites people, and looks up and lists users.

    ``security_group`` is the id or the name of the group that new users join, if their row names no other group. None
    means the network's default group. The network needs no default group if rows name groups (``groups_in_rows``).
    ``endpoint`` is the endpoint's name in the ledger; None means the result of ``foreign_endpoint``. ``today`` is the
    day of new tokens, in UTC.
    """

    def __init__(
        self,
        client: "WickrAdminAPIClient",
        network_id: str,
        *,
        security_group: str | None = None,
        groups_in_rows: bool = False,
        endpoint: str | None = None,
        today: date | None = None,
    ) -> None:
        keep_bodies(client)
        self._today = today or now().date()
        self._client = client
        self._groups = SecurityGroups(client, network_id, security_group, in_rows=groups_in_rows)
        endpoint = foreign_endpoint(client.meta.endpoint_url) if endpoint is None else endpoint
        self.scope = Scope("wickr", network_id, endpoint)

    def check(self, ask: Ask = at_once) -> str:
        """Return the network's name. ``ask`` sends each request for the name.

        Raises ``DestinationClosed`` if the service refuses the network, or if the network lacks the security group.
        """
        name = ask(self._network).network_name
        self._groups.check(ask)
        return name

    def token(self, chunk: Chunk) -> str:
        """Return the token of a request. It depends on the day, the network, and the request's users in their order.

        The token of a request that invites people again also depends on each person's number of invites. So a further
        invite of the same people on the same day has another token.

        If the chunk already has a token, the method uses the day of that token, and otherwise ``today``.
        """
        payload = [self.scope.account, *(_times_by_id(chunk) or self._new_users(chunk))]
        return token_of_day(payload, chunk.token[:DAY_LETTERS] or f"{self._today:%Y%m%d}")

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Create the users of a chunk with one request, or invite them again. Return receipts by address key.

        The users are invited again if the chunk contains their ids. A user with an uncertain result gets no receipt.
        """
        if chunk.member_ids:
            return self._invite_again(chunk)
        users, token = self._new_users(chunk), self.token(chunk)
        with request_errors():
            answer = self._client.batch_create_user(networkId=self.scope.account, users=users, clientToken=token)
        created = read_answer(answer, CreatedAnswer)
        failed = read_entries(created.failed, FailedUser)
        invited = read_entries(created.successful, CreatedUser, CreatedUsername)
        said = attribute(chunk, without_contradictions(chunk, map(_said, invited), failed))
        of_failed = receipts_of_failed(said, failed, members_of=self._members_of)
        return warn_of_missing(chunk, said.receipts | of_failed)

    def _invite_again(self, chunk: Chunk) -> Mapping[str, Receipt]:
        ids, token = list(chunk.member_ids), self.token(chunk)
        with request_errors(about_content={NOT_FOUND}):  # the service may not know one of the ids
            answer = self._client.batch_reinvite_user(networkId=self.scope.account, userIds=ids, clientToken=token)
        receipts = attribute(chunk, said_of_reinvited(chunk, read_answer(answer, ReinviteAnswer))).receipts
        failed = [one for one in chunk.invitees if (said := receipts.get(one.key)) and said.error]
        accepted = {one.key: receipts[one.key]._replace(is_member=True) for one in self._accepted(failed)}
        return warn_of_missing(chunk, receipts | accepted)

    def _accepted(self, invitees: Iterable[Invitee]) -> Iterator[Invitee]:
        """Yield the people who are members of the network and have accepted the invitation.

        If a look-up fails, leave out this person and all later people.
        """
        with suppress(RequestError, DestinationClosed):
            for invitee in invitees:
                found = self._find(invitee.address)
                if found and found.membership is not MembershipStatus.PENDING:
                    yield invitee

    def group_names(self, ask: Ask = at_once) -> Sequence[str]:
        """Return the names of the network's security groups. ``ask`` sends each request for the names."""
        return [group.name for group in self._groups.listed(ask)]

    def unknown_groups(self, names: Collection[str], ask: Ask = at_once) -> Mapping[str, str]:
        """Return a sentence for each name that does not mean exactly one security group."""
        return self._groups.unknown(names, ask)

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        """Return the user with an address, or None if there is no such user. ``ask`` sends each request."""
        return find_member(partial(self._users, {"username": address}), address, ask)

    def page(self, following: str) -> MemberPage:
        """Return one page of the network's users.

        ``following`` is the token of this page, or empty for the first page.
        """
        return checked_page(self._users({}, following), is_first=not following)

    def _users(self, options: _UserOptions, following: str) -> MemberPage:
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
            with request_errors({NOT_FOUND: f"Wickr knows no network {network_id} here; {advice}."}):
                answer = self._client.get_network(networkId=network_id)
            return read_answer(answer, NetworkAnswer)
        except Refused as error:
            raise DestinationClosed(f"Wickr refuses the network id {network_id!r} ({error.code}); check it.") from None

    def _new_users(self, chunk: Chunk) -> "list[BatchCreateUserRequestItemTypeDef]":
        return [new_user(invitee, self._groups.id_for(invitee.group)) for invitee in chunk.invitees]

    def _members_of(self, invitees: Iterable[Invitee]) -> list[Invitee]:
        return [invitee for invitee in invitees if self._find(invitee.address)]

    def _find(self, address: str) -> Member | None:
        # Neither rate limit nor retries apply to this look-up, so it is only one request.
        return find_member(partial(self._users, {"username": address}), address, at_once, most_pages=1)


def open_wickr(
    access: Access, *, connections: int = 1, limits: RequestLimits = ONE_ATTEMPT, cut: CutTime = NEVER
) -> "WickrAdminAPIClient":
    """Return a thread-safe Wickr client. ``limits`` and ``cut`` say when each call of the client ends.

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
    """Open a network until the end of the ``with`` block (an ``AccountOpener``)."""
    with closing(open_wickr(access, connections=settings.concurrency, cut=cut)) as client:
        group, in_rows = settings.own("security_group"), settings.security_group_column is not None
        yield WickrDestination(client, account, security_group=group, groups_in_rows=in_rows, endpoint=endpoint)


WICKR = DestinationType(open_network, find_endpoint)


def _said(entry: CreatedUsername | None) -> tuple[str, Receipt | None]:
    """Return the username and the receipt in an entry of ``successful``.

    If the entry does not fit ``CreatedUser``, the receipt is None. A missing username is the empty text.
    """
    match entry:
        case CreatedUser() as user:
            return user.username, Receipt(user.user_id or "", "Active" if user.status == ACCEPTED_STATUS else "Pending")
        case CreatedUsername(username=username):
            return username, None
        case None:
            return "", None


def _member(user: WickrUser) -> Member | None:
    known = MembershipStatus.SUSPENDED if user.suspended else _MEMBERSHIPS.get(user.status or 0, MembershipStatus.OTHER)
    user_id = user.user_id if user.user_id and USER_ID.fullmatch(user.user_id) else ""
    return Member(user.username, known, id=user_id) if user.username else None


def _times_by_id(chunk: Chunk) -> list[tuple[str, int]]:
    """Return the id and the number of invites of each person whom a chunk invites again.

    For a chunk of new users, the list is empty.
    """
    times = (invitee.times for invitee in chunk.invitees)
    return list(zip(chunk.member_ids, times, strict=True)) if chunk.member_ids else []


_MEMBERSHIPS = {PENDING_STATUS: MembershipStatus.PENDING, ACCEPTED_STATUS: MembershipStatus.REGISTERED}
