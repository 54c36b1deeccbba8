"""How fast is duckdb? ``with_duckdb.py EXPORT OUT``: SQL, and email-validator in Python for cells that are not plain.

Views in place of the tables took half as much time again; hashes in place of the keys gained nothing.
"""

import sys
from pathlib import Path

import duckdb
from rule import CONSTANTS, NEUTRALISED, PLAIN, PLAIN_LIMIT_BYTES, RUN_ID, WHITE_SPACE, examine

READ = """
create temp table marked as
select *, strlen(cell) = length(cell) and strlen(lowered) <= $limit and regexp_matches(lowered, $plain)
    as is_plain
from (
    select *, lower(trimmed) as lowered
    from (
        select row_number() over () + 1 as row, "Employee ID" as employee_id, "Work Email" as cell,
            trim("First Name" || ' ' || "Last Name", ' ') as name, trim("Work Email", $white_space) as trimmed
        from read_csv($export, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
            force_not_null = ['Employee ID', 'First Name', 'Last Name', 'Work Email'])))
"""

EXAMINED = """
create temp table examined as
select unnest($cell) as cell, unnest($email) as email, unnest($key) as key, unnest($reason) as reason,
    unnest($detail) as detail
"""

DECIDE = """
create temp table decided as
select row, employee_id, name, marked.cell, case when is_plain then lowered else key end as key,
    case when not is_plain then email when trimmed = lowered then lowered
        else split_part(trimmed, '@', 1) || '@' || split_part(lowered, '@', 2) end as email,
    coalesce(reason, '') as why_not, coalesce(detail, '') as detail
from marked left join examined on examined.cell = case when not is_plain then marked.cell end
"""

FIND_REPEATED = """
create temp table repeated as
select key, min(row) as first_row, arg_min(employee_id, row) as first_employee
from decided where why_not = '' group by key having count(*) > 1
"""

REPORT = """
select $run_id as run_id, $export as source, '' as sheet, row, neutral(employee_id) as employee_id,
    neutral(name) as name, neutral(cell) as email_as_given, neutral(email) as email,
    case when why_not <> '' then 'rejected' when first_row <> row then 'duplicate' else 'planned' end as disposition,
    case when first_row <> row and first_employee <> employee_id then 'same_address_other_employee'
        when first_row <> row then 'same_address' else why_not end as reason,
    detail, case when first_row <> row then $export || '#' || first_row else '' end as duplicate_of, {constants}
from decided left join repeated using (key) order by row
"""


def main(export: str, out: str) -> None:
    """Write what became of each row of the export."""
    database = duckdb.connect()
    database.execute(
        f"create macro neutral(cell) as case when regexp_matches(cell, '{NEUTRALISED}') then '''' || cell else cell end"
    )
    database.execute(READ, {"export": export, "white_space": WHITE_SPACE, "plain": PLAIN, "limit": PLAIN_LIMIT_BYTES})
    cells = [cell for (cell,) in database.execute("select distinct cell from marked where not is_plain").fetchall()]
    verdicts = [examine(cell) for cell in cells]
    fields = {name: [getattr(verdict, name) for verdict in verdicts] for name in ("email", "key", "reason", "detail")}
    database.execute(EXAMINED, {"cell": cells} | fields)
    database.execute(DECIDE)
    database.execute("drop table marked")
    database.execute(FIND_REPEATED)
    constants = ", ".join(f"${name} as {name}" for name in CONSTANTS)
    report = database.sql(REPORT.format(constants=constants), params={"run_id": RUN_ID, "export": export} | CONSTANTS)
    report.write_csv(str(Path(out) / "reconciliation.csv"))


if __name__ == "__main__":
    main(*sys.argv[1:])
