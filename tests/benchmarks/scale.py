"""What does a run to many accounts take, with other numbers of rows, accounts and workers? ``…/scale.py``.

Prints tables in Markdown: what was measured, which prices follow from it, and what runs would take that fit on no such
machine. Runs are measured that differ in one number each, by the CPU seconds of the three that work: the process
that was started, the workers of a Dask cluster, and PostgreSQL. From the differences follow the prices of a row, an
account and a request, and from these a forecast, under the assumptions that are printed with it.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import psutil
from measure import head, in_columns, measure
from postgresql import served

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.model.plan import CHUNK_SIZE

sys.path.append(str(Path(__file__).parent.parent / "support"))  # when it is run by itself
from clusters import cluster

# ruff: noqa: T201  the tables are printed

SERVE = Path(__file__).parent / "contenders" / "serve.py"
LIBRARIES = ("dask", "pandas", "pyarrow", "psycopg", "boto3")
AWS = {"AWS_ACCESS_KEY_ID": "anyone", "AWS_SECRET_ACCESS_KEY": "anything", "AWS_EC2_METADATA_DISABLED": "true"}

REQUESTS_PER_SECOND = 10
"""What a forecast assumes that the service allows each account."""

DATABASE_CORES = 16
"""How many cores a forecast gives to PostgreSQL."""

ASSUMED = (
    "Forecast, for accounts with equally many rows, which lie together: each account takes"
    f" {REQUESTS_PER_SECOND} requests a second, PostgreSQL has {DATABASE_CORES} cores, disks and network keep up,"
    " and so does Dask's scheduler."
)

FORECASTS = (
    *((1_000_000, 10, workers) for workers in (2, 8)),
    *((100_000_000, 1_000, workers) for workers in (8, 32)),
    *((1_000_000_000, 10_000, workers) for workers in (8, 32, 128, 512)),
    (1_000_000_000, 100, 128),
)
"""Rows, accounts, and threads of workers."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to do. Who is only planned takes no request."""

    rows: int
    accounts: int
    sends: bool = True

    @property
    def requests(self) -> int:
        """How many it takes if the rows are spread evenly."""
        return self.accounts * ceil(self.rows / self.accounts / CHUNK_SIZE) if self.sends else 0


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of each of those who work."""

    client: float
    workers: float
    database: float

    def __add__(self, other: Self) -> Self:
        return type(self)(self.client + other.client, self.workers + other.workers, self.database + other.database)

    def __mul__(self, factor: float) -> Self:
        return type(self)(self.client * factor, self.workers * factor, self.database * factor)

    def __sub__(self, other: Self) -> Self:
        """Return the difference; what is less than nothing could not be measured, and is nothing."""
        difference = self + other * -1
        return type(self)(*(max(0.0, spent) for spent in (difference.client, difference.workers, difference.database)))

    @property
    def total(self) -> float:
        """All of them."""
        return self.client + self.workers + self.database


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took."""

    size: Size
    seconds: float
    spent: Spent


@dataclass(frozen=True, slots=True)
class Prices:
    """What is spent on each run, account (with its first request), row and further request."""

    run: Spent
    account: Spent
    row: Spent
    request: Spent

    @classmethod
    def of(cls, base: Measured, accounts: Measured, rows: Measured, requests: Measured) -> Self:
        """Return the prices that follow from runs that differ from ``base`` in one number each."""
        account = (accounts.spent - base.spent) * (1 / (accounts.size.accounts - base.size.accounts))
        row = (rows.spent - base.spent) * (1 / (rows.size.rows - base.size.rows))
        more = requests.spent - (base.spent + row * (requests.size.rows - base.size.rows))
        request = more * (1 / (requests.size.requests - base.size.requests))
        run = base.spent - (account * base.size.accounts + row * base.size.rows)
        return cls(run, account, row, request)

    def spent(self, size: Size) -> Spent:
        """Return what a run of some size spends."""
        further = max(0, size.requests - size.accounts)
        return self.run + self.account * size.accounts + self.row * size.rows + self.request * further


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many seconds each would keep a run waiting, were it alone with it."""

    preparing: float
    client: float
    workers: float
    database: float
    service: float

    @classmethod
    def of(cls, prices: Prices, size: Size, threads: int) -> Self:
        """Forecast a run. Rows are prepared first; then workers, database and service work side by side."""
        prepared = prices.run + prices.row * size.rows
        sent = prices.spent(size) - prepared
        return cls(
            preparing=prepared.client + prepared.workers / threads + prepared.database / DATABASE_CORES,
            client=sent.client,
            workers=sent.workers / threads,
            database=sent.database / DATABASE_CORES,
            service=size.requests / size.accounts / REQUESTS_PER_SECOND,
        )

    @property
    def sending(self) -> float:
        """How long it takes after the preparation: as long as the slowest."""
        return max(self.client, self.workers, self.database, self.service)

    @property
    def limit(self) -> str:
        """Who keeps the run waiting for longest."""
        found = {"preparing": self.preparing, "this process": self.client, "workers": self.workers}
        found |= {"database": self.database, "service": self.service}
        return max(found, key=lambda name: found[name])


class Bench:
    """Where runs are measured: a cluster of some processes, a PostgreSQL server, and a service without limits."""

    def __init__(self, folder: Path, stack: ExitStack, *, workers: int) -> None:
        self._folder = folder
        self._server = stack.enter_context(served(folder))
        self._postmaster = psutil.Process(int((folder / "postgresql" / "postmaster.pid").read_text().split()[0]))
        # What dies with its nanny is left to it, and the tracker of resources does no work.
        before = set(psutil.Process().children(recursive=True))
        self._cluster = stack.enter_context(cluster(folder / "dask", workers=workers))
        self._workers = set(psutil.Process().children(recursive=True)) - before
        self.measure(Size(80, 8))  # the first time they load what they need

    def measure(self, size: Size) -> Measured:
        """Carry out one run to accounts where nobody is yet. Raises ``ContenderFailed``."""
        write(self._folder / "people.csv", size)
        workers, database = _cpu_seconds(self._workers), self._database_seconds()
        with _service() as url:
            command = [
                *(sys.executable, "-m", "onboarding", "run" if size.sends else "plan", "people.csv", "--quiet"),
                *("--engine", "dask", "--scheduler", self._cluster.scheduler_address, "--account-column", "Account"),
                *("--ledger", self._server.new(), "--endpoint-url", url, "--settle-seconds", "0"),
            ]
            cost, _ = measure(command, folder=self._folder, environment={**os.environ, "ONBOARD_LOG_LEVEL": "error"})
        spent = Spent(cost.cpu_seconds, _cpu_seconds(self._workers) - workers, self._database_seconds() - database)
        return Measured(size, cost.wall_seconds, spent)

    def _database_seconds(self) -> float:
        return _cpu_seconds({self._postmaster, *self._postmaster.children()})


def write(file: Path, size: Size) -> None:
    """Write an export in which each row is another account's than the one before, so that nothing lies together."""
    with file.open("w", encoding="utf-8") as opened:
        opened.write("Employee ID,Email,Department,Job Title,Location,Account\n")
        opened.writelines(
            f"{number},person{number}@example.com,Sales,Clerk,Paris,{TEAM_ACCOUNT}-{number % size.accounts:05}\n"
            for number in range(size.rows)
        )


