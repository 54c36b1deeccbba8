"""Compare the system's limits on the memory of this process with the memory that a run needs.

Windows has no such limits, and Python has no module ``resource`` there.
"""

from importlib import import_module
from typing import Any

from onboarding.model.errors import MemoryExhausted

try:
    resource: Any = import_module("resource")
except ImportError:
    resource = None

SMALLEST_MEMORY_BYTES = {"v": ("RLIMIT_AS", 3_000_000_000), "d": ("RLIMIT_DATA", 1_500_000_000)}
"""The fewest bytes of memory that a run needs, for each limit that the flags of ``ulimit`` set.

Each flag has the name of its constant in the module ``resource``, and the number of bytes.

A run reserves most of this memory for libraries and for the stacks of threads, and never fills it. A small run fills
200 MB.
"""


def can_limit_memory() -> bool:
    """Say whether the system can limit the memory of a process."""
    return resource is not None


def check_memory_limit() -> None:
    """Raise ``MemoryExhausted`` if the system allows the process too little memory for a run.

    With so little memory, libraries would crash without an error message. Without limits of the system, the function
    does nothing.
    """
    for flag, (name, smallest) in SMALLEST_MEMORY_BYTES.items():
        limit = _limit(name)
        if limit is not None and limit < smallest:
            raise MemoryExhausted(
                f"The system lets this process reserve {limit / 1e6:,.0f} MB of memory, and a run reserves"
                f" {smallest / 1e6:,.0f} MB; lift that limit (ulimit -{flag})."
            )


def _limit(name: str) -> int | None:
    """Return the limit with this name in ``resource``, in bytes, or None if there is no limit."""
    if resource is None or (which := getattr(resource, name, None)) is None:
        return None
    limit, _ = resource.getrlimit(which)
    return None if limit == resource.RLIM_INFINITY else int(limit)
