"""The services of the sandbox behind one URL: route, count and throttle requests, and apply faults to them.

The folders of the destinations have the operations themselves.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from threading import Lock

from onboarding.runtime.destination_registry import default_destination
from onboarding.sandbox.backend import Backend
from onboarding.sandbox.faults import Fault, FaultKind, Faults, LostAnswer, apply_fault
from onboarding.sandbox.simulation.behaviour import EntryNames
from onboarding.sandbox.simulation.protocol import (
    Call,
    HttpAnswer,
    HttpRequest,
    Rejection,
    ServiceApi,
    expired_credentials,
    unknown_operation,
)
from onboarding.sandbox.simulation.traffic import Traffic


class NoAnswer(Exception):
    """The exception for a request without an answer.

    After a silence of ``hold_seconds``, the server resets the connection.
    """

    def __init__(self, hold_seconds: float = 0) -> None:
        super().__init__(hold_seconds)
        self.hold_seconds = hold_seconds


class SandboxService:
    """One simulated service, which answers requests. Any thread may use it.

    ``retry_after`` says whether a 429 has the header ``Retry-After``. ``entries`` has the names of the fields that a
    fault changes in the service's results.
    """

    def __init__(
        self,
        api: ServiceApi,
        backend: Backend,
        *,
        entries: EntryNames,
        faults: Faults,
        traffic: Traffic,
        retry_after: bool,
    ) -> None:
        self._api = api
        self._entries = entries
        self._backend = backend
        self._faults = faults
        self._traffic = traffic
        self._retry_after = retry_after

    @property
    def name(self) -> str:
        """The name of the service in botocore."""
        return self._api.service

    def match(self, request: HttpRequest) -> Call | None:
        """Return the operation that a request calls, or None if the request is not for this service."""
        return self._api.match(request)

    def answer(self, call: Call, request: HttpRequest) -> HttpAnswer:
        """Return the answer to a request. Raises ``NoAnswer`` if a fault suppresses the answer.

        ``call`` is the result of ``match`` for this request.
        """
        if "authorization" not in request.headers:
            return self._api.error(call, HTTPStatus.UNAUTHORIZED, "The request has no Authorization header.")
        wait_seconds = self._traffic.take()
        if wait_seconds:
            return self._throttled(call, wait_seconds)
        fault = self._faults.take(self.name, call.operation)
        return self._act(call, request) if fault is None else self._meet_fault(fault, call, request)

    def _throttled(self, call: Call, wait_seconds: float) -> HttpAnswer:
        # Retry-After knows whole seconds only (RFC 9110).
        headers = {"Retry-After": str(math.ceil(wait_seconds))} if self._retry_after else {}
        return self._api.error(call, HTTPStatus.TOO_MANY_REQUESTS, "The request rate limit was exceeded.", headers)

    def _meet_fault(self, fault: Fault, call: Call, request: HttpRequest) -> HttpAnswer:
        match fault.kind:
            case FaultKind.ERROR:
                return self._api.error(call, self._api.errors[fault.error], "The sandbox was told to answer this.")
            case FaultKind.DENIED | FaultKind.EXPIRED:
                return self._api.denied(call) if fault.kind is FaultKind.DENIED else expired_credentials()
            case FaultKind.RESET:
                raise NoAnswer
            case FaultKind.ACT_THEN_RESET | FaultKind.ACT_THEN_HANG | FaultKind.ACT_THEN_FAIL:
                self._act(call, request)
                return self._lose(call, _LOSSES[fault.kind], fault.seconds)
            case FaultKind.ACT_LATE:
                with suppress(Rejection):  # the client gets no answer, and so no rejection
                    parameters = self._api.parameters(call, request)
                    self._backend.schedule_act(self.name, call.operation, parameters, fault.seconds)
                return self._lose(call, fault.loss, fault.seconds)
            case FaultKind.ACT_THEN_TRUNCATE | FaultKind.ACT_THEN_BREAK_OFF:
                return _cut(self._act(call, request), breaks_off=fault.kind is FaultKind.ACT_THEN_BREAK_OFF)
            case _:
                return self._act(call, request, fault)

    def _lose(self, call: Call, loss: LostAnswer, seconds: float) -> HttpAnswer:
        match loss:
            case LostAnswer.RESET:
                raise NoAnswer
            case LostAnswer.HANG:
                raise NoAnswer(seconds)
            case LostAnswer.FAIL:
                return self._api.error(call, HTTPStatus.INTERNAL_SERVER_ERROR, "The sandbox was told to answer this.")

    def _act(self, call: Call, request: HttpRequest, fault: Fault | None = None) -> HttpAnswer:
        act = partial(self._backend.act, self.name, call.operation)
        try:
            parameters = self._api.parameters(call, request)
            result = apply_fault(fault, act, parameters, self._entries) if fault else act(parameters)
            return self._api.success(call, result)
        except Rejection as rejection:
            return self._api.refusal(call, rejection)


_LOSSES: Mapping[FaultKind, LostAnswer] = {
    FaultKind.ACT_THEN_RESET: LostAnswer.RESET,
    FaultKind.ACT_THEN_HANG: LostAnswer.HANG,
    FaultKind.ACT_THEN_FAIL: LostAnswer.FAIL,
}


def _cut(answer: HttpAnswer, *, breaks_off: bool) -> HttpAnswer:
    whole = len(answer.body)
    return replace(answer, body=answer.body[: whole // 2], promised_bytes=whole if breaks_off else None)


UNKNOWN = "unknown"
"""The name in the counts for requests that call no offered operation."""

UNANSWERED = "unanswered"
"""The status under which the sandbox counts requests that got no answer."""


class ServiceRouter:
    """Routes each request to its service, and counts requests by operation and status. Any thread may use the router.

    Each path belongs to one service only.
    """

    def __init__(self, services: Sequence[SandboxService], traffic: Traffic) -> None:
        self._services = services
        self._traffic = traffic
        self._tally: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Return the answer to a request, and count the request before the answer leaves.

        The method sleeps for the time that the request and its answer would travel over a network. Raises ``NoAnswer``
        if a fault suppresses the answer.
        """
        self._traffic.travel()
        found = self._find(request)
        name = _counted_as(*found) if found else UNKNOWN
        try:
            answer = found[0].answer(found[1], request) if found else unknown_operation()
        except NoAnswer:
            self._count(name, UNANSWERED)
            raise
        self._count(name, str(answer.status))
        self._traffic.travel()
        return answer

    def requests(self) -> dict[str, dict[str, int]]:
        """Return the counts of requests by operation and status.

        The name of an operation begins with its service, such as ``wickr.ListUsers``. Operations of the default
        destination have no service in their name.
        """
        with self._lock:
            tally = sorted(self._tally.items())
        requests: dict[str, dict[str, int]] = {}
        for (operation, status), number in tally:
            requests.setdefault(operation, {})[status] = number
        return requests

    def forget_requests(self) -> None:
        """Set the counts of requests to 0."""
        with self._lock:
            self._tally.clear()

    def _find(self, request: HttpRequest) -> tuple[SandboxService, Call] | None:
        for service in self._services:
            if call := service.match(request):
                return service, call
        return None

    def _count(self, operation: str, status: str) -> None:
        with self._lock:
            self._tally[operation, status] += 1


def _counted_as(service: SandboxService, call: Call) -> str:
    # Several services have an operation ListUsers. Scripts know the default destination's operations by bare names.
    return call.operation if service.name == default_destination().name else f"{service.name}.{call.operation}"
