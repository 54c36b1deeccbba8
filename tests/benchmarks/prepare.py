"""How fast is an export prepared, by this job and by others? ``python tests/benchmarks/prepare.py --rows 1000000``.

Prints tables in Markdown. All contenders get the same file in the same run and take turns; each is a process of its
own. Figures are medians, memory is the peak that the operating system saw. What they found is compared, and a table
is printed only if they agree.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import PASS_GUARDS, Cost, head, in_columns
from race import Contender, Found, race

# ruff: noqa: T201  the tables are printed

HERE = Path(__file__).parent
LIBRARIES = ("pandas", "pyarrow", "email-validator", "polars", "duckdb")
OURS = "onboard plan"
OUR_READER = "onboarding.exports"
PLAIN = "pandas script, email-validator on every row"
PLAIN_ROWS = 1_000_000
"""The plain script takes a minute for so many rows; for more its time is scaled."""

IN_C = "C, one thread: the limit"

HOSTILE = {"duplicate": "a third duplicates", "odd": "all rows odd", "invalid": "all rows invalid"}
HOSTILE_ROWS = 1_000_000


def preparing(rows: int, program: Path | None = None) -> list[Contender]:
    """Return who prepares the export of so many rows and writes the whole report. ``program`` is the one in C."""
    export = f"{rows}.csv"
    plain = [] if rows > PLAIN_ROWS else [Contender(PLAIN, (*_script("plain_script"), export, "OUT"))]
    in_c = [Contender(IN_C, (str(program), export, "OUT"))] if program else []
    return [
        ours(OURS, export),
        ours(f"{OURS} --engine dask", export, "--engine", "dask"),
        *columnar(export),
        Contender("pandas in memory, written well", (*_script("with_pandas"), export, "OUT")),
        *in_c,
        *plain,
    ]


def columnar(export: str) -> list[Contender]:
    """Return the columnar engines that prepare an export."""
    return [
        Contender("polars, streaming", (*_script("with_polars"), export, "OUT")),
        Contender("duckdb, SQL", (*_script("with_duckdb"), export, "OUT")),
    ]


def ours(name: str, export: str, *flags: str) -> Contender:
    """Return the job itself, which plans for an export with further flags."""
    options = ("--sandbox", "--out", "OUT", "--quiet", *PASS_GUARDS, *flags)
    return Contender(name, (sys.executable, "-m", "onboarding", "plan", export, *options))


def compiled(folder: Path) -> Path | None:
    """Compile the program in C into a folder, and return it. Return None on a machine without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        print("No C compiler: the limit is not measured.", file=sys.stderr, flush=True)
        return None
    program = folder / "prepare"
    subprocess.run([compiler, "-O3", "-o", program, HERE / "contenders" / "prepare.c"], check=True)
    return program


def reading(rows: int) -> list[Contender]:
    """Return who reads the export of so many rows and does nothing with them."""
    readers = {
        OUR_READER: "read_with_onboard",
        "pyarrow, two columns": "read_with_pyarrow",
        "polars, two columns": "read_with_polars",
        "duckdb, two columns": "read_with_duckdb",
    }
    return [Contender(name, (*_script(script), f"{rows}.csv")) for name, script in readers.items()]


def table(title: str, rows: int, costs: Mapping[str, Cost]) -> str:
    """Return a table in Markdown; the first of the costs is the one that others are compared with."""
    first = next(iter(costs.values()))
    head = (f"{title}, {rows:,} rows", "seconds", "CPU seconds", "peak MB", "rows per second", "time, first = 1")
    lines = [head] + [
        (
            name,
            f"{cost.wall_seconds:.2f}",
            f"{cost.cpu_seconds:.2f}",
            "" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:.0f}",
            f"{rows / cost.wall_seconds:,.0f}",
            f"{cost.wall_seconds / first.wall_seconds:.2f}",
        )
        for name, cost in costs.items()
    ]
    return in_columns(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how fast exports are prepared and read.")
    parser.add_argument("--rows", type=int, action="append", help=f"repeatable; default {PLAIN_ROWS}")
    parser.add_argument("--runs", type=int, default=3, help="how often each contender has its turn; default 3")
    given = parser.parse_args()
    sizes = set(given.rows or [PLAIN_ROWS])
    if max(sizes) > PLAIN_ROWS:
        sizes.add(PLAIN_ROWS)
    print(head(LIBRARIES, given.runs), flush=True)
    with TemporaryDirectory() as folder:
        _measure_all(Path(folder), sorted(sizes), given.runs)


def _measure_all(folder: Path, sizes: list[int], runs: int) -> None:
    plain, program = None, compiled(folder)
    for rows in sizes:
        write_export(folder, f"{rows}.csv", rows)
        costs, found = race(preparing(rows, program), folder=folder, runs=runs)
        plain = costs.get(PLAIN, plain)
        if plain and PLAIN not in costs:
            costs[f"{PLAIN} (scaled from {PLAIN_ROWS:,} rows)"] = plain.scaled(rows / PLAIN_ROWS)
        _show(table("prepare", rows, costs), "", f"All found the same: {_counts(found)}.")
        costs, _ = race(reading(rows), folder=folder, runs=runs)
        _show(table("read", rows, costs))
    _measure_hostile(folder, min(sizes[-1], HOSTILE_ROWS), runs)


def _measure_hostile(folder: Path, rows: int, runs: int) -> None:
    """Compare the job on the usual file with itself on files of which all rows are of the worst kinds."""
    for kind in HOSTILE:
        write_export(folder, f"{kind}.csv", rows, "--only", kind)
    contenders = [
        ours(f"{OURS}, the usual mix", f"{rows}.csv"),
        *(ours(f"{OURS}, {HOSTILE[kind]}", f"{kind}.csv") for kind in HOSTILE),
    ]
    costs, _ = race(contenders, folder=folder, runs=runs, same_work=False)
    _show(table("hostile", rows, costs))


def _script(name: str) -> tuple[str, str]:
    return sys.executable, str(HERE / "contenders" / f"{name}.py")


def write_export(folder: Path, name: str, rows: int, *options: str) -> None:
    """Write a made-up export of so many rows in a process of its own, so that this one stays small."""
    print(f"… writing {name}", file=sys.stderr, flush=True)
    script = HERE.parent / "support" / "large_export.py"
    command = [sys.executable, str(script), "--rows", str(rows), *options, str(folder / name)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _counts(found: Found) -> str:
    return ", ".join(f"{fate} {count:,}" for fate, count in found.items() if isinstance(count, int))


def _show(*lines: str) -> None:
    print("", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()
