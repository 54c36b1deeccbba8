"""How fast is polars? ``with_polars.py EXPORT OUT``: twice through the file, streaming.

The first pass keeps two hashes of each key, the second writes. Cells that are not plain go to email-validator in
Python, each distinct one once. Strings in place of the hashes, or the whole table in memory, took longer and up to
four times the memory.
"""

import sys
from pathlib import Path

import polars as pl
from rule import CONSTANTS, NEUTRALISED, PLAIN, PLAIN_LIMIT_BYTES, RUN_ID, WHITE_SPACE, Verdict, examine

CELL, TRIMMED, LOWERED, IS_PLAIN = pl.col("cell"), pl.col("trimmed"), pl.col("lowered"), pl.col("is_plain")
ODD_CELL = pl.when(~IS_PLAIN).then(CELL)
NOTHING = pl.lit("")
STREAMING = "streaming"


def main(export: str, out: str) -> None:
    """Write what became of each row of the export."""
    rows = scan(export)
    verdicts: dict[str, Verdict] = {}
    repeated = find_repeated(rows, verdicts)
    table = [(cell, *verdict) for cell, verdict in verdicts.items()]
    schema = dict.fromkeys(("cell", "odd_email", "odd_key", "why_not", "detail"), pl.String)
    examined = pl.LazyFrame(table, schema, orient="row")
    decided = rows.join(examined, left_on=ODD_CELL, right_on="cell", how="left", maintain_order="left")
    decided = decided.join(repeated.lazy(), on="row", how="left", maintain_order="left")
    report(decided, export).sink_csv(Path(out) / "reconciliation.csv")


def scan(export: str) -> pl.LazyFrame:
    """Return the rows with their cells trimmed and lowered, and whether they are plain addresses."""
    is_ascii = CELL.str.len_bytes() == CELL.str.len_chars()
    is_short = LOWERED.str.len_bytes() <= PLAIN_LIMIT_BYTES
    return (
        pl.scan_csv(export, infer_schema=False, empty_string_is_null=False, row_index_name="row", row_index_offset=2)
        .select(
            pl.col("row").cast(pl.Int64),
            pl.col("Employee ID").alias("employee_id"),
            pl.concat_str("First Name", "Last Name", separator=" ").str.strip_chars(" ").alias("name"),
            pl.col("Work Email").alias("cell"),
        )
        .with_columns(trimmed=CELL.str.strip_chars(WHITE_SPACE))
        .with_columns(lowered=TRIMMED.str.to_lowercase())
        .with_columns(is_plain=is_ascii & is_short & LOWERED.str.contains(PLAIN))
    )


def find_repeated(rows: pl.LazyFrame, verdicts: dict[str, Verdict]) -> pl.DataFrame:
    """Return the rows whose key came earlier, and where; note the verdict on each odd cell."""

    def odd_keys(cells: pl.Series) -> pl.Series:
        odd = cells.drop_nulls().unique().to_list()
        verdicts.update((cell, examine(cell)) for cell in odd if cell not in verdicts)
        keys = pl.Series([verdicts[cell].key for cell in odd], dtype=pl.String)
        return cells.replace_strict(pl.Series(odd, dtype=pl.String), keys, default="")

    odd_key = ODD_CELL.map_batches(odd_keys, return_dtype=pl.String, is_elementwise=True)
    hashes = (
        rows.select(
            "row", key=pl.when(IS_PLAIN).then(LOWERED).otherwise(odd_key), employee=pl.col("employee_id").hash()
        )
        .filter(pl.col("key") != "")
        .select("row", "employee", hash=pl.col("key").hash(1), other_hash=pl.col("key").hash(2))
        .collect(engine=STREAMING)
    )
    same = hashes.filter(pl.col("hash").is_duplicated()).sort("row")
    first = pl.col("row", "employee").first().over("hash", "other_hash").name.prefix("first_")
    return (
        same.with_columns(first)
        .filter(pl.col("row") != pl.col("first_row"))
        .select("row", "first_row", is_other=pl.col("employee") != pl.col("first_employee"))
    )


def report(decided: pl.LazyFrame, export: str) -> pl.LazyFrame:
    """Return the report's 20 columns."""
    is_repeated = pl.col("first_row").is_not_null()
    local, domain = (
        pl.when(TRIMMED != LOWERED).then(side).str.split_exact("@", 1).struct[at]
        for at, side in enumerate((TRIMMED, LOWERED))
    )
    return decided.with_columns(email=pl.coalesce("odd_email", local + "@" + domain, LOWERED)).select(
        run_id=pl.lit(RUN_ID),
        source=pl.lit(export),
        sheet=NOTHING,
        row="row",
        employee_id=neutral("employee_id"),
        name=neutral("name"),
        email_as_given=neutral("cell"),
        email=neutral("email"),
        disposition=pl.when(pl.col("why_not") != "")
        .then(pl.lit("rejected"))
        .when(is_repeated)
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("planned")),
        reason=pl.when("is_other")
        .then(pl.lit("same_address_other_employee"))
        .when(is_repeated)
        .then(pl.lit("same_address"))
        .otherwise(pl.coalesce("why_not", NOTHING)),
        detail=pl.coalesce("detail", NOTHING),
        duplicate_of=pl.coalesce(pl.lit(f"{export}#") + pl.col("first_row").cast(pl.String), NOTHING),
        **{name: pl.lit(value) for name, value in CONSTANTS.items()},
    )


def neutral(name: str) -> pl.Expr:
    """Return the cells of a column with none that a spreadsheet may take for a formula."""
    return pl.when(pl.col(name).str.contains(NEUTRALISED)).then("'" + pl.col(name)).otherwise(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
