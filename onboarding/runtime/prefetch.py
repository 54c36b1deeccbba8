"""Make the next item in a thread while the caller works on the last one.

Compiled code reads, cleans and writes, and leaves the interpreter to other threads meanwhile. So a thread for each
keeps a second core busy. The order stays, and memory stays bounded: at most one item waits.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """Yield the items of another iterable; a thread makes the next while the caller works on the last.

    What making an item raises is raised when the caller asks for that item.
    """
    coming = iter(items)
    with ThreadPoolExecutor(1, "prefetch") as thread:
        following = thread.submit(_next, coming)
        while made := following.result():
            following = thread.submit(_next, coming)
            yield from made


def _next(coming: Iterator[T]) -> tuple[T, ...]:
    """Return the next item in a tuple, or an empty one. ``next`` would raise StopIteration, which no generator may."""
    for item in coming:
        return (item,)
    return ()
