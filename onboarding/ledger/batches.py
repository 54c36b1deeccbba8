"""How many values may one statement have?"""

from collections.abc import Iterator
from typing import TypeVar

VALUES_A_STATEMENT = 10_000
"""Both databases take more than three times as many."""

Value = TypeVar("Value")


def in_batches(values: list[Value]) -> Iterator[list[Value]]:
    """Yield values in order, as many at a time as one statement may have."""
    return (values[start : start + VALUES_A_STATEMENT] for start in range(0, len(values), VALUES_A_STATEMENT))
