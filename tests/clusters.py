"""Clusters of workers, and what kills one of these."""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import LocalCluster

from onboarding.engines.dask import DaskWorkers


@contextmanager
def cluster(folder: Path, *, workers: int = 2) -> Iterator[LocalCluster]:
    """Start a cluster of processes, as somebody else may run one."""
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        local_directory=str(folder),
        silence_logs=logging.CRITICAL,
    ) as started:
        yield started


class Deadly(DaskWorkers):
    """Workers of whom the first one that is asked to do ``victim`` dies of it, as often as ``deaths`` says."""

    def __init__(self, client: Any, victim: Callable[..., Any], folder: Path, *, deaths: int = 1) -> None:
        super().__init__(client, is_own=False)
        self._victim = victim
        self._folder = folder
        self._deaths = deaths

    def submit(self, function: Callable[..., Any], *given: Any) -> Any:
        """Have something done, perhaps for the last time."""
        if function is self._victim:
            return self._client.submit(die_or_do, str(self._folder), self._deaths, function, *given, pure=False)
        return super().submit(function, *given)

    @property
    def died(self) -> int:
        """How many have died."""
        return len(list(self._folder.iterdir()))


def die_or_do(folder: str, deaths: int, function: Callable[..., Any], *given: Any) -> Any:
    """Kill this process if fewer than ``deaths`` have been, else do something."""
    for number in range(deaths):
        try:
            (Path(folder) / str(number)).touch(exist_ok=False)
        except FileExistsError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*given)
