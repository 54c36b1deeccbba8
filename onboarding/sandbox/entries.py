"""What has an entry of an answer that is about one person?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onboarding.sandbox.protocol import Document


@dataclass(frozen=True, slots=True)
class Form:
    """How the entries of one list look: which members hold the address and the status.

    ``stranger`` makes an entry for somebody whom nobody asked about, ``contradiction`` one that says the opposite.
    """

    address: str
    statuses: frozenset[str]
    stranger: Callable[[str], Document]
    contradiction: Callable[[Document], Document]


Forms = Mapping[tuple[str, str], Form]
"""The form of the entries in each list of a service's results, by the names of operation and list."""
