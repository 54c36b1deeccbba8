"""The control API of the sandbox over HTTP: read counts and settings, add users, refusals and faults, change settings.

============================  =========================================================================
``GET /_sandbox/state``       counts of requests, users and mails; never an address
``GET /_sandbox/mails``       how many people got one mail, two mails, and so on; never an address
``POST /_sandbox/users``      add users without a mail; fields ``addresses``, ``registration``, ``service``
``POST /_sandbox/refusals``   refuse addresses from now on; fields ``addresses`` and ``with``. The value of
                              ``with`` says how: ``request`` refuses the whole request, ``entry`` only the
                              entry of the address, and ``fail`` answers 500
``GET /_sandbox/settings``    the settings that may change while the sandbox runs
``POST /_sandbox/settings``   change some of the settings; the answer has all settings
``POST /_sandbox/faults``     add one fault: the fields of ``Fault`` as a JSON object
``DELETE /_sandbox/faults``   remove all faults
============================  =========================================================================

A ``POST`` or ``DELETE`` needs the header ``X-Onboard-Sandbox``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from http import HTTPStatus

from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.runtime.destination_registry import default_destination
from onboarding.sandbox.backend import Backend
from onboarding.sandbox.counts import SandboxCounts
from onboarding.sandbox.faults import Fault, Faults, check_fields, word_of
from onboarding.sandbox.simulation.people import Registration, matches_email_pattern
from onboarding.sandbox.simulation.protocol import HttpAnswer, HttpRequest
from onboarding.sandbox.simulation.refusals import Refusal, Refusals
from onboarding.sandbox.simulation.traffic import Traffic

PREFIX = "/_sandbox/"

OWN_HEADER = "X-Onboard-Sandbox"
"""The header that each request to change the sandbox needs, with any value.

No form of a web page can send the header.
"""


@dataclass(frozen=True, slots=True)
class ControlTargets:
    """The objects of the sandbox that control requests read and change."""

    backend: Backend
    faults: Faults
    refusals: Refusals
    traffic: Traffic


class ControlApi:
    """Answers the requests that control the sandbox, which have paths under ``PREFIX``.

    ``parts`` are the objects that the requests read and change. ``counts`` returns the current counts.
    """

    def __init__(self, parts: ControlTargets, counts: Callable[[], SandboxCounts]) -> None:
        self._parts = parts
        self._counts = counts
        self._offers: Mapping[str, Callable[[bytes], Mapping[str, object]]] = {
            "GET state": lambda _: asdict(self._counts()),
            "GET mails": lambda _: self._times_mailed(),
            "GET groups": lambda _: self._people_in_groups(),
            "POST users": self._add_users,
            "POST refusals": self._refuse,
            "GET settings": lambda _: self._settings(),
            "POST settings": self._set,
            "POST faults": self._add_fault,
            "DELETE faults": lambda _: self._clear_faults(),
        }

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Carry out a control request and return the answer: 200, or 400, 403 or 404 for a wrong request."""
        wanted = f"{request.method} {request.path.removeprefix(PREFIX)}"
        if wanted not in self._offers:
            return _answer(HTTPStatus.NOT_FOUND, {"Message": f"There are only {', '.join(self._offers)}."})
        if request.method != "GET" and OWN_HEADER.lower() not in request.headers:
            message = f"A request that changes the sandbox needs the header {OWN_HEADER}: curl -H '{OWN_HEADER}: 1' …"
            return _answer(HTTPStatus.FORBIDDEN, {"Message": message})
        try:
            return _answer(HTTPStatus.OK, self._offers[wanted](request.body))
        except (ValueError, RecursionError, ConfigurationError) as error:
            return _answer(HTTPStatus.BAD_REQUEST, {"Message": f"{wanted} refuses this: {error}"})

    def _times_mailed(self) -> Mapping[str, object]:
        with self._parts.backend.transaction() as records:
            return {str(times): people for times, people in records.times_mailed().items()}

    def _people_in_groups(self) -> Mapping[str, object]:
        with self._parts.backend.transaction() as records:
            return records.people_in_groups()

    def _add_users(self, body: bytes) -> Mapping[str, object]:
        given = check_fields(json.loads(body), {"addresses": (list,), "registration": (str,), "service": (str,)})
        registration = word_of(Registration, "registration", given.get("registration", Registration.UNREGISTERED))
        self._parts.backend.add_users(
            str(given.get("service", default_destination().name)), _addresses(given), registration
        )
        return {}

    def _refuse(self, body: bytes) -> Mapping[str, object]:
        given = check_fields(json.loads(body), {"addresses": (list,), "with": (str,)})
        refusal = word_of(Refusal, "with", given.get("with", Refusal.REQUEST))
        for address in _addresses(given):
            self._parts.refusals.add(address, refusal)
        return {}

    def _settings(self) -> Mapping[str, object]:
        return asdict(self._parts.traffic.settings)

    def _set(self, body: bytes) -> Mapping[str, object]:
        given = check_fields(json.loads(body), _SETTINGS)
        traffic = self._parts.traffic
        traffic.settings = replace(traffic.settings, **given)  # type: ignore[arg-type] # checked above, by name
        return self._settings()

    def _add_fault(self, body: bytes) -> Mapping[str, object]:
        self._parts.faults.add(Fault.from_document(json.loads(body)))
        return {}

    def _clear_faults(self) -> Mapping[str, object]:
        self._parts.faults.clear()
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
    if not isinstance(addresses, list) or not all(map(matches_email_pattern, addresses)):
        raise ValueError("addresses must be a list of email addresses")
    return addresses


def _answer(status: HTTPStatus, document: Mapping[str, object]) -> HttpAnswer:
    return HttpAnswer(int(status), json.dumps(document).encode(), {"Content-Type": "application/json"})
