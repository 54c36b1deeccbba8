"""What the process of a Dask worker needs before it works for the accounts of a run: its log, reports and ledger.

Threads of the process that was started have all of these already.
"""

import atexit
from functools import cache
from pathlib import Path
from threading import Lock

from onboarding.ledger import Ledger
from onboarding.model.errors import ConfigurationError
from onboarding.model.run import now
from onboarding.pipeline.accounts.shares import AccountTask
from onboarding.runtime import logs
from onboarding.runtime.s3 import SCHEME

_OPENING = Lock()


def opened_for(task: AccountTask) -> Ledger:
    """Let this process log as the whole run does, and return the ledger that all accounts on this worker share.

    Raises ``ConfigurationError`` if the ledger cannot be opened, or if this worker does not see the folder that the
    whole run has made for its reports. A place in S3 is not checked.
    """
    settings = task.settings
    if not settings.out.startswith(SCHEME) and not (Path(settings.out) / task.run_id).is_dir():
        raise ConfigurationError(
            f"Reports cannot be written to {settings.out!r}: a worker does not see that folder; name one with --out"
            " that all workers share, or one in S3."
        )
    with _OPENING:
        _log_as(settings.log_level, settings.log_format)
        return _ledger_of_this_process(settings.ledger_place())


@cache
def _ledger_of_this_process(place: str | Path) -> Ledger:
    """Open a ledger for the life of the process. One ledger for each account would take too many connections."""
    ledger = Ledger.open(place, clock=now)
    atexit.register(ledger.close)
    return ledger


@cache
def _log_as(level: str | None, log_format: str) -> None:
    """Configure the log of this process like that of the whole run, once for each pair of level and format."""
    logs.configure(level=level, log_format=log_format)
