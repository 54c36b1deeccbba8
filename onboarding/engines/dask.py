"""How do workers of a Dask cluster do what is to be done, and what if one of them dies?

Dask does it again elsewhere, with whatever that needs: all that is asked of workers may be done twice. What a function
raises comes back as a value, since Dask would write it to a log, and it may quote a cell.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from onboarding.errors import OnboardingError

if TYPE_CHECKING:
    from distributed import Client, Future

SECONDS_WITHOUT_WORKERS = 120
"""How long a cluster may have no worker, or not answer, before nobody waits for it any more."""

SECONDS_TO_ANSWER = 5
GLANCE_SECONDS = 0.5
"""How long a signal may go unnoticed while nothing else happens."""


class ClusterLost(OnboardingError):
    """The cluster cannot do what it was asked for."""


class WorkerFailed(OnboardingError):
    """A function failed on a worker, which is a bug. Its message names no value."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a function raised that was done elsewhere."""

    error: OnboardingError


class DaskWorkers:
    """The workers of a cluster (``spread.Workers``). ``heed`` raises ``Interrupted`` if a signal came meanwhile."""

    def __init__(self, client: "Client", *, is_own: bool, heed: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._is_own = is_own
        self._heed = heed
        self._seen = time.monotonic()

    @property
    def count(self) -> int:
        """How many threads the workers have together. Raises ``ClusterLost``."""
        return max(1, self._threads())

    def submit(self, function: Callable[..., Any], *given: Any) -> "Future[Any]":
        """Have something done by the worker that is nearest to what is given. Raises as ``heed``."""
        self._heed()
        return self._client.submit(attempt, function, *given, pure=False)

    def result(self, submitted: "Future[Any]") -> Any:
        """Wait for a result. Raises what the function raised that is for the user, ``ClusterLost``, and as ``heed``."""
        self._heed()
        while not self._is_done(submitted):
            self._heed()
        return self._fetched(submitted)

    def _is_done(self, submitted: "Future[Any]") -> bool:
        """Wait a moment for this; raise ``ClusterLost`` if there has been nobody to do it for long."""
        from distributed import CancelledError, wait  # noqa: PLC0415 - an extra

        is_done = True
        try:
            wait([submitted], timeout=GLANCE_SECONDS)
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
