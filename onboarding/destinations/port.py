"""The interfaces of a service for the job: the questions of the job, and the service's possible answers and errors.

``Destination`` invites people, and ``Directory`` finds members. The module ``opening`` opens a destination with the
functions of its ``DestinationType``.

An instance of ``Destination`` is one account, such as a Wickr network. The module ``answers`` translates botocore's
errors into the five errors below. Only one question matters: did the service apply the request?

=====================  ==========================  ==========================================================
answer                 was the request applied?    what follows
=====================  ==========================  ==========================================================
receipts               as each receipt says        an address without a receipt is unknown
``Throttled``          no (429)                    send the request again, after a wait
``Unreachable``        no (no connection was made) send the request again, after a wait
``Refused``            no (a definite 4xx)         never send it again as it is; one address may be the reason
``Unconfirmed``        unknown                     never send it again before the service has been asked
``DestinationClosed``  no                          the run stops
=====================  ==========================  ==========================================================
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from onboarding.model.outcomes import MembershipStatus
from onboarding.model.plan import Chunk, Scope
from onboarding.model.values import dataclass
from onboarding.runtime.aws import Access
from onboarding.runtime.request_limits import NEVER, CutTime

if TYPE_CHECKING:
    from onboarding.settings.settings import Settings

T = TypeVar("T")


class Receipt(NamedTuple):
    """The service's answer about one address: the id and states of the invite, or an error.

    ``error`` is the service's error code. It is empty if the service accepted the address.
    """

    invite_id: str = ""
    invite_status: str = ""
    email_status: str = ""
    error: str = ""
    is_member: bool = False
    """Whether the person with this address is a member of the account already.

    If so, the service did not invite the person, and ``error`` is the service's error code.
    """


class RequestError(Exception):
    """The error of a request without receipts.

    The error contains only codes and a status, and never an address.
    """


@dataclass
class Throttled(RequestError):
    """The service answered 429 (too many requests) and applied nothing.

    ``retry_after`` is the wait that the service demands, in seconds, or None if the service named no time.
    """

    retry_after: float | None = None


@dataclass
class Unreachable(RequestError):
    """The job could not connect to the service, so the service applied nothing.

    ``cause`` names the failure. ``endpoint`` is the URL of the service, or empty if the URL is unknown.
    """

    cause: str
    endpoint: str = field(default="", kw_only=True, compare=False)


@dataclass
class Refused(RequestError):
    """The service refused a request with a 4xx because of its content, and applied nothing.

    ``code`` and ``message`` are the service's error code and message. The message is for the report; ``repr`` leaves it
    out.
    """

    code: str
    message: str = field(default="", repr=False)


@dataclass
class Unconfirmed(RequestError):
    """The service may or may not have applied a request, after a timeout, a reset, a 5xx or an unreadable answer.

    ``cause`` names the failure. ``endpoint`` is the URL of the service, or empty if the URL is unknown.
    """

    cause: str
    endpoint: str = field(default="", kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in an account, with the address that the service lists. A person with a failed invite is no member.

    ``invited_on`` is the time of the person's last invite by the service's clock, or None if the service shows no time.
    ``id`` is the service's id of the person, of at most ``LONGEST_MEMBER_ID`` ASCII characters. The id is empty if the
    service invites people again by their addresses.
    """

    address: str = field(repr=False)
    membership: MembershipStatus
    invited_on: datetime | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of an account's members. ``following`` is the token of the next page, and empty on the last page.

    ``without_address`` is the number of members that the service lists on this page without an address.
    """

    members: tuple[Member, ...]
    following: str
    without_address: int = 0


class Ask(Protocol):
    """A function that sends a request and returns the answer. It may wait first, or send the request again."""

    def __call__(self, request: Callable[[], T], /) -> T:
        """Call ``request``, which sends the request, and return its answer."""


def at_once(request: Callable[[], T], /) -> T:
    """Send a request at once, without waits and retries, and return the answer.

    This function is the plainest ``Ask``.
    """
    return request()


class Directory(Protocol):
    """The members of one account: look one member up, or list all members page by page.

    After a failure, both methods raise a ``RequestError`` or ``DestinationClosed``, and never return an empty answer.
    """

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        """Return the member with an address, or None if there is no such member. ``ask`` sends each request.

        The method compares addresses by key. If no key is equal, the method compares the spellings of the keys
        (``spelling_of``).
        """

    def page(self, following: str) -> MemberPage:
        """Return one page of members, as large as the service allows.

        ``following`` is the token from the page before. An empty token asks for the first page.
        """


class Groups(Protocol):
    """The groups of an account. Each new member joins one of the groups."""

    def group_names(self, ask: Ask = at_once) -> Sequence[str]:
        """Return the names of the account's groups. ``ask`` sends each request for the names."""

    def unknown_groups(self, names: Collection[str], ask: Ask = at_once) -> Mapping[str, str]:
        """Return a sentence for each name that does not mean exactly one group. The keys of the result are these names.

        A name may also be the id of a group.
        """


