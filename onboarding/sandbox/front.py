"""Which service is a request for, and how many came?"""

from collections import Counter
from collections.abc import Sequence
from threading import Lock

from onboarding.sandbox.chime import Chime
from onboarding.sandbox.protocol import Answer, Call, Request, unknown_operation
from onboarding.sandbox.service import NoAnswer, Service
from onboarding.sandbox.traffic import Road

UNKNOWN = "unknown"
"""Counted in place of an operation where a request called none."""

UNANSWERED = "unanswered"
"""Counted in place of a status where the request got no answer."""


class Front:
    """Answer requests to all services at one URL, since their paths do not collide. Usable from any thread."""

    def __init__(self, services: Sequence[Service], road: Road) -> None:
        self._services = services
        self._road = road
        self._tally: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request, counted before it leaves. Raises ``NoAnswer`` where a fault says so.

        Takes as long as request and answer travel.
        """
        self._road.travel()
        found = self._find(request)
        name = _counted_as(*found) if found else UNKNOWN
        try:
            answer = found[0].answer(found[1], request) if found else unknown_operation()
        except NoAnswer:
            self._count(name, UNANSWERED)
            raise
        self._count(name, str(answer.status))
        self._road.travel()
        return answer

    def requests(self) -> dict[str, dict[str, int]]:
        """Return how many requests came, by operation and status; ``wickr.`` stands before Wickr's operations."""
        with self._lock:
            tally = sorted(self._tally.items())
        requests: dict[str, dict[str, int]] = {}
        for (operation, status), number in tally:
            requests.setdefault(operation, {})[status] = number
        return requests

    def forget_requests(self) -> None:
        """Count from nought again."""
        with self._lock:
            self._tally.clear()

    def _find(self, request: Request) -> tuple[Service, Call] | None:
        for service in self._services:
            if call := service.match(request):
                return service, call
        return None

    def _count(self, operation: str, status: str) -> None:
        with self._lock:
            self._tally[operation, status] += 1


def _counted_as(service: Service, call: Call) -> str:
    # Both services have a ListUsers, and Chime's counts were there first.
    return call.operation if service.name == Chime.NAME else f"{service.name}.{call.operation}"
