"""The port: what a destination can do, what it may answer, and the errors that it raises.

A destination is a Chime Team account or a Wickr network. Adapters translate the service's errors into five kinds,
because only one question matters after a request: *was it applied?*

===================  ==========================  ==========================================================
answer               was it applied?             what follows
===================  ==========================  ==========================================================
receipts             address by address          an address without a receipt is unknown
``Throttled``        no (429)                    again, after a wait
``Unreachable``      no (no connection was made) again, after a wait
``Refused``          no (a definite 4xx)         never again as it is; one address in it may be the reason
``Unconfirmed``      unknown                     never again before the service has been asked
``DestinationClosed``  no                        the run stops
===================  ==========================  ==========================================================
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from onboarding.model.errors import DestinationClosed
from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.runtime.aws import Access
from onboarding.runtime.aws_errors import AwsError, AwsErrorType, read_error

if TYPE_CHECKING:
    from onboarding.settings.settings import Settings

T = TypeVar("T")


class Receipt(NamedTuple):
    """What the service said about one address. ``error`` is its code if it did not take the address."""

    invite_id: str = ""
    invite_status: str = ""
    email_status: str = ""
    error: str = ""
    is_member: bool = False
    """Whether the service did not take the address because it has it already. ``error`` is its code then, too."""


class RequestError(Exception):
    """A request had no receipts. Carries codes and status only, never an address."""


@dataclass
class Throttled(RequestError):
    """429: nothing was applied. ``retry_after`` is what the service asked for, in seconds."""

    retry_after: float | None = None


@dataclass
class Unreachable(RequestError):
    """No connection was made, so nothing was applied."""

    cause: str


@dataclass
class Refused(RequestError):
    """A definite 4xx because of what the chunk holds: nothing was applied."""

    code: str
    message: str = field(default="", repr=False)


@dataclass
class Unconfirmed(RequestError):
    """A timeout, a reset, a 5xx or an unreadable answer: it may have been applied."""

    cause: str


_CLOSED_STATUSES = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


@contextmanager
def request_errors() -> Iterator[None]:
    """Translate what botocore raises in the block into a ``RequestError`` or ``DestinationClosed``, without its text.

    botocore's messages may quote a request, so they are dropped. The service's own message travels in ``Refused``
    alone, for the report.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - an answer that does not fit the model makes botocore raise anything
        raise _request_error(read_error(error)) from None


def _request_error(error: AwsError) -> RequestError | DestinationClosed:
    match error.type:
        case AwsErrorType.NO_CREDENTIALS:
            advice = "set them, or name a profile with --profile"
            return DestinationClosed(f"There are no usable AWS credentials ({error.cause}); {advice}.")
        case AwsErrorType.NOT_CONNECTED:
            return Unreachable(error.cause)
        case AwsErrorType.THROTTLED:
            return Throttled(error.retry_after)
        case AwsErrorType.REFUSED if error.status not in _CLOSED_STATUSES:
            return Refused(error.code, error.message)
        case AwsErrorType.REFUSED | AwsErrorType.ACCESS_REFUSED:
            advice = "check the account, the endpoint and the AWS profile"
            return DestinationClosed(f"The service answered {error.cause}; {advice}.")
        case AwsErrorType.UNCONFIRMED:
            return Unconfirmed(error.cause)


@dataclass(frozen=True, slots=True)
class Member:
    """A person who is there, by the address that the service shows. A person whose invite failed is not there."""

    address: str = field(repr=False)
    membership: MembershipStatus


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of members. ``following`` asks for the next page; it is empty on the last page."""

    members: tuple[Member, ...]
    following: str


class Directory(Protocol):
    """Tells who is there. It raises what ``Destination.invite`` raises: a failure is never an empty answer."""

    def look_up(self, address: str) -> Member | None:
        """Return the member with an address, compared without case, or None."""

    def page(self, following: str) -> MemberPage:
        """Return a page, as large as the service allows: the first page if ``following`` is empty."""


class Destination(Protocol):
    """Invites people to one account of one service."""

    @property
    def scope(self) -> Scope:
        """Where these invites count."""

    def check(self) -> str:
        """Return the account's display name, or raise ``DestinationClosed`` if it cannot take invites."""

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Send one request and return receipts by address key; raise a ``RequestError`` or ``DestinationClosed``."""

    def token(self, chunk: Chunk) -> str:
        """Return the token by which the service knows the request for a chunk, so that it acts on it once.

        The same chunk has the same token at all times. It is empty if the service knows no tokens.
        """


class InviteService(Destination, Directory, Protocol):
    """A destination that also tells who is there."""


class ServiceWrapper(ABC):
    """A policy around a service. It is called as the service is, and each request passes through ``_send``."""

    def __init__(self, service: InviteService) -> None:
        self._service = service

    @abstractmethod
    def _send(self, request: Callable[[], T]) -> T:
        """Send a request by calling it. Return its answer or raise its error."""

    @property
    def scope(self) -> Scope:
        """Where invites of the service count."""
        return self._service.scope

    def token(self, chunk: Chunk) -> str:
        """Return the service's token for a chunk. This sends nothing."""
        return self._service.token(chunk)

    def check(self) -> str:
        """Send ``Destination.check``."""
        return self._send(self._service.check)

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Send ``Destination.invite``."""
        return self._send(partial(self._service.invite, chunk))

    def look_up(self, address: str) -> Member | None:
        """Send ``Directory.look_up``."""
        return self._send(partial(self._service.look_up, address))

    def page(self, following: str) -> MemberPage:
        """Send ``Directory.page``."""
        return self._send(partial(self._service.page, following))


class AccountOpener(Protocol):
    """Opens one account of a type of destination."""

    def __call__(
        self, settings: "Settings", access: Access, account: str, *, endpoint: str | None = None
    ) -> AbstractContextManager[InviteService]:
        """Open the account for the length of the block. Raises ``ConfigurationError``.

        ``endpoint`` is its name in the ledger, if that is not its URL.
        """


@dataclass(frozen=True, slots=True)
class DestinationType:
    """A type of destination: how to open an account, the flag that names it, and the account of the sandbox."""

    opener: AccountOpener
    flag: str
    sandbox_account: str
