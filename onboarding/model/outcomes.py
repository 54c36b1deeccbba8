"""Outcomes: what the ledger knows about one address after sending, and the disposition that follows."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from onboarding.model.dispositions import Disposition


class InviteState(StrEnum):
    """The states of an invite in the ledger."""

    IN_FLIGHT = "in_flight"
    INVITED = "invited"
    FAILED = "failed"
    RELEASED = "released"
    IN_DOUBT = "in_doubt"
    THERE = "there"
    """The service did not take the address, since the person is there already."""
    RENEWED = "renewed"
    """Invited, and later invited again by another run."""


class MembershipStatus(StrEnum):
    """The status of a person who is in the account already."""

    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"


DISPOSITION_OF: Mapping[InviteState, Disposition] = MappingProxyType(
    {
        InviteState.IN_FLIGHT: Disposition.IN_DOUBT,
        InviteState.INVITED: Disposition.INVITED,
        InviteState.FAILED: Disposition.FAILED,
        InviteState.RELEASED: Disposition.DEFERRED,
        InviteState.IN_DOUBT: Disposition.IN_DOUBT,
        InviteState.THERE: Disposition.ALREADY,
        InviteState.RENEWED: Disposition.INVITED,
    }
)
"""The disposition of a row by the state of its address at the end of a run."""


class Outcome(NamedTuple):
    """How the sending of one row's address ended. ``error`` is the service's code or the kind of the doubt.

    It is a tuple since a run makes one for each address, and a tuple takes a quarter of a dataclass's time.
    """

    position: int
    key: str
    state: InviteState
    attempts: int
    invite_id: str = ""
    invite_status: str = ""
    email_status: str = ""
    error: str = ""

    def __repr__(self) -> str:
        """Return a text without the address."""
        return f"Outcome(position={self.position}, state={self.state}, attempts={self.attempts}, error={self.error!r})"
