"""The outcomes of sending, the states of invites in the ledger, and the statuses of members.

Each state of an invite leads to a disposition of the row.
"""

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
    """The service sent no invite, because the person is in the account already."""
    RENEWED = "renewed"
    """A run invited the address, and a later run invited it again."""


class MembershipStatus(StrEnum):
    """The status of a person who is in the account already."""

    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    OTHER = "other_status"
    """The service lists the person without a status, with several statuses, or with an unknown status."""


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
"""The disposition of a row, for each state of the row's invite at the end of a run."""


class Outcome(NamedTuple):
    """The end of the sending of one row's address.

    ``error`` is the service's error code, or the kind of the doubt, or empty. An outcome is a tuple because a run makes
    an outcome for each address, and a dataclass takes four times as long.
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
