"""Where are rows prepared?"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from onboarding.exports import Export
from onboarding.preparing import local
from onboarding.preparing.candidates import Rules
from onboarding.preparing.dask import spread
from onboarding.preparing.dask.cluster import check_installed, dask_workers
from onboarding.preparing.local import OnRead, writable
from onboarding.runtime.memory import USUAL_FOOTPRINT, Footprint

Prepare = Callable[..., Iterator[pd.DataFrame]]
"""Yields every row, decided; ``local.prepare`` says what it takes."""


def engine_of(name: str, scheduler: str | None) -> Prepare:
    """Return the engine of a name: ``local``, or ``dask`` with the cluster at an address or one of its own.

    Raises ``ConfigurationError`` if it is not installed.
    """
    if name == "local":
        return local.prepare
    check_installed()
    return partial(_prepare_by_dask, scheduler)


def _prepare_by_dask(
    scheduler: str | None,
    exports: Sequence[Export],
    rules: Rules,
    *,
    scratch: Path,
    footprint: Footprint = USUAL_FOOTPRINT,
    on_read: OnRead = lambda _rows, _source: None,
    raise_if_stopped: Callable[[], None] = lambda: None,
) -> Iterator[pd.DataFrame]:
    """Yield every row of the exports as ``local.prepare`` does, decided by the workers of a cluster.

    Raises as that does, and ``ConfigurationError`` if nobody can work there, and ``ClusterLost``.
    """
    with writable(scratch), dask_workers(scheduler, scratch, raise_if_stopped=raise_if_stopped) as workers:
        yield from spread.prepare_on_workers(exports, rules, workers, part_bytes=footprint.part_bytes, on_read=on_read)
