"""How fast is polars' bare scan? ``read_with_polars.py EXPORT`` prints the rows and bytes of two columns."""

import json
import sys

import polars as pl

scan = pl.scan_csv(sys.argv[1], infer_schema=False, empty_string_is_null=False)
sums = scan.select(pl.len(), pl.col("Employee ID", "Work Email").str.len_bytes().cast(pl.Int64).sum())
rows, *sizes = sums.collect(engine="streaming").row(0)
print(json.dumps({"rows": rows, "bytes": sum(sizes)}))  # noqa: T201
