"""Short ways to make runs, chunks and rows for tests of the ledger."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pandas as pd

from onboarding.model.outcomes import Outcome
from onboarding.model.plan import Chunk, Invitee, Scope
from onboarding.model.rows import DECIDED
from onboarding.model.run import Run

NOW = datetime(2026, 3, 1, 8, 30, 0, 250_000, tzinfo=UTC)
CHIME = Scope("chime", "account-1")


def run(run_id, *, scope=CHIME, started_at=NOW) -> Run:
    """Return a run that has begun."""
    return Run(run_id=run_id, scope=scope, command="run", version="1.0", started_at=started_at)


def chunk(first, last, *, number=1, position=None, again=()) -> Chunk:
    """Return a chunk of invitees ``first`` to ``last``, at positions of the same numbers, or from ``position`` on."""
    shift = 0 if position is None else position - first
    people = range(first, last + 1)
    return Chunk(number, tuple(Invitee(n + shift, f"Person{n}@example.com", key(n), again=n in again) for n in people))


def key(number) -> str:
    """Return the key of an invitee."""
    return f"person{number}@example.com"


def outcome(number, state, *, attempts=1, **more) -> Outcome:
    """Return the outcome of sending to an invitee."""
    return Outcome(number, key(number), state, attempts, **more)


def states(ledger, run_id="first") -> list[str]:
    """Return the states of everything that a run has claimed, by position."""
    return ledger.outcomes(run_id, 0, 1_000_000)["state"].tolist()


def frame(first, names) -> pd.DataFrame:
    """Return decided rows of people with these names, at positions from the first on."""
    columns = {
        column: pd.array([1] * len(names), "int64") if dtype == "int64" else pd.array(names, dtype)
        for column, dtype in DECIDED.items()
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(first, first + len(names)))


@contextmanager
def files_up_to(size_bytes) -> Iterator[None]:
    """Make the kernel refuse any file longer than ``size_bytes``."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
