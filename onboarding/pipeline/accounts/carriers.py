"""Carry out the work for the accounts of one run, in threads of this process or on Dask workers on other machines.

Threads are enough for most runs: each account's service sets the pace, and a thread mostly waits. ``worker`` has the
work itself, which is the same for threads and workers.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError
from onboarding.model.values import dataclass
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.pipeline.worker_process import ledger_of_this_process
from onboarding.preparing import dask_workers
from onboarding.runtime.long_tasks import LongTasks, OnStop, ThreadTasks
from onboarding.runtime.s3 import SCHEME
from onboarding.runtime.signals import StopSignal
from onboarding.settings.settings import Settings

ACCOUNTS_AT_A_TIME = 16
"""The most accounts that the threads of a process serve at a time. Each account opens about 15 files and sockets."""

ACCOUNTS_IN_LITTLE_MEMORY = 4
"""The most accounts that threads serve at a time with ``--low-memory``. An account has up to 50,000 rows in memory."""

Work = Callable[[AccountTask, OnStop, Ledger], Any]
"""A function that does the work for one account. It gets a task, the request to stop the whole run, and the ledger."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries out the work for many accounts. ``tasks`` are threads or workers.

    ``ledger`` is the ledger that threads share. ``ledger`` is None for workers: each process of a worker opens its own
    ledger.
    """

    tasks: LongTasks
    ledger: Ledger | None = None

    def each(self, work: Work, given: Sequence[AccountTask]) -> Iterator[tuple[int, Any]]:
        """Do the work for each task of ``given``, and yield each result with the number of its task, from 0.

        Each result is yielded as soon as the work for its task ends. If the work fails, the result is the error.
        """
        return self.tasks.each(partial(carry_out, work, self.ledger), given)


@contextmanager
def open_carrier(settings: Settings, ledger: Ledger, stop: StopSignal) -> Iterator[Carrier]:
    """Yield a carrier with the workers of ``--scheduler``, or else with threads of this process.

    ``ledger`` is the ledger of the whole run, and ``stop`` the request to stop the run. Raises ``ConfigurationError``
    if the workers cannot be used.
    """
    if settings.scheduler:
        with dask_workers(settings.scheduler, settings.state_folder(), raise_if_stopped=stop.raise_if_stopped) as tasks:
            yield Carrier(tasks)
    else:
        most = ACCOUNTS_IN_LITTLE_MEMORY if settings.low_memory else ACCOUNTS_AT_A_TIME
        yield Carrier(ThreadTasks(most, raise_if_stopped=stop.raise_if_stopped), ledger)


def carry_out(work: Work, ledger: Ledger | None, task: AccountTask, until: OnStop) -> Any:
    """Do the work for a task. ``ledger`` is the ledger of the whole run, or None in the process of a Dask worker.

    A worker writes the same kind of log as the whole run, and opens one ledger for all its accounts. Raises
    ``ConfigurationError`` if the worker does not see the folder that the whole run has made for its reports. A place in
    S3 is not checked.
    """
    settings = task.settings
    if ledger is not None:
        return work(task, until, ledger)
    if not settings.out.startswith(SCHEME) and not (Path(settings.out) / task.run_id).is_dir():
        raise ConfigurationError(
            f"Reports cannot be written to {settings.out!r}: a worker does not see that folder; name one with --out"
            " that all workers share, or one in S3."
        )
    return work(task, until, ledger_of_this_process(settings))
