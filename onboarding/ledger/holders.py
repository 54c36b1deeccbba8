"""The holders of destinations: how messages name a run that holds a destination, and the digest that names its lock."""

import hashlib
import json
from datetime import UTC

from onboarding.model.errors import DestinationHeld
from onboarding.model.plan import Scope
from onboarding.model.run import Run

UNNAMED_HOLDER = "a process without a name"
"""The description of a holder that left no note."""


def describe_holder(pid: object, host: object, started: object) -> str:
    """Return the text that names a holder in messages."""
    return f"process {pid} on {host} since {started}"


def started_at(run: Run) -> str:
    """Return a run's start to the second, since PostgreSQL's application name has no room for more."""
    return f"{run.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def destination_held(scope: Scope, holder: str) -> DestinationHeld:
    """Return the error that a destination is held. ``holder`` describes the holder, and is empty if it left no note."""
    who = f": {holder}" if holder else ", which has only just begun"
    return DestinationHeld(f"{scope.destination} {scope.account} is held by another run{who}; wait until it has ended")


def digest_of(scope: Scope) -> bytes:
    """Return 8 bytes that stand for a scope.

    They have a fixed length, and hide the account's id, which does not belong in the name of a file.
    """
    names = json.dumps([scope.destination, scope.account, scope.endpoint])
    return hashlib.blake2b(names.encode(), digest_size=8).digest()
