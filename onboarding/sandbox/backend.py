"""Carry out the operations of the services on the records, each request in a transaction of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Protocol

from onboarding.model.run import now
from onboarding.sandbox.documents import Document
from onboarding.sandbox.people import Registration, User, long_there
from onboarding.sandbox.protocol import Rejection
from onboarding.sandbox.records import PendingAct, SandboxRecords
from onboarding.sandbox.store import SandboxStore

Operation = Callable[[SandboxRecords, Document, datetime], Document]
"""Carries an operation out: on records, with parameters, at a moment. May raise ``Rejection``."""


class Behaviour(Protocol):
    """What one service does, without its protocol, faults and traffic."""

    @property
    def reads(self) -> Mapping[str, Operation]:
        """The operations that change nothing."""

    @property
    def writes(self) -> Mapping[str, Operation]:
        """The operations that change something."""

    def newcomer(self, address: str, now: datetime) -> User:
        """Return a user whom the service's first account invites at a moment."""


class Backend:
    """The store and what the services do with it. Any thread may use it.

    ``now`` is the wall clock, since moments are compared between processes.
    """

    def __init__(
        self, store: SandboxStore, behaviours: Mapping[str, Behaviour], *, now: Callable[[], datetime] = now
    ) -> None:
        self._store = store
        self._behaviours = behaviours
        self._now = now

    @contextmanager
    def transaction(self) -> Iterator[SandboxRecords]:
        """Lend the records, alone, after doing all that was put off until now.

        No timer runs: the next look at the records does what is due, in any process that shares the file.
        """
        with self._store.transaction() as records:
            for act in records.take_due(self._now()):
                with suppress(Rejection):  # no client waits for the answer
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
                records.put_off(PendingAct(service, operation, parameters, self._now() + timedelta(seconds=seconds)))

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
