"""The ledger and the log that a process of a Dask worker keeps open for all its work."""

import atexit
from functools import cache
from pathlib import Path
from threading import Lock

from onboarding.ledger import Ledger
from onboarding.model.run import now
from onboarding.runtime import logs
from onboarding.settings.settings import Settings

_OPENING = Lock()


def ledger_of_this_process(settings: Settings) -> Ledger:
    """Return the ledger of this worker's process, and let the process write the same kind of log as the whole run.

    The process opens the ledger once. One ledger for each account would take too many connections. Raises
    ``ConfigurationError`` if the ledger cannot be opened.
    """
    with _OPENING:
        _log_as(settings.log_level, settings.log_format)
        return _opened(settings.ledger_place())


@cache
def _opened(place: str | Path) -> Ledger:
    """Open a ledger for the life of the process."""
    ledger = Ledger.open(place, clock=now)
    atexit.register(ledger.close)
    return ledger


@cache
def _log_as(level: str | None, log_format: str) -> None:
    """Configure the log of this process like the whole run's log, once for each pair of level and format."""
    logs.configure(level=level, log_format=log_format)
