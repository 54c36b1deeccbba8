"""The behaviour of AWS Wickr in the sandbox: the operations, and the memory of the tokens of requests.

The behaviour follows the service model of API version 2024-02-01 and the model's comments. The sandbox checks
parameters against the model before it calls this module. This module answers 422 to wrong values that the model allows,
such as a wrong username or group. Where the model and its comments are silent, the sandbox chooses the dangerous
behaviour. For example, a failed item does not name its user. A listing finds a username by any part of the name, and
shows the invite codes.

The module ``simulated_networks`` contains the networks and the entries of answers. The module ``network`` contains the
job's client of Wickr.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus

from onboarding.destinations.wickr.description import WICKR_NETWORK
from onboarding.destinations.wickr.simulated_networks import (
    ACTIVE,
    PENDING,
    WICKR_GROUP,
    WickrNetwork,
    failure,
    group_entry,
    network_entry,
    network_of,
    new_invitee,
    number_of,
    user_entry,
)
from onboarding.model.values import dataclass
from onboarding.sandbox.simulation import (
    Document,
    EntryNames,
    Operation,
    Refusals,
    Registration,
    Rejection,
    SandboxRecords,
    ServiceApi,
    Simulation,
    StoredAnswer,
    Traffic,
    User,
    UserFilter,
    key_of,
    matches_email_pattern,
    page_of,
    place_of,
    token_of,
)


@dataclass(frozen=True, slots=True)
class TokenMemory:
    """The service's answers to requests with a token. The memory ignores answers older than ``given_after``."""

    records: SandboxRecords
    now: datetime
    given_after: datetime

    def once(self, parameters: Document, act: Callable[[], Document]) -> Document:
        """Carry a request out by calling ``act``, or return the earlier answer to the token of the request.

        The method always carries out a request without a token. Raises ``Rejection`` if another request had the same
        token.
        """
        network, token = parameters["networkId"], parameters.get("clientToken")
        if token is None:
            return act()
        payload = _digest(parameters)
        given = self.records.answer_to(network, token, given_after=self.given_after)
        if given is None:
            given = StoredAnswer(payload, act())
            self.records.keep_answer(network, token, given, self.now)
        if given.payload != payload:
            raise Rejection(HTTPStatus.BAD_REQUEST, "The client token was used for another request.")
        return given.answer


MAX_BATCH = 50
DEFAULT_PAGE_SIZE = 10
MAX_PAGE_SIZE = 100

EXISTS = "User already exists"
NOT_ALLOWED = "The username is not allowed"

_NOT_OFFERED = ("firstName", "lastName", "groupId", "sortFields", "sortDirection")
"""The parameters of ``ListUsers`` that the sandbox refuses, since it can neither sort nor filter by name or group."""


