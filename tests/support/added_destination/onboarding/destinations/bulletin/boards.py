"""The client of the bulletin boards. They speak plain HTTP and JSON, and know nothing of AWS."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlencode

import urllib3

from onboarding.destinations.answers import attribute
from onboarding.destinations.paging import find_member, page_of
from onboarding.destinations.port import (
    BasicDestination,
    DestinationType,
    Member,
    MemberPage,
    Receipt,
    Refused,
    Throttled,
    Unconfirmed,
    Unreachable,
    at_once,
)
from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.runtime.aws import Access
from onboarding.runtime.endpoints import foreign_endpoint
from onboarding.runtime.request_limits import NEVER

ENDPOINT = "https://bulletin.example.com"
SECONDS = 10


class BulletinBoard(BasicDestination):
    """One bulletin board: invites people, and looks up and lists its readers."""

    def __init__(self, url: str, board: str, *, shelf: str, endpoint: str | None) -> None:
        self._board = f"{url}/boards/{board}"
        self._shelf = shelf
        self._pool = urllib3.PoolManager(timeout=SECONDS, retries=False)
        self.scope = Scope("bulletin", board, foreign_endpoint(url) if endpoint is None else endpoint)

    def check(self, ask=at_once) -> str:
        return ask(lambda: self._send("GET", self._board))["title"]

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        body = {"addresses": [invitee.address for invitee in chunk.invitees], "shelf": self._shelf}
        answer = self._send("POST", f"{self._board}/invitations", body)
        entries = [(pin["address"], Receipt(pin["id"], pin["status"])) for pin in answer["pinned"]]
        return attribute(chunk, entries).receipts

    def look_up(self, address: str, ask=at_once) -> Member | None:
        return find_member(lambda following: self._readers({"address": address, "after": following}), address, ask)

    def page(self, following: str) -> MemberPage:
        return self._readers({"after": following})

    def _readers(self, query: Mapping[str, str]) -> MemberPage:
        given = urlencode({name: value for name, value in query.items() if value})
        answer = self._send("GET", f"{self._board}/readers?{given}")
        readers = [Member(reader["address"], MembershipStatus.PENDING) for reader in answer["readers"]]
        return page_of(readers, answer.get("after"))

    def _send(self, method: str, url: str, body: object = None) -> dict:
        headers = {"Authorization": "Bearer any"}
        try:
            answer = self._pool.request(method, url, json=body, headers=headers)
        except urllib3.exceptions.NewConnectionError:
            raise Unreachable("no connection") from None
        except urllib3.exceptions.HTTPError as error:
            raise Unconfirmed(type(error).__name__) from None
        match answer.status:
            case HTTPStatus.OK | HTTPStatus.CREATED:
                return json.loads(answer.data)
            case HTTPStatus.TOO_MANY_REQUESTS:
                raise Throttled(None)
            case HTTPStatus.NOT_FOUND | HTTPStatus.UNAUTHORIZED:
                raise DestinationClosed(f"There is no board {self.scope.account} here; check --board.")
            case HTTPStatus.BAD_REQUEST:
                raise Refused("BadRequest")
            case status:
                raise Unconfirmed(str(status))


@contextmanager
def open_board(
    settings,
    access: Access,
    account: str,
    *,
    endpoint=None,
    cut=NEVER,  # noqa: ARG001 - the port's; each request here ends after SECONDS
) -> Iterator[BulletinBoard]:
    yield BulletinBoard(find_endpoint(access), account, shelf=settings.own("shelf") or "hall", endpoint=endpoint)


def find_endpoint(access: Access) -> str:
    return access.endpoint_url or ENDPOINT


BULLETIN = DestinationType(open_board, find_endpoint)
