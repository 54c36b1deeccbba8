"""How fast is duckdb's bare scan? ``read_with_duckdb.py EXPORT`` prints the rows and bytes of two columns."""

import json
import sys

import duckdb

SCAN = """
select count(*), sum(strlen("Employee ID")) + sum(strlen("Work Email"))
from read_csv($1, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
"""

rows, size = duckdb.execute(SCAN, [sys.argv[1]]).fetchone()
print(json.dumps({"rows": rows, "bytes": size}))  # noqa: T201
