"""How much of what a service allows is used, and how much is asked in vain? ``python tests/benchmarks/sending.py``.

Prints a table in Markdown for each way in which a service may limit its rate: the share of what its bucket permitted
(the burst, and the rate as long as was sent) that was used, and the share of requests that were throttled, by the
sandbox's own count. Contenders take turns, each in a process of its own and with a sandbox of its own.
``--scale 0.1`` takes a tenth of the time, and says as much less.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from measure import head, in_columns, measure
from postgresql import Server, served

# ruff: noqa: T201  the table is printed

FOLDER = Path(__file__).parent
CONTENDER = FOLDER / "contenders" / "send_at_rate.py"
SERVICE = FOLDER / "contenders" / "serve.py"
LIBRARIES = ("boto3", "tenacity")
OURS = "onboard"
BARE_CALLS = "onboard, no ledger"
ON_SERVER = "onboard, PostgreSQL"
BARE = "bare loop, 32 threads"
PEERS = (
    "one thread, tenacity",
    "16 threads, tenacity",
    "16 threads, botocore standard",
    "16 threads, botocore adaptive",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How a service limits its rate: from ``seconds`` on so many requests a second. ``known``: from an earlier run."""

    name: str
    seconds: float
    rate: float
    burst: int
    latency_seconds: float = 0.05
    jitter: float = 0
    steps: tuple[tuple[float, float], ...] = ()
    known: float | None = None
    processes: int = 1
    beside_peers: bool = False

    def scaled(self, scale: float) -> "Limit":
        """Return the same in another time."""
        steps = tuple((scale * at, rate) for at, rate in self.steps)
        return replace(self, seconds=scale * self.seconds, steps=steps)

    def permitted(self, seconds: float) -> float:
        """Return how many requests may pass in the first so many seconds."""
        permitted, since, rate = float(self.burst), 0.0, self.rate
        for at, following in (*self.steps, (seconds, 0.0)):
            permitted += rate * (min(at, seconds) - since)
            since, rate = min(at, seconds), following
        return permitted


LIMITS = (
    Limit("50/s, burst 20", 120, 50, 20),
    Limit("10/s, burst 10", 120, 10, 10),
    Limit("50/s, burst 20, rate known", 120, 50, 20, known=50),
    Limit("10/s, burst 10, rate known", 120, 10, 10, known=10),
    Limit("50/s, burst 20", 25, 50, 20, beside_peers=True),
    Limit("10/s, burst 10", 25, 10, 10, beside_peers=True),
    Limit("50/s, burst 20, 300 ms ± 30 %", 120, 50, 20, latency_seconds=0.3, jitter=0.3),
    Limit("50, 10, 50/s, burst 20", 60, 50, 20, steps=((20, 10), (40, 50)), beside_peers=True),
    Limit("50/s, burst 20, two processes", 120, 50, 20, processes=2, beside_peers=True),
    Limit("50/s, burst 1", 60, 50, 1),
    Limit("10/s, burst 1", 60, 10, 1),
)
UNLIMITED = Limit("no limit", 120, 0, 1, latency_seconds=0)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of sending: requests that were let through, shares of 1, and the CPU of one request."""

    taken: float
    used: float
    throttled: float
    smallest: float
    a_second: float
    cpu_ms: float


class Service:
    """A sandbox in a process of its own."""

    def __init__(self, limit: Limit) -> None:
        figures = [limit.rate, limit.burst, limit.latency_seconds, limit.jitter]
        steps = [f"{at}:{rate}" for at, rate in limit.steps]
        command = [sys.executable, str(SERVICE), *map(str, figures), *steps]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()

    def end(self) -> dict[str, int]:
        """Stop it, and return how many invitations came, by status."""
        told, _ = self._process.communicate(timeout=60)
        return json.loads(told)["requests"]["InviteUsers"]


def send(strategy: str, limit: Limit, ledger: str = "") -> Result:
    """Return what came of sending with a strategy. ``ledger`` is a new database on a server, or empty."""
    service = Service(limit)
    environment = {**os.environ, "BENCHMARK_LEDGER": ledger}
    command = [sys.executable, str(CONTENDER), strategy, service.url, str(limit.seconds)]
    command += [str(limit.known)] if limit.known else []
    with ThreadPoolExecutor(limit.processes) as pool:
        run = partial(measure, command, folder=Path.cwd(), environment=environment)
        told = [json.loads(printed) for _, printed in pool.map(lambda _: run(), range(limit.processes))]
    statuses = service.end()
    seconds = max(one["seconds"] for one in told)
    taken, throttled = (statuses.get(status, 0) for status in ("201", "429"))
    return Result(
        taken=taken,
        used=taken / limit.permitted(seconds),
        throttled=throttled / (taken + throttled),
        smallest=min(one["taken"] for one in told) / taken,
        a_second=taken / seconds,
        cpu_ms=1000 * sum(one["cpu_seconds"] for one in told) / (taken + throttled),
    )


def medians(results: Sequence[Result]) -> Result:
    """Return the median of each figure by itself."""
    return Result(**{name.name: median(getattr(one, name.name) for one in results) for name in fields(Result)})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how much of what a service allows is used.")
    parser.add_argument("--scale", type=float, default=1.0, help="of the time it takes; default 1")
    parser.add_argument("--runs", type=int, default=3, help="how often each contender has its turn; default 3")
    parser.add_argument("--only", default="", help="limits whose name has this; default all")
    given = parser.parse_args()
    print(head(LIBRARIES, given.runs), end="\n\n", flush=True)
    for limit in (limit.scaled(given.scale) for limit in LIMITS if given.only in limit.name):
        results = compare(limit, (OURS, *(PEERS if limit.beside_peers else ())), given.runs)
        heading = (f"{limit.name}, {limit.seconds:g} s", "used", "throttled", "smallest share")
        lines = [
            (name, f"{one.used:.1%}", f"{one.throttled:.2%}", f"{one.smallest:.0%}") for name, one in results.items()
        ]
        print(in_columns([heading, *lines]), end="\n\n", flush=True)
    if given.only in UNLIMITED.name:
        with TemporaryDirectory() as folder, served(Path(folder)) as server:
            strategies = (BARE, BARE_CALLS, OURS, ON_SERVER)
            results = compare(UNLIMITED.scaled(given.scale), strategies, given.runs, server)
        heading = (
            f"no limit, {UNLIMITED.seconds * given.scale:g} s",
            "requests a second",
            "of the bare loop",
            "CPU ms",
        )
        lines = [
            (name, f"{one.a_second:.0f}", f"{one.a_second / results[BARE].a_second:.2f}", f"{one.cpu_ms:.2f}")
            for name, one in results.items()
        ]
        print(in_columns([heading, *lines]), flush=True)


def compare(limit: Limit, strategies: Sequence[str], runs: int, server: Server | None = None) -> dict[str, Result]:
    """Return what came of each strategy; they take turns. ``server`` has the ledgers of the strategies that need it."""
    results: defaultdict[str, list[Result]] = defaultdict(list)
    for _ in range(runs):
        for strategy in strategies:
            print(f"… {limit.name}: {strategy}", file=sys.stderr, flush=True)
            ledger = server.new() if server and strategy == ON_SERVER else ""
            results[strategy].append(send(strategy, limit, ledger))
    return {strategy: medians(each) for strategy, each in results.items()}


if __name__ == "__main__":
    main()
