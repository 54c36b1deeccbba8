"""Connect to the operator's Dask cluster and check its workers, or start a cluster on this machine.

``dask.workers`` calls functions on the cluster.
"""

import logging
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onboarding import __version__
from onboarding.model.errors import ClusterLost, ConfigurationError
from onboarding.model.values import dataclass
from onboarding.preparing.dask.workers import DaskWorkers
from onboarding.runtime.cores import usable_cores
from onboarding.runtime.files import make_private_folder
from onboarding.runtime.installing import install_command
from onboarding.runtime.logs import get_logger
from onboarding.runtime.scratch import private_scratch
from onboarding.runtime.source_code import own_code_hash

if TYPE_CHECKING:
    from distributed import Client

log = get_logger()

SECONDS_TO_CONNECT = 10

OWN_SETTINGS: Mapping[str, object] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # The profiler looks at all threads a hundred times a second. That may hang Python before 3.11.9
    # (python/cpython#106883).
    "distributed.worker.profile.enabled": False,
    # With Dask's own value of 64 KiB, workers spend a third of their time on returning memory and getting it again.
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(
        ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"), str(256 * 2**20)
    ),
}
"""Dask's settings for a cluster that this run starts.

The cluster shows nothing over HTTP. Dask does not write data to disk, because workers keep rows on disk already
(``parts.WorkerFile``).
"""

SILENT = logging.CRITICAL + 1
LOUD = ("distributed", "tornado", "asyncio")
"""The loggers that this module silences, since they write many lines about a lost connection.

The run reports a lost cluster by the error ``ClusterLost`` instead.
"""


@contextmanager
def dask_workers(
    scheduler: str | None, scratch: Path, *, raise_if_stopped: Callable[[], None] = lambda: None
) -> Iterator[DaskWorkers]:
    """Yield the workers of the cluster with the scheduler at the URL ``scheduler``, or the workers of a new cluster.

    If ``scheduler`` is None, a cluster of processes starts on this machine, with its files in the folder ``scratch``.
    This cluster stops at the end of the block. Raises ``ConfigurationError`` if Dask is not installed, no scheduler
    answers, the workers cannot be used, or a cluster should start on Windows. Raises ``ClusterLost`` if the new cluster
    does not start. Raises the error of ``raise_if_stopped`` after a signal. By default, signals are ignored.
    """
    if scheduler is None and not hasattr(signal, "pthread_sigmask"):
        raise ConfigurationError(
            "--engine dask starts no workers on Windows, where a signal for the run would end them; leave --engine out,"
            " or name a cluster with --scheduler."
        )
    try:
        import dask  # noqa: PLC0415 - an extra, and slow to import
        from distributed import Client  # noqa: PLC0415
    except ImportError:
        command = install_command("dask", package="dask[distributed]")
        raise ConfigurationError(f"--engine dask needs Dask; run {command} and try again.") from None
    for name in LOUD:
        logging.getLogger(name).setLevel(SILENT)
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
        if scheduler is None:
            stack.enter_context(dask.config.set(OWN_SETTINGS))
            cluster = stack.enter_context(_own_cluster(scratch, raise_if_stopped))
            client = stack.enter_context(Client(cluster))
        else:
            client = stack.enter_context(_connected(scheduler))
            _check(client, scheduler)
        workers = DaskWorkers(client, is_own=scheduler is None, raise_if_stopped=raise_if_stopped)
        log.info("dask.ready", threads=workers.threads)
        yield workers


def _connected(scheduler: str) -> "Client":
    from distributed import Client  # noqa: PLC0415

    try:
        return Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except Exception as error:  # noqa: BLE001 - a transport without its settings may raise anything
        also = " and the certificates in Dask's configuration" if scheduler.startswith("tls") else ""
        raise ConfigurationError(
            f"--scheduler {scheduler}: no Dask scheduler answers ({type(error).__name__}); check the address{also}."
        ) from None


@contextmanager
def _own_cluster(scratch: Path, raise_if_stopped: Callable[[], None]) -> Iterator[Any]:
    """Yield a new cluster with a process for each core that the run may use. Its files are in the folder ``scratch``.

    No other program on this machine can connect to the cluster. Raises the error of ``raise_if_stopped``.
    """
    with private_scratch(make_private_folder(scratch)) as folder, _started(str(folder), raise_if_stopped) as cluster:
        yield cluster


