"""What does a report say became of the rows? ``fates.py REPORT`` prints it as JSON.

Two reports with the same answer have the same rows in the same order, accepted and refused the same ones for the same
reason, and point from every repeated row to the same earlier one. It is a process of its own, so that the one that
starts the contenders stays small: see ``measure``.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

COMPARED = ("row", "employee_id", "name", "email_as_given", "email", "disposition", "reason", "duplicate_of")
"""The columns that do not depend on the run or on how a refusal is worded."""


def fates_in(report: Path) -> dict[str, int | str]:
    """Return the number of rows of each disposition and reason, and the SHA-256 of each column compared."""
    digests = {name: hashlib.sha256() for name in COMPARED}
    counts: Counter[str] = Counter()
    types = dict.fromkeys(COMPARED, pa.string())
    options = csv.ConvertOptions(include_columns=COMPARED, column_types=types, strings_can_be_null=False)
    for batch in csv.open_csv(report, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options):
        for name, digest in digests.items():
            digest.update(_as_lines(batch[name]))
        for fate in pa.table(batch).group_by(["disposition", "reason"]).aggregate([([], "count_all")]).to_pylist():
            counts[": ".join(filter(None, (fate["disposition"], fate["reason"])))] += fate["count_all"]
    return dict(sorted(counts.items())) | {f"column {name}": digest.hexdigest() for name, digest in digests.items()}


def _as_lines(column: pa.Array) -> bytes:
    lines = pc.binary_join_element_wise(column, "", "\n")
    joined: bytes = pc.binary_join(pa.LargeListArray.from_arrays([0, len(lines)], lines), "")[0].as_py().encode()
    return joined


if __name__ == "__main__":
    print(json.dumps(fates_in(Path(sys.argv[1]))))  # noqa: T201
