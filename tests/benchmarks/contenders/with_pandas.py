"""How fast is pandas where somebody writes it well? ``with_pandas.py EXPORT OUT``: in memory, strings of Arrow.

Arrow reads and writes the files, since ``read_csv`` and ``to_csv`` of pandas take several times as long. Cells that
are not plain go to email-validator, each distinct one once.
"""

import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv
from rule import CONSTANTS, NEUTRALISED, PLAIN, PLAIN_LIMIT_BYTES, RUN_ID, WHITE_SPACE, Verdict, examine

READ = ("Employee ID", "First Name", "Last Name", "Work Email")
TEXT = pd.ArrowDtype(pa.string())
BLOCK_ROWS = 500_000
"""Of so many rows at once the report is made, so that its 20 columns are never in memory as a whole."""


def main(export: str, out: str) -> None:
    """Write what became of each row of the export."""
    types = dict.fromkeys(READ, pa.string())
    options = csv.ConvertOptions(include_columns=READ, column_types=types, strings_can_be_null=False)
    rows = decide(csv.read_csv(export, convert_options=options).to_pandas(types_mapper=pd.ArrowDtype))
    blocks = (pa.table(report(rows[at : at + BLOCK_ROWS], export)) for at in range(0, len(rows), BLOCK_ROWS))
    first = next(blocks)
    with csv.CSVWriter(Path(out) / "reconciliation.csv", first.schema) as file:
        file.write(first)
        for block in blocks:
            file.write(block)


def decide(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their verdicts, and for a repeated address the row and the employee that had it first."""
    cells = rows["Work Email"]
    trimmed = cells.str.strip(WHITE_SPACE)
    lowered = trimmed.str.lower()
    is_plain = cells.str.isascii() & (lowered.str.len() <= PLAIN_LIMIT_BYTES) & lowered.str.match(PLAIN)
    email = lowered.mask(trimmed != lowered, trimmed.str.partition("@")[0] + "@" + lowered.str.partition("@")[2])
    odd = cells[~is_plain]
    verdicts = {cell: examine(cell) for cell in odd.unique()}
    examined = pd.DataFrame([verdicts[cell] for cell in odd], columns=Verdict._fields, index=odd.index, dtype=TEXT)
    plain = pd.DataFrame({"email": email, "key": lowered, "reason": "", "detail": ""}, dtype=TEXT)
    plain.loc[odd.index] = examined
    rows = rows.assign(row=range(2, len(rows) + 2), **plain)
    firsts = rows.loc[(rows["key"] != "") & ~rows["key"].duplicated(), ["key", "row", "Employee ID"]]
    repeated = rows.loc[(rows["key"] != "") & rows["key"].duplicated(), ["key"]]
    found = repeated.reset_index().merge(firsts, on="key").set_index("index")
    return rows.assign(first_row=found["row"], first_employee=found["Employee ID"])


def report(rows: pd.DataFrame, export: str) -> dict[str, pa.Array]:
    """Return the report's 20 columns."""
    is_repeated = rows["first_row"].notna()
    is_other = is_repeated & (rows["first_employee"] != rows["Employee ID"])
    first = rows["first_row"].fillna(0).astype("int64").astype(TEXT)
    columns = {
        "run_id": RUN_ID,
        "source": export,
        "sheet": "",
        "row": rows["row"],
        "employee_id": neutral(rows["Employee ID"]),
        "name": neutral((rows["First Name"] + " " + rows["Last Name"]).str.strip(" ")),
        "email_as_given": neutral(rows["Work Email"]),
        "email": neutral(rows["email"]),
        "disposition": pd.Series("planned", rows.index, TEXT)
        .mask(is_repeated, "duplicate")
        .mask(rows["reason"] != "", "rejected"),
        "reason": rows["reason"].mask(is_repeated, "same_address").mask(is_other, "same_address_other_employee"),
        "detail": rows["detail"],
        "duplicate_of": (f"{export}#" + first).where(is_repeated, ""),
    }
    everything = columns | {name: value or "" for name, value in CONSTANTS.items()}
    return {
        name: pa.array(cells) if isinstance(cells, pd.Series) else pa.repeat(cells, len(rows))
        for name, cells in everything.items()
    }


def neutral(cells: pd.Series) -> pd.Series:
    """Return the cells with none that a spreadsheet may take for a formula."""
    return cells.mask(cells.str.match(NEUTRALISED), "'" + cells)


if __name__ == "__main__":
    main(*sys.argv[1:])