def _started(folder: str, raise_if_stopped: Callable[[], None]) -> Any:
    """Return a new cluster with its files in ``folder``. The cluster stops at the end of its ``with`` block.

    Raises ``ClusterLost`` if the cluster does not start, or the error of ``raise_if_stopped``.
    """
    from distributed import LocalCluster  # noqa: PLC0415
    from distributed.security import Security  # noqa: PLC0415

    try:
        with _signals_blocked():
            return LocalCluster(
                n_workers=usable_cores(),
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                security=Security.temporary(),
                local_directory=folder,
                env={"TMPDIR": folder},
                silence_logs=SILENT,
            )
    except (RuntimeError, OSError) as error:
        raise_if_stopped()
        raise ClusterLost(
            f"No Dask cluster could be started on this machine ({type(error).__name__}); nothing was sent."
            " Run again, or with --engine local."
        ) from None


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block SIGINT and SIGTERM, even for the threads and processes that start inside the ``with`` statement.

    This thread gets the signals afterwards. The new threads and processes never get them. A terminal sends Ctrl-C to
    all processes at once, and systemd sends SIGTERM to all. But only the run may react to a signal.
    """
    resource_tracker.ensure_running()  # starting the tracker later would undo the next line
    change_mask: Any = getattr(signal, "pthread_sigmask")  # noqa: B009 - ``dask_workers`` refuses systems without it
    before = change_mask(getattr(signal, "SIG_BLOCK"), {signal.SIGINT, signal.SIGTERM})  # noqa: B009
    try:
        yield
    finally:
        change_mask(getattr(signal, "SIG_SETMASK"), before)  # noqa: B009


def _check(client: "Client", scheduler: str) -> None:
    """Raise ``ConfigurationError`` for a cluster without workers, or with workers that lack this program's code.

    The function asks the workers that the cluster has now. Workers that join later are not asked.

    Log a warning if Dask may write rows to files that stay when a worker is killed, or if a worker may hang.
    """
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        found = list(client.run(_about_worker).values())
    except TimeoutError:
        raise ConfigurationError(f"--scheduler {scheduler}: it has no worker; start some.") from None
    except Exception as error:  # noqa: BLE001 - a foreign environment may raise anything
        raise ConfigurationError(
            f"--scheduler {scheduler}: its workers cannot load onboarding ({type(error).__name__}); install"
            f" onboarding[dask] {__version__} there."
        ) from None
    versions = {about.version for about in found}
    if versions != {__version__}:
        others = ", ".join(sorted(versions))
        raise ConfigurationError(f"--scheduler {scheduler}: its workers have onboarding {others}, not {__version__}.")
    if {about.code for about in found} != {own_code_hash()}:
        raise ConfigurationError(
            f"--scheduler {scheduler}: its workers have onboarding {__version__} as this program, but other code;"
            " install the same commit there and start the workers again."
        )
    if any(about.spills for about in found):
        # Dask would write rows to files with names. Such files stay when a worker is killed.
        log.warning("dask.workers_spill", mend="distributed.worker.memory.target and .spill: false")
    if any(about.may_hang for about in found):
        log.warning("dask.workers_may_hang", mend="distributed.worker.profile.enabled: false, or Python 3.11.9")


@dataclass(frozen=True, slots=True)
class _AboutWorker:
    """A worker's report: the version and hash of its code, and whether the worker may write rows to disk, or hang."""

    version: str
    code: str
    spills: bool
    may_hang: bool


def _about_worker() -> _AboutWorker:
    """Return a report about the worker that calls this function."""
    import dask  # noqa: PLC0415

    return _AboutWorker(
        version=__version__,
        code=own_code_hash(),
        spills=any(dask.config.get(f"distributed.worker.memory.{name}", False) for name in ("target", "spill")),
        may_hang=sys.version_info < (3, 11, 9) and bool(dask.config.get("distributed.worker.profile.enabled", False)),
    )
