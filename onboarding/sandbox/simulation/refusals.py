"""The addresses that the services of the sandbox refuse, or that make the services fail."""

from collections.abc import Iterable
from enum import StrEnum

from onboarding.sandbox.simulation.people import key_of


class Refusal(StrEnum):
    """How a service refuses an address: it refuses the whole request, refuses the entry of the address, or fails.

    A service that fails answers 500 to each request with the address, and mails no person of the request.
    """

    REQUEST = "request"
    ENTRY = "entry"
    FAIL = "fail"


class Refusals:
    """The addresses that the services refuse although the service models allow them. Any thread may use the object."""

    def __init__(self) -> None:
        self._refusals: dict[str, Refusal | None] = {}

    def add(self, address: str, refusal: Refusal | None) -> None:
        """Refuse an address from now on. If ``refusal`` is None, stop refusing the address."""
        self._refusals[key_of(address)] = refusal

    def refuses_request(self, addresses: Iterable[str]) -> bool:
        """Return whether any of the addresses makes the service refuse the whole request."""
        return self._has(addresses, Refusal.REQUEST)

    def fails_request(self, addresses: Iterable[str]) -> bool:
        """Return whether any of the addresses makes the service answer 500."""
        return self._has(addresses, Refusal.FAIL)

    def refuses_entry(self, key: str) -> bool:
        """Return whether the service accepts the request, but refuses the entry of the address with this key."""
        return self._refusals.get(key) is Refusal.ENTRY

    def _has(self, addresses: Iterable[str], refusal: Refusal) -> bool:
        # If there are no refusals, as is usual, this makes no keys.
        refusals = self._refusals
        return bool(refusals) and any(refusals.get(key_of(address)) is refusal for address in addresses)
