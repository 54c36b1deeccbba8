"""Choose which table of a file to read: in a workbook, the only sheet of people. Refuse an unclear workbook.

The job never silently leaves out a sheet that seems to list people. One unreadable sheet of people is enough to refuse
the file, since the readable sheet may list only the people who left. The job skips sheets that list no people.
"""

from collections.abc import Sequence
from dataclasses import replace

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.address_columns import FirstRows, consider_columns
from onboarding.exports.layout.between_records import refuse_leavers
from onboarding.exports.layout.column_names import NAMES, compact_name
from onboarding.exports.layout.column_roles import Role
from onboarding.exports.layout.corrections import NotCorrectable
from onboarding.exports.layout.layout import ROWS_LOOKED_AT, TableLayout, find_header, layout_of
from onboarding.exports.layout.named_columns import NAMES_SHOWN, columns_called, listed_columns, quoted_names, shortened
from onboarding.exports.tables import RecordTable, Unreadable, is_blank
from onboarding.model.choices import NO_OPTIONS, ColumnOptions
from onboarding.model.values import dataclass

SHEET_FLAG = "--sheet"

_NAMES_OF_PEOPLE = frozenset().union(
    *(NAMES[kind] for kind in ("employee_id", "full_name", "given_name", "family_name"))
)

_DECIDE_WHO_LEFT = frozenset({Role.STATUS, Role.ENDS_ON, Role.ENABLED, Role.BLOCKED, Role.ACCOUNT_CONTROL})
"""The roles of columns that show who has left."""


@dataclass(frozen=True, slots=True)
class _Refused:
    """A table that the job cannot read, the error with the reason, and whether its first rows seem to list people."""

    table: RecordTable
    error: Unreadable
    lists_people: bool


def readable_table(
    tables: Sequence[RecordTable],
    *,
    email_column: str | None,
    routing_columns: Sequence[str] = (),
    options: ColumnOptions = NO_OPTIONS,
) -> tuple[RecordTable, TableLayout]:
    """Return the only table of a file with a header and a column of addresses, and its layout.

    The job prefers a sheet of corrections, then a sheet that contains addresses, then a sheet with a header for
    addresses. ``email_column`` is the name of the column of addresses; with ``None``, the job chooses the column.
    ``routing_columns`` are the names of the columns that decide about a row's account; the table must contain these
    columns. ``options`` names columns for other roles. The notes of the layout name the sheets that the job skipped.
    Raises ``Unreadable`` with the names of the sheets in these cases:

    - no table qualifies, or several tables qualify equally;
    - another table seems to list people too;
    - no column shows who has left, and a title or the sheet's name says that all people in the table have left.
    """
    readable, refused = _layouts(tables, email_column, routing_columns, options)
    _refuse_unclear_corrections([each.error for each in refused], found=any(layout.corrects for _, layout in readable))
    rank = max((layout.rank for _, layout in readable), default=0)
    best = [(table, layout) for table, layout in readable if layout.rank == rank]
    rivals = [each for each in refused if each.lists_people and not any(layout.corrects for _, layout in best)]
    match best:
        case []:
            raise _no_table(refused)
        case [(table, layout)] if not rivals:
            if not _DECIDE_WHO_LEFT.intersection(layout.columns) and not layout.corrects:
                titles = table.first_rows(ROWS_LOOKED_AT)[: layout.header.at] if layout.header.at else []
                refuse_leavers(titles, table.sheet)
            others = [other for other in tables if other is not table]
            return table, layout if layout.corrects else replace(layout, notes=(*layout.notes, *_passed_over(others)))
        case _ if rivals:
            raise _another_table(best, rivals)
    sheets = quoted_names([table.sheet for table, _ in best])
    raise Unreadable(f"sheets {sheets} may each be meant; choose with {SHEET_FLAG}")


def _layouts(
    tables: Sequence[RecordTable],
    email_column: str | None,
    routing_columns: Sequence[str],
    options: ColumnOptions,
) -> tuple[list[tuple[RecordTable, TableLayout]], list[_Refused]]:
    """Return the tables that the job can read, each with its layout, and the other tables, each with its error.

    The further parameters are the columns that the user named.
    """
    readable: list[tuple[RecordTable, TableLayout]] = []
    refused: list[_Refused] = []
    for table in tables:
        rows = table.first_rows(ROWS_LOOKED_AT)
        try:
            is_text = table.metadata.format == "text"
            layout = layout_of(
                rows,
                email_column=email_column,
                routing_columns=routing_columns,
                counts_cells=is_text,
                merged=table.marks.merged,
                options=options,
            )
        except Unreadable as error:
            refused.append(_Refused(table, error, len(tables) > 1 and _lists_people(rows, email_column)))
            continue
        lost = _uncalculated(table, layout)
        used = {*layout.columns.values(), *layout.further_columns.values()}
        if lost_and_used := [index for index in lost if index in used]:
            uncalculated = uncalculated_error(layout.header.names, lost_and_used)
            if layout.corrects:
                raise uncalculated
            refused.append(_Refused(table, uncalculated, lists_people=True))
        elif lost:
            columns = listed_columns(layout.header.names, lost)
            note = f"Cells of {columns} are formulas that were never calculated; they count as empty and are not used."
            readable.append((table, replace(layout, notes=(*layout.notes, note))))
        else:
            readable.append((table, layout))
    return readable, refused


