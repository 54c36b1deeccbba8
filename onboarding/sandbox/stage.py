"""On which records do the services act, and when?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from onboarding.sandbox.people import Registration, User, long_there
from onboarding.sandbox.protocol import Document, Rejection
from onboarding.sandbox.records import Act, Records
from onboarding.sandbox.store import Store

Operation = Callable[[Records, Document, datetime], Document]
"""What carries an operation out: on records, with parameters, at a moment. May raise ``Rejection``."""


class Behaviour(Protocol):
    """What one service does, without its protocol, faults and throttle."""

    @property
    def reads(self) -> Mapping[str, Operation]:
        """The operations that change nothing."""

    @property
    def writes(self) -> Mapping[str, Operation]:
        """The operations that act on somebody."""

    def newcomer(self, address: str, now: datetime) -> User:
        """Return a user whom the service's first account invites at a moment."""


def utc_now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class Stage:
    """Let services act on one store, each request in a transaction of its own. Usable from any thread.

    ``now`` is the wall clock, since moments are compared between processes.
    """

    def __init__(
        self, store: Store, behaviours: Mapping[str, Behaviour], *, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._behaviours = behaviours
        self._now = now

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Lend the records, alone, after all that was put off until now has been done.

        Nothing runs meanwhile: whoever looks finds what the moment is due, in whichever process that shares the file.
        """
        with self._store.transaction() as records:
            for act in records.take_due(self._now()):
                with suppress(Rejection):  # nobody waits for the answer
                    self._behaviours[act.service].writes[act.operation](records, act.parameters, act.due_on)
            yield records

    def act(self, service: str, operation: str, parameters: Document) -> Document:
        """Carry an operation out and return its result. Raises ``Rejection``."""
        behaviour = self._behaviours[service]
        carry_out = behaviour.reads.get(operation) or behaviour.writes[operation]
        with self.transaction() as records:
            # The moment is taken in the transaction, so that people arrive in the order of their numbers.
            return carry_out(records, parameters, self._now())

    def put_off(self, service: str, operation: str, parameters: Document, seconds: float) -> None:
        """Carry an operation out in some seconds; one that only reads then does nothing."""
        if operation in self._behaviours[service].writes:
            with self.transaction() as records:
                records.put_off(Act(service, operation, parameters, self._now() + timedelta(seconds=seconds)))

    def add_users(self, service: str, addresses: Iterable[str], registration: Registration) -> None:
        """Put users into the service's first account without a mail, as if somebody had invited them long ago.

        Raises ``ValueError`` on an unknown service.
        """
        if service not in self._behaviours:
            raise ValueError(f"service is none of {', '.join(self._behaviours)}")
        behaviour = self._behaviours[service]
        with self.transaction() as records:
            now = self._now()
            records.put(long_there(behaviour.newcomer(address, now), registration, now) for address in addresses)
