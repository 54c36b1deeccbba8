"""Where are rows prepared?"""

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from onboarding.engines import dask, local

Prepare = Callable[..., Iterator[pd.DataFrame]]
"""Yields every row, decided; ``local.prepare`` says what it takes."""


def engine_of(name: str, scheduler: str | None) -> Prepare:
    """Return the engine of a name: ``local``, or ``dask`` with the cluster at an address or one of its own.

    Raises ``ConfigurationError`` if it is not installed.
    """
    if name == "local":
        return local.prepare
    dask.check_installed()
    return partial(dask.prepare, scheduler)
