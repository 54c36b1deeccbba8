"""The class ``Sandbox``: start and stop the simulated services, read their counts, and add users and refusals."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from onboarding.model.errors import ConfigurationError
from onboarding.model.run import now
from onboarding.runtime.destination_registry import default_destination, destinations, load_part
from onboarding.sandbox.backend import Backend, SandboxStore
from onboarding.sandbox.control import PREFIX, ControlApi, ControlTargets
from onboarding.sandbox.counts import SandboxCounts
from onboarding.sandbox.faults import EVERY_REQUEST, Fault, FaultKind, Faults
from onboarding.sandbox.server import SandboxServer
from onboarding.sandbox.services import SandboxService, ServiceRouter
from onboarding.sandbox.simulation.behaviour import Simulation
from onboarding.sandbox.simulation.people import Registration
from onboarding.sandbox.simulation.protocol import HttpAnswer, HttpRequest
from onboarding.sandbox.simulation.refusals import Refusal, Refusals
from onboarding.sandbox.simulation.traffic import DAY_SECONDS, DEFAULT_BURST, SandboxSettings, Traffic


class Sandbox:
    """An HTTP server that simulates the services of all destinations until a call of ``close``.

    The server listens on loopback by default.

    - ``state``: the file that keeps users and mails; None keeps them in memory.
    - ``host`` and ``port``: where the server listens; port 0 means any free port.
    - ``allowed_hosts``: names, besides loopback names, for which the server answers requests.
    - ``rate``, ``burst``, ``latency_seconds``, ``jitter``, ``list_delay_seconds`` and ``token_seconds``: the settings
      of the same names for all services together (``SandboxSettings``).
    - ``retry_after``: whether a 429 has the header ``Retry-After``.
    - ``clock``: the clock that fills the bucket of the rate limit, in seconds.
    - ``now``: the wall clock. Sandboxes that use the same file need clocks with the same time.

    The attributes ``faults`` and ``settings`` may change at any time. Raises ``ConfigurationError`` if the file, the
    port or a figure is bad.
    """

    def __init__(  # noqa: PLR0913 - the flags of the command, and the clocks of its tests
        self,
        *,
        state: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
        rate: float | None = None,
        burst: int = DEFAULT_BURST,
        latency_seconds: float = 0,
        jitter: float = 0,
        retry_after: bool = True,
        list_delay_seconds: float = 0,
        token_seconds: float = DAY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = now,
    ) -> None:
        settings = SandboxSettings(rate, burst, latency_seconds, jitter, list_delay_seconds, token_seconds)
        self._traffic = Traffic(settings, clock)
        self._refusals = Refusals()
        simulations = _simulations()
        apis = {name: simulation.open_api() for name, simulation in simulations.items()}
        self.faults = Faults(apis)
        with ExitStack() as opened:
            self._store = SandboxStore(state)
            opened.callback(self._store.close)
            behaviours = {name: each.behave(self._traffic, self._refusals) for name, each in simulations.items()}
            self._backend = Backend(self._store, behaviours, now=now)
            serve = partial(SandboxService, faults=self.faults, traffic=self._traffic, retry_after=retry_after)
            services = [serve(apis[name], self._backend, entries=each.entries) for name, each in simulations.items()]
            self._router = ServiceRouter(services, self._traffic)
            parts = ControlTargets(self._backend, self.faults, self._refusals, self._traffic)
            self._control = ControlApi(parts, self.counts)
            self._server = SandboxServer(self._answer, host=host, port=port, allowed_hosts=allowed_hosts)
            opened.callback(self._server.stop)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The endpoint URL for clients."""
        return self._server.url

    @property
    def settings(self) -> SandboxSettings:
        """The current settings: rate limit, delays and the memory of tokens. A caller may replace them at any time."""
        return self._traffic.settings

    @settings.setter
    def settings(self, settings: SandboxSettings) -> None:
        self._traffic.settings = settings

    def wait(self) -> None:
        """Wait until another thread closes the sandbox. An exception from a signal handler ends the wait as well."""
        self._server.wait()

    def close(self) -> None:
        """Stop the server and close the state. If the state is in a file, the file stays."""
        self._opened.close()

    def empty(self) -> None:
        """Delete all users, mails, stored answers and late requests, and set the counts of requests to 0.

        Faults, refusals and settings stay.
        """
        with self._store.transaction() as records:
            records.delete_all()
        self._router.forget_requests()

    def add_user(self, address: str, registration: Registration, *, service: str | None = None) -> None:
        """Add a user to a service's first account without a mail.

        None as ``service`` means the default destination's service.
        """
        self.add_users([address], registration, service=service)

    def add_users(
        self,
        addresses: Iterable[str],
        registration: Registration = Registration.UNREGISTERED,
        *,
        service: str | None = None,
    ) -> None:
        """Add users to a service's first account without a mail, as if another party had invited them long ago.

        Unregistered users are pending. Listings show the added users without a delay. ``service`` is the name of a
        destination, or None for the default destination. Raises ``ValueError`` for any other service.
        """
        self._backend.add_users(service or default_destination().name, addresses, registration)

    def refuse(self, address: str, refusal: Refusal | None) -> None:
        """Make all services refuse an address from now on. ``refusal`` says how, such as with an answer 500.

        If ``refusal`` is None, the services stop refusing the address.
        """
        self._refusals.add(address, refusal)

    def refuse_access(self, permissions: Iterable[str] = (), *, is_expired: bool = False) -> None:
        """Refuse requests from now on, as AWS does if the permissions are missing or the credentials have expired.

        ``permissions`` are names of permissions as in IAM, such as ``chime:InviteUsers``. A permission without the name
        of a service, such as ``ListUsers``, applies to all services. ``is_expired`` says that the credentials have
        expired. Raises ``ConfigurationError`` for a permission that no operation of the sandbox needs.
        """
        if is_expired:
            self.faults.add(Fault(FaultKind.EXPIRED, count=EVERY_REQUEST))
        for permission in permissions:
            service, _, operation = permission.rpartition(":")
            try:
                self.faults.add(Fault(FaultKind.DENIED, operation, service=service, count=EVERY_REQUEST))
            except ValueError as error:
                raise ConfigurationError(f"The permission {permission!r} is unknown: {error}.") from None

    def mails(self) -> Mapping[str, int]:
        """Return the number of mails to each address from all services, by casefolded address.

        Only tests may call this method, since the result contains addresses.
        """
        with self._backend.transaction() as records:
            return records.mails()

    def groups(self) -> Mapping[str, str]:
        """Return the id of each user's security group, over all accounts, by casefolded address.

        Only tests may call this method, since the result contains addresses.
        """
        with self._backend.transaction() as records:
            return records.groups()

    def times_mailed(self) -> Mapping[int, int]:
        """Return how many people got one mail, how many got two mails, and so on, by the number of mails."""
        with self._backend.transaction() as records:
            return records.times_mailed()

    def counts(self) -> SandboxCounts:
        """Return the counts of requests, users and mails, which ``GET /_sandbox/state`` shows too."""
        with self._backend.transaction() as records:
            return SandboxCounts.of(self._router.requests(), records.counts())

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        return self._router.answer(request)


def _simulations() -> dict[str, Simulation]:
    return {name: load_part(described.simulation) for name, described in destinations().items()}
