"""Clusters of workers, and what kills one of these."""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dask
from distributed import LocalCluster

from onboarding.preparing.dask.workers import DaskWorkers

_NAMES = tuple(f"distributed.worker.{name}" for name in ("memory.target", "memory.spill", "profile.enabled"))
AS_TOLD = MappingProxyType(dict.fromkeys(_NAMES, False))
"""What the README tells those to set who run a cluster."""

AS_DASK_HAS_IT = MappingProxyType(dict(zip(_NAMES, (0.6, 0.7, True), strict=True)))


@contextmanager
def cluster(folder: Path, *, workers: int = 2, settings: Mapping[str, object] = AS_TOLD) -> Iterator[LocalCluster]:
    """Start a cluster of processes, as somebody else may run one."""
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
