"""What may be asked of the sandbox itself, and told to it, over HTTP?

============================  =========================================================================
``GET /_sandbox/state``       counts of requests, users and mails; never an address
``GET /_sandbox/mails``       how many people got how many mails, by the number of mails; never an address
``POST /_sandbox/users``      put users there without a mail: ``addresses``, and their ``registration``
``POST /_sandbox/refusals``   refuse ``addresses`` from now on, each ``with`` its request or its entry of the answer
``GET /_sandbox/settings``    the settings that may change while it runs
``POST /_sandbox/settings``   change some of them; the answer has them all
``POST /_sandbox/faults``     add one fault: the fields of ``Fault`` as a JSON object
``DELETE /_sandbox/faults``   forget all faults
============================  =========================================================================
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus

from onboarding.errors import ConfigurationError
from onboarding.sandbox.chime import Chime, Refusal
from onboarding.sandbox.documents import check_fields, word_of
from onboarding.sandbox.faults import Fault, Faults
from onboarding.sandbox.protocol import Answer, Request
from onboarding.sandbox.records import MailCounts, Registration
from onboarding.sandbox.traffic import Road

PREFIX = "/_sandbox/"

EMAIL_PATTERN = r".+@.+\..+"
"""``EmailAddress`` of the service model."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sandbox has seen. Requests are counted by operation and status since the start, mails for ever.

    ``acts_to_come`` are requests whose answer is lost and which the service is still to act on.
    """

    requests: Mapping[str, Mapping[str, int]]
    users: int
    mails: int
    addresses_mailed: int
    addresses_mailed_more_than_once: int
    acts_to_come: int = 0

    @classmethod
    def of(cls, requests: Mapping[str, Mapping[str, int]], mail: MailCounts) -> "Counts":
        """Return both kinds of count in one."""
        return cls(requests, **asdict(mail))


class Control:
    """Answer the requests whose path starts with ``PREFIX``."""

    def __init__(self, faults: Faults, chime: Chime, road: Road, counts: Callable[[], Counts]) -> None:
        self._faults = faults
        self._chime = chime
        self._road = road
        self._counts = counts
        self._offers: Mapping[str, Callable[[bytes], Mapping[str, object]]] = {
            "GET state": lambda _: asdict(self._counts()),
            "GET mails": lambda _: self._times_mailed(),
            "POST users": self._add_users,
            "POST refusals": self._refuse,
            "GET settings": lambda _: self._settings(),
            "POST settings": self._set,
            "POST faults": self._add_fault,
            "DELETE faults": lambda _: self._clear_faults(),
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        wanted = f"{request.method} {request.path.removeprefix(PREFIX)}"
        if wanted not in self._offers:
            return _answer(HTTPStatus.NOT_FOUND, {"Message": f"There are only {', '.join(self._offers)}."})
        try:
            return _answer(HTTPStatus.OK, self._offers[wanted](request.body))
        except (ValueError, RecursionError, ConfigurationError) as error:
            return _answer(HTTPStatus.BAD_REQUEST, {"Message": f"{wanted} refuses this: {error}"})

    def _times_mailed(self) -> Mapping[str, object]:
        with self._chime.transaction() as records:
            return {str(times): people for times, people in records.times_mailed().items()}

    def _add_users(self, body: bytes) -> Mapping[str, object]:
        fields = check_fields(json.loads(body), {"addresses": (list,), "registration": (str,)})
        registration = word_of(Registration, "registration", fields.get("registration", Registration.UNREGISTERED))
        self._chime.add_users(_addresses(fields), registration)
        return {}

    def _refuse(self, body: bytes) -> Mapping[str, object]:
        fields = check_fields(json.loads(body), {"addresses": (list,), "with": (str,)})
        refusal = word_of(Refusal, "with", fields.get("with", Refusal.REQUEST))
        for address in _addresses(fields):
            self._chime.refuse(address, refusal)
        return {}

    def _settings(self) -> Mapping[str, object]:
        return {"list_delay_seconds": self._chime.list_delay_seconds, **asdict(self._road.traffic)}

    def _set(self, body: bytes) -> Mapping[str, object]:
        fields = dict(check_fields(json.loads(body), _SETTINGS))
        delay_seconds = fields.pop("list_delay_seconds", self._chime.list_delay_seconds)
        traffic = replace(self._road.traffic, **fields)  # type: ignore[arg-type]  # checked above, by name
        self._chime.list_delay_seconds = delay_seconds  # type: ignore[assignment]
        self._road.traffic = traffic
        return self._settings()

    def _add_fault(self, body: bytes) -> Mapping[str, object]:
        self._faults.add(Fault.from_document(json.loads(body)))
        return {}

    def _clear_faults(self) -> Mapping[str, object]:
        self._faults.clear()
        return {}


_SETTINGS: Mapping[str, tuple[type, ...]] = {
    "list_delay_seconds": (int, float),
    "rate": (int, float, type(None)),
    "burst": (int,),
    "latency_seconds": (int, float),
    "jitter": (int, float),
}


def _addresses(fields: Mapping[str, object]) -> list[str]:
    addresses = fields.get("addresses")
    if not isinstance(addresses, list) or not all(map(_is_address, addresses)):
        raise ValueError("addresses is to be a list of email addresses")
    return addresses


def _is_address(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(EMAIL_PATTERN, value) is not None


def _answer(status: HTTPStatus, document: Mapping[str, object]) -> Answer:
    return Answer(int(status), json.dumps(document).encode(), {"Content-Type": "application/json"})
