"""Descriptions of the runs that hold destinations, the errors about a hold, and the digest that names a lock."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC

from onboarding.model.errors import DestinationHeld, HoldLost
from onboarding.model.plan import Scope
from onboarding.model.run import Run

RaiseIfLost = Callable[[], None]
"""A function that raises ``HoldLost`` if a lock was lost. Any thread may call it."""

UNNAMED_HOLDER = "a process without a name"
"""The description of a holder that left no note."""

LONGEST_HOST = 17
"""The most characters of a host's name in PostgreSQL's application name, which is cut after 63 bytes."""


def describe_holder(pid: object, host: object, started: object) -> str:
    """Return the text that names a holder in messages."""
    return f"process {pid} on {host} since {started}"


def beginning_of_holder(run: Run) -> str:
    """Return the text with which the description of a holder begins if the process of this run is the holder.

    The text names the process and the host. A full description also names the time at which a run started. If the
    process holds destinations for several runs, this time is the start of the first run.
    """
    return describe_holder(run.pid, run.host[:LONGEST_HOST], "").partition(" since")[0]


def started_at(run: Run) -> str:
    """Return the start of a run as text in UTC, to the second.

    The text becomes a part of PostgreSQL's application name, which has no room for a longer text.
    """
    return f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def destination_held(scope: Scope, holder: str) -> DestinationHeld:
    """Return the error for a destination that another run holds.

    ``holder`` describes the other run. It is empty if that run has left no note.
    """
    who = f": {holder}" if holder else ", which has only just begun"
    return DestinationHeld(f"{_named(scope)} is held by another run{who}; wait until it has ended")


def hold_lost(scope: Scope, why: str, *, advice: str = "run onboard resume") -> HoldLost:
    """Return the error for a hold that was lost. ``why`` and ``advice`` are clauses: what happened, and what to do."""
    return HoldLost(f"This run sends nothing more, for it no longer holds {_named(scope)}: {why}; {advice}.")


def _named(scope: Scope) -> str:
    """Return the words that name a destination. A scope without an account means the group of all accounts."""
    return f"{scope.destination} {scope.account or '(the group of all accounts)'}"


def digest_of(scope: Scope) -> bytes:
    """Return 8 bytes that identify a destination in the name or number of its lock.

    The bytes are a hash, which hides the account's id: the id does not belong in the name of a file.
    """
    names = json.dumps([scope.destination, scope.account, scope.endpoint])
    return hashlib.blake2b(names.encode(), digest_size=8).digest()
