"""What does a night cost when the ledger is full? ``python tests/benchmarks/nightly.py --old 1000000``.

Prints a table in Markdown. A nightly run reads an export of 20,000 people, of which 50 are new. One ledger knows the
other people of the export, and another knows many more people besides. The two take turns, each with a fresh copy of
its ledger. Figures are medians; memory is the peak that the operating system saw.
"""

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger import fill
from measure import Cost, head, in_columns, measure

from onboarding.destinations.chime import TEAM_ACCOUNT
from onboarding.destinations.opening import SANDBOX_ENDPOINT
from onboarding.model.plan import Scope

# ruff: noqa: T201  the table is printed

SCOPE = Scope("chime", TEAM_ACCOUNT, SANDBOX_ENDPOINT)
LIBRARIES = ("SQLAlchemy", "pandas", "pyarrow")
EXPORT = "people.csv"
EXPORT_ROWS, NEW_ROWS = 20_000, 50


def compare(folder: Path, *, old: int, runs: int) -> dict[str, Cost]:
    """Return the median cost of a night by ledger. The ledger of the export's people comes first.

    Raises ``SystemExit`` if a night has invited others than the new people.
    """
    _write_export(folder / EXPORT)
    ledgers = {}
    for invites in (EXPORT_ROWS - NEW_ROWS, old):
        name = f"{invites:,} old invites"
        print(f"… filling {name}", file=sys.stderr, flush=True)
        ledgers[name] = folder / f"{invites}.sqlite3"
        fill(f"sqlite:///{ledgers[name]}", invites, SCOPE)
    costs: defaultdict[str, list[Cost]] = defaultdict(list)
    for _ in range(runs):
        for name, ledger in ledgers.items():
            print(f"… {name}", file=sys.stderr, flush=True)
            costs[name].append(_night(folder, ledger))
    return {name: Cost.median(each) for name, each in costs.items()}


def table(costs: Mapping[str, Cost]) -> str:
    """Return a table in Markdown, in which each ledger is compared with the first."""
    first = next(iter(costs.values()))
    lines = [
        (
            name,
            f"{cost.wall_seconds:.2f}",
            f"{cost.cpu_seconds:.2f}",
            f"{(cost.peak_bytes or 0) / 1e6:.0f}",
            f"{cost.wall_seconds / first.wall_seconds:.2f}",
            f"{cost.cpu_seconds / first.cpu_seconds:.2f}",
        )
        for name, cost in costs.items()
    ]
    heading = f"a night of {EXPORT_ROWS:,} rows, {NEW_ROWS} new"
    return in_columns([(heading, "seconds", "CPU seconds", "peak MB", "time, first = 1", "CPU, first = 1"), *lines])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure a night with a full ledger.")
    parser.add_argument("--old", type=int, default=1_000_000, help="invites in the full ledger; default a million")
    parser.add_argument("--runs", type=int, default=5, help="how often each ledger has its turn; default 5")
    given = parser.parse_args()
    print(head(LIBRARIES, given.runs), flush=True)
    with TemporaryDirectory() as folder:
        print("", table(compare(Path(folder), old=given.old, runs=given.runs)), sep="\n", flush=True)


def _write_export(path: Path) -> None:
    """Write an export of the first people of ``ledger.fill``, and of people whom no ledger knows."""
    known = (f"old{number}@example.com" for number in range(EXPORT_ROWS - NEW_ROWS))
    new = (f"new{number}@example.com" for number in range(NEW_ROWS))
    path.write_text("\n".join(("Email", *known, *new, "")), encoding="utf-8")


def _night(folder: Path, ledger: Path) -> Cost:
    with TemporaryDirectory(dir=folder) as state:
        copied = Path(state) / "onboarding" / "sandbox" / "ledger.sqlite3"
        copied.parent.mkdir(parents=True)
        shutil.copy(ledger, copied)
        command = (sys.executable, "-m", "onboarding", "run", EXPORT, "--sandbox", "--out", state, "--quiet")
        cost, _ = measure(command, folder=folder, environment={**os.environ, "XDG_STATE_HOME": state})
        (summary,) = Path(state).glob("*/summary.json")
        counts = json.loads(summary.read_text(encoding="utf-8"))["counts"]
    if counts.get("invited") != NEW_ROWS:
        raise SystemExit(f"{ledger}: the night was to invite {NEW_ROWS} people: {counts}")
    return cost


if __name__ == "__main__":
    main()
