"""The security groups of a Wickr network: list them once, and find the group that an operator names."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from onboarding.destinations.answers import read_answer, request_errors
from onboarding.destinations.paging import MOST_PAGES_OF_GROUPS, PageTokens
from onboarding.destinations.port import Ask, Refused, at_once
from onboarding.destinations.wickr.answer_models import GroupEntry, GroupsAnswer
from onboarding.model.blank import BLANK
from onboarding.model.errors import DestinationClosed
from onboarding.model.mistyped import blaming, most_similar
from onboarding.model.routes import comparable
from onboarding.runtime.aws_errors import one_line

if TYPE_CHECKING:
    from mypy_boto3_wickr import WickrAdminAPIClient


MOST_NAMED = 20
"""The most groups that a message names."""


class _PageOptions(TypedDict, total=False):
    nextToken: str


class SecurityGroups:
    """The security groups of one network.

    Each new user joins a group. The object asks the network for the groups once.
    """

    def __init__(
        self, client: "WickrAdminAPIClient", network_id: str, wanted: str | None = None, *, in_rows: bool = False
    ) -> None:
        self._client = client
        self._network_id = network_id
        self._wanted = wanted
        self._in_rows = in_rows
        self._known: tuple[GroupEntry, ...] | None = None

    def check(self, ask: Ask) -> None:
        """Ask the service for the groups again. ``ask`` sends each request.

        New users join the usual group by default. Raises ``DestinationClosed`` if the network does not have exactly one
        usual group. If rows name the groups, and the operator names no group, the network needs no usual group.
        """
        self._known = None
        self.listed(ask)
        if self._wanted is not None or not self._in_rows:
            self.id_for("", ask)

    def id_for(self, name: str, ask: Ask = at_once) -> str:
        """Return the id of the group with a name or an id, or of the usual group if ``name`` is empty.

        If the name does not mean exactly one group, return the name itself. The service then refuses the request.
        ``ask`` sends each request for the groups. Raises ``DestinationClosed`` if ``name`` is empty and the network
        does not have exactly one usual group.
        """
        fitting = self._fitting(name, ask)
        if len(fitting) != 1 and not name:
            refused, wanted = DestinationClosed(self._no_usual(fitting)), self._wanted
            names = (group.name for group in self.listed(ask))
            raise blaming(refused, wanted, most_similar(wanted, names)) if wanted else refused
        return fitting[0].id if len(fitting) == 1 else name

    def unknown(self, names: Collection[str], ask: Ask = at_once) -> dict[str, str]:
        """Return a sentence for each name that does not mean exactly one group. The keys of the result are these names.

        A name may also be the id of a group, and the empty name means the usual group. ``ask`` sends each request for
        the groups.
        """
        groups = self.listed(ask)
        found = ((name, self._fitting(name, ask)) for name in names)
        return {
            name: f'The network has {_number(fitting)} "{one_line(name)}"; its groups are: {_names(groups)}.'
            if name
            else self._no_usual(fitting)
            for name, fitting in found
            if len(fitting) != 1
        }

    def _fitting(self, name: str, ask: Ask) -> list[GroupEntry]:
        groups, wanted = self.listed(ask), name or self._wanted
        return [group for group in groups if group.is_default] if wanted is None else _fitting(groups, wanted)

    def _no_usual(self, fitting: Sequence[GroupEntry]) -> str:
        """Return a sentence that says why the network has no single usual group."""
        what = "no default security group" if self._wanted is None else f"{_number(fitting)} {self._wanted!r}"
        return (
            f"The Wickr network {self._network_id} has {what}; name one of its groups with --security-group:"
            f" {_names(self.listed())}."
        )

    def listed(self, ask: Ask = at_once) -> tuple[GroupEntry, ...]:
        """Return all groups of the network. The first call asks the service; ``ask`` sends these requests."""
        if self._known is None:
            self._known = tuple(self._groups(ask))
        return self._known

    def _groups(self, ask: Ask) -> Iterator[GroupEntry]:
        tokens = PageTokens(MOST_PAGES_OF_GROUPS)
        following: str | None = ""
        while following is not None:
            page = ask(partial(self._page, following))
            yield from page.security_groups
            following = tokens.follow(page.next_token or "")

    def _page(self, following: str) -> GroupsAnswer:
        options: _PageOptions = {"nextToken": following} if following else {}
        try:
            with request_errors():
                answer = self._client.list_security_groups(networkId=self._network_id, **options)
        except Refused as error:
            raise DestinationClosed(f"Wickr refuses to list the security groups ({error.code}).") from None
        return read_answer(answer, GroupsAnswer)


def _fitting(groups: Sequence[GroupEntry], wanted: str) -> list[GroupEntry]:
    """Return the groups with the id or name ``wanted``. If no id or name is equal, ignore letter case."""
    name = wanted.strip(BLANK)
    exactly = [group for group in groups if name == group.id] or [group for group in groups if name == group.name]
    return exactly or [group for group in groups if comparable(name) == comparable(group.name)]


def _number(fitting: Sequence[GroupEntry]) -> str:
    return f"{len(fitting)} security groups named" if fitting else "no security group"


def _names(groups: Sequence[GroupEntry]) -> str:
    """Return the names of the groups as one text. The text names at most ``MOST_NAMED`` groups."""
    names = sorted(group.name for group in groups)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more or "none"
