"""How do workers of a Dask cluster do what is to be done, and what if one of them dies?

Dask does it again elsewhere, with whatever that needs: all that is asked of workers may be done twice. What a function
raises comes back as a value, since Dask would write it to a log, and it may quote a cell.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from onboarding.model.errors import ClusterLost, OnboardingError, WorkerFailed

if TYPE_CHECKING:
    from distributed import Client, Future

SECONDS_WITHOUT_WORKERS = 120
"""How long a cluster may have no worker, or not answer, before nobody waits for it any more."""

LONG_PER_THREAD = 16
"""How many things that take long a thread of a worker has under way."""

SECONDS_TO_ANSWER = 5
GLANCE_SECONDS = 0.5
"""How long a signal may go unnoticed while nothing else happens."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a function raised that was done elsewhere."""

    error: OnboardingError


class DaskWorkers:
    """The workers of a cluster (``spread.Workers``).

    ``raise_if_stopped`` raises ``Interrupted`` if a signal came meanwhile.
    """

    def __init__(self, client: "Client", *, is_own: bool, raise_if_stopped: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._is_own = is_own
        self._raise_if_stopped = raise_if_stopped
        self._seen = time.monotonic()

    @property
    def count(self) -> int:
        """How many threads the workers have together. Raises ``ClusterLost``."""
        return max(1, self._threads())

    def submit(self, function: Callable[..., Any], *given: Any) -> "Future[Any]":
        """Have something done by the worker that is nearest to what is given. Raises as ``raise_if_stopped``."""
        self._raise_if_stopped()
        return self._client.submit(attempt, function, *given, pure=False)

    def result(self, submitted: "Future[Any]") -> Any:
        """Wait for a result.

        Raises what the function raised that is for the user, ``ClusterLost``, and as ``raise_if_stopped``.
        """
        self._raise_if_stopped()
        while not self._is_one_done([submitted]):
            self._raise_if_stopped()
        return self._fetched(submitted)

    def each(self, function: Callable[..., Any], orders: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """Do with each of some orders what takes long and mostly waits; yield its number and result as it ends.

        ``function`` takes an order and an ``Until``, which has something called when ``raise_if_stopped`` raises
        here. Some ``LONG_PER_THREAD`` are done at a time by each thread of the workers. An order that
        fails has its error as its result.
        """
        name = uuid4().hex
        waiting = deque(enumerate(orders))
        under_way: dict[Future[Any], int] = {}
        most = LONG_PER_THREAD * self.count
        while waiting or under_way:
            try:
                self._raise_if_stopped()
            except OnboardingError as error:
                # Nothing more is begun.
                yield from ((number, error) for number, _ in waiting)
                waiting.clear()
                self._tell(name)
            try:
                while waiting and len(under_way) < most:
                    number, order = waiting[0]
                    under_way[self._begun(function, order, name)] = number
                    waiting.popleft()
                self._is_one_done(list(under_way))
            except ClusterLost as error:
                yield from ((number, error) for number in (*under_way.values(), *(number for number, _ in waiting)))
                return
            for future in [future for future in under_way if future.done()]:
                yield under_way.pop(future), self._taken(future)

    def _begun(self, function: Callable[..., Any], order: Any, name: str) -> "Future[Any]":
        """Have something done that takes long. Raises ``ClusterLost`` if the scheduler is lost."""
        self._check_connected()
        return self._client.submit(_at_length, function, order, name, pure=False)

    def _check_connected(self) -> None:
        # Where the connection was lost, everything that was under way is cancelled here, though workers may do it
        # still; it is not to be begun once more.
        if self._client.status != "running":
            raise ClusterLost("The Dask scheduler was lost; run again, nothing is lost.")

    def _taken(self, done: "Future[Any]") -> Any:
        """Return a result, or the error instead of it, and have the cluster forget it.

        Whatever else may still hold the future: what was found is not to be done again if its worker dies later.
        """
        try:
            return self._fetched(done)
        except OnboardingError as error:
            return error
        finally:
            done.release()

    def _tell(self, name: str) -> None:
        """Have done on all workers what is to be done when the run is to stop. A worker that comes later is told next.

        A scheduler that does not answer is not waited for.
        """
        with suppress(TimeoutError, OSError):
            self._client.run(_tell, name, on_error="ignore", callback_timeout=SECONDS_TO_ANSWER)

    def _is_one_done(self, futures: "Sequence[Future[Any]]") -> bool:
        """Wait a moment for one of these; raise ``ClusterLost`` if there has been nobody to do them for long."""
        from distributed import CancelledError, wait  # noqa: PLC0415 - an extra

        is_done = True
        self._check_connected()
        try:
            wait(futures, timeout=GLANCE_SECONDS, return_when="FIRST_COMPLETED")
        except CancelledError:
            return True
        except TimeoutError:
            is_done = False
        if is_done or self._threads():
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + SECONDS_WITHOUT_WORKERS:
            raise ClusterLost("The Dask cluster has no worker left; start some and run again, nothing is lost.")
        return is_done

    def _fetched(self, done: "Future[Any]") -> Any:
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        try:
            # Workers of our own are reached without a detour over the scheduler.
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
        if isinstance(found, Failed):
            raise found.error
        return found

    def _threads(self) -> int:
        """Ask the scheduler how many threads there are; none if it does not answer."""
        scheduler: Any = self._client.scheduler
        try:
            # What the client has for this would wait for ever.
            threads = self._client.sync(scheduler.ncores, callback_timeout=SECONDS_TO_ANSWER)
        except (TimeoutError, OSError):
            return 0
        return sum(threads.values())


def attempt(function: Callable[..., Any], *given: Any) -> Any:
    """Do something; return what it raises, or what was raised when one of the values given was made."""
    for value in given:
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, Failed):
                return one
    try:
        return function(*given)
    except OnboardingError as error:
        return Failed(error)
    except Exception as error:  # noqa: BLE001 - of which Dask would log the text
        at = extract_tb(error.__traceback__)[-1]
        where = f"{Path(at.filename).name}:{at.lineno}"
        return Failed(WorkerFailed(f"internal error on a worker ({type(error).__name__} at {where}); this is a bug."))


Until = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Where this is entered with something to be called, that is called when the whole run is to stop, or never."""

_LISTENERS: set[tuple[str, Callable[[], None]]] = set()
"""What is to be called on this worker, beside the name of what it belongs to."""


def _at_length(function: Callable[..., Any], order: Any, name: str) -> Any:
    """Do something on a worker beside its other work, which it would keep it from for hours."""
    from distributed import secede  # noqa: PLC0415 - an extra

    secede()
    return attempt(function, order, partial(_listening, name))


@contextmanager
def _listening(name: str, call: Callable[[], None]) -> Iterator[None]:
    _LISTENERS.add((name, call))
    try:
        yield
    finally:
        _LISTENERS.discard((name, call))


def _tell(name: str) -> None:
    for wanted, call in tuple(_LISTENERS):
        if wanted == name:
            call()
