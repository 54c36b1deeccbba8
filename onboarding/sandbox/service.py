"""What becomes of one request, from the check of its credentials to its answer or the lack of one?"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from threading import Lock
from typing import Protocol

from onboarding.sandbox.faults import Fault, Faults, Kind, Loss
from onboarding.sandbox.odd import act_oddly
from onboarding.sandbox.protocol import Answer, Api, Call, Document, Rejection, Request, unknown_operation
from onboarding.sandbox.traffic import Road

UNKNOWN = "unknown"
"""Counted in place of an operation where a request called none."""

UNANSWERED = "unanswered"
"""Counted in place of a status where the request got no answer."""


class NoAnswer(Exception):
    """The connection is to be reset instead of an answer, after ``hold_seconds`` of silence."""

    def __init__(self, hold_seconds: float = 0) -> None:
        super().__init__(hold_seconds)
        self.hold_seconds = hold_seconds


class Behaviour(Protocol):
    """What the service does, without its protocol, faults and throttle. Raises ``Rejection``."""

    @property
    def operations(self) -> Mapping[str, Callable[[Document], Document]]:
        """Return what carries each operation out."""

    def put_off(self, operation: str, parameters: Document, seconds: float) -> None:
        """Carry an operation out in some seconds."""


class Service:
    """Put one service's protocol, behaviour, faults and traffic together. Usable from any thread."""

    def __init__(
        self,
        api: Api,
        behaviour: Behaviour,
        *,
        faults: Faults,
        road: Road,
        retry_after: bool,
    ) -> None:
        self._api = api
        self._behaviour = behaviour
        self._faults = faults
        self._road = road
        self._retry_after = retry_after
        self._tally: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request, counted before it leaves. Raises ``NoAnswer`` where a fault says so.

        Takes as long as request and answer travel.
        """
        self._road.travel()
        call = self._api.match(request)
        operation = call.operation if call else UNKNOWN
        try:
            answer = self._answer(call, request) if call else unknown_operation()
        except NoAnswer:
            self._count(operation, UNANSWERED)
            raise
        self._count(operation, str(answer.status))
        self._road.travel()
        return answer

    def requests(self) -> dict[str, dict[str, int]]:
        """Return how many requests came, by operation and status."""
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

    def _answer(self, call: Call, request: Request) -> Answer:
        if "authorization" not in request.headers:
            return self._api.error(call, HTTPStatus.UNAUTHORIZED, "The request has no Authorization header.")
        wait_seconds = self._road.take()
        if wait_seconds:
            return self._throttled(call, wait_seconds)
        fault = self._faults.take(call.operation)
        return self._act(call, request) if fault is None else self._go_wrong(fault, call, request)

    def _throttled(self, call: Call, wait_seconds: float) -> Answer:
        # Retry-After knows whole seconds only (RFC 9110).
        headers = {"Retry-After": str(math.ceil(wait_seconds))} if self._retry_after else {}
        return self._api.error(call, HTTPStatus.TOO_MANY_REQUESTS, "The request rate limit was exceeded.", headers)

    def _go_wrong(self, fault: Fault, call: Call, request: Request) -> Answer:
        match fault.kind:
            case Kind.ERROR:
                return self._api.error(call, self._api.errors[fault.error], "The sandbox was told to answer this.")
            case Kind.RESET:
                raise NoAnswer
            case Kind.ACT_THEN_RESET | Kind.ACT_THEN_HANG | Kind.ACT_THEN_FAIL:
                self._act(call, request)
                return self._lose(call, _LOSSES[fault.kind], fault.seconds)
            case Kind.ACT_LATE:
                with suppress(Rejection):  # it acts on nothing, and nobody hears of it
                    self._behaviour.put_off(call.operation, self._api.parameters(call, request), fault.seconds)
                return self._lose(call, fault.loss, fault.seconds)
            case Kind.ACT_THEN_TRUNCATE | Kind.ACT_THEN_BREAK_OFF:
                return _cut(self._act(call, request), breaks_off=fault.kind is Kind.ACT_THEN_BREAK_OFF)
            case _:
                return self._act(call, request, fault)

    def _lose(self, call: Call, loss: Loss, seconds: float) -> Answer:
        match loss:
            case Loss.RESET:
                raise NoAnswer
            case Loss.HANG:
                raise NoAnswer(seconds)
            case Loss.FAIL:
                return self._api.error(call, HTTPStatus.INTERNAL_SERVER_ERROR, "The sandbox was told to answer this.")

    def _act(self, call: Call, request: Request, fault: Fault | None = None) -> Answer:
        act = self._behaviour.operations[call.operation]
        try:
            parameters = self._api.parameters(call, request)
            return self._api.success(call, act_oddly(fault, act, parameters) if fault else act(parameters))
        except Rejection as rejection:
            return self._api.error(call, rejection.status, str(rejection))

    def _count(self, operation: str, status: str) -> None:
        with self._lock:
            self._tally[operation, status] += 1


_LOSSES: Mapping[Kind, Loss] = {
    Kind.ACT_THEN_RESET: Loss.RESET,
    Kind.ACT_THEN_HANG: Loss.HANG,
    Kind.ACT_THEN_FAIL: Loss.FAIL,
}


def _cut(answer: Answer, *, breaks_off: bool) -> Answer:
    whole = len(answer.body)
    return replace(answer, body=answer.body[: whole // 2], promised_bytes=whole if breaks_off else None)
