"""What may be asked of the sandbox itself, and told to it, over HTTP?

============================  =========================================================================
``GET /_sandbox/state``       counts of requests, users and mails; never an address
``GET /_sandbox/mails``       how many people got how many mails, by the number of mails; never an address
``POST /_sandbox/users``      put users there without a mail: ``addresses``, their ``registration``, the ``service``
``POST /_sandbox/refusals``   refuse ``addresses`` from now on, each ``with`` its request or its entry of the answer
``GET /_sandbox/settings``    the settings that may change while it runs
``POST /_sandbox/settings``   change some of them; the answer has them all
``POST /_sandbox/faults``     add one fault: the fields of ``Fault`` as a JSON object
``DELETE /_sandbox/faults``   forget all faults
============================  =========================================================================
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus

from onboarding.model.errors import ConfigurationError
from onboarding.sandbox.chime import Chime
from onboarding.sandbox.documents import check_fields, word_of
from onboarding.sandbox.faults import Fault, Faults
from onboarding.sandbox.habits import Habits
from onboarding.sandbox.people import Registration, is_address
from onboarding.sandbox.protocol import Answer, Request
from onboarding.sandbox.records import MailCounts
from onboarding.sandbox.refusals import Refusal, Refusals
from onboarding.sandbox.stage import Stage
from onboarding.sandbox.traffic import Road

PREFIX = "/_sandbox/"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the sandbox has seen. Requests are counted by operation and status since the start, mails for ever.

    ``wickr.`` stands before Wickr's operations. Users and mails are those of both services; an address is mailed more
    than once if one of them did it.

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


@dataclass(frozen=True, slots=True)
class Steered:
    """All that is steered."""

    stage: Stage
    faults: Faults
    refusals: Refusals
    habits: Habits
    road: Road


class Control:
    """Answer the requests whose path starts with ``PREFIX``."""

    def __init__(self, steered: Steered, counts: Callable[[], Counts]) -> None:
        self._steered = steered
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
        with self._steered.stage.transaction() as records:
            return {str(times): people for times, people in records.times_mailed().items()}

    def _add_users(self, body: bytes) -> Mapping[str, object]:
        given = check_fields(json.loads(body), {"addresses": (list,), "registration": (str,), "service": (str,)})
        registration = word_of(Registration, "registration", given.get("registration", Registration.UNREGISTERED))
        self._steered.stage.add_users(str(given.get("service", Chime.NAME)), _addresses(given), registration)
        return {}

    def _refuse(self, body: bytes) -> Mapping[str, object]:
        given = check_fields(json.loads(body), {"addresses": (list,), "with": (str,)})
        refusal = word_of(Refusal, "with", given.get("with", Refusal.REQUEST))
        for address in _addresses(given):
            self._steered.refusals.add(address, refusal)
        return {}

    def _settings(self) -> Mapping[str, object]:
        return {**asdict(self._steered.habits), **asdict(self._steered.road.traffic)}

    def _set(self, body: bytes) -> Mapping[str, object]:
        given = dict(check_fields(json.loads(body), _SETTINGS))
        habits, road = self._steered.habits, self._steered.road
        # Types were checked above, by name.
        wanted = replace(habits, **{name: given.pop(name) for name in asdict(habits) if name in given})  # type: ignore[arg-type]
        road.traffic = replace(road.traffic, **given)  # type: ignore[arg-type]
        # Only now, when all of it is known to make sense.
        habits.become(wanted)
        return self._settings()

    def _add_fault(self, body: bytes) -> Mapping[str, object]:
        self._steered.faults.add(Fault.from_document(json.loads(body)))
        return {}

    def _clear_faults(self) -> Mapping[str, object]:
        self._steered.faults.clear()
        return {}


_SETTINGS: Mapping[str, tuple[type, ...]] = {
    "list_delay_seconds": (int, float),
    "token_seconds": (int, float),
    "rate": (int, float, type(None)),
    "burst": (int,),
    "latency_seconds": (int, float),
    "jitter": (int, float),
}


def _addresses(given: Mapping[str, object]) -> list[str]:
    addresses = given.get("addresses")
    if not isinstance(addresses, list) or not all(map(is_address, addresses)):
        raise ValueError("addresses is to be a list of email addresses")
    return addresses


def _answer(status: HTTPStatus, document: Mapping[str, object]) -> Answer:
    return Answer(int(status), json.dumps(document).encode(), {"Content-Type": "application/json"})