def uncalculated_error(header: Sequence[str], columns: Sequence[int]) -> Unreadable:
    """Return the error for a sheet with formulas that were never calculated.

    ``columns`` are the indices of the columns that contain these formulas.
    """
    return Unreadable(
        f"cells of {listed_columns(header, columns)} are formulas that were never calculated; "
        "open the workbook in Excel, save it, and hand it in again"
    )


def _uncalculated(table: RecordTable, layout: TableLayout) -> list[int]:
    """Return the indices of the columns in which at least one record contains a formula without a value."""
    columns = sorted(table.marks.uncalculated.items())
    names, first = len(layout.header.names), layout.header.first_record
    return [column for column, last_row in columns if last_row >= first and column < names]


def _lists_people(rows: Sequence[Sequence[str]], email_column: str | None) -> bool:
    """Say whether rows that cannot be read seem to be records of people with addresses.

    A few addresses prove nothing: a sheet of instructions may mention an address, and a list of teams may contain the
    addresses of their leaders. If the user named the column of addresses (``email_column``), the answer is no for a
    sheet without this column.
    """
    try:
        header = find_header(rows, email_column=email_column)
    except Unreadable:
        filled = [row for row in rows if not is_blank(row)]
        return 2 * sum(any(map(looks_like_address, row)) for row in filled) >= len(filled)
    if header is None or (email_column is not None and not columns_called(header.names, email_column)):
        return False
    columns = consider_columns(FirstRows(header.names, rows[header.first_record :]))
    holding = [column for column in columns if column.holds_addresses]
    names_people = any(compact_name(name) in _NAMES_OF_PEOPLE for name in header.names)
    return any(column.is_theirs or names_people for column in holding)


def _passed_over(tables: Sequence[RecordTable]) -> list[str]:
    """Return a note about skipped tables that contain rows, or no note without such tables."""
    match [shortened(table.sheet) for table in tables if table.first_rows(1)]:
        case []:
            return []
        case [name]:
            return [f"The sheet {quoted_names([name])} was not read, since another sheet has the addresses."]
        case names:
            return [f"The sheets {quoted_names(names)} were not read, since another sheet has the addresses."]


def _refuse_unclear_corrections(refused: Sequence[Unreadable], *, found: bool) -> None:
    """Raise ``NotCorrectable`` if a sheet contains two columns of corrections, or if no sheet contains such a column.

    ``refused`` are the errors of all sheets that the job cannot read. ``found`` is true if another sheet contains a
    column of corrections. The function ignores errors of sheets that belong to no hand-off workbook.
    """
    about = [error for error in refused if isinstance(error, NotCorrectable)]
    twice = [error for error in about if error.twice]
    if twice or (about and not found):
        raise (twice or about)[0]


def _another_table(best: Sequence[tuple[RecordTable, TableLayout]], rivals: Sequence[_Refused]) -> Unreadable:
    """Return the error for a file with a readable table (``best``) and other tables that may also list people.

    ``rivals`` are the other tables.
    """
    sheets = quoted_names([shortened(table.sheet) for table, _ in best])
    return Unreadable(
        f"{'sheet' if len(best) == 1 else 'sheets'} {sheets} can be read, but people may also be in {_listed(rivals)}; "
        f"choose the right sheet with {SHEET_FLAG}"
    )


def _no_table(refused: Sequence[_Refused]) -> Unreadable:
    match refused:
        case []:
            return Unreadable("it holds no table")
        case [only]:
            sheet = f'sheet "{only.table.sheet}": ' if only.table.sheet else ""
            return Unreadable(f"{sheet}{only.error.why}", records=only.error.records, mistyped=only.error.mistyped)
    mistyped = next((each.error.mistyped for each in refused if each.error.mistyped), None)
    return Unreadable(f"no sheet can be read ({_listed(refused)})", mistyped=mistyped)


def _listed(refused: Sequence[_Refused]) -> str:
    """Return the names of tables with the reasons why the job cannot read them."""
    shown = "; ".join(f'"{shortened(each.table.sheet)}": {each.error.why}' for each in refused[:NAMES_SHOWN])
    return shown + (f"; and {len(refused) - NAMES_SHOWN} more" if len(refused) > NAMES_SHOWN else "")