class Wickr:
    """The simulated AWS Wickr: the operations that the job needs to invite people."""

    def __init__(self, traffic: Traffic, refusals: Refusals) -> None:
        self._traffic = traffic
        self._refusals = refusals
        self.reads: Mapping[str, Operation] = {
            "GetNetwork": lambda _, parameters, __: network_entry(network_of(parameters)),
            "ListSecurityGroups": _list_groups,
            "ListUsers": self._list_users,
        }
        self.writes: Mapping[str, Operation] = {
            "BatchCreateUser": self._create_users,
            "BatchReinviteUser": self._reinvite_users,
        }

    def new_user(self, address: str, now: datetime) -> User:
        """Return a new user of the first network's default group, invited at the moment ``now``."""
        return new_invitee(WICKR_NETWORK, WICKR_GROUP, {"username": address}, now)

    def _create_users(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        network = network_of(parameters)
        act = partial(self._create_all, records, network, parameters["users"], now)
        return self._memory(records, now).once(parameters, act)

    def _create_all(
        self, records: SandboxRecords, network: WickrNetwork, items: Sequence[Document], now: datetime
    ) -> Document:
        self._check(network, items)
        there = set(records.find(network.network_id, {key_of(item["username"]) for item in items}))
        new: dict[str, User] = {}
        failed = []
        for item in items:
            user = new_invitee(network.network_id, item["securityGroupIds"][0], item, now)
            if self._refusals.refuses_entry(user.key):
                failed.append(failure("username", NOT_ALLOWED))
            elif user.key in there or user.key in new:
                failed.append(failure("username", EXISTS))
            else:
                new[user.key] = user
        records.put(new.values())
        records.add_mails(network.network_id, new, sent_at=now)
        created = records.find(network.network_id, new)  # the users have numbers now
        return {"successful": [user_entry(created[key]) for key in new], "failed": failed}

    def _check(self, network: WickrNetwork, items: Sequence[Document]) -> None:
        if not 1 <= len(items) <= MAX_BATCH:
            raise _invalid("users", f"1 to {MAX_BATCH} users are allowed")
        groups = {group.group_id for group in network.groups}
        for item in items:
            if not matches_email_pattern(item["username"]):
                raise _invalid("username", "The username is not an email address")
            if len(item["securityGroupIds"]) != 1:
                raise _invalid("securityGroupIds", "Exactly one security group is required")
            if not groups.issuperset(item["securityGroupIds"]):
                raise _invalid("securityGroupIds", "There is no such security group in the network")
        self._refuse([item["username"] for item in items], field="username")

    def _reinvite_users(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        network = network_of(parameters)
        act = partial(self._reinvite_all, records, network, parameters["userIds"], now)
        return self._memory(records, now).once(parameters, act)

    def _reinvite_all(
        self, records: SandboxRecords, network: WickrNetwork, user_ids: Sequence[str], now: datetime
    ) -> Document:
        if not 1 <= len(user_ids) <= MAX_BATCH:
            raise _invalid("userIds", f"1 to {MAX_BATCH} users are allowed")
        users = records.numbered(network.network_id, {number_of(user_id) for user_id in user_ids})
        self._refuse([user.address for user in users.values()], field="userIds")
        mailed, successful, failed = [], [], []
        for user_id in user_ids:
            user = users.get(number_of(user_id))
            if user is None:
                failed.append(failure("userId", "User not found", user_id))
            elif user.registration is not Registration.UNREGISTERED:
                failed.append(failure("userId", "User is not pending", user_id))
            elif self._refusals.refuses_entry(user.key):
                failed.append(failure("userId", NOT_ALLOWED, user_id))
            else:
                mailed.append(user.key)
                successful.append({"userId": user_id})
        records.add_mails(network.network_id, mailed, sent_at=now)
        return {"successful": successful, "failed": failed}

    def _refuse(self, addresses: Sequence[str], *, field: str) -> None:
        """Raise ``Rejection`` if one of the addresses makes the sandbox refuse a request or fail.

        ``field`` is the name of the field with the addresses.
        """
        if self._refusals.fails_request(addresses):
            raise Rejection(HTTPStatus.INTERNAL_SERVER_ERROR, "The sandbox fails at one of the addresses.")
        if self._refusals.refuses_request(addresses):
            raise _invalid(field, NOT_ALLOWED)

    def _list_users(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        network, status = network_of(parameters), parameters.get("status")
        for name in _NOT_OFFERED:
            if name in parameters:
                raise _invalid(name, "The sandbox neither filters nor sorts by this")
        if status not in {None, PENDING, ACTIVE}:
            raise _invalid("status", f"{PENDING} is pending, {ACTIVE} is active")
        wanted = UserFilter(
            is_pending=None if status is None else status == PENDING, key_part=key_of(parameters.get("username", ""))
        )
        users, token = page_of(
            records,
            network.network_id,
            token=parameters.get("nextToken"),
            limit=_page_size(parameters),
            arrived_by=self._traffic.settings.shown_by(now),
            wanted=wanted,
        )
        return {"users": [user_entry(user) for user in users], "nextToken": token}

    def _memory(self, records: SandboxRecords, now: datetime) -> TokenMemory:
        return TokenMemory(records, now, given_after=self._traffic.settings.remembered_after(now))


OPERATIONS = ("BatchCreateUser", "BatchReinviteUser", "GetNetwork", "ListSecurityGroups", "ListUsers")

SIMULATION = Simulation(
    partial(ServiceApi, "wickr", OPERATIONS),
    Wickr,
    EntryNames(lists=frozenset({"successful", "users"}), statuses=frozenset({"status"})),
)


def _list_groups(records: SandboxRecords, parameters: Document, _now: datetime) -> Document:
    network, first, size = network_of(parameters), place_of(parameters.get("nextToken")), _page_size(parameters)
    members = records.registered(network.network_id)
    page = network.groups[first : first + size]
    entries = [group_entry(group, active_members=members.get(group.group_id, 0)) for group in page]
    more = first + size < len(network.groups)
    return {"securityGroups": entries, "nextToken": token_of(first + size) if more else None}


def _page_size(parameters: Document) -> int:
    size: int = parameters.get("maxResults", DEFAULT_PAGE_SIZE)
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise _invalid("maxResults", f"1 to {MAX_PAGE_SIZE} are allowed")
    return size


def _invalid(field: str, reason: str) -> Rejection:
    """Return the rejection of a wrong value. The text names only the field, since the value may be an address."""
    message = "The request has invalid values."
    return Rejection(HTTPStatus.UNPROCESSABLE_ENTITY, message, [{"field": field, "reason": reason}])


def _digest(parameters: Document) -> str:
    # No two operations have the same parameter names, so the digest tells operations apart, too.
    return sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
