"""Prefetching: a thread makes the next item of an iterable while the caller works on the item before.

Compiled code does most of the reading, cleaning and writing of a run, and lets other threads run Python meanwhile. So
the two threads keep two cores busy. The items stay in order. Memory stays bounded, since at most one item waits.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """Yield the items of an iterable. A thread makes the next item while the caller works on the item before.

    If the making of an item fails, the error is raised when the caller asks for this item.
    """
    coming = iter(items)
    with ThreadPoolExecutor(1, "prefetch") as thread:
        following = thread.submit(_next, coming)
        while made := following.result():
            following = thread.submit(_next, coming)
            yield from made


def _next(coming: Iterator[T]) -> tuple[T, ...]:
    """Return the next item in a tuple, or an empty tuple after the last item.

    Python's ``next`` would raise ``StopIteration``, which no generator may raise.
    """
    for item in coming:
        return (item,)
    return ()
