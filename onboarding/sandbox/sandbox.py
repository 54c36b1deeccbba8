"""How is the embedded service started, looked into and stopped?"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from onboarding.sandbox.chime import Chime
from onboarding.sandbox.control import PREFIX, Control, Counts, Steered
from onboarding.sandbox.faults import Faults
from onboarding.sandbox.front import Front
from onboarding.sandbox.habits import DAY_SECONDS, Habits
from onboarding.sandbox.people import Registration
from onboarding.sandbox.protocol import Answer, Api, Request
from onboarding.sandbox.refusals import Refusal, Refusals
from onboarding.sandbox.server import Server
from onboarding.sandbox.service import Service
from onboarding.sandbox.stage import Stage, utc_now
from onboarding.sandbox.store import Store
from onboarding.sandbox.traffic import DEFAULT_BURST, Road, Traffic
from onboarding.sandbox.wickr import Wickr

OLDER_PREFIX = "/console"
"""Stands before every path in the older reference text; SDKs of today leave it out."""


class Sandbox:
    """Serve Amazon Chime and AWS Wickr over HTTP, on loopback by default, until closed.

    ``state`` is the file that keeps users and mails; without one they live in memory. ``rate``, ``burst``,
    ``latency_seconds`` and ``jitter`` are as ``Traffic`` has them, for both services together; ``retry_after`` says
    whether a 429 carries that header; ``list_delay_seconds`` and ``token_seconds`` are as ``Habits`` has them.
    ``clock`` fills the throttle's bucket, ``now`` is the wall clock, which sandboxes that share a file must agree
    about. ``faults`` and ``habits`` may be changed at any time. Raises ``ConfigurationError`` if the file, the port or
    one of the figures cannot be used.
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
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._road = Road(Traffic(rate, burst, latency_seconds, jitter), clock)
        self._refusals = Refusals()
        self.habits = Habits(list_delay_seconds, token_seconds)
        apis = (Api(Chime.NAME, Chime.OPERATIONS, prefixes=("", OLDER_PREFIX)), Api(Wickr.NAME, Wickr.OPERATIONS))
        self.faults = Faults({api.service: api for api in apis})
        with ExitStack() as opened:
            self._store = Store(state)
            opened.callback(self._store.close)
            behaviours = {service.NAME: service(self.habits, self._refusals) for service in (Chime, Wickr)}
            self._stage = Stage(self._store, behaviours, now=now)
            self._front = Front(
                [
                    Service(api, self._stage, faults=self.faults, road=self._road, retry_after=retry_after)
                    for api in apis
                ],
                self._road,
            )
            steered = Steered(self._stage, self.faults, self._refusals, self.habits, self._road)
            self._control = Control(steered, self.counts)
            self._server = Server(self._answer, host=host, port=port)
            opened.callback(self._server.stop)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """What a client is given as its endpoint URL."""
        return self._server.url

    @property
    def traffic(self) -> Traffic:
        """What holds requests up; may be replaced at any time."""
        return self._road.traffic

    @traffic.setter
    def traffic(self, traffic: Traffic) -> None:
        self._road.traffic = traffic

    def wait(self) -> None:
        """Return when the sandbox has been closed, or leave by the exception of a signal."""
        self._server.wait()

    def close(self) -> None:
        """Stop serving and close the state; a state file keeps what was committed."""
        self._opened.close()

    def empty(self) -> None:
        """Forget all users, mails, tokens, counts of requests and what is to act; faults, refusals and habits stay."""
        with self._store.transaction() as records:
            records.delete_all()
        self._front.forget_requests()

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
        """Put users there as if somebody else had invited them long ago; an unregistered one is pending.

        ``ListUsers`` shows all of them, without a delay. ``service`` is ``chime`` or ``wickr``.
        """
        self._stage.add_users(service, addresses, registration)

    def refuse(self, address: str, refusal: Refusal | None) -> None:
        """Let both services refuse an address from now on: the whole request, or its entry of the answer alone."""
        self._refusals.add(address, refusal)

    def mails(self) -> Mapping[str, int]:
        """Return how many mails every mailed address got from both services, by casefolded address.

        For tests: these are addresses.
        """
        with self._stage.transaction() as records:
            return records.mails()

    def times_mailed(self) -> Mapping[int, int]:
        """Return how many people got how many mails, by the number of mails; the same as ``GET /_sandbox/mails``."""
        with self._stage.transaction() as records:
            return records.times_mailed()

    def counts(self) -> Counts:
        """Return the same figures as ``GET /_sandbox/state``."""
        with self._stage.transaction() as records:
            return Counts.of(self._front.requests(), records.counts())

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        return self._front.answer(request)
