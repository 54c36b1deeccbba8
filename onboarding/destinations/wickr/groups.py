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

    def __init__(self, client: "WickrAdminAPIClient", network_id: str) -> None:
        self._client = client
        self._network_id = network_id
        self._known: tuple[GroupEntry, ...] | None = None

    def usual(self, wanted: str | None, ask: Ask = at_once) -> str:
        """Return the id of the group that has ``wanted`` as its id or its name.

        If ``wanted`` is None, return the default group's id.

        ``ask`` sends each request. Raises ``DestinationClosed`` if no group fits, or if several groups fit.
        """
        groups = self.listed(ask)
        fitting = [group for group in groups if group.is_default] if wanted is None else _fitting(groups, wanted)
        if len(fitting) == 1:
            return fitting[0].id
        what = "no default security group" if wanted is None else f"{_number(fitting)} {wanted!r}"
        refused = DestinationClosed(
            f"The Wickr network {self._network_id} has {what}; name one of its groups with --security-group:"
            f" {_names(groups)}."
        )
        raise blaming(refused, wanted, most_similar(wanted, (group.name for group in groups))) if wanted else refused

    def id_of(self, name: str) -> str:
        """Return the id of the group with a name or an id. If no group or several groups fit, return the name itself.

        The service refuses a request with a name in place of an id, so the request has no effect.
        """
        fitting = _fitting(self.listed(), name)
        return fitting[0].id if len(fitting) == 1 else name

    def unknown(self, names: Collection[str], ask: Ask = at_once) -> dict[str, str]:
        """Return a sentence about each name or id in ``names`` that fits no group or several groups, by this name."""
        groups = self.listed(ask)
        found = ((name, _fitting(groups, name)) for name in names)
        return {
            name: f'The network has {_number(fitting)} "{one_line(name)}"; its groups are: {_names(groups)}.'
            for name, fitting in found
            if len(fitting) != 1
        }

    def listed(self, ask: Ask = at_once) -> tuple[GroupEntry, ...]:
        """Return all groups of the network. Only the first call asks the service. ``ask`` sends its requests."""
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
    """Return the groups whose id or name is ``wanted``. Letter case counts only if it tells two groups apart."""
    name = wanted.strip(BLANK)
    exactly = [group for group in groups if name == group.id] or [group for group in groups if name == group.name]
    return exactly or [group for group in groups if comparable(name) == comparable(group.name)]


def _number(fitting: Sequence[GroupEntry]) -> str:
    return f"{len(fitting)} security groups named" if fitting else "no security group"


def _names(groups: Sequence[GroupEntry]) -> str:
    """Return the names of the groups as text. If there are many groups, the text has only some of them."""
    names = sorted(group.name for group in groups)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more or "none"
