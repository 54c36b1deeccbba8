"""The simulated bulletin boards: a service model of their own, and what their operations do."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus

from onboarding.destinations.bulletin.description import DESTINATION

from onboarding.sandbox.simulation import (
    Document,
    EntryNames,
    Invitation,
    Refusals,
    Registration,
    Rejection,
    SandboxRecords,
    ServiceApi,
    Simulation,
    Traffic,
    User,
    UserFilter,
    key_of,
    page_of,
)

ERRORS = {"BadRequest": 400, "Unauthorized": 401, "NotFound": 404, "TooMany": 429, "Broken": 500}


def operation(method: str, path: str, *, code: int = 200) -> Document:
    name = f"{method}{path}"
    return {
        "name": name,
        "http": {"method": method, "requestUri": path, "responseCode": code},
        "input": {"shape": "Request"},
        "output": {"shape": "Answer"},
        "errors": [{"shape": error} for error in ERRORS],
    }


def structure(required: tuple[str, ...] = (), **members: object) -> Document:
    return {"type": "structure", "required": required, "members": members}


MODEL = {
    "metadata": {"apiVersion": "2026-01-01", "endpointPrefix": "bulletin", "protocol": "rest-json"},
    "operations": {
        "ShowBoard": operation("GET", "/boards/{board}"),
        "PinInvitations": operation("POST", "/boards/{board}/invitations", code=201),
        "ListReaders": operation("GET", "/boards/{board}/readers"),
    },
    "shapes": {
        "Text": {"type": "string"},
        "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Pin": structure(address={"shape": "Text"}, id={"shape": "Text"}, status={"shape": "Text"}),
        "Pins": {"type": "list", "member": {"shape": "Pin"}},
        "Request": structure(
            ("board",),
            board={"shape": "Text", "location": "uri", "locationName": "board"},
            after={"shape": "Text", "location": "querystring", "locationName": "after"},
            address={"shape": "Text", "location": "querystring", "locationName": "address"},
            addresses={"shape": "Texts"},
            shelf={"shape": "Text"},
        ),
        "Answer": structure(
            title={"shape": "Text"}, pinned={"shape": "Pins"}, readers={"shape": "Pins"}, after={"shape": "Text"}
        ),
        **{
            name: {**structure(message={"shape": "Text"}), "error": {"httpStatusCode": code}, "exception": True}
            for name, code in ERRORS.items()
        },
    },
}


class Boards:
    """The operations of the simulated boards. There is one board, and it shows new readers at once."""

    def __init__(self, _traffic: Traffic, _refusals: Refusals) -> None:
        self.reads = {"ShowBoard": self._show, "ListReaders": self._list}
        self.writes = {"PinInvitations": self._pin}

    def new_user(self, address: str, now: datetime) -> User:
        return User(
            "sandbox-board",
            key_of(address),
            address,
            Registration.UNREGISTERED,
            Invitation.PENDING,
            now,
            arrived_on=now,
        )

    def _show(self, _records: SandboxRecords, parameters: Document, _now: datetime) -> Document:
        if parameters["board"] != "sandbox-board":
            raise Rejection(HTTPStatus.NOT_FOUND, "There is no such board.")
        return {"title": "Sandbox Board"}

    def _pin(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        if len(parameters["addresses"]) > DESTINATION.most_in_request:
            raise Rejection(HTTPStatus.BAD_REQUEST, "Too many addresses.")
        users = [replace(self.new_user(address, now), user_id="") for address in parameters["addresses"]]
        records.put(users)
        records.add_mails("sandbox-board", (user.key for user in users), sent_at=now)
        shelf = parameters["shelf"]
        return {"pinned": [{"address": user.address, "id": f"{shelf}-pin", "status": "Pending"} for user in users]}

    def _list(self, records: SandboxRecords, parameters: Document, now: datetime) -> Document:
        wanted = UserFilter(key_part=key_of(parameters.get("address", "")))
        token = parameters.get("after")
        users, after = page_of(records, "sandbox-board", token=token, limit=50, arrived_by=now, wanted=wanted)
        return {"readers": [{"address": user.address} for user in users], "after": after}


SIMULATION = Simulation(
    partial(ServiceApi, "bulletin", tuple(MODEL["operations"]), model=MODEL),
    Boards,
    EntryNames(lists=frozenset({"pinned", "readers"}), statuses=frozenset({"status"})),
)
