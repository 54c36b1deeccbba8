"""What becomes of a request to one service, from the check of its credentials to its answer or the lack of one?"""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from onboarding.sandbox.faults import Fault, Faults, Kind, Loss
from onboarding.sandbox.odd import act_oddly
from onboarding.sandbox.protocol import Answer, Api, Call, Rejection, Request
from onboarding.sandbox.stage import Stage
from onboarding.sandbox.traffic import Road


class NoAnswer(Exception):
    """The connection is to be reset instead of an answer, after ``hold_seconds`` of silence."""

    def __init__(self, hold_seconds: float = 0) -> None:
        super().__init__(hold_seconds)
        self.hold_seconds = hold_seconds


class Service:
    """Put one service's protocol, its acts, faults and traffic together. Usable from any thread."""

    def __init__(self, api: Api, stage: Stage, *, faults: Faults, road: Road, retry_after: bool) -> None:
        self._api = api
        self._stage = stage
        self._faults = faults
        self._road = road
        self._retry_after = retry_after

    @property
    def name(self) -> str:
        """What botocore calls the service."""
        return self._api.service

    def match(self, request: Request) -> Call | None:
        """Return the call that a request makes, or None if it is not for this service."""
        return self._api.match(request)

    def answer(self, call: Call, request: Request) -> Answer:
        """Return the answer to a request that makes a call. Raises ``NoAnswer`` where a fault says so."""
        if "authorization" not in request.headers:
            return self._api.error(call, HTTPStatus.UNAUTHORIZED, "The request has no Authorization header.")
        wait_seconds = self._road.take()
        if wait_seconds:
            return self._throttled(call, wait_seconds)
        fault = self._faults.take(self.name, call.operation)
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
                    parameters = self._api.parameters(call, request)
                    self._stage.put_off(self.name, call.operation, parameters, fault.seconds)
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
        act = partial(self._stage.act, self.name, call.operation)
        try:
            parameters = self._api.parameters(call, request)
            result = act_oddly(fault, call.operation, act, parameters) if fault else act(parameters)
            return self._api.success(call, result)
        except Rejection as rejection:
            return self._api.refusal(call, rejection)


_LOSSES: Mapping[Kind, Loss] = {
    Kind.ACT_THEN_RESET: Loss.RESET,
    Kind.ACT_THEN_HANG: Loss.HANG,
    Kind.ACT_THEN_FAIL: Loss.FAIL,
}


def _cut(answer: Answer, *, breaks_off: bool) -> Answer:
    whole = len(answer.body)
    return replace(answer, body=answer.body[: whole // 2], promised_bytes=whole if breaks_off else None)
