"""Clusters of Dask workers, and workers that die during a task."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dask
from distributed import LocalCluster

from onboarding.preparing.dask.workers import DaskWorkers

_NAMES = tuple(f"distributed.worker.{name}" for name in ("memory.target", "memory.spill", "profile.enabled"))
RECOMMENDED_SETTINGS = MappingProxyType(dict.fromkeys(_NAMES, False))
"""The settings that the README asks for on a cluster."""

DASK_DEFAULTS = MappingProxyType(dict(zip(_NAMES, (0.6, 0.7, True), strict=True)))


@contextmanager
def cluster(
    folder: Path, *, workers: int = 2, settings: Mapping[str, object] = RECOMMENDED_SETTINGS
) -> Iterator[LocalCluster]:
    """Start a cluster of processes, as an operator may do."""
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            local_directory=str(folder),
            silence_logs=logging.CRITICAL,
        ) as started,
    ):
        yield started


@contextmanager
def scheduler_of_a_worker(code: Path) -> Iterator[str]:
    """Yield the address of a scheduler with one worker, which imports ``onboarding`` from the folder ``code``."""
    address = "127.0.0.1:0"
    with LocalCluster(n_workers=0, dashboard_address=address, silence_logs=logging.CRITICAL) as started:
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "distributed.cli.dask_worker", started.scheduler_address),
                *("--no-nanny", "--nthreads=1", f"--dashboard-address={address}", f"--local-directory={code}"),
            ],
            cwd=code,  # Python looks for modules there first
            stderr=subprocess.DEVNULL,
        )
        try:
            started.wait_for_workers(1)
            yield started.scheduler_address
        finally:
            worker.terminate()
            worker.wait()


class DyingWorkers(DaskWorkers):
    """Workers that die when they are asked to run ``fatal``, the first ``deaths`` times."""

    def __init__(self, client: Any, fatal: Callable[..., Any], folder: Path, *, deaths: int = 1) -> None:
        super().__init__(client, is_own=False)
        self._fatal = fatal
        self._folder = folder
        self._deaths = deaths

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Start a function, which may kill its worker."""
        if function is self._fatal:
            return self._client.submit(die_or_do, str(self._folder), self._deaths, function, *arguments, pure=False)
        return super().submit(function, *arguments)

    @property
    def died(self) -> int:
        """How many workers have died."""
        return len(list(self._folder.iterdir()))


def die_or_do(folder: str, deaths: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Kill this process if fewer than ``deaths`` processes died, else run the function."""
    for number in range(deaths):
        try:
            (Path(folder) / str(number)).touch(exist_ok=False)
        except FileExistsError:
            continue
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*arguments)
