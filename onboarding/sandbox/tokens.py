"""Was this very request answered before?

A token belongs to one network and one request. What is kept is the answer of a request that was carried out; one that
was rejected did nothing, and its token is free.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

from onboarding.sandbox.protocol import Document, Rejection
from onboarding.sandbox.records import Given, Records


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered at a moment: the answers to tokens that were given after another one."""

    records: Records
    now: datetime
    given_after: datetime

    def once(self, parameters: Document, act: Callable[[], Document]) -> Document:
        """Act, or return what was answered to the same token. Raises ``Rejection`` if that asked for something else."""
        network, token = parameters["networkId"], parameters.get("clientToken")
        if token is None:
            return act()
        payload = _digest(parameters)
        given = self.records.answer_to(network, token, given_after=self.given_after)
        if given is None:
            given = Given(payload, act())
            self.records.keep_answer(network, token, given, self.now)
        if given.payload != payload:
            raise Rejection(HTTPStatus.BAD_REQUEST, "The client token was used for another request.")
        return given.answer


def _digest(parameters: Document) -> str:
    # No two operations have parameters of the same names, so that these tell the operation, too.
    return sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()
