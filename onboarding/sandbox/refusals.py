"""Whom do the services refuse, although their models allow it, and how?"""

from collections.abc import Iterable
from enum import StrEnum

from onboarding.sandbox.people import key_of


class Refusal(StrEnum):
    """How a service refuses an address: the whole request because of it, or its entry of the answer alone."""

    REQUEST = "request"
    ENTRY = "entry"


class Refusals:
    """Hold who is refused, by address in any case. Usable from any thread."""

    def __init__(self) -> None:
        self._refusals: dict[str, Refusal | None] = {}

    def add(self, address: str, refusal: Refusal | None) -> None:
        """Refuse an address from now on, or no longer."""
        self._refusals[key_of(address)] = refusal

    def spoil(self, addresses: Iterable[str]) -> bool:
        """Tell whether one of the addresses is refused with the whole request."""
        # Mostly nobody is refused at all, and then nothing is to be folded.
        refusals = self._refusals
        return bool(refusals) and any(refusals.get(key_of(address)) is Refusal.REQUEST for address in addresses)

    def concern(self, key: str) -> bool:
        """Tell whether an address is refused in its entry alone."""
        return self._refusals.get(key) is Refusal.ENTRY