class Destination(Protocol):
    """One account of one service, to which the job invites people."""

    @property
    def scope(self) -> Scope:
        """The destination, account and endpoint under which the ledger records the invites to this account."""

    def check(self, ask: Ask = at_once) -> str:
        """Return the account's display name. ``ask`` sends each request for the name.

        Raises ``DestinationClosed`` if the account cannot take invites.
        """

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Invite the people of a chunk with one request, and return receipts by address key.

        Raises a ``RequestError`` or ``DestinationClosed``.
        """

    def token(self, chunk: Chunk) -> str:
        """Return the idempotency token of a chunk's request.

        If several requests have the same token, the service acts on only one of them. While the destination is open, a
        chunk always has the same token. The token is empty if the service knows no tokens.
        """


class InviteService(Destination, Directory, Groups, Protocol):
    """A destination that also looks up and lists its members, and knows its groups."""


class BasicDestination:
    """The base class of a destination whose service knows neither tokens nor groups.

    A new destination should inherit from this class. If a later version adds a method to ``Destination``, it will add
    the method here, too.
    """

    def token(self, chunk: Chunk) -> str:  # noqa: ARG002 - the port's
        """Return the empty text, since the service knows no tokens."""
        return ""

    def group_names(self, ask: Ask = at_once) -> Sequence[str]:  # noqa: ARG002 - the port's
        """Return no names, since the service has no groups."""
        return ()

    def unknown_groups(self, names: Collection[str], ask: Ask = at_once) -> Mapping[str, str]:  # noqa: ARG002 - the port's
        """Return, for each name, a sentence that says that the service has no groups."""
        return dict.fromkeys(names, "The service has no groups.")


class AccountOpener(Protocol):
    """A function that opens one account of one type of destination."""

    def __call__(
        self, settings: "Settings", access: Access, account: str, *, endpoint: str | None = None, cut: CutTime = NEVER
    ) -> AbstractContextManager[InviteService]:
        """Open ``account`` until the end of the ``with`` block. Raises ``ConfigurationError`` for a bad setting.

        ``access`` is the endpoint, region and credentials. ``endpoint`` is the endpoint's name in the ledger; None
        means the result of ``foreign_endpoint`` for the endpoint's URL. ``cut`` says when the end of the run cuts off
        the requests in flight.
        """


class EndpointFinder(Protocol):
    """A function that returns the URL of the endpoint to which a run sends its requests."""

    def __call__(self, access: Access, /) -> str:
        """Return the URL of the endpoint that ``access`` names, without a request.

        Raises ``ConfigurationError`` for a bad setting.
        """


@dataclass(frozen=True, slots=True)
class DestinationType:
    """The functions that open a destination.

    The ``adapter`` of the destination's description is the name of this object.

    ``opener`` opens an account. ``find_endpoint`` returns the URL of the endpoint.
    """

    opener: AccountOpener
    find_endpoint: EndpointFinder
