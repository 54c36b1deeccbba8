"""How would one write it in an afternoon? ``plain_script.py EXPORT OUT``: pandas, and email-validator on every row."""

import sys
from pathlib import Path

import pandas as pd
from rule import CONSTANTS, NEUTRALISED, RUN_ID, Verdict, examine


def main(export: str, out: str) -> None:
    """Write what became of each row of the export."""
    rows = pd.read_csv(export, dtype=str, keep_default_na=False)
    rows["row"] = rows.index + 2
    verdicts = [examine(cell) for cell in rows["Work Email"]]
    rows = rows.join(pd.DataFrame(verdicts, columns=Verdict._fields))
    firsts = rows[rows["key"] != ""].drop_duplicates("key").set_index("key")
    rows = rows.join(firsts[["row", "Employee ID"]], on="key", suffixes=("", " of first"))
    report(rows, export).to_csv(Path(out) / "reconciliation.csv", index=False)


def report(rows: pd.DataFrame, export: str) -> pd.DataFrame:
    """Return the report's 20 columns."""
    rejected = rows["reason"] != ""
    duplicate = ~rejected & (rows["row"] != rows["row of first"])
    other = duplicate & (rows["Employee ID"] != rows["Employee ID of first"])
    first = rows["row of first"].fillna(0).astype(int).astype(str)
    columns = {
        "run_id": RUN_ID,
        "source": export,
        "sheet": "",
        "row": rows["row"],
        "employee_id": neutral(rows["Employee ID"]),
        "name": neutral((rows["First Name"] + " " + rows["Last Name"]).str.strip(" ")),
        "email_as_given": neutral(rows["Work Email"]),
        "email": neutral(rows["email"]),
        "disposition": duplicate.map({True: "duplicate", False: "planned"}).mask(rejected, "rejected"),
        "reason": rows["reason"].mask(duplicate, "same_address").mask(other, "same_address_other_employee"),
        "detail": rows["detail"],
        "duplicate_of": (f"{export}#" + first).where(duplicate, ""),
    }
    return pd.DataFrame(columns | CONSTANTS)


def neutral(cells: pd.Series) -> pd.Series:
    """Return the cells with none that a spreadsheet may take for a formula."""
    return cells.mask(cells.str.contains(NEUTRALISED), "'" + cells)


if __name__ == "__main__":
    main(*sys.argv[1:])
