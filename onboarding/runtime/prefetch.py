"""Work ahead: threads make the next items of an iterable while the caller works on an earlier item.

Compiled code does most of the work of a run, and lets other threads execute Python in the meantime. So the threads keep
several cores busy. The items stay in order. Memory stays bounded, since only few items wait.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
Result = TypeVar("Result")


def prefetch(items: Iterable[T]) -> Iterator[T]:
    """Yield the items of an iterable. A thread makes the next item while the caller works on an item.

    If an item raises an error, the function raises this error when the caller asks for the item.
    """
    coming = iter(items)
    with ThreadPoolExecutor(1, "prefetch") as thread:
        following = thread.submit(_next, coming)
        while made := following.result():
            following = thread.submit(_next, coming)
            yield from made


def map_ahead(
    function: Callable[[T], Result], items: Iterable[T], *, threads: int, after_first: bool = False
) -> Iterator[Result]:
    """Yield the result of a function for each item, in the order of the items; threads make the results ahead.

    Threads make at most ``threads`` results at a time, and one further result waits. The caller's thread makes the
    items. If ``after_first`` is true, no thread starts before the caller asks for the second result, since many callers
    need only the first result. An error replaces its result in the order.
    """
    coming = iter(items)
    if after_first:
        for item in coming:
            yield function(item)
            break
    with ThreadPoolExecutor(threads, "ahead") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for submitted in _submitted(function, coming, pool):
                waiting.append(submitted)
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for rest in waiting:
                rest.cancel()


def _submitted(function: Callable[[T], Result], items: Iterator[T], pool: Executor) -> Iterator[Future[Result]]:
    """Yield a future for each item's result.

    If the iterable of items raises an error, the last future raises this error.
    """
    while True:
        try:
            made = _next(items)
        except Exception as error:  # noqa: BLE001 - the caller raises it, after the results before it
            failed: Future[Result] = Future()
            failed.set_exception(error)
            yield failed
            return
        if not made:
            return
        yield pool.submit(function, made[0])


def _next(coming: Iterator[T]) -> tuple[T, ...]:
    """Return the next item in a tuple, or an empty tuple after the last item.

    Python's ``next`` would raise ``StopIteration``, which no generator may raise.
    """
    for item in coming:
        return (item,)
    return ()
