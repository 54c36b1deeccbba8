"""How are people invited to an AWS Wickr network?

``BatchCreateUser`` creates 50 users, to whom Wickr sends an invitation, and knows a request by its token: the same one
does nothing when it comes again. Those whom it creates are told by name, those whom it does not are not: ``failed`` has
reasons without a user. So they are whoever is missing, told apart where it matters by being looked up.

``inviteCode``, with which somebody could take a new user's place, is read nowhere.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypedDict

from onboarding.destinations.port import (
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    RequestError,
    Unconfirmed,
    Unreachable,
    request_errors,
)
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import Membership
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.runtime.aws import Access, foreign_endpoint, open_wickr
from onboarding.sandbox import WICKR_NETWORK

if TYPE_CHECKING:
    from mypy_boto3_wickr import WickrAdminAPIClient
    from mypy_boto3_wickr.type_defs import BatchCreateUserRequestItemTypeDef, SecurityGroupTypeDef, UserTypeDef

    from onboarding.settings.settings import Settings


class _Next(TypedDict, total=False):
    nextToken: str


PAGE_SIZE = 100
"""The most users that ``ListUsers`` gives at a time."""

ACTIVE = 2
"""``status`` of a user who has accepted; 1 is pending."""

EXISTS = "User already exists"
"""The reason that ``failed`` gives for somebody who is there."""

LONGEST_REASON = 200


class WickrDestination:
    """Invite people to one Wickr network through ``client``.

    ``security_group`` is the id or the name of the group that they join, the network's default one if it is None.
    """

    def __init__(
        self,
        client: "WickrAdminAPIClient",
        network_id: str,
        *,
        security_group: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        self._client = client
        self._wanted = security_group
        self._group: str | None = None
        endpoint = foreign_endpoint(client.meta.endpoint_url) if endpoint is None else endpoint
        self.scope = Scope("wickr", network_id, endpoint)

    def check(self) -> str:
        """Return the network's name; raise ``DestinationClosed`` unless it answers and has the security group."""
        network_id = self.scope.account
        try:
            with request_errors():
                name = self._client.get_network(networkId=network_id)["networkName"]
        except Refused as error:
            raise DestinationClosed(f"Wickr refuses the network id {network_id!r} ({error.code}); check it.") from None
        except (Unreachable, Unconfirmed) as error:
            raise type(error)(f"{error.cause}; check the network and --region.") from None
        self._group = self._group_of_network()
        return name

    def token(self, chunk: Chunk) -> str:
        """Return the SHA-256 of the network and all that is told of the users, in their order."""
        told = json.dumps([self.scope.account, *self._users(chunk)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Create the users of one chunk with one request and return the receipts of those of whom it tells, by key."""
        with request_errors():
            answer = self._client.batch_create_user(
                networkId=self.scope.account, users=self._users(chunk), clientToken=self.token(chunk)
            )
            created = {user.get("username", "").casefold(): _receipt(user) for user in answer.get("successful", [])}
            reasons = Counter(item.get("reason", "")[:LONGEST_REASON] for item in answer.get("failed", []))
        named = {
            one.key: created[one.address.casefold()] for one in chunk.invitees if one.address.casefold() in created
        }
        missing = [one for one in chunk.invitees if one.key not in named]
        return named | self._attributed(missing, reasons)

    def look_up(self, address: str) -> Member | None:
        """Return the user with that address, if there is one."""
        following = ""
        while True:
            with request_errors():
                # The filter may match a part of the name, so that the one who is meant may be on any page.
                answer = self._client.list_users(
                    networkId=self.scope.account, username=address, maxResults=PAGE_SIZE, **_next(following)
                )
                users = _members(answer.get("users", []))
                following = answer.get("nextToken", "")
            found = next((one for one in users if one.address.casefold() == address.casefold()), None)
            if found or not following:
                return found

    def page(self, following: str) -> MemberPage:
        """Return the users on one page of the network's list."""
        with request_errors():
            answer = self._client.list_users(networkId=self.scope.account, maxResults=PAGE_SIZE, **_next(following))
            return MemberPage(_members(answer.get("users", [])), answer.get("nextToken", ""))

    def _users(self, chunk: Chunk) -> "list[BatchCreateUserRequestItemTypeDef]":
        if self._group is None:
            self._group = self._group_of_network()
        return [_user(one, self._group) for one in chunk.invitees]

    def _group_of_network(self) -> str:
        groups = list(self._groups())
        fitting = [one for one in groups if self._wanted in (one["id"], one["name"]) or _is_default(one, self._wanted)]
        if len(fitting) == 1:
            return fitting[0]["id"]
        named = ", ".join(sorted(one["name"] for one in groups)) or "none"
        what = "no default security group" if self._wanted is None else f"no security group {self._wanted!r}"
        raise DestinationClosed(
            f"The Wickr network {self.scope.account} has {what}; name one of its groups with --security-group: {named}."
        )

    def _groups(self) -> "Iterator[SecurityGroupTypeDef]":
        following = ""
        while True:
            with request_errors():
                answer = self._client.list_security_groups(networkId=self.scope.account, **_next(following))
            yield from answer.get("securityGroups", [])
            if not (following := answer.get("nextToken", "")):
                return

    def _attributed(self, missing: Sequence[Invitee], reasons: Counter[str]) -> dict[str, Receipt]:
        """Return receipts of those who were not created; who cannot be told apart from others has none."""
        if not missing or not reasons:
            return {}
        if len(reasons) == 1 and reasons.total() == len(missing):
            (reason,) = reasons
            return {one.key: Receipt(error=reason, is_there=reason == EXISTS) for one in missing}
        try:
            there = {one.key for one in missing if self.look_up(one.address)} if EXISTS in reasons else set()
        except (RequestError, DestinationClosed):
            return {}  # nothing is known of them but that they were not named
        found = {key: Receipt(error=EXISTS, is_there=True) for key in there}
        others = [one for one in missing if one.key not in there]
        left = reasons - Counter({EXISTS: len(there)})
        if left.total() != len(others):
            return found
        # Whose reason is which is not said, and no question tells it.
        told = next(iter(left)) if len(left) == 1 else f"one of: {'; '.join(sorted(left))}"
        return found | {one.key: Receipt(error=told, is_there=told == EXISTS) for one in others}


@contextmanager
def open_network(
    settings: "Settings", access: Access, account: str, *, endpoint: str | None = None
) -> Iterator[WickrDestination]:
    """Open a network for as long as the block (an ``AccountOpener``)."""
    with closing(open_wickr(access, connections=settings.concurrency)) as client:
        yield WickrDestination(client, account, security_group=settings.security_group, endpoint=endpoint)


WICKR = DestinationType(open_network, flag="--network-id", sandbox_account=WICKR_NETWORK)


def _user(invitee: Invitee, group: str) -> "BatchCreateUserRequestItemTypeDef":
    user: BatchCreateUserRequestItemTypeDef = {"username": invitee.address, "securityGroupIds": [group]}
    given, family = given_and_family(invitee.name)
    if given:
        user["firstName"] = given
    if family:
        user["lastName"] = family
    return user


def _is_default(group: "SecurityGroupTypeDef", wanted: str | None) -> bool:
    return wanted is None and group["isDefault"]


def _receipt(user: "UserTypeDef") -> Receipt:
    return Receipt(user.get("userId", ""), "Active" if user.get("status") == ACTIVE else "Pending")


def _members(users: "Sequence[UserTypeDef]") -> tuple[Member, ...]:
    return tuple(Member(address, _membership(user)) for user in users if (address := user.get("username", "")))


def _membership(user: "UserTypeDef") -> Membership:
    if user.get("suspended"):
        return Membership.SUSPENDED
    return Membership.REGISTERED if user.get("status") == ACTIVE else Membership.PENDING


def _next(following: str) -> "_Next":
    return {"nextToken": following} if following else {}


def given_and_family(name: str) -> tuple[str, str]:
    """Return the parts of ``Ada Lovelace`` or ``Lovelace, Ada``; a single word is a given name."""
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma:
        return given, family
    given, _, family = " ".join(name.split()).rpartition(" ")
    return (given, family) if given else (family, "")
