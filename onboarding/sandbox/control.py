"""What may be asked of the sandbox itself, and told to it, over HTTP?

===========================  ==========================================================================
``GET /_sandbox/state``      counts of requests, users and mails; never an address
``POST /_sandbox/faults``    add one fault: the fields of ``Fault`` as a JSON object
``DELETE /_sandbox/faults``  forget all faults
===========================  ==========================================================================
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus

from onboarding.sandbox.faults import Fault, Faults
from onboarding.sandbox.protocol import Answer, Request
from onboarding.sandbox.store import MailCounts

PREFIX = "/_sandbox/"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sandbox has seen. Requests are counted by operation and status since the start, mails for ever."""

    requests: Mapping[str, Mapping[str, int]]
    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int

    @classmethod
    def of(cls, requests: Mapping[str, Mapping[str, int]], mail: MailCounts) -> "Counts":
        """Return both kinds of count in one."""
        return cls(requests, **asdict(mail))


class Control:
    """Answer the requests whose path starts with ``PREFIX``."""

    def __init__(self, faults: Faults, counts: Callable[[], Counts]) -> None:
        self._faults = faults
        self._counts = counts

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "state":
                return _answer(HTTPStatus.OK, asdict(self._counts()))
            case "POST", "faults":
                return self._add_fault(request.body)
            case "DELETE", "faults":
                self._faults.clear()
                return _answer(HTTPStatus.OK, {})
            case _:
                return _answer(HTTPStatus.NOT_FOUND, {"Message": "There are only GET state, POST and DELETE faults."})

    def _add_fault(self, body: bytes) -> Answer:
        try:
            document = json.loads(body)
            if not isinstance(document, dict):
                return _answer(HTTPStatus.BAD_REQUEST, {"Message": "A fault is a JSON object."})
            self._faults.add(Fault.from_document(document))
        except (ValueError, RecursionError) as error:
            return _answer(HTTPStatus.BAD_REQUEST, {"Message": f"Not a fault: {error}"})
        return _answer(HTTPStatus.OK, {})


def _answer(status: HTTPStatus, document: Mapping[str, object]) -> Answer:
    return Answer(int(status), json.dumps(document).encode(), {"Content-Type": "application/json"})
