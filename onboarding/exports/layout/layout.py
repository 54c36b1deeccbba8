"""How is a table laid out, and which of a file's tables is the one to read?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onboarding.exports.layout.columns import Role, choose, is_address, named
from onboarding.exports.layout.corrections import NotCorrectable, is_corrected
from onboarding.exports.layout.header import MAX_COLUMNS, Header, header_of
from onboarding.exports.tables import Table, Unreadable

ROWS_LOOKED_AT = 1000
SHEETS_SHOWN = 12
ROUTING_FLAGS = "--account-column or --routes"


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known to read a table.

    ``width`` is the number of cells most records have; ``columns`` has the index of each column used, ``also`` that of
    each that the user asked for besides, by the name it was asked for.
    ``has_addresses`` says whether one was seen among the first rows, ``corrects`` that they are corrections: the
    table is the one to fill in of a hand-off workbook.
    """

    header: Header
    width: int
    columns: Mapping[Role, int]
    has_addresses: bool
    corrects: bool
    also: Mapping[str, int] = field(default_factory=dict)


def readable_table(
    tables: Sequence[Table], *, email_column: str | None, also: Sequence[str] = ()
) -> tuple[Table, Layout]:
    """Return the one table that has a header and a column of addresses, with its layout.

    A sheet in which addresses were seen comes before one whose header promises some, and the one of corrections before
    all. Raises ``Unreadable`` if there is none, and if there are several, naming their sheets.
    """
    readable: list[tuple[Table, Layout]] = []
    refused: list[tuple[Table, Unreadable]] = []
    for table in tables:
        try:
            readable.append((table, layout_of(table.first_rows(ROWS_LOOKED_AT), email_column=email_column, also=also)))
        except Unreadable as error:
            refused.append((table, error))
    corrections = [(table, layout) for table, layout in readable if layout.corrects]
    _refuse_to_guess([error for _, error in refused], found=bool(corrections))
    best = corrections or [(table, layout) for table, layout in readable if layout.has_addresses] or readable
    match best:
        case [only]:
            return only
        case []:
            raise _none(refused)
    raise Unreadable(f"sheets {_names([table for table, _ in best])} may each be meant; choose with --sheet")


def layout_of(rows: Sequence[Sequence[str]], *, email_column: str | None, also: Sequence[str] = ()) -> Layout:
    """Return the layout of a table from its first rows, or raise ``Unreadable``."""
    header = header_of(rows, email_column=email_column)
    if header is None:
        raise Unreadable(f"it holds nothing but blank rows as far as was looked ({ROWS_LOOKED_AT} rows)")
    if header.at is not None and len(header.names) > MAX_COLUMNS:
        width = len(header.names)
        raise Unreadable(f"row {header.at + 1} has {width} cells; more than {MAX_COLUMNS} columns are not read")
    records = rows[header.first_record :]
    columns = _columns(header, records, email_column)
    email = columns[Role.EMAIL]
    return Layout(
        header=header,
        width=_width(header, records, columns),
        columns=columns,
        has_addresses=any(is_address(row[email]) for row in records if len(row) > email),
        corrects=is_corrected(header.names[email]),
        also={name: named(header.names, name, flag=ROUTING_FLAGS) for name in also},
    )


def _refuse_to_guess(refused: Sequence[Unreadable], *, found: bool) -> None:
    """Raise where a hand-off workbook came back and nobody can tell which of its cells are the corrections."""
    about = [error for error in refused if isinstance(error, NotCorrectable)]
    twice = [error for error in about if error.twice]
    if twice or (about and not found):
        raise (twice or about)[0]


def _columns(header: Header, records: Sequence[Sequence[str]], email_column: str | None) -> Mapping[Role, int]:
    if header.at is None and email_column is None:
        return {Role.EMAIL: 0}
    return choose(header.names, records, email_column=email_column)


def _width(header: Header, records: Sequence[Sequence[str]], columns: Mapping[Role, int]) -> int:
    usual = Counter(map(len, records)).most_common(1)
    return usual[0][0] if usual and usual[0][0] > max(columns.values()) else len(header.names)


def _none(refused: Sequence[tuple[Table, Unreadable]]) -> Unreadable:
    match refused:
        case []:
            return Unreadable("it holds no table")
        case [(table, error)]:
            sheet = f'sheet "{table.sheet}": ' if table.sheet else ""
            return Unreadable(f"{sheet}{error.why}", records=error.records)
    why = "; ".join(f'"{table.sheet}": {error.why}' for table, error in refused[:SHEETS_SHOWN])
    return Unreadable(f"no sheet can be read ({why})")


def _names(tables: Sequence[Table]) -> str:
    shown = ", ".join(f'"{table.sheet}"' for table in tables[:SHEETS_SHOWN])
    return shown + (f" and {len(tables) - SHEETS_SHOWN} more" if len(tables) > SHEETS_SHOWN else "")
