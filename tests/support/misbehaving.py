"""Generated services that misbehave: each is Chime or Wickr, over real HTTP, with bad habits that its seed chooses.

A service mails the people of each request once, or of each token once where requests have tokens, and counts the mails
by mailbox. It may act late, show people late, and answer in any way or not at all. These lies it never tells, for no
client could see through them: that a person was refused whom it mails; that a list is whole which leaves people out for
longer than the longest delay. It knows nothing of the job but HTTP and the models of botocore.
"""

import json
import socket
import struct
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hostile import USUAL, chime_invite, chime_user, operation_of, wickr_user
from hostile_http import accepting
from misbehaviours import ANSWERS, ENDED, RESET, Answer, altered, http, silence, throttled

INVITING = ("InviteUsers", "BatchCreateUser")
LONGEST_DELAY_SECONDS = 3_500.0
"""How long after a request, at most, the service shows the people whom it mails."""

NOT_DONE = ("throttled", "refused", "failed", "reset", "silent")
"""What the service may answer without having done anything."""

PAGE_SIZE = 40


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address reaches, however it is spelled."""
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return f"{local.lower()}@{domain.lower().encode('idna').decode()}"


@dataclass(frozen=True)
class Request:
    """A request, and the name of the run that sent it, which is the access key of its signature."""

    operation: str
    target: str
    body: bytes
    token: str
    run: str


@dataclass
class Habits:
    """How often an operation is answered badly, and in which ways."""

    rate: float
    ways: list[str]


@dataclass
class MisbehavingService:
    """A service with the bad habits of its seed, until ``is_honest`` is set."""

    name: str
    seed: int
    is_honest: bool = False
    url: str = ""
    mails: Counter[str] = field(default_factory=Counter)
    """How many mails each mailbox got."""
    mailed_by: dict[str, set[str]] = field(default_factory=dict)
    """The mailboxes that each run had mailed."""
    refused: set[str] = field(default_factory=set)
    """The mailboxes that the service refused definitely at least once."""
    bad_answers: Counter[str] = field(default_factory=Counter)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._random = Random(f"{self.name} {self.seed}")  # noqa: S311 - to be repeated
        self._lock = threading.Lock()
        self._passed = 0.0
        self._spelled: dict[str, str] = {}
        self._shown_at: dict[str, float] = {}
        self._answered: dict[str, dict[str, Any]] = {}
        self._throttles = 0
        self._delay = self._random.choice([0.0, 0.0, 60.0, LONGEST_DELAY_SECONDS])
        ways = [*NOT_DONE, *ANSWERS, *["altered"] * 8]
        self._habits = {
            operation: Habits(
                self._random.choice([0.5, 0.8, 1.0] if operation in INVITING else [0.0, 0.1, 0.3, 0.5]),
                self._random.sample(ways, self._random.randint(1, 6)),
            )
            for operation in [*INVITING, *USUAL]
        }

    def let_pass(self, seconds: float) -> None:
        """Let time pass for the service."""
        with self._lock:
            self._passed += seconds

    def answer(self, request: Request) -> Answer:
        """Do what a request asks for, or not, and return an answer."""
        with self._lock:
            habits = self._habits[request.operation]
            if self.is_honest or self._random.random() >= habits.rate:
                return http(*self._truth(request))
            way = self._random.choice(habits.ways)
            if self._throttles and request.operation in INVITING:
                way, self._throttles = "throttled", self._throttles - 1
            self.bad_answers[way] += 1
            if way in NOT_DONE:
                return self._not_done(way, request)
            status, document = self._truth(request)
            if way == "altered":
                return http(status, altered(document, self.name, request.operation, self._random))
            return ANSWERS[way](status, document, self._random)

    def _not_done(self, way: str, request: Request) -> Answer:
        match way:
            case "throttled":
                self._throttles = self._throttles or self._random.randint(0, 6)
                return throttled(self._random)
            case "refused":
                self.refused.update(_mailboxes(request))
                code, status = self._random.choice([("BadRequestException", 400), ("ForbiddenException", 403)])
                return http(status, {"__type": code, "message": "No."})
            case "failed":
                return http(self._random.choice([500, 502, 503, 504]), {})
            case "reset":
                return iter([RESET])
            case _:
                return silence()

    def _truth(self, request: Request) -> tuple[int, dict[str, Any]]:
        match request.operation:
            case "chime.ListUsers" | "wickr.ListUsers":
                return 200, self._page(request)
            case "InviteUsers":
                return 201, self._invite(request)
            case "BatchCreateUser":
                if request.token in self._answered:
                    return 200, self._answered[request.token]
                answer = self._invite(request)
                if answer["successful"]:  # a request that did nothing may do something later
                    self._answered[request.token] = answer
                return 200, answer
            case _:
                return 200, USUAL[request.operation]

    def _invite(self, request: Request) -> dict[str, Any]:
        addresses = _addresses(request)
        refused: list[str] = []
        if not self.is_honest and self._random.random() < 0.15:
            refused = self._random.sample(addresses, self._random.randint(0, len(addresses)))
        self.refused.update(map(mailbox_of, refused))
        taken = [address for address in addresses if address not in refused]
        for address in taken:
            mailbox = mailbox_of(address)
            self.mails[mailbox] += 1
            self.mailed_by.setdefault(request.run, set()).add(mailbox)
            self._spelled.setdefault(mailbox, address)
            self._shown_at.setdefault(mailbox, self._now() + self._random.choice([0.0, self._delay]))
        if request.operation == "InviteUsers":
            failed = [chime_invite(address, Status="Failed", EmailStatus="NotSent") for address in refused]
            return {"Invites": [*map(chime_invite, taken), *failed]}
        failed = [{"userId": f"{number}", "reason": "Invalid", "field": "u"} for number, _ in enumerate(refused)]
        return {"successful": list(map(wickr_user, taken)), "failed": failed}

    def _page(self, request: Request) -> dict[str, Any]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        wanted = next((value for value in asked.values() if "@" in value), "")
        shown = [
            self._spelled[mailbox]
            for mailbox, at in self._shown_at.items()
            if at <= self._now() and (not wanted or mailbox == mailbox_of(wanted))
        ]
        start = int(next((value for name, value in asked.items() if name.lower().replace("-", "") == "nexttoken"), "0"))
        page, following = shown[start : start + PAGE_SIZE], start + PAGE_SIZE
        if request.operation == "chime.ListUsers":
            document, token = {"Users": list(map(chime_user, page))}, "NextToken"
        else:
            document, token = {"users": list(map(wickr_user, page))}, "nextToken"
        return document | ({token: str(following)} if following < len(shown) else {})

    def _now(self) -> float:
        return time.monotonic() + self._passed


def _addresses(request: Request) -> list[str]:
    document = json.loads(request.body) if request.operation in INVITING else {}
    return [*document.get("UserEmailList", ()), *(user["username"] for user in document.get("users", ()))]


def _mailboxes(request: Request) -> list[str]:
    return [mailbox_of(address) for address in _addresses(request)]


@contextmanager
def misbehaving_service(name: str, seed: int) -> Iterator[MisbehavingService]:
    """Serve on a free port of this machine for the length of the block."""
    service = MisbehavingService(name, seed)
    with accepting(partial(_serve, service), service.ended) as service.url:
        yield service


def _serve(service: MisbehavingService, connection: socket.socket) -> None:
    with connection, suppress(OSError), connection.makefile("rb") as file:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request := _read(file):
            for part in service.answer(request):
                if isinstance(part, bytes):
                    connection.sendall(part)
                elif part is ENDED or part is RESET:
                    linger = struct.pack("ii", part is RESET, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                elif service.ended.wait(part) or _has_hung_up(connection):
                    return


def _has_hung_up(connection: socket.socket) -> bool:
    with suppress(BlockingIOError):
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return False


def _read(file: Any) -> Request | None:
    method, _, rest = file.readline().decode("latin-1").partition(" ")
    target = rest.rpartition(" ")[0]
    headers: dict[str, str] = {}
    while (line := file.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if not target:
        return None
    body = file.read(int(headers.get("content-length", 0)))
    run = headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
    return Request(operation_of(method, target), target, body, headers.get("x-client-token", ""), run)
