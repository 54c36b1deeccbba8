"""How is a table laid out, and which of a file's tables is the one to read?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onboarding.exports.layout.aliases import compact_name, plain_words
from onboarding.exports.layout.columns import (
    Role,
    choose_columns,
    count_known_names,
    find_named_column,
    looks_like_address,
)
from onboarding.exports.layout.corrections import NotCorrectable, is_correction_column
from onboarding.exports.tables import Table, Unreadable, is_blank
from onboarding.model.employees import BLANK

ROWS_LOOKED_AT = 1000
SHEETS_SHOWN = 12
ROUTING_FLAGS = "--account-column or --routes"


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The names of the columns, and where they stand: indices of rows, ``None`` where there is no such row.

    ``second`` names the same columns once more, in the words of people. ``rows`` has both, as they are written.
    Records begin at ``first_record``.
    """

    names: tuple[str, ...]
    at: int | None
    second: int | None
    rows: tuple[tuple[str, ...], ...]
    first_record: int


@dataclass(frozen=True, slots=True)
class TableLayout:
    """What must be known to read a table.

    ``width`` is the number of cells most records have; ``columns`` has the index of each column used, ``also`` that of
    each that the user asked for besides, by the name it was asked for.
    ``has_addresses`` says whether one was seen among the first rows, ``corrects`` that they are corrections: the
    table is the one to fill in of a hand-off workbook.
    """

    header: TableHeader
    width: int
    columns: Mapping[Role, int]
    has_addresses: bool
    corrects: bool
    also: Mapping[str, int] = field(default_factory=dict)


def readable_table(
    tables: Sequence[Table], *, email_column: str | None, also: Sequence[str] = ()
) -> tuple[Table, TableLayout]:
    """Return the one table that has a header and a column of addresses, with its layout.

    A sheet in which addresses were seen comes before one whose header promises some, and the one of corrections before
    all. Raises ``Unreadable`` if there is none, and if there are several, naming their sheets.
    """
    readable: list[tuple[Table, TableLayout]] = []
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


def layout_of(rows: Sequence[Sequence[str]], *, email_column: str | None, also: Sequence[str] = ()) -> TableLayout:
    """Return the layout of a table from its first rows, or raise ``Unreadable``."""
    header = find_header(rows, email_column=email_column)
    if header is None:
        raise Unreadable(f"it holds nothing but blank rows as far as was looked ({ROWS_LOOKED_AT} rows)")
    if header.at is not None and len(header.names) > MAX_COLUMNS:
        width = len(header.names)
        raise Unreadable(f"row {header.at + 1} has {width} cells; more than {MAX_COLUMNS} columns are not read")
    records = rows[header.first_record :]
    columns = _columns(header, records, email_column)
    email = columns[Role.EMAIL]
    return TableLayout(
        header=header,
        width=_width(header, records, columns),
        columns=columns,
        has_addresses=any(looks_like_address(row[email]) for row in records if len(row) > email),
        corrects=is_correction_column(header.names[email]),
        also={name: find_named_column(header.names, name, flag=ROUTING_FLAGS) for name in also},
    )


def _refuse_to_guess(refused: Sequence[Unreadable], *, found: bool) -> None:
    """Raise where a hand-off workbook came back and nobody can tell which of its cells are the corrections."""
    about = [error for error in refused if isinstance(error, NotCorrectable)]
    twice = [error for error in about if error.twice]
    if twice or (about and not found):
        raise (twice or about)[0]


def _columns(header: TableHeader, records: Sequence[Sequence[str]], email_column: str | None) -> Mapping[Role, int]:
    if header.at is None and email_column is None:
        return {Role.EMAIL: 0}
    return choose_columns(header.names, records, email_column=email_column)


def _width(header: TableHeader, records: Sequence[Sequence[str]], columns: Mapping[Role, int]) -> int:
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


MAX_COLUMNS = 4096
"""No HR system exports so many; a file that has more is something else."""

LONGEST_NAME = 200
"""Characters."""

WITHIN = 50
"""Filled rows among which the header is looked for."""


def find_header(rows: Sequence[Sequence[str]], *, email_column: str | None = None) -> TableHeader | None:
    """Return the header among the first rows of a table, or ``None`` if all are blank.

    A table without one is taken only if it is a list of addresses, one in a row: in any other, nobody could tell
    whose address a column holds. Raises ``Unreadable``.
    """
    filled = [index for index, row in enumerate(rows) if not is_blank(row)]
    if not filled:
        return None
    person = next((index for index in filled if any(map(looks_like_address, rows[index]))), len(rows))
    before = [index for index in filled[:WITHIN] if index < person]
    if not before:
        return _without_names(rows, filled)
    at = _at(rows, before, email_column)
    names = tuple(name.strip(BLANK) for name in rows[at])
    second = at + 1 if at + 1 in before and _repeats(rows[at + 1], names) else None
    first_record = (at if second is None else second) + 1
    return TableHeader(names, at, second, tuple(map(tuple, rows[at:first_record])), first_record)


def _at(rows: Sequence[Sequence[str]], before: Sequence[int], email_column: str | None) -> int:
    if email_column is not None:
        wanted = plain_words(email_column)
        for index in before:
            if any(plain_words(cell) == wanted for cell in _filled(rows[index])):
                return index
    known = {index: count_known_names(_filled(rows[index])) for index in before}
    if any(known.values()):
        return max(before, key=lambda index: (known[index], len(_filled(rows[index]))))
    # Names in words that nobody taught this job: not a title, which fills one cell.
    return next((index for index in before if len(_filled(rows[index])) > 1), before[0])


def _repeats(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether at least half of a row are names of columns, known ones or those of the row above."""
    above = {compact_name(name) for name in _filled(names)}
    cells = _filled(row)
    alike = sum(count_known_names([cell]) > 0 or compact_name(cell) in above for cell in cells)
    return alike >= min(2, len(cells)) and 2 * alike >= len(cells)


def _without_names(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> TableHeader:
    first = filled[0]
    if all(looks_like_address(rows[index][0]) and is_blank(rows[index][1:]) for index in filled):
        return TableHeader(("",), None, None, (), 0)
    raise Unreadable(f"row {first + 1} holds an address where the column names should be; add a header row")


def _filled(row: Sequence[str]) -> list[str]:
    """Return what may be names in a row."""
    return [cell for cell in row[:MAX_COLUMNS] if len(cell) <= LONGEST_NAME and cell.strip(BLANK)]
