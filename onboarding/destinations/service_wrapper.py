"""The base class of wrappers. A wrapper applies a policy of ``sending``, such as the rate limit, to a service."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from onboarding.destinations.port import Ask, InviteService, Member, MemberPage, Receipt, at_once
from onboarding.model.plan import Chunk, Scope

T = TypeVar("T")


class ServiceWrapper(ABC):
    """The base class of wrappers. A wrapper applies one policy, such as a rate limit or retries, to a service.

    A wrapper has the methods of the service. Each request to the service passes through ``_send``.
    """

    def __init__(self, service: InviteService) -> None:
        self._service = service

    @abstractmethod
    def _send(self, request: Callable[[], T]) -> T:
        """Apply the policy: call ``request``, which sends the request, and return its answer or raise its error."""

    def _within(self, ask: Ask) -> Ask:
        """Return a function that sends a request through ``ask`` first, and then through the policy of this wrapper."""

        def ask_within(request: Callable[[], T], /) -> T:
            return ask(partial(self._send, request))

        return ask_within

    @property
    def scope(self) -> Scope:
        """The destination, account and endpoint under which the ledger records the service's invites."""
        return self._service.scope

    def token(self, chunk: Chunk) -> str:
        """Return the service's token for a chunk, without a request to the service."""
        return self._service.token(chunk)

    def check(self, ask: Ask = at_once) -> str:
        """Return the result of the service's ``check``.

        Each request passes through ``ask`` and the wrapper's policy.
        """
        return self._service.check(self._within(ask))

    def invite(self, chunk: Chunk) -> Mapping[str, Receipt]:
        """Return the result of the service's ``invite``. The request passes through the wrapper's policy."""
        return self._send(partial(self._service.invite, chunk))

    def look_up(self, address: str, ask: Ask = at_once) -> Member | None:
        """Return the result of the service's ``look_up``.

        Each request passes through ``ask`` and the wrapper's policy.
        """
        return self._service.look_up(address, self._within(ask))

    def group_names(self, ask: Ask = at_once) -> Sequence[str]:
        """Return the result of the service's ``group_names``.

        Each request passes through ``ask`` and the wrapper's policy.
        """
        return self._service.group_names(self._within(ask))

    def unknown_groups(self, names: Collection[str], ask: Ask = at_once) -> Mapping[str, str]:
        """Return the result of the service's ``unknown_groups``.

        Each request passes through ``ask`` and the wrapper's policy.
        """
        return self._service.unknown_groups(names, self._within(ask))

    def page(self, following: str) -> MemberPage:
        """Return the result of the service's ``page``. The request passes through the wrapper's policy."""
        return self._send(partial(self._service.page, following))
