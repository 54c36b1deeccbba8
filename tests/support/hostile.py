"""A hostile service: it speaks HTTP as Chime or Wickr do, and answers each operation with whatever a test says.

A test gives the body of an answer as a document, or as bytes that need be none. Without a word of the test the service
answers what its model asks for: an account that takes invites, all people invited, an empty list.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from onboarding.destinations import InviteService
from onboarding.destinations.chime.account import ChimeDestination, open_chime
from onboarding.destinations.wickr.network import WickrDestination, open_wickr
from onboarding.runtime.aws import Access

CHIME_ACCOUNT = {"AwsAccountId": "111122223333", "AccountId": "team", "Name": "Example Team", "AccountType": "Team"}
WICKR_GROUP = {
    "id": "group",
    "name": "Default",
    "isDefault": True,
    "activeMembers": 0,
    "botMembers": 0,
    "modified": 1_525_132_800,
    "securityGroupSettings": {},
}
WICKR_NETWORK = {
    "networkId": "10203040",
    "networkName": "Example Network",
    "accessLevel": "STANDARD",
    "awsAccountId": "111122223333",
    "networkArn": "arn:aws:wickr:us-east-1:111122223333:network/10203040",
}
USUAL = {
    "GetAccount": {"Account": CHIME_ACCOUNT},
    "GetNetwork": WICKR_NETWORK,
    "ListSecurityGroups": {"securityGroups": [WICKR_GROUP]},
    "chime.ListUsers": {"Users": []},
    "wickr.ListUsers": {"users": []},
}


def chime_invite(address: str, **changes: Any) -> dict[str, Any]:
    """Return an entry of an answer to ``InviteUsers``."""
    entry = {"InviteId": "i-1", "EmailAddress": address, "Status": "Pending", "EmailStatus": "Sent"}
    return {**entry, **changes}


def wickr_user(address: str, **changes: Any) -> dict[str, Any]:
    """Return an entry of the lists ``successful`` and ``users``."""
    return {"userId": "1000000001", "username": address, "status": 1, "suspended": False, **changes}


def chime_user(address: str, **changes: Any) -> dict[str, Any]:
    """Return an entry of the list ``Users``."""
    return {
        "UserId": "u-1",
        "PrimaryEmail": address,
        "UserRegistrationStatus": "Unregistered",
        "UserInvitationStatus": "Pending",
        "InvitedOn": "2026-01-01T00:00:00.000Z",
        **changes,
    }


@dataclass
class HostileService:
    """A service at a URL. ``answers`` has the answers by operation; ``asked`` are the operations of its requests.

    An answer is a document or bytes, alone or behind a status, or a function that returns it for the next request.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer_to(self, method: str, path: str, body: bytes, _token: str) -> tuple[int, bytes]:
        """Return the status and the body for a request. ``_token`` is the token that a client may give to a request."""
        operation = operation_of(method, path)
        self.asked.append(operation)
        if operation in self.answers or operation in USUAL:
            answer = {**USUAL, **self.answers}[operation]
        else:
            answer = all_invited(operation, json.loads(body))
        if callable(answer):
            answer = answer()
        status, document = answer if isinstance(answer, tuple) else (201 if operation == "InviteUsers" else 200, answer)
        return status, document if isinstance(document, bytes) else json.dumps(document).encode()


def operation_of(method: str, path: str) -> str:
    """Return the operation of a request."""
    path, _, _query = path.partition("?")
    match method, path.strip("/").split("/"):
        case "POST", ["accounts", *_]:
            return "InviteUsers"
        case "POST" | "PATCH", _:
            return "BatchCreateUser" if method == "POST" else "BatchReinviteUser"
        case _, [root, _, "users"]:
            return "chime.ListUsers" if root == "accounts" else "wickr.ListUsers"
        case _, [_, _, "security-groups"]:
            return "ListSecurityGroups"
        case _, ["accounts", *_]:
            return "GetAccount"
        case _:
            return "GetNetwork"


def all_invited(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to an invitation that says that the service took everybody."""
    if operation == "InviteUsers":
        return {"Invites": [chime_invite(address) for address in request["UserEmailList"]]}
    return {"successful": [wickr_user(user["username"]) for user in request["users"]], "failed": []}


@contextmanager
def hostile_service(service: HostileService | None = None) -> Iterator[HostileService]:
    """Serve on a free port of this machine for the length of the block. A status of 0 hangs up without an answer."""
    service = service or HostileService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in two parts waits for the acknowledgement of the first

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = service.answer_to(self.command, self.path, body, self.headers.get("X-Client-Token", ""))
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Words:
    """How a service says things: its operations, and the names and entries in its answers."""

    invite: str
    list: str
    invites: str
    users: str
    token: str
    address: str
    invited: Callable[..., dict[str, Any]]
    user: Callable[..., dict[str, Any]]
    look_up_address: str

    def page(self, *entries: Any, token: str | None = None) -> dict[str, Any]:
        """Return a page of the list of users."""
        return {self.users: list(entries)} | ({self.token: token} if token is not None else {})


WORDS = {
    "chime": Words(
        "InviteUsers",
        "chime.ListUsers",
        "Invites",
        "Users",
        "NextToken",
        "EmailAddress",
        chime_invite,
        chime_user,
        "PrimaryEmail",
    ),
    "wickr": Words(
        "BatchCreateUser",
        "wickr.ListUsers",
        "successful",
        "users",
        "nextToken",
        "username",
        wickr_user,
        wickr_user,
        "username",
    ),
}


@contextmanager
def opened(name: str, url: str) -> Iterator[InviteService]:
    """Open the destination with this name at a URL, over a real client."""
    access = Access(endpoint_url=url, region="us-east-1", access_key="any", secret_key="any")  # noqa: S106 - takes any
    if name == "chime":
        with closing(open_chime(access)) as chime:
            yield ChimeDestination(chime, "team")
    else:
        with closing(open_wickr(access)) as wickr:
            yield WickrDestination(wickr, "10203040")
