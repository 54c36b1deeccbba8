"""The security groups of a Wickr network: list them once, and find the group that an operator names."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from onboarding.destinations.answers import read_answer, request_errors
from onboarding.destinations.paging import MOST_PAGES_OF_GROUPS, PageTokens
from onboarding.destinations.port import Ask, Refused, at_once
from onboarding.destinations.wickr.answer_models import GroupEntry, GroupsAnswer
from onboarding.model.errors import DestinationClosed

if TYPE_CHECKING:
    from mypy_boto3_wickr import WickrAdminAPIClient


class _PageOptions(TypedDict, total=False):
    nextToken: str


class SecurityGroups:
    """The security groups of one network. Each new user joins one of them. The network is asked once."""

    def __init__(self, client: "WickrAdminAPIClient", network_id: str) -> None:
        self._client = client
        self._network_id = network_id
        self._known: tuple[GroupEntry, ...] | None = None

    def find(self, wanted: str | None, ask: Ask = at_once) -> str:
        """Return the id of the group that has ``wanted`` as its id or its name. With None, return the default group's.

        Raises ``DestinationClosed`` if no group fits, or if several groups fit.
        """
        groups = self.listed(ask)
        fitting = [group for group in groups if _fits(group, wanted)]
        if len(fitting) == 1:
            return fitting[0].id
        names = ", ".join(sorted(group.name for group in groups)) or "none"
        what = "no default security group" if wanted is None else f"no security group {wanted!r}"
        raise DestinationClosed(
            f"The Wickr network {self._network_id} has {what}; name one of its groups with --security-group: {names}."
        )

    def listed(self, ask: Ask = at_once) -> tuple[GroupEntry, ...]:
        """Return all groups of the network. Each request for them is sent through ``ask``, in the first call alone."""
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


def _fits(group: GroupEntry, wanted: str | None) -> bool:
    return group.is_default if wanted is None else wanted in (group.id, group.name)
