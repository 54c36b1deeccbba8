"""Processes that hold the destination of a ledger. They are forked, since to load the libraries takes a second."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from onboarding.ledger import Ledger
from onboarding.model.plan import Scope
from onboarding.model.run import Run

SINCE = datetime(2026, 2, 28, 23, 15, tzinfo=UTC)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["onboarding.ledger.ledger"])


@contextmanager
def other_process_holds(url: str, scope: Scope) -> Iterator[BaseProcess]:
    """Hold a destination from another process until the block ends. The block may kill the process."""
    ours, theirs = _FORKS.Pipe()
    process = _FORKS.Process(target=_hold, args=(url, scope, theirs))
    process.start()
    theirs.close()
    with ours:
        assert ours.recv() == "held"
        yield process
    process.join()
    process.close()


def _hold(url: str, scope: Scope, connection: Connection) -> None:
    """Hold a destination until the other end of the connection closes."""
    run = Run(run_id="other", scope=scope, command="run", version="1.0", started_at=SINCE)
    with Ledger.open(url, clock=lambda: SINCE) as ledger, ledger.hold(run):
        connection.send("held")
        connection.poll(None)
