"""Which AWS Wickr networks are there, and with which security groups?"""

from dataclasses import dataclass
from http import HTTPStatus

from onboarding.sandbox.protocol import Document, Rejection

WICKR_NETWORK = "10203040"
WICKR_GROUP = "sandbox-default-group"
WICKR_OTHER_GROUP = "sandbox-other-group"

WICKR_NETWORK_WITHOUT_DEFAULT = "10203050"
"""A network in which no group is the default one."""


@dataclass(frozen=True, slots=True)
class Group:
    """A security group of a network."""

    group_id: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """A network that exists in the sandbox."""

    network_id: str
    name: str
    groups: tuple[Group, ...]


NETWORKS = {
    network.network_id: network
    for network in (
        # The default group stands last, so that whoever takes the first one for it is found out.
        Network(
            WICKR_NETWORK,
            "Sandbox Network",
            (Group(WICKR_OTHER_GROUP, "Other"), Group(WICKR_GROUP, "Default", is_default=True)),
        ),
        Network(WICKR_NETWORK_WITHOUT_DEFAULT, "Sandbox Without Default", (Group("sandbox-only-group", "Only"),)),
    )
}


def network_of(parameters: Document) -> Network:
    """Return the network that a request names. Raises ``Rejection``."""
    network = NETWORKS.get(parameters["networkId"])
    if network is None:
        raise Rejection(HTTPStatus.NOT_FOUND, "There is no such network in the sandbox.")
    return network


def network_entry(network: Network) -> Document:
    """Return what ``GetNetwork`` tells of a network."""
    return {
        "networkId": network.network_id,
        "networkName": network.name,
        "accessLevel": "STANDARD",
        "awsAccountId": "111122223333",
        "networkArn": f"arn:aws:wickr:us-east-1:111122223333:network/{network.network_id}",
    }


def group_entry(group: Group, *, active_members: int) -> Document:
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
