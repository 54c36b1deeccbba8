"""Simulation of clients and a rate-limited service, event by event, without any waiting.

The service keeps a bucket of permits. Each client has threads, a pace and an endless supply of chunks. A request
travels half the latency each way. A throttled thread comes back after the second that ``Retry-After`` asks for.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf

from onboarding.sending.rate.bucket import Departure
from onboarding.sending.rate.pace import Pace

RETRY_AFTER_SECONDS = 1.0
LATE_SECONDS = 0.0005
"""How late threads wake up on average."""


@dataclass(slots=True)
class Service:
    """A service with a bucket of permits: ``steps`` are moments, the first at 0, and the rates from then on.

    A request and its answer take ``latency_seconds`` together, give or take the share ``jitter``.
    """

    steps: Sequence[tuple[float, float]]
    burst: int
    latency_seconds: float = 0.05
    jitter: float = 0.0
    tokens: float = field(init=False)
    permitted: float = field(init=False)
    filled_at: float = 0.0
    step: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.permitted = float(self.burst)

    def take(self, now: float) -> bool:
        """Take a permit if there is one."""
        self.fill(now)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def fill(self, now: float) -> None:
        """Let permits come until now."""
        while self.filled_at < now:
            _, rate = self.steps[self.step]
            until = self.steps[self.step + 1][0] if self.step + 1 < len(self.steps) else inf
            permits = rate * (min(now, until) - self.filled_at)
            self.permitted += permits
            self.tokens = min(self.burst, self.tokens + permits)
            self.filled_at = min(now, until)
            self.step += self.filled_at == until


@dataclass(slots=True)
class Client:
    """One process: its pace, its threads that are not waiting for an answer, and the counts of its requests."""

    pace: Pace
    free: int
    taken: int = 0
    throttled: int = 0
    last_left: float = 0.0
    longest_pause: float = 0.0
    expected: int | None = None  # the number of the event at which the next request is to leave


@dataclass(frozen=True, slots=True)
class Figures:
    """The share of the permits that was used, and the share of the requests that were throttled."""

    used: float
    throttled: float
    clients: Sequence[Client]


class Simulation:
    """Clients and a service in a time of their own."""

    def __init__(
        self,
        paces: Sequence[Pace],
        service: Service,
        *,
        threads: int = 32,
        starts: Sequence[float] | None = None,
        others_rate: float = 0.0,
        late_seconds: float = LATE_SECONDS,
        seed: int = 1,
    ) -> None:
        self._service = service
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._clients = [Client(pace, threads) for pace in paces]
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._numbers = count()
        self._others_rate = others_rate
        self._late_seconds = late_seconds
        self.others_taken = self.others_throttled = 0
        self.now = 0.0
        for client, start in zip(self._clients, starts or [0.0] * len(paces), strict=True):
            self._at(start, self._schedule, client)
        if others_rate:
            self._at(0.0, self._send_other_request)

    def run(self, seconds: float = inf, requests: float = inf) -> Figures:
        """Run for this many seconds, or until the service has taken this many requests."""
        while self._events[0][0] <= seconds and self._taken() < requests:
            self.now, _, act, about = heapq.heappop(self._events)
            act(*about)
        self.now = max(self.now, min(seconds, self._events[0][0]))
        self._service.fill(self.now)
        throttled = sum(client.throttled for client in self._clients)
        sent = throttled + sum(client.taken for client in self._clients)
        used = (self._taken() + self.others_taken) / self._service.permitted
        return Figures(used, throttled / sent if sent else 0.0, self._clients)

    def _taken(self) -> int:
        return sum(client.taken for client in self._clients)

    def _at(self, moment: float, act: Callable[..., None], *about: object) -> int:
        number = next(self._numbers)
        heapq.heappush(self._events, (moment, number, act, about))
        return number

    def _schedule(self, client: Client) -> None:
        client.expected = None
        if client.free:
            late = self._random.expovariate(1 / self._late_seconds)
            client.expected = self._at(max(self.now, client.pace.due(self.now)) + late, self._leave, client)

    def _leave(self, client: Client) -> None:
        if client.pace.due(self.now) > self.now:
            self._schedule(client)  # the rate has changed meanwhile
            return
        left = client.pace.depart(self.now)
        client.free -= 1
        client.longest_pause = max(client.longest_pause, self.now - client.last_left)
        client.last_left = self.now
        way = self._service
        round_trip = way.latency_seconds * (1 + way.jitter * self._random.uniform(-1, 1))
        self._at(self.now + round_trip / 2, self._serve, client, left, self.now + round_trip)
        self._schedule(client)

    def _serve(self, client: Client, left: Departure, back_at: float) -> None:
        self._at(back_at, self._answer, client, left, self._service.take(self.now))

    def _answer(self, client: Client, left: Departure, is_taken: bool) -> None:  # noqa: FBT001 - an event's
        if is_taken:
            client.taken += 1
            client.pace.taken(left, self.now)
            self._come_back(client)
        else:
            client.throttled += 1
            client.pace.throttled(left, self.now)
            self._at(self.now + RETRY_AFTER_SECONDS, self._come_back, client)

    def _come_back(self, client: Client) -> None:
        client.free += 1
        if client.expected is None:
            self._schedule(client)

    def _send_other_request(self) -> None:
        if self._service.take(self.now):
            self.others_taken += 1
        else:
            self.others_throttled += 1
        self._at(self.now + 1 / self._others_rate, self._send_other_request)
