"""The networks of AWS Wickr in the sandbox, and the entries of its answers."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from onboarding.sandbox.people import Invitation, Registration, User, key_of
from onboarding.sandbox.protocol import Rejection
from onboarding.sandbox.shapes import Document

PENDING, ACTIVE = 1, 2
"""``UserStatus``, by the prose of the service model."""

FIRST_ID = 1_000_000_000
"""Ids are ten digits, the most that the model allows, and made of the user's number."""


def new_invitee(network_id: str, group_id: str, item: Document, now: datetime) -> User:
    """Return the user whom a network creates for an item of ``users`` at a moment."""
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
    """Return the number of the user with an id."""
    return int(user_id) - FIRST_ID


def user_entry(user: User) -> Document:
    """Return an entry of ``successful`` or ``users``. In both lists the code of a pending user is a credential."""
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
    """Return an item of ``failed``. It does not say which user it is about, unless ``user_id`` names the user."""
    return {"userId": user_id, "field": field, "reason": reason}


WICKR_NETWORK = "10203040"
WICKR_GROUP = "sandbox-default-group"
WICKR_OTHER_GROUP = "sandbox-other-group"

WICKR_NETWORK_WITHOUT_DEFAULT = "10203050"
"""A network without a default group."""


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group of a network."""

    group_id: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class WickrNetwork:
    """A network that exists in the sandbox."""

    network_id: str
    name: str
    groups: tuple[SecurityGroup, ...]


NETWORKS = {
    network.network_id: network
    for network in (
        # The default group stands last, so that code that takes the first group for it is found out.
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


def network_of(parameters: Document) -> WickrNetwork:
    """Return the network that a request names. Raises ``Rejection``."""
    network = NETWORKS.get(parameters["networkId"])
    if network is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such network in the sandbox.")
    return network


def network_entry(network: WickrNetwork) -> Document:
    """Return the answer of ``GetNetwork``."""
    return {
        "networkId": network.network_id,
        "networkName": network.name,
        "accessLevel": "STANDARD",
        "awsAccountId": "111122223333",
        "networkArn": f"arn:aws:wickr:us-east-1:111122223333:network/{network.network_id}",
    }


def group_entry(group: SecurityGroup, *, active_members: int) -> Document:
    """Return an entry of ``securityGroups``."""
    return {
        "id": group.group_id,
        "name": group.name,
        "isDefault": group.is_default,
        "activeMembers": active_members,
        "botMembers": 0,
        "modified": 1_525_132_800,  # when the accounts began
        "securityGroupSettings": {},
    }
