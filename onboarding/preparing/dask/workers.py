"""Call functions on the workers of a Dask cluster, fetch results and errors, and stop long tasks after a signal.

When a worker dies, Dask repeats the worker's unfinished tasks, and the tasks whose results are lost. So every function
may be called twice. A function that fails returns its error as a ``TaskFailure``. If the function raised the error,
Dask would log the error's text, which may quote a cell. ``dask.cluster`` starts or finds the cluster. ``dask.parts``
has the functions of the Dask engine.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from onboarding.model.errors import ClusterLost, OnboardingError
from onboarding.model.values import dataclass
from onboarding.runtime.long_tasks import GLANCE_SECONDS, emptied, stop_error, worker_failed

if TYPE_CHECKING:
    from distributed import Client, Future

SECONDS_WITHOUT_WORKERS = 120
"""The longest time for which a cluster may have no worker, or may not answer, before the run gives up."""

LONG_PER_THREAD = 16
"""The most long tasks that each thread of the workers may have under way at a time."""

SECONDS_TO_ANSWER = 5


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """The error of a function on a worker, sent back in place of a result."""

    error: OnboardingError


class DaskWorkers:
    """The workers of a Dask cluster: an implementation of ``engine.Workers`` that also carries out long tasks.

    ``is_own`` says whether this run started the cluster. ``raise_if_stopped`` raises ``Interrupted`` after a signal. By
    default signals are ignored.
    """

    def __init__(self, client: "Client", *, is_own: bool, raise_if_stopped: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._is_own = is_own
        self._raise_if_stopped = raise_if_stopped
        self._seen = time.monotonic()

    @property
    def threads(self) -> int:
        """The number of threads of all workers together, which is the number of functions at work at a time.

        The number is 1 if there is no worker, or the scheduler does not answer.
        """
        return max(1, self._ask_for_threads())

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Start a function, if possible on a worker that has its arguments, and return the future of its result.

        Raises the error of ``raise_if_stopped``.
        """
        self._raise_if_stopped()
        return self._client.submit(run_task, function, *arguments, pure=False)

    def result(self, submitted: "Future[Any]") -> Any:
        """Wait for the result of a future, and return the result.

        Raises the function's error if the error is an ``OnboardingError``, and ``WorkerFailed`` in place of any other
        error. Raises ``ClusterLost`` if the cluster is lost. Also raises the error of ``raise_if_stopped``.
        """
        self._raise_if_stopped()
        while not self._is_one_done([submitted]):
            self._raise_if_stopped()
        return self._fetched(submitted)

    def each(self, function: Callable[..., Any], arguments: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Call a long function once for each argument, and yield each result as soon as the call ends.

        A long function takes long, but mostly waits. Each result has the number of its argument, counted from 0. If a
        call fails, its result is the error. Each thread of the workers has at most ``LONG_PER_THREAD`` calls under way.
        The function gets an argument and an ``OnStop``. If ``raise_if_stopped`` raises an error, the run must stop, and
        each ``OnStop`` informs its function. For an argument whose call has not begun, the result is this error. If the
        cluster is lost, the result for all remaining arguments is ``ClusterLost``.
        """
        name = uuid4().hex
        waiting = deque(enumerate(arguments))
        under_way: dict[Future[Any], int] = {}
        most = LONG_PER_THREAD * self.threads
        while waiting or under_way:
            if stopped := stop_error(self._raise_if_stopped):
                yield from emptied(waiting, stopped)
                self._stop_all(name)
            try:
                while waiting and len(under_way) < most:
                    under_way[self._start_long(function, waiting[0][1], name)] = waiting[0][0]
                    waiting.popleft()
                done = self._finished(list(under_way))
            except ClusterLost as error:
                waiting.extendleft((number, None) for number in reversed(under_way.values()))
                yield from emptied(waiting, error)
                return
            yield from ((under_way.pop(future), self._taken(future)) for future in done)

    def _finished(self, futures: "Sequence[Future[Any]]") -> "list[Future[Any]]":
        """Wait at most ``GLANCE_SECONDS`` for one of the futures. Return the futures that are done.

        Raises ``ClusterLost``.
        """
        self._is_one_done(futures)
        return [future for future in futures if future.done()]

    def _start_long(self, function: Callable[..., Any], argument: Any, name: str) -> "Future[Any]":
        """Start a long task, and return its future. Raises ``ClusterLost`` if the scheduler is lost."""
        self._check_connected()
        return self._client.submit(_run_long_task, function, argument, name, pure=False)

    def _check_connected(self) -> None:
        # When the connection is lost, the client cancels its futures, but workers may still run these tasks.
        # The tasks must not start a second time.
        if self._client.status != "running":
            raise ClusterLost("The Dask scheduler was lost; run again, nothing is lost.")

    def _taken(self, done: "Future[Any]") -> Any:
        """Return the result of a future, or the error of its task, and release the future.

        Otherwise Dask would keep the future, and would repeat the task if the task's worker died later.
        """
        try:
            return self._fetched(done)
        except OnboardingError as error:
            return error
        finally:
            done.release()

    def _stop_all(self, name: str) -> None:
        """Tell all long tasks of one call of ``each`` that the run must stop. ``name`` identifies the call.

        The method does not wait for workers that join later, or for a lost scheduler.
        """
        with suppress(TimeoutError, OSError):
            self._client.run(_call_back, name, on_error="ignore", callback_timeout=SECONDS_TO_ANSWER)

    def _is_one_done(self, futures: "Sequence[Future[Any]]") -> bool:
        """Wait at most ``GLANCE_SECONDS``, and return whether any of the futures is done or cancelled.

        Raises ``ClusterLost`` if the scheduler is lost, or if there was no worker for ``SECONDS_WITHOUT_WORKERS``.
        """
        from distributed import CancelledError, wait  # noqa: PLC0415 - an extra

        is_done = True
        self._check_connected()
        try:
            wait(futures, timeout=GLANCE_SECONDS, return_when="FIRST_COMPLETED")
        except CancelledError:
            return True
        except TimeoutError:
            is_done = False
        if is_done or self._ask_for_threads():
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + SECONDS_WITHOUT_WORKERS:
            raise ClusterLost("The Dask cluster has no worker left; start some and run again, nothing is lost.")
        return is_done

    def _fetched(self, done: "Future[Any]") -> Any:
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        try:
            # This process can reach the workers of its own cluster without a detour over the scheduler.
            found = self._client.gather(done, direct=self._is_own or None)
        except KilledWorker:
            raise ClusterLost(
                "Every worker died that worked on one part of the input. Give workers more memory, or take"
                " --low-memory, and run again; nothing is lost."
            ) from None
        except (CancelledError, OSError) as error:
            raise ClusterLost(
                f"The Dask cluster was lost ({type(error).__name__}); run again, nothing is lost."
            ) from None
        if isinstance(found, TaskFailure):
            raise found.error
        return found

    def _ask_for_threads(self) -> int:
        """Ask the scheduler how many threads the workers have. Return 0 if the scheduler does not answer."""
        scheduler: Any = self._client.scheduler
        try:
            # The client's own method for this would wait for ever.
            threads = self._client.sync(scheduler.ncores, callback_timeout=SECONDS_TO_ANSWER)
        except (TimeoutError, OSError):
            return 0
        return sum(threads.values())


def run_task(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function, and return its result, or a ``TaskFailure`` with its error. Workers call this function.

    If an argument is a ``TaskFailure``, or a list that contains a ``TaskFailure``, return this failure, and do not call
    the function. An error that is no ``OnboardingError`` becomes a ``WorkerFailed`` without the error's text.
    """
    for argument in arguments:
        for value in argument if isinstance(argument, list) else (argument,):
            if isinstance(value, TaskFailure):
                return value
    try:
        return function(*arguments)
    except OnboardingError as error:
        return TaskFailure(error)
    except Exception as error:  # noqa: BLE001 - Dask would log its text
        return TaskFailure(worker_failed(error))


_STOP_CALLS: set[tuple[str, Callable[[], None]]] = set()
"""The functions that this worker calls when a run must stop, each with the name of its call of ``DaskWorkers.each``.

The run reaches this set through ``Client.run``.
"""


def _run_long_task(function: Callable[..., Any], argument: Any, name: str) -> Any:
    """Call a long function outside the worker's thread pool, since short tasks would otherwise wait for hours."""
    from distributed import secede  # noqa: PLC0415 - an extra

    secede()
    return run_task(function, argument, partial(_on_stop, name))


@contextmanager
def _on_stop(name: str, call: Callable[[], None]) -> Iterator[None]:
    _STOP_CALLS.add((name, call))
    try:
        yield
    finally:
        _STOP_CALLS.discard((name, call))


def _call_back(name: str) -> None:
    for wanted, call in tuple(_STOP_CALLS):
        if wanted == name:
            call()
