"""The interfaces of a simulated service: its operations, and the functions with which the sandbox starts it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from onboarding.model.values import dataclass
from onboarding.sandbox.simulation.people import User
from onboarding.sandbox.simulation.protocol import ServiceApi
from onboarding.sandbox.simulation.records import SandboxRecords
from onboarding.sandbox.simulation.refusals import Refusals
from onboarding.sandbox.simulation.shapes import Document
from onboarding.sandbox.simulation.traffic import Traffic

Operation = Callable[[SandboxRecords, Document, datetime], Document]
"""A function that carries out an operation. It gets the records, the parameters and the time, and returns a result.

The function raises ``Rejection`` if the service refuses the request.
"""


class ServiceBehaviour(Protocol):
    """The behaviour of one service: its operations, and a function that makes a new user.

    Other modules have the HTTP protocol, the faults and the traffic.
    """

    @property
    def reads(self) -> Mapping[str, Operation]:
        """The operations that change no records, by name."""

    @property
    def writes(self) -> Mapping[str, Operation]:
        """The operations that change records, by name."""

    def new_user(self, address: str, now: datetime) -> User:
        """Return a new user of the service's first account, invited at the moment ``now``."""


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names in a service's results that a fault needs, to remove people or their statuses from a result.

    ``lists`` are the names of the lists that have an entry for each person. ``statuses`` are the names of the fields in
    an entry that say whether the person was invited or has registered.
    """

    lists: frozenset[str]
    statuses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A service that the sandbox can simulate. The description of a destination names this object.

    ``open_api`` returns the service's protocol. ``behave`` returns the service's behaviour. The parameters of
    ``behave`` are the traffic and the refusals of the sandbox. ``entries`` are the names in the service's results that
    faults use.
    """

    open_api: Callable[[], ServiceApi]
    behave: Callable[[Traffic, Refusals], ServiceBehaviour]
    entries: EntryNames
