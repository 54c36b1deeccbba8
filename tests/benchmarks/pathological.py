"""How much longer do files take that are made to cost time? ``python tests/benchmarks/pathological.py --rows 200000``.

Prints a table in Markdown: each kind beside the usual mix with as many rows. A kind that the job refuses says so.
"""

import argparse
import gzip
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from measure import PASS_GUARDS, ContenderFailed, Cost, head, in_columns, measure

sys.path.append(str(Path(__file__).parent.parent / "support"))  # when it is run by itself

from large_export import HEADER, write_large_export

# ruff: noqa: T201  the tables are printed

ALIKE = "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456"
"""Cyrillic letters that look Latin."""

LATIN = "abcdefghijklmnopqrstuvwxyz"
SMALL_EXPORTS = 1_000
LONG_TEXT = "x" * 130_000
PARQUET_ROWS = 2**16
"""The rows of a Parquet file in which all rows have the long text, so that it claims to hold 8 GB."""

Row = Callable[[int], str]


def word(number: int, letters: str, length: int) -> str:
    """Return a word of these letters, a different one for each number."""
    found = ""
    for _ in range(length):
        number, at = divmod(number, len(letters))
        found += letters[at]
    return found


def line(number: int, address: str, status: str = "Active") -> str:
    """Return a line of an export."""
    return f"{number:07},Ana,Ruiz,{address},boss@boss.example,Sales,Clerk,Paris,2020-01-01,{status}\n"


KINDS: Mapping[str, Row] = {
    "IDN look-alikes": lambda n: line(n, f"ana{n}@{word(n, ALIKE, 8)}.example"),
    "look-alike local parts": lambda n: line(n, f"{word(n, ALIKE, 8)}@corp.example"),
    "domains of one length": lambda n: line(n, f"ana{n}@{word(7919 * n, LATIN, 59)}.com"),
    "last labels": lambda n: line(n, f"ana{n}@corp.{word(n, LATIN, 5)}"),
    "statuses": lambda n: line(n, f"ana{n}@example.com", f"Zustand – {word(n, LATIN, 6)} für: {n} é"),
}


def write_files(folder: Path, rows: int) -> dict[str, str]:
    """Write a file, or a folder of files, of each kind, and return their names by the name of the kind."""
    names = {kind: f"{at}.csv" for at, kind in enumerate(KINDS)}
    for kind, row in KINDS.items():
        (folder / names[kind]).write_text(HEADER + "".join(map(row, range(rows))), encoding="utf-8")
    lines = [line(number, f"ana{number}@example.com") for number in range(rows)]
    members = b"".join(gzip.compress(text.encode(), 1) for text in [HEADER, *lines])
    (folder / "members.csv.gz").write_bytes(members)
    (folder / "small").mkdir()
    for at, text in enumerate(lines[:SMALL_EXPORTS]):
        (folder / "small" / f"{at:04}.csv").write_text(HEADER + text, encoding="utf-8")
    (folder / "ends.csv.gz").write_bytes(gzip.compress(f"{HEADER}{lines[0]}".encode() + b"\n" * 2**28))
    for name, column in {"long.parquet": [LONG_TEXT], "padded.parquet": [LONG_TEXT]}.items():
        texts = pa.array(column).dictionary_encode().take(pa.array([0] * PARQUET_ROWS))
        padding = pa.array([at * 2_654_435_761 if name == "padded.parquet" else 0 for at in range(PARQUET_ROWS)])
        pq.write_table(pa.table({"Email": texts, "Padding": padding}), folder / name, store_schema=False)
    return {
        **names,
        "gzip members": "members.csv.gz",
        f"{SMALL_EXPORTS:,} exports of a row": "small",
        "gzip of 256 MiB of line ends": "ends.csv.gz",
        "Parquet of one long text": "long.parquet",
        "Parquet of one long text, padded": "padded.parquet",
    }


def cost_of(export: str, folder: Path) -> Cost | None:
    """Return what a plan of an export costs, or ``None`` if the job refuses the export."""
    with TemporaryDirectory(dir=folder) as state, TemporaryDirectory(dir=folder) as out:
        options = ["--sandbox", "--out", out, "--quiet", *PASS_GUARDS]
        command = [sys.executable, "-m", "onboarding", "plan", export, *options]
        try:
            return measure(command, folder=folder, environment={**os.environ, "XDG_STATE_HOME": state})[0]
        except ContenderFailed as failed:
            if "exit code 4" not in str(failed):
                raise
            return None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how long files take that are made to cost time.")
    parser.add_argument("--rows", type=int, default=200_000)
    given = parser.parse_args()
    print(head(("pandas", "pyarrow", "email-validator"), 1), flush=True)
    with TemporaryDirectory() as made:
        folder = Path(made)
        write_large_export(folder / "usual.csv", rows=given.rows, seed=1)
        usual = cost_of("usual.csv", folder)
        assert usual is not None, "the usual mix is never refused"
        lines = [
            (f"{given.rows:,} rows", "CPU seconds", "the usual mix = 1"),
            ("the usual mix", f"{usual.cpu_seconds:.1f}", "1.0"),
        ]
        for kind, name in write_files(folder, given.rows).items():
            cost = cost_of(name, folder)
            ratio = f"{cost.cpu_seconds / usual.cpu_seconds:.1f}" if cost else "refused"
            lines.append((kind, f"{cost.cpu_seconds:.1f}" if cost else "", ratio))
    print("", in_columns(lines), sep="\n")


if __name__ == "__main__":
    main()
