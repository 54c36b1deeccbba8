"""The networks and security groups of AWS Wickr in the sandbox, new users, and the entries of answers.

The module ``simulation`` contains the operations.
"""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from onboarding.destinations.wickr.description import WICKR_NETWORK
from onboarding.model.values import dataclass
from onboarding.sandbox.simulation import Document, Invitation, Registration, Rejection, User, key_of

PENDING, ACTIVE = 1, 2
"""The values of ``UserStatus`` for pending and active users, from the comments in the service model."""

FIRST_ID = 1_000_000_000
"""The sum of this number and a user's own number is the user's id. So ids have ten digits."""


def new_invitee(network_id: str, group_id: str, item: Document, now: datetime) -> User:
    """Return a new user of a network from an item of the request's list ``users``, invited at the moment ``now``."""
    return User(
        account=network_id,
        key=key_of(item["username"]),
        address=item["username"],
        first_name=item.get("firstName"),
        last_name=item.get("lastName"),
        group=group_id,
        registration=Registration.UNREGISTERED,
        invitation=Invitation.PENDING,
        invited_on=now,
        arrived_on=now,
    )


def number_of(user_id: str) -> int:
    """Return the user's own number, which is part of the user's id."""
    return int(user_id) - FIRST_ID


def user_entry(user: User) -> Document:
    """Return a user's entry in the answer's list ``successful`` or ``users``.

    The entry of a user who has not accepted the invitation yet contains an invite code, which is a credential.
    """
    user_id = str(FIRST_ID + user.number)
    is_pending = user.registration is Registration.UNREGISTERED
    return {
        "userId": user_id,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "username": user.address,
        "securityGroups": [user.group],
        "isAdmin": False,
        "suspended": user.registration is Registration.SUSPENDED,
        "status": PENDING if is_pending else ACTIVE,
        "isInviteExpired": False,
        "isUser": True,
        "inviteCode": f"canary-invite-code-{user_id}" if is_pending else None,
    }


def failure(field: str, reason: str, user_id: str = "0") -> Document:
    """Return an item of the answer's list ``failed``: the wrong field, and the reason.

    Without ``user_id``, the item does not name the user.
    """
    return {"userId": user_id, "field": field, "reason": reason}


WICKR_GROUP = "sandbox-default-group"
WICKR_OTHER_GROUP = "sandbox-other-group"

WICKR_NETWORK_WITHOUT_DEFAULT = "10203050"
"""The id of a network without a default group."""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group of a Wickr network."""

    group_id: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class WickrNetwork:
    """A Wickr network that exists in the sandbox."""

    network_id: str
    name: str
    groups: tuple[SecurityGroup, ...]


NETWORKS = {
    network.network_id: network
    for network in (
        # The default group is the last in the list, so that tests find code that uses the first group as the default.
        WickrNetwork(
            WICKR_NETWORK,
            "Sandbox Network",
            (SecurityGroup(WICKR_OTHER_GROUP, "Other"), SecurityGroup(WICKR_GROUP, "Default", is_default=True)),
        ),
        WickrNetwork(
            WICKR_NETWORK_WITHOUT_DEFAULT, "Sandbox Without Default", (SecurityGroup("sandbox-only-group", "Only"),)
        ),
    )
}


MANY_NETWORKS = "10204"
"""The first digits of the ids of further networks, for rehearsals of runs to many accounts."""


def network_of(parameters: Document) -> WickrNetwork:
    """Return the network that a request names in its ``parameters``.

    Raises ``Rejection`` if there is no such network.
    """
    network_id: str = parameters["networkId"]
    network = NETWORKS.get(network_id)
    if network is None and network_id.startswith(MANY_NETWORKS):
        network = replace(NETWORKS[WICKR_NETWORK], network_id=network_id, name=f"Sandbox Network {network_id}")
    if network is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such network in the sandbox.")
    return network


def network_entry(network: WickrNetwork) -> Document:
    """Return the answer to ``GetNetwork`` for a network."""
    return {
        "networkId": network.network_id,
        "networkName": network.name,
        "accessLevel": "STANDARD",
        "awsAccountId": "111122223333",
        "networkArn": f"arn:aws:wickr:us-east-1:111122223333:network/{network.network_id}",
    }


def group_entry(group: SecurityGroup, *, active_members: int) -> Document:
    """Return a group's entry in the answer's list ``securityGroups``.

    ``active_members`` is the number of the group's users who have accepted the invitation.
    """
    return {
        "id": group.group_id,
        "name": group.name,
        "isDefault": group.is_default,
        "activeMembers": active_members,
        "botMembers": 0,
        "modified": 1_525_132_800,  # when the accounts began
        "securityGroupSettings": {},
    }
