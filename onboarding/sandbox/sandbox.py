"""The class ``Sandbox``, which starts, inspects and stops the embedded services."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from onboarding.model.run import now
from onboarding.sandbox.backend import Backend, SandboxStore
from onboarding.sandbox.chime import Chime
from onboarding.sandbox.control import PREFIX, ControlApi, ControlTargets, SandboxCounts
from onboarding.sandbox.faults import Faults, Refusal, Refusals
from onboarding.sandbox.people import Registration
from onboarding.sandbox.protocol import HttpAnswer, HttpRequest, ServiceApi
from onboarding.sandbox.server import SandboxServer
from onboarding.sandbox.services import SandboxService, ServiceRouter
from onboarding.sandbox.traffic import DAY_SECONDS, DEFAULT_BURST, SandboxSettings, Traffic
from onboarding.sandbox.wickr import Wickr

OLDER_PREFIX = "/console"
"""The older reference text begins every path with this; SDKs of today leave it out."""


class Sandbox:
    """A server of Amazon Chime and AWS Wickr over HTTP, on loopback by default, until it is closed.

    ``state`` is the file that keeps users and mails; without a file they live in memory. ``rate``, ``burst``,
    ``latency_seconds``, ``jitter``, ``list_delay_seconds`` and ``token_seconds`` are the fields of ``SandboxSettings``,
    for both services together; ``retry_after`` says whether a 429 carries that header. ``clock`` fills the bucket of
    the rate limit. ``now`` is the wall clock; sandboxes that share a file must agree about it. ``faults`` and
    ``settings`` may change at any time. Raises ``ConfigurationError`` if the file, the port or a figure is bad.
    """

    def __init__(  # noqa: PLR0913 - the flags of the command, and the clocks of its tests
        self,
        *,
        state: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
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
        apis = (
            ServiceApi(Chime.NAME, Chime.OPERATIONS, prefixes=("", OLDER_PREFIX)),
            ServiceApi(Wickr.NAME, Wickr.OPERATIONS),
        )
        self.faults = Faults({api.service: api for api in apis})
        with ExitStack() as opened:
            self._store = SandboxStore(state)
            opened.callback(self._store.close)
            behaviours = {service.NAME: service(self._traffic, self._refusals) for service in (Chime, Wickr)}
            self._backend = Backend(self._store, behaviours, now=now)
            services = [
                SandboxService(api, self._backend, faults=self.faults, traffic=self._traffic, retry_after=retry_after)
                for api in apis
            ]
            self._router = ServiceRouter(services, self._traffic)
            parts = ControlTargets(self._backend, self.faults, self._refusals, self._traffic)
            self._control = ControlApi(parts, self.counts)
            self._server = SandboxServer(self._answer, host=host, port=port)
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
        """The figures that may change at any time."""
        return self._traffic.settings

    @settings.setter
    def settings(self, settings: SandboxSettings) -> None:
        self._traffic.settings = settings

    def wait(self) -> None:
        """Return when another thread has closed the sandbox, or raise what a signal raises."""
        self._server.wait()

    def close(self) -> None:
        """Stop serving and close the state; a state file keeps what was committed."""
        self._opened.close()

    def empty(self) -> None:
        """Forget all users, mails, tokens, later acts and counts of requests. Faults, refusals and settings stay."""
        with self._store.transaction() as records:
            records.delete_all()
        self._router.forget_requests()

    def add_user(self, address: str, registration: Registration, *, service: str = Chime.NAME) -> None:
        """Put a user into Chime's Team account, or into Wickr's first network, without a mail."""
        self.add_users([address], registration, service=service)

    def add_users(
        self,
        addresses: Iterable[str],
        registration: Registration = Registration.UNREGISTERED,
        *,
        service: str = Chime.NAME,
    ) -> None:
        """Put users there as if another party had invited them long ago; unregistered users are pending.

        ``ListUsers`` shows all of them, without a delay. ``service`` is ``chime`` or ``wickr``.
        """
        self._backend.add_users(service, addresses, registration)

    def refuse(self, address: str, refusal: Refusal | None) -> None:
        """Let both services refuse an address from now on: the whole request, or its entry of the answer."""
        self._refusals.add(address, refusal)

    def mails(self) -> Mapping[str, int]:
        """Return how many mails every mailed address got from both services, by casefolded address.

        For tests: these are addresses.
        """
        with self._backend.transaction() as records:
            return records.mails()

    def times_mailed(self) -> Mapping[int, int]:
        """Return how many people got how many mails, by the number of mails; the same as ``GET /_sandbox/mails``."""
        with self._backend.transaction() as records:
            return records.times_mailed()

    def counts(self) -> SandboxCounts:
        """Return the same figures as ``GET /_sandbox/state``."""
        with self._backend.transaction() as records:
            return SandboxCounts.of(self._router.requests(), records.counts())

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        return self._router.answer(request)
