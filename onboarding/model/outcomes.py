"""What is known of one address after it was sent, or was to be sent?"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from onboarding.model.dispositions import Disposition


class State(StrEnum):
    """The states of an invite in the ledger; ``contracts.md`` draws the machine."""

    IN_FLIGHT = "in_flight"
    INVITED = "invited"
    FAILED = "failed"
    RELEASED = "released"
    IN_DOUBT = "in_doubt"
    THERE = "there"
    """The service would not take the address, since it has it already."""
    RENEWED = "renewed"
    """Invited, and invited again since, by a later run."""


class Membership(StrEnum):
    """How somebody who is there already stands with the account."""

    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"


DISPOSITION_OF: Mapping[State, Disposition] = MappingProxyType(
    {
        State.IN_FLIGHT: Disposition.IN_DOUBT,
        State.INVITED: Disposition.INVITED,
        State.FAILED: Disposition.FAILED,
        State.RELEASED: Disposition.DEFERRED,
        State.IN_DOUBT: Disposition.IN_DOUBT,
        State.THERE: Disposition.ALREADY,
        State.RENEWED: Disposition.INVITED,
    }
)
"""What a row becomes whose address ended a run in that state."""


class Outcome(NamedTuple):
    """How the sending of one row's address ended. ``error`` is the service's code or the kind of the doubt.

    A tuple, as every value of which there is one for each address: it is made in a quarter of a dataclass's time.
    """

    position: int
    key: str
    state: State
    attempts: int
    invite_id: str = ""
    invite_status: str = ""
    email_status: str = ""
    error: str = ""

    def __repr__(self) -> str:
        """Name no address."""
        return f"Outcome(position={self.position}, state={self.state}, attempts={self.attempts}, error={self.error!r})"
