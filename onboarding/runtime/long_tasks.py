"""Carry out long tasks: many calls of one function. Each call takes minutes or hours, and mostly waits.

This module uses threads of this process. The module ``preparing.dask.workers`` uses the workers of a cluster.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

from onboarding.model.errors import OnboardingError, WorkerFailed
from onboarding.runtime.logs import get_logger

GLANCE_SECONDS = 0.5
"""The time in seconds between two checks for a request to stop, while the run waits for a task."""

OnStop = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""The type of the second argument of a long function: a function that returns a context manager.

The argument of ``OnStop`` is a function, too. If the run must stop during the ``with`` block, the manager calls this
function.
"""

log = get_logger()


class LongTasks(Protocol):
    """The interface of objects that carry out a long function for many arguments, several at a time."""

    def each(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Call a long function once for each argument, and yield each result as soon as the call ends.

        The method yields the index of the argument with each result. If a call fails, its result is the error. The
        function gets an argument and an ``OnStop``, by which it learns that the run must stop. Once the run must stop,
        no further call begins, and the results of the remaining arguments are an error.
        """


class ThreadTasks:
    """Long tasks in threads of this process. At most ``most`` calls are under way at a time.

    ``raise_if_stopped`` raises an ``OnboardingError`` if the run must stop.
    """

    def __init__(self, most: int, *, raise_if_stopped: Callable[[], None]) -> None:
        self._most = most
        self._raise_if_stopped = raise_if_stopped
        self._stop_calls: set[Callable[[], None]] = set()

    def each(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Call a long function once for each argument. Yield the argument's index and the result when a call ends."""
        waiting = deque(enumerate(arguments))
        under_way: dict[Future[Any], int] = {}
        with ThreadPoolExecutor(self._most, "long-task") as pool:
            try:
                while waiting or under_way:
                    if stopped := stop_error(self._raise_if_stopped):
                        yield from emptied(waiting, stopped)
                        self._call_all()
                    while waiting and len(under_way) < self._most:
                        number, argument = waiting.popleft()
                        under_way[pool.submit(self._result_of, function, argument)] = number
                    done, _ = wait(under_way, timeout=GLANCE_SECONDS, return_when=FIRST_COMPLETED)
                    yield from ((under_way.pop(future), future.result()) for future in done)
            finally:  # after an error in the run itself, the run must not wait for hours until all tasks have ended
                if under_way:
                    self._call_all()

    def _result_of(self, function: Callable[..., Any], argument: Any) -> Any:
        try:
            return function(argument, self._on_stop)
        except OnboardingError as error:
            return error
        except Exception as error:
            log.exception("task.failed")
            return worker_failed(error)

    @contextmanager
    def _on_stop(self, call: Callable[[], None]) -> Iterator[None]:
        self._stop_calls.add(call)
        try:
            yield
        finally:
            self._stop_calls.discard(call)

    def _call_all(self) -> None:
        for call in tuple(self._stop_calls):
            call()


def stop_error(raise_if_stopped: Callable[[], None]) -> OnboardingError | None:
    """Return the error of ``raise_if_stopped`` if the run must stop, or None if the run may go on."""
    try:
        raise_if_stopped()
    except OnboardingError as error:
        return error
    return None


def emptied(waiting: deque[tuple[int, Any]], error: OnboardingError) -> Iterator[tuple[int, Any]]:
    """Empty the queue ``waiting`` of indices and arguments, and yield each index with the error as its result."""
    while waiting:
        yield waiting.popleft()[0], error


def worker_failed(error: BaseException) -> WorkerFailed:
    """Return an error with the type and place of ``error``, but without its text, which may quote a row."""
    at = extract_tb(error.__traceback__)[-1]
    where = f"{Path(at.filename).name}:{at.lineno}"
    return WorkerFailed(f"internal error on a worker ({type(error).__name__} at {where}); this is a bug.")
