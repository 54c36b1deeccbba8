"""How do workers of a Dask cluster do what is to be done, and what if one of them dies?

Dask does it again elsewhere, with whatever that needs: all that is asked of workers are pure functions of values. What
a function raises comes back as a value, since Dask would write it to a log, and it may quote a cell.
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import resource_tracker
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import pandas as pd
import structlog

from onboarding import __version__
from onboarding.engines import spread
from onboarding.engines.candidates import Rules
from onboarding.engines.local import OnRead, writable
from onboarding.errors import ConfigurationError, OnboardingError
from onboarding.exports import Export
from onboarding.footprint import USUAL, Footprint
from onboarding.private import make_private

if TYPE_CHECKING:
    from distributed import Client, Future

log = structlog.get_logger()

SECONDS_TO_CONNECT = 10
SECONDS_WITHOUT_WORKERS = 120
"""How long a cluster may have no worker before nobody waits for another one any more."""

GLANCE_SECONDS = 0.5
"""How long a signal may go unnoticed."""

OWN: Mapping[str, object] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.memory.target": False,
}
"""Nothing of a cluster of our own is shown over HTTP; and what its workers keep is on disk already (``shelf``)."""


class ClusterLost(OnboardingError):
    """The cluster cannot do what it was asked for. Nothing was sent."""


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

    @property
    def count(self) -> int:
        """How many threads the workers have together."""
        return max(1, self._threads())

    def submit(self, function: Callable[..., Any], *given: Any) -> "Future[Any]":
        """Have something done by the worker that is nearest to what is given."""
        return self._client.submit(attempt, function, *given, pure=False)

    def result(self, submitted: "Future[Any]") -> Any:
        """Wait for a result. Raises what the function raised that is for the user, ``ClusterLost``, and as ``heed``."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

        try:
            self._wait(submitted)
            # Workers of our own are reached without a detour over the scheduler.
            found = self._client.gather(submitted, direct=self._is_own or None)
        except KilledWorker:
            raise ClusterLost(
                "Every worker died that worked on one part of the input; nothing was sent. Give workers more memory,"
                " or take --low-memory."
            ) from None
        except (CancelledError, OSError) as error:
            raise ClusterLost(
                f"The Dask cluster was lost ({type(error).__name__}); nothing was sent: run again."
            ) from None
        if isinstance(found, Failed):
            raise found.error
        return found

    def _wait(self, submitted: "Future[Any]") -> None:
        from distributed import wait  # noqa: PLC0415

        seen = time.monotonic()
        while True:
            try:
                wait([submitted], timeout=GLANCE_SECONDS)
            except TimeoutError:
                self._heed()
            else:
                return
            if self._threads():
                seen = time.monotonic()
            elif time.monotonic() > seen + SECONDS_WITHOUT_WORKERS:
                raise ClusterLost("The Dask cluster has no worker left; nothing was sent: start some and run again.")

    def _threads(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return threads


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


def prepare(
    scheduler: str | None,
    exports: Sequence[Export],
    rules: Rules,
    *,
    scratch: Path,
    footprint: Footprint = USUAL,
    on_read: OnRead = lambda _rows, _source: None,
    heed: Callable[[], None] = lambda: None,
) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports as ``local.prepare`` does, decided by the workers of a cluster.

    Raises as that does, and ``ConfigurationError`` if nobody can work there, and ``ClusterLost``.
    """
    with writable(scratch), dask_workers(scheduler, scratch, heed=heed) as workers:
        yield from spread.prepare(exports, rules, workers, part_bytes=footprint.part_bytes, on_read=on_read)


def check_installed() -> None:
    """Raise ``ConfigurationError`` if Dask is not installed."""
    if find_spec("distributed") is None:
        raise ConfigurationError("--engine dask needs Dask; pip install 'onboarding[dask]'.")


@contextmanager
def dask_workers(
    scheduler: str | None, scratch: Path, *, heed: Callable[[], None] = lambda: None
) -> Iterator[DaskWorkers]:
    """Give the workers of the cluster at an address, or those of a cluster of processes on this machine.

    Raises ``ConfigurationError`` if nobody can work there.
    """
    import dask  # noqa: PLC0415 - an extra, and slow to import
    from distributed import Client  # noqa: PLC0415

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        if scheduler is None:
            stack.enter_context(dask.config.set(OWN))
            cluster = stack.enter_context(_own_cluster(scratch, heed))
            client = stack.enter_context(Client(cluster))
        else:
            try:
                client = stack.enter_context(Client(scheduler, timeout=SECONDS_TO_CONNECT))
            except (OSError, ValueError, TimeoutError) as error:
                raise ConfigurationError(
                    f"--scheduler {scheduler}: no Dask scheduler answers ({type(error).__name__}); check the address."
                ) from None
            _check(client, scheduler)
        workers = DaskWorkers(client, is_own=scheduler is None, heed=heed)
        log.info("dask.ready", threads=workers.count)
        yield workers


@contextmanager
def _own_cluster(scratch: Path, heed: Callable[[], None]) -> Iterator[Any]:
    """Start a process for each core, whom nobody else on this machine can talk to."""
    from distributed import LocalCluster  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    folder = str(make_private(scratch / "dask"))
    try:
        with _deaf_to_interrupts():
            cluster = LocalCluster(
                n_workers=len(os.sched_getaffinity(0)),
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                security=Security.temporary(),
                local_directory=folder,
                env={"TMPDIR": folder},
                silence_logs=logging.CRITICAL,
            )
    except (RuntimeError, OSError) as error:
        heed()
        raise ClusterLost(
            f"No Dask cluster could be started on this machine ({type(error).__name__}); nothing was sent."
            " Run again, or with --engine local."
        ) from None
    with cluster:
        yield cluster


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Have threads and processes that are started in the block leave Ctrl-C to this thread, which hears it after.

    A terminal sends it to all processes at once, and what it means is for the run to say.
    """
    resource_tracker.ensure_running()  # what starts it would undo the next line
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check(client: "Client", scheduler: str) -> None:
    """Refuse a cluster without workers, or whose workers have another version of this program."""
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        versions = set(client.run(_version).values())
    except TimeoutError:
        raise ConfigurationError(f"--scheduler {scheduler}: it has no worker; start some.") from None
    except Exception as error:  # noqa: BLE001 - whatever a foreign environment raises
        raise ConfigurationError(
            f"--scheduler {scheduler}: its workers cannot load onboarding ({type(error).__name__}); install"
            f" onboarding[dask] {__version__} there."
        ) from None
    if versions != {__version__}:
        found = ", ".join(sorted(versions))
        raise ConfigurationError(f"--scheduler {scheduler}: its workers have onboarding {found}, not {__version__}.")


def _version() -> str:
    return __version__
