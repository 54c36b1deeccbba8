"""Who carries out the work for the accounts of one run: threads of this process, or Dask workers on other machines.

Threads suffice for most runs: each account's service sets the pace, and a thread mostly waits. ``worker`` has the work
itself, which is the same for both carriers.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Protocol

from onboarding.ledger import Ledger
from onboarding.model.errors import Interrupted, OnboardingError, WorkerFailed
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.preparing import DaskWorkers, OnStop, dask_workers
from onboarding.runtime.logs import get_logger
from onboarding.runtime.signals import StopSignal
from onboarding.settings.settings import Settings

ACCOUNTS_AT_A_TIME = 16
"""How many accounts the threads of one process serve at a time. Each account opens about fifteen files and sockets."""

ACCOUNTS_IN_LITTLE_MEMORY = 4
"""How many accounts they serve at a time with ``--low-memory``. Each account has up to 50,000 rows in memory."""

GLANCE_SECONDS = 0.5
"""How long the run waits for an account before it looks for a request to stop."""

log = get_logger()

Work = Callable[[AccountTask, OnStop, Ledger], Any]
"""The work for one account. It gets a task, a way to hear that the whole run must stop, and the ledger."""


class Carrier(Protocol):
    """Carries out the work for many accounts, several accounts at a time."""

    def each(self, work: Work, tasks: Sequence[AccountTask]) -> Iterator[tuple[int, Any]]:
        """Do the work for each task, and yield each result as soon as the work ends.

        Each result comes with the number of its task in ``tasks``, counted from 0. If the work fails, its result is the
        error. When the run must stop, the work that has begun hears of that, and all other tasks fail with
        ``Interrupted``.
        """


def open_carrier(settings: Settings, ledger: Ledger, stop: StopSignal) -> AbstractContextManager[Carrier]:
    """Return a context manager that gives the workers of ``--scheduler``, or else threads of this process.

    ``ledger`` is the ledger of the whole run, and ``stop`` the request to stop the run. Raises ``ConfigurationError``
    if the workers cannot be used.
    """
    if settings.scheduler is None:
        most = ACCOUNTS_IN_LITTLE_MEMORY if settings.low_memory else ACCOUNTS_AT_A_TIME
        return nullcontext(ThreadCarrier(ledger, stop, most=most))
    return _workers(settings.scheduler, settings, stop)


class ThreadCarrier:
    """Threads of this process, which share one ledger. At most ``most`` accounts have a thread at a time."""

    def __init__(self, ledger: Ledger, stop: StopSignal, *, most: int = ACCOUNTS_AT_A_TIME) -> None:
        self._ledger = ledger
        self._stop = stop
        self._most = most
        self._stop_calls: set[Callable[[], None]] = set()

    def each(self, work: Work, tasks: Sequence[AccountTask]) -> Iterator[tuple[int, Any]]:
        """Do the work for each task in a thread, as ``Carrier.each`` says."""
        waiting = deque(enumerate(tasks))
        under_way: dict[Future[Any], int] = {}
        with ThreadPoolExecutor(self._most, "account") as pool:
            try:
                while waiting or under_way:
                    if self._stop.exit_code is not None:
                        yield from ((number, Interrupted(self._stop.exit_code)) for number, _ in waiting)
                        waiting.clear()
                        self._call_all()
                    while waiting and len(under_way) < self._most:
                        number, task = waiting.popleft()
                        under_way[pool.submit(self._result_of, work, task)] = number
                    done, _ = wait(under_way, timeout=GLANCE_SECONDS, return_when=FIRST_COMPLETED)
                    yield from ((under_way.pop(future), future.result()) for future in done)
            finally:  # an error in the run itself must not wait for hours until all accounts are sent
                if under_way:
                    self._call_all()

    def _result_of(self, work: Work, task: AccountTask) -> Any:
        try:
            return work(task, self._on_stop, self._ledger)
        except OnboardingError as error:
            return error
        except Exception as error:
            log.exception("account.failed")
            return WorkerFailed.of(error)

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


@contextmanager
def _workers(scheduler: str, settings: Settings, stop: StopSignal) -> Iterator["DaskCarrier"]:
    with dask_workers(scheduler, settings.state_folder(), raise_if_stopped=stop.raise_if_stopped) as workers:
        yield DaskCarrier(workers)


class DaskCarrier:
    """The workers of a Dask cluster. ``workers`` has their long tasks, as ``DaskWorkers`` has them."""

    def __init__(self, workers: DaskWorkers) -> None:
        self._workers = workers

    def each(self, work: Work, tasks: Sequence[AccountTask]) -> Iterator[tuple[int, Any]]:
        """Do the work for each task on a worker, as ``Carrier.each`` says."""
        return self._workers.each(partial(on_worker, work), tasks)


def on_worker(work: Work, task: AccountTask, until: OnStop) -> Any:
    """Do the work for a task in a worker's process, which logs as the whole run does and shares one ledger.

    Raises ``ConfigurationError`` if the worker does not see the folder for reports.
    """
    from onboarding.pipeline.accounts import worker_process  # noqa: PLC0415 - for workers alone

    return work(task, until, worker_process.opened_for(task))