@contextmanager
def _service() -> Iterator[str]:
    command = [sys.executable, str(SERVE), "0", "1", "0", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip() if process.stdout else ""
        process.communicate()


def _cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Return what processes have spent, and those of their children that have ended."""
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system + one.children_user + one.children_system for one in times)


def of_runs(measured: Sequence[Measured]) -> str:
    """Return the table of what was measured."""
    heads = (
        "rows, accounts",
        "requests",
        "seconds",
        "CPU: this process",
        "workers",
        "database",
        "share of this process",
    )
    return in_columns(
        [
            heads,
            *(
                (
                    f"{one.size.rows:,}, {one.size.accounts:,}",
                    f"{one.size.requests:,}",
                    f"{one.seconds:.1f}",
                    *(f"{spent:.1f}" for spent in (one.spent.client, one.spent.workers, one.spent.database)),
                    f"{one.spent.client / one.spent.total:.0%}",
                )
                for one in measured
            ),
        ]
    )


def of_prices(prices: Prices) -> str:
    """Return the table of what each thing costs."""
    named = {"run": prices.run, "account": prices.account, "row": prices.row, "further request": prices.request}
    lines = [
        (name, *(f"{spent * 1000:.4f}" for spent in (price.client, price.workers, price.database)))
        for name, price in named.items()
    ]
    return in_columns([("CPU milliseconds for each", "this process", "workers", "database"), *lines])


def of_forecasts(prices: Prices) -> str:
    """Return the table of runs that nobody has measured."""
    lines = []
    for rows, accounts, threads in FORECASTS:
        found = Forecast.of(prices, Size(rows, accounts), threads)
        times = (found.preparing, found.client, found.workers, found.database, found.service)
        together = found.preparing + found.sending
        lines.append((f"{rows:,}, {accounts:,}", f"{threads}", *map(_told, times), _told(together), found.limit))
    heads = ("preparing", "this process", "workers", "database", "service", "together", "limit")
    return in_columns([("rows, accounts", "threads of workers", *heads), *lines])


def _told(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def sizes(scale: float) -> list[Size]:
    """Return the runs that are measured: the base, with more accounts, rows, and requests, and with more of all."""
    return [
        Size(80, 8),
        Size(80 + 20 * round(200 * scale), 8 + round(200 * scale)),
        Size(80 + round(2_000_000 * scale), 8, sends=False),
        Size(80 + round(80_000 * scale), 8),
        Size(80 + round(50_000 * scale), 8 + round(100 * scale)),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure runs to many accounts, and forecast larger ones.")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the usual work; default 1")
    given = parser.parse_args()
    os.environ.update(AWS)  # workers have theirs from here
    print(head(LIBRARIES, 1), flush=True)
    base, accounts, rows, requests, mixed = sizes(given.scale)
    with _bench(workers=1) as bench:
        alone = bench.measure(rows)
    with _bench(workers=2) as bench:
        measured = [bench.measure(size) for size in (base, accounts, rows, requests, mixed)]
    prices = Prices.of(*measured[:4])
    foretold, found = prices.spent(mixed).total, measured[4].spent.total
    told = (
        of_runs(measured),
        f"With one worker {rows.rows:,} rows take {alone.seconds:.1f} s, with two {measured[2].seconds:.1f} s.",
        of_prices(prices),
        f"By these the last run, of which they know nothing, spends {foretold:.1f} s; it spent {found:.1f} s.",
        ASSUMED,
        of_forecasts(prices),
    )
    print("", "\n\n".join(told), sep="\n", flush=True)


@contextmanager
def _bench(*, workers: int) -> Iterator[Bench]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        yield Bench(Path(folder), stack, workers=workers)


if __name__ == "__main__":
    main()
