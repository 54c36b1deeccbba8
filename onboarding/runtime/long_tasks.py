"""Carry out long tasks: a function runs once for each of many arguments, for minutes or hours, and mostly waits.

This module carries out long tasks in threads of this process. The module ``preparing.dask.workers`` does so on the
workers of a cluster.
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
"""How long the run waits for a task, in seconds, before it looks for a request to stop."""

OnStop = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""The second argument of a long function. It takes a function to call, and returns a context manager.

If the run must stop during the manager's ``with`` block, the manager calls the given function.
"""

log = get_logger()


class LongTasks(Protocol):
    """Carries out a long function for many arguments, several arguments at a time."""

    def each(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Call a long function once for each argument, and yield each result as soon as the call ends.

        Each result comes with the number of its argument, counted from 0. If a call fails, its result is the error. The
        function gets an argument and an ``OnStop``, which tells the function when the run must stop. If no call has
        begun for an argument by then, the argument's result is an error.
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
        """Call a long function once for each argument. Yield each argument's number and result when its call ends."""
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
    """Return the error that ``raise_if_stopped`` raises if the run must stop, or None if the run may go on."""
    try:
        raise_if_stopped()
    except OnboardingError as error:
        return error
    return None


def emptied(waiting: deque[tuple[int, Any]], error: OnboardingError) -> Iterator[tuple[int, Any]]:
    """Take all numbered arguments from the queue ``waiting``, and yield each number with the error as its result."""
    while waiting:
        yield waiting.popleft()[0], error


def worker_failed(error: BaseException) -> WorkerFailed:
    """Return the error that stands for ``error``: its type and place, without its text, which may quote a row."""
    at = extract_tb(error.__traceback__)[-1]
    where = f"{Path(at.filename).name}:{at.lineno}"
    return WorkerFailed(f"internal error on a worker ({type(error).__name__} at {where}); this is a bug.")
