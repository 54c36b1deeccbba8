"""How is the next item made ready while the last one is worked on?

Reading, cleaning and writing are done by compiled code that leaves the interpreter to others, so that a thread each
keeps a second core busy. Order stays, and memory stays bounded: at most one item waits.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """Yield the items of another iterable, each of which is made in a thread while the one before it is worked on.

    What making one raises is raised when it is asked for.
    """
    coming = iter(items)
    with ThreadPoolExecutor(1, "ahead") as thread:
        following = thread.submit(_next, coming)
        while made := following.result():
            following = thread.submit(_next, coming)
            yield from made


def _next(coming: Iterator[T]) -> tuple[T, ...]:
    """Return the next item alone, or nothing; ``next`` would raise what a generator must not raise."""
    for item in coming:
        return (item,)
    return ()
