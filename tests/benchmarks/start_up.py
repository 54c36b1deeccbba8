"""Measure what a small command costs before its rows do: ``python tests/benchmarks/start_up.py``.

The table has the CPU milliseconds of each command on 50 rows (the median of its runs, in turns), and the number of
modules that it loads. A second table has the modules of the last command that take longest to load, each without the
modules that it loads itself. A first run of each command does not count, since Python compiles modules in it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROWS = 50
MODULES_SHOWN = 25
SAMPLE = "people.csv"
RUN_FLAGS = (SAMPLE, "--sandbox", "--fresh")
COMMANDS: Mapping[str, Sequence[str]] = {
    "help": ("--help",),
    "guide": ("guide", "exit-codes"),
    "schema": ("schema", "settings"),
    "runs": ("runs", "--sandbox"),
    "who": ("who", "p1@corp.example.com", "--sandbox"),
    "check": ("check", "--sandbox"),
    "inspect": ("inspect", SAMPLE),
    "plan": ("plan", *RUN_FLAGS),
    "run": ("run", *RUN_FLAGS),
}

Loading = tuple[float, Mapping[str, float]]
"""The CPU milliseconds of a command, and those that each module that it loaded took by itself."""

SCRIPT = """
import importlib.machinery, json, sys, time

own, inner = {}, []

def timed(loader):
    load = loader.exec_module
    def exec_module(self, module):
        begun = time.process_time()
        inner.append(0.0)
        try:
            return load(self, module)
        finally:
            took = time.process_time() - begun
            own[module.__name__] = 1000 * (took - inner.pop())
            if inner:
                inner[-1] += took
    loader.exec_module = exec_module

for loader in (importlib.machinery.SourceFileLoader, importlib.machinery.ExtensionFileLoader):
    timed(loader)
from onboarding.cli.app import main
try:
    main()
finally:
    print(json.dumps([1000 * time.process_time(), own]), file=sys.stderr)
"""


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each command runs [default: 5]")
    parser.add_argument("commands", nargs="*", choices=COMMANDS, default=tuple(COMMANDS), help="[default: all]")
    wanted = parser.parse_args()
    measured: dict[str, list[Loading]] = {name: [] for name in wanted.commands}
    with _folder() as folder:
        for _ in range(1 + wanted.runs):
            for name, found in measured.items():
                found.append(_measure(folder, COMMANDS[name]))
    sys.stdout.writelines(f"{line}\n" for line in _tables({name: found[1:] for name, found in measured.items()}))


def _tables(measured: Mapping[str, Sequence[Loading]]) -> Iterator[str]:
    yield from ("| command | CPU milliseconds | modules loaded |", "| --- | --- | --- |")
    for name, found in measured.items():
        yield f"| {name} | {median(cost for cost, _ in found):,.0f} | {len(found[-1][1]):,} |"
    *_, (last, found) = measured.items()
    yield from ("", f"| module of {last} | its own CPU milliseconds |", "| --- | --- |")
    own = {name: median(modules.get(name, 0) for _, modules in found) for name in found[-1][1]}
    for name in sorted(own, key=own.__getitem__, reverse=True)[:MODULES_SHOWN]:
        yield f"| {name} | {own[name]:.1f} |"


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        lines = "".join(f"Ann Lee,p{row}@corp.example.com\n" for row in range(ROWS))
        (Path(name) / SAMPLE).write_text(f"Name,Email\n{lines}")
        yield Path(name)


def _measure(folder: Path, arguments: Sequence[str]) -> Loading:
    """Run a command. Raises ``CalledProcessError`` if the command fails."""
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    cost, modules = json.loads(done.stderr.splitlines()[-1])
    return cost, modules


if __name__ == "__main__":
    main()
