"""How is the embedded service started, looked into and stopped?"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from onboarding.sandbox.chime import Chime, Refusal, utc_now
from onboarding.sandbox.control import PREFIX, Control, Counts
from onboarding.sandbox.faults import Faults
from onboarding.sandbox.protocol import Answer, Api, Request
from onboarding.sandbox.records import Registration
from onboarding.sandbox.server import Server
from onboarding.sandbox.service import Service
from onboarding.sandbox.store import Store
from onboarding.sandbox.traffic import DEFAULT_BURST, Road, Traffic

OLDER_PREFIX = "/console"
"""Stands before every path in the older reference text; SDKs of today leave it out."""


class Sandbox:
    """Serve Amazon Chime over HTTP, on loopback by default, until closed.

    ``state`` is the file that keeps users and mails; without one they live in memory. ``rate``, ``burst``,
    ``latency_seconds`` and ``jitter`` are as ``Traffic`` has them; ``retry_after`` says whether a 429 carries that
    header; ``list_delay_seconds`` is how long after the invite ``ListUsers`` begins to show a new invitee. ``clock``
    fills the throttle's bucket, ``now`` is the wall clock, which sandboxes that share a file must agree about.
    Raises ``ConfigurationError`` if the file, the port or one of the figures cannot be used.
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
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._road = Road(Traffic(rate, burst, latency_seconds, jitter), clock)
        api = Api("chime", Chime.OPERATIONS, prefixes=("", OLDER_PREFIX))
        self.faults = Faults(operations=api.operations, errors=api.errors)
        with ExitStack() as opened:
            self._store = Store(state)
            opened.callback(self._store.close)
            self._chime = Chime(self._store, list_delay_seconds=list_delay_seconds, now=now)
            self._control = Control(self.faults, self._chime, self._road, self.counts)
            self._service = Service(api, self._chime, faults=self.faults, road=self._road, retry_after=retry_after)
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
    def list_delay_seconds(self) -> float:
        """How long after the invite ``ListUsers`` begins to show a new invitee; may be set at any time."""
        return self._chime.list_delay_seconds

    @list_delay_seconds.setter
    def list_delay_seconds(self, seconds: float) -> None:
        self._chime.list_delay_seconds = seconds

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
        """Forget all users, mails, counts of requests and what is to act; faults, refusals and settings stay."""
        with self._store.transaction() as records:
            records.delete_all()
        self._service.forget_requests()

    def add_user(self, address: str, registration: Registration) -> None:
        """Put a user into the Team account without a mail, as if somebody else had invited them long ago."""
        self.add_users([address], registration)

    def add_users(self, addresses: Iterable[str], registration: Registration = Registration.UNREGISTERED) -> None:
        """Put users there at once, of whom ``ListUsers`` shows all without a delay; an unregistered one is pending."""
        self._chime.add_users(addresses, registration)

    def refuse(self, address: str, refusal: Refusal) -> None:
        """Refuse an address from now on, with the whole request or in its entry of the answer alone."""
        self._chime.refuse(address, refusal)

    def mails(self) -> Mapping[str, int]:
        """Return how many mails every mailed address got, by casefolded address. For tests: these are addresses."""
        with self._chime.transaction() as records:
            return records.mails()

    def times_mailed(self) -> Mapping[int, int]:
        """Return how many people got how many mails, by the number of mails; the same as ``GET /_sandbox/mails``."""
        with self._chime.transaction() as records:
            return records.times_mailed()

    def counts(self) -> Counts:
        """Return the same figures as ``GET /_sandbox/state``."""
        with self._chime.transaction() as records:
            return Counts.of(self._service.requests(), records.counts())

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        return self._service.answer(request)
