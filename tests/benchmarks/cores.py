"""How much do more cores help? ``python tests/benchmarks/cores.py --rows 10000000`` compares engines on 1 to N cores.

Each contender prepares the same export on the first core, on the first two, and so on up to all cores that this
process may use. ``taskset`` (Linux) gives the cores. Prints a table in Markdown; figures are medians.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Cost, head, in_columns
from prepare import LIBRARIES, OURS, columnar, ours, write_export
from race import Contender, race

# ruff: noqa: T201  the table is printed

PLAIN_ROWS = 1_000_000
MOST_STEPS = 4
"""With more cores than this, their number doubles from one step to the next."""


def steps(cores: Sequence[int]) -> list[list[int]]:
    """Return the sets of cores to measure with, from one core to all of them."""
    if len(cores) <= MOST_STEPS:
        numbers = list(range(1, len(cores) + 1))
    else:
        numbers = [2**power for power in range(len(cores).bit_length()) if 2**power < len(cores)] + [len(cores)]
    return [list(cores[:number]) for number in numbers]


def on_cores(contender: Contender, cores: Sequence[int]) -> Contender:
    """Return the contender confined to these cores."""
    return Contender(
        named(contender, len(cores)), ("taskset", "--cpu-list", ",".join(map(str, cores)), *contender.command)
    )


def named(contender: Contender, cores: int) -> str:
    """Return the name of a contender that has so many cores."""
    return f"{contender.name}, {cores} {'core' if cores == 1 else 'cores'}"


def table(rows: int, contenders: Sequence[Contender], numbers: Sequence[int], costs: Mapping[str, Cost]) -> str:
    """Return a table in Markdown. Each contender is compared with itself on one core."""
    lines = [(f"prepare, {rows:,} rows", "cores", "seconds", "CPU seconds", "peak MB", "times as fast as on 1 core")]
    for contender in contenders:
        alone = costs[named(contender, 1)]
        for number in numbers:
            cost = costs[named(contender, number)]
            seconds = (f"{cost.wall_seconds:.2f}", f"{cost.cpu_seconds:.2f}")
            peak = f"{(cost.peak_bytes or 0) / 1e6:.0f}"
            lines.append((contender.name, f"{number}", *seconds, peak, f"{alone.wall_seconds / cost.wall_seconds:.2f}"))
    return in_columns(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how much more cores help.")
    parser.add_argument("--rows", type=int, default=PLAIN_ROWS, help=f"default {PLAIN_ROWS}")
    parser.add_argument("--runs", type=int, default=3, help="how often each contender has its turn; default 3")
    given = parser.parse_args()
    print(head(LIBRARIES, given.runs), flush=True)
    sets = steps(sorted(os.sched_getaffinity(0)))
    export = f"{given.rows}.csv"
    contenders = [ours(OURS, export), *columnar(export)]
    with TemporaryDirectory() as folder:
        write_export(Path(folder), export, given.rows)
        confined = [on_cores(contender, cores) for contender in contenders for cores in sets]
        costs, _ = race(confined, folder=Path(folder), runs=given.runs)
    print("", table(given.rows, contenders, [len(cores) for cores in sets], costs), sep="\n", flush=True)


if __name__ == "__main__":
    main()
