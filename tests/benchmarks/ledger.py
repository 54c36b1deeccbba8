"""What does the ledger cost a run? ``python tests/benchmarks/ledger.py --chunks 1000 --old 1000000``.

Prints a table in Markdown. The same chunks of 50 are sent with no ledger, with a new one and with one that holds so
many old invites, on SQLite and on PostgreSQL. Contenders take turns, each in a process of its own and with a fresh
copy of its ledger. Figures are medians; memory is the peak that the operating system saw.
"""

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Protocol

from measure import head, in_columns, measure
from postgresql import served
from sqlalchemy import create_engine, make_url, text

from onboarding.ledger import Ledger
from onboarding.model.plan import CHUNK_SIZE, Chunk, Invitee, Scope
from onboarding.model.run import Run

# ruff: noqa: T201  the table is printed

CONTENDER = Path(__file__).parent / "contenders" / "send_with_ledger.py"
LIBRARIES = ("SQLAlchemy", "psycopg")
NO_LEDGER = "no ledger"
NOTHING = "nothing"
SCOPE = Scope("chime", "account-1")
OLD_AT_A_TIME = 10_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What sending took, from the first chunk to the last, and the peak of the whole process."""

    seconds: float
    peak_bytes: float


class Databases(Protocol):
    """Where ledgers are; a ledger is named by its SQLAlchemy URL."""

    def new(self) -> str:
        """Return where a ledger may be made."""

    def copy(self, ledger: str) -> str:
        """Return where a copy of a ledger is that nobody has open."""


class Files:
    """SQLite's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def new(self) -> str:
        return f"sqlite:///{self._folder / f'{next(self._numbers)}.db'}"

    def copy(self, ledger: str) -> str:
        copied = self.new()
        shutil.copy(make_url(ledger).database or "", make_url(copied).database or "")
        return copied


def fill(place: str, invites: int, scope: Scope = SCOPE) -> None:
    """Make a ledger in which an earlier run has invited so many people: ``old0@example.com`` and so on."""
    run = Run(run_id="old", scope=scope, command="run", version="0", started_at=datetime.now(UTC))
    with Ledger.open(place, clock=lambda: datetime.now(UTC)) as ledger:
        ledger.begin(run)
        for first in range(0, invites, OLD_AT_A_TIME):
            people = range(first, min(first + OLD_AT_A_TIME, invites))
            addresses = [f"old{number}@example.com" for number in people]
            ledger.claim("old", scope, Chunk(first, tuple(map(Invitee, people, addresses, addresses))))
        ledger.end("old", exit_code=0, counts={})
    # All at once: settling each would take minutes.
    engine = create_engine(make_url(place))
    with engine.begin() as connection:
        connection.execute(text("UPDATE invites SET state = 'invited', attempts = 1, decided_at = claimed_at"))
    engine.dispose()


def compare(databases: Mapping[str, Databases], *, chunks: int, old: int, runs: int) -> dict[str, Cost]:
    """Return what sending so many chunks takes, by ledger, the one without a ledger first."""
    ledgers: dict[str, tuple[Databases, str]] = {}
    for kind, some in databases.items():
        for name, invites in ((f"{kind}, new", 0), (f"{kind}, {old:,} old invites", old)):
            print(f"… filling {name}", file=sys.stderr, flush=True)
            ledgers[name] = some, some.new()
            fill(ledgers[name][1], invites)
    costs: defaultdict[str, list[Cost]] = defaultdict(list)
    for _ in range(runs):
        for name in (NO_LEDGER, *ledgers):
            print(f"… {name}", file=sys.stderr, flush=True)
            place = NOTHING if name == NO_LEDGER else ledgers[name][0].copy(ledgers[name][1])
            costs[name].append(_cost(chunks, place))
    return {
        name: Cost(median(cost.seconds for cost in each), median(cost.peak_bytes for cost in each))
        for name, each in costs.items()
    }


def table(costs: Mapping[str, Cost], chunks: int) -> str:
    """Return a table in Markdown, with what each ledger adds to sending without one."""
    without = costs[NO_LEDGER]
    heading = (f"{chunks:,} chunks of {CHUNK_SIZE}", "seconds", "ms more for each chunk", "peak MB")
    lines = [
        (
            name,
            f"{cost.seconds:.2f}",
            f"{(cost.seconds - without.seconds) / chunks * 1000:.2f}",
            f"{cost.peak_bytes / 1e6:.0f}",
        )
        for name, cost in costs.items()
    ]
    return in_columns([heading, *lines])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what the ledger costs a run.")
    parser.add_argument("--chunks", type=int, default=1000, help="to send; default 1000")
    parser.add_argument("--old", type=int, default=1_000_000, help="invites in an old ledger; default a million")
    parser.add_argument("--runs", type=int, default=3, help="how often each contender has its turn; default 3")
    given = parser.parse_args()
    print(head(LIBRARIES, given.runs), end="\n\n", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        databases = {"SQLite": Files(folder), "PostgreSQL": stack.enter_context(served(folder))}
        print(table(compare(databases, chunks=given.chunks, old=given.old, runs=given.runs), given.chunks))


def _cost(chunks: int, place: str) -> Cost:
    command = [sys.executable, str(CONTENDER), str(chunks), place]
    cost, printed = measure(command, folder=Path.cwd(), environment=os.environ)
    told = json.loads(printed)
    if told["invited"] != chunks * CHUNK_SIZE:
        raise SystemExit(f"{place}: {told['invited']} people were invited, not {chunks * CHUNK_SIZE}")
    return Cost(told["seconds"], cost.peak_bytes or 0)


if __name__ == "__main__":
    main()
