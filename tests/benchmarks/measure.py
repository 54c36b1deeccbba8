"""The cost of a process as the operating system counts it, and how tables show it."""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Self

PEAK_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
"""The unit in which ``getrusage`` tells the peak."""


PASS_GUARDS = ("--max-rejected", "100%", "--max-held", "100%", "--max-same-address", "100%")
"""Options with which no guard stops the plan of a hostile file."""


class ContenderFailed(Exception):
    """A process ended with an exit code other than 0."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took; ``peak_bytes`` is that of the largest among it and its children, ``None`` if not known."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: float | None

    @classmethod
    def median(cls, costs: Sequence[Self]) -> Self:
        """Return the median of each figure by itself."""
        return cls(
            median(cost.wall_seconds for cost in costs),
            median(cost.cpu_seconds for cost in costs),
            median(cost.peak_bytes for cost in costs if cost.peak_bytes is not None),
        )

    def scaled(self, factor: float) -> Self:
        """Return the cost of so many times as much work if time grows with it; of the memory nothing is known."""
        return type(self)(self.wall_seconds * factor, self.cpu_seconds * factor, None)


def measure(command: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> tuple[Cost, str]:
    """Run a command in a folder to its end and return its cost and what it wrote to stdout.

    Start it from a small process: until it loads its own program, a new process is as large as the one it came from.
    Raises ``ContenderFailed``.
    """
    os.sync()  # what the one before has written shall not be this one's burden
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        if process.returncode:
            told = stderr.read().decode(errors="replace")[-2000:]
            raise ContenderFailed(f"{' '.join(command)} ended with exit code {process.returncode}\n{told}")
        cost = Cost(wall_seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * PEAK_UNIT_BYTES)
        return cost, stdout.read().decode()


def head(libraries: Sequence[str], runs: int) -> str:
    """Return when, where and with what was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}; medians of {runs}."
    )


def in_columns(lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown: the first line has the headings, the first column the names, the others numbers."""
    name_width, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    rule = ("-" * name_width, *("-" * (width - 1) + ":" for width in widths))
    return "\n".join(
        "| " + " | ".join((line[0].ljust(name_width), *map(str.rjust, line[1:], widths))) + " |"
        for line in (lines[0], rule, *lines[1:])
    )
