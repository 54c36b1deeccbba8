"""What is known of a request that left?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leave:
    """When a request left, in seconds, and at which rate, in requests a second."""

    at: float
    rate: float
