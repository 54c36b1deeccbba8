"""Find the layout of a table, which is its header and the columns to read.

The module ``column_roles`` chooses the column for each role. The module ``table_choice`` chooses which table of a file
the job reads.

Above the header may be the title, time and version of a report. Below the header may be a second row of names. The
header is always above the first address, since a row with an address belongs to a person.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from itertools import takewhile

from onboarding.addresses import looks_like_address
from onboarding.exports.layout.address_columns import AddressColumn
from onboarding.exports.layout.column_names import compact_name, plain_words
from onboarding.exports.layout.column_roles import ColumnChoice, Role, column_choice
from onboarding.exports.layout.corrections import is_correction_column, is_neutralised
from onboarding.exports.layout.filter_columns import NO_FILTER_COLUMNS, FilterColumns, find_filter_columns
from onboarding.exports.layout.header_groups import Merged, joined_names
from onboarding.exports.layout.named_columns import count_known_names, find_named_column
from onboarding.exports.record_shape import RecordShape, shape_of
from onboarding.exports.tables import Unreadable, is_blank
from onboarding.exports.words.codes import CodeSystem
from onboarding.model.blank import BLANK
from onboarding.model.choices import NO_OPTIONS, ColumnOptions
from onboarding.model.rows import FILTER_PREFIX, ROUTING_PREFIX
from onboarding.model.values import dataclass

ROWS_LOOKED_AT = 1000
ROUTING_FLAGS = "--account-column, --routes or --security-group-column"

UNQUOTED = "put each cell that holds the delimiter in quotes, or save the file again from where it was made"

MAX_COLUMNS = 4096
"""The most columns of a table. No HR system exports more, so a file with more columns is no export."""

LONGEST_NAME = 200
"""The longest name of a column, in characters."""

HEADER_WITHIN = 50
"""The number of filled rows, counted from the top, among which the header must be."""


_NAMES = frozenset({Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME})
"""The roles of columns of names. Names do not decide who is invited."""


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The header of a table: the names of the columns, and the rows with these names.

    ``at`` is the index of the header's row; ``None`` for a table without a header. ``second`` is the index of a second
    row of names for the same columns; ``None`` if there is no second row. ``rows`` are the header's rows as written.
    ``first_record`` is the index of the first row after the header. If ``is_joined`` is true, the header's first row
    contains titles of groups of columns, and the job has joined each name from both rows (``header_groups``).
    """

    names: tuple[str, ...]
    at: int | None
    second: int | None
    rows: tuple[tuple[str, ...], ...]
    first_record: int
    is_joined: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The names in the header's second row; empty without a second row."""
        return () if self.second is None or self.is_joined else self.rows[-1]


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The layout of a table: the header, and the columns to read.

    ``shape`` says whether the cells of a record line up with the header. ``columns`` maps each role to the index of its
    column. ``codes`` maps the roles of columns with codes, such as ``t`` and ``f``, to the code system.
    ``routing_columns`` are the indices of the columns that decide about a row's account, by the user's names.
    ``filter_columns`` are the columns in the rules of ``--only`` and ``--skip``. ``has_addresses`` is true if the first
    rows contain an address. ``corrects`` is true if the addresses are corrections in a hand-off workbook.
    ``neutralised`` is true if the table is a report of this program, which wrote an apostrophe in front of cells that
    look like formulas. ``notes`` are sentences about uncertain choices (``TableMetadata``).
    """

    header: TableHeader
    shape: RecordShape
    columns: Mapping[str, int]
    has_addresses: bool
    corrects: bool
    neutralised: bool = False
    routing_columns: Mapping[str, int] = field(default_factory=dict)
    filter_columns: FilterColumns = NO_FILTER_COLUMNS
    notes: tuple[str, ...] = ()
    address_columns: tuple[AddressColumn, ...] = ()
    codes: Mapping[str, CodeSystem] = field(default_factory=dict)

    @property
    def further_columns(self) -> Mapping[str, int]:
        """The index of each column without a role that a setting names, by the column's name in a frame."""
        routing = {ROUTING_PREFIX + name: index for name, index in self.routing_columns.items()}
        filtering = {FILTER_PREFIX + name: index for name, index in self.filter_columns.columns.items()}
        return routing | filtering

    @property
    def rank(self) -> int:
        """The rank of the table among the tables of a file. The job reads the table with the highest rank."""
        return 2 if self.corrects else int(self.has_addresses)


def layout_of(
    rows: Sequence[Sequence[str]],
    *,
    email_column: str | None,
    routing_columns: Sequence[str] = (),
    counts_cells: bool = True,
    merged: Sequence[Merged] = (),
    options: ColumnOptions = NO_OPTIONS,
) -> TableLayout:
    """Return the layout of a table from its first rows.

    ``counts_cells`` is true if only the order of cells shows their columns, as in a text file. ``merged`` are the cells
    that are merged within a row. ``email_column``, ``routing_columns`` and ``options`` name the columns that the user
    chose. A routing column decides about a row's account.

    Raises ``Unreadable`` if the rows contain no header, more than ``MAX_COLUMNS`` columns, or no clear column of
    addresses. Also raises it if a routing column is missing, or if most rows do not line up with the header.
    """
    header = find_header(rows, email_column=email_column, merged=merged)
    if header is None:
        raise Unreadable(f"it holds nothing but blank rows as far as was looked ({ROWS_LOOKED_AT} rows)")
    if header.at is not None and len(header.names) > MAX_COLUMNS:
        width = len(header.names)
        raise Unreadable(f"row {header.at + 1} has {width} cells; more than {MAX_COLUMNS} columns are not read")
    records = rows[header.first_record :]
    shape = _shape(header, records) if counts_cells else RecordShape(max(map(len, records), default=1))
    choice = _chosen(header, records, email_column, replace(options, routing=tuple(routing_columns)))
    columns = choice.columns
    email = columns[Role.EMAIL]
    corrects = is_correction_column(header.names[email])
    filtering = NO_FILTER_COLUMNS if corrects else find_filter_columns(header.names, options.filters)
    return TableLayout(
        header=header,
        shape=replace(shape, decisive=_decisive(columns, filtering, shape)),
        columns=columns,
        has_addresses=any(looks_like_address(row[email]) for row in records if len(row) > email),
        corrects=corrects,
        neutralised=corrects or is_neutralised(header.names),
        # A person in the hand-off workbook belongs to the account of the person's row in the export.
        routing_columns={} if corrects else _routing_columns(header, routing_columns),
        filter_columns=filtering,
        notes=choice.notes,
        address_columns=choice.address_columns,
        codes=choice.codes,
    )


def _routing_columns(header: TableHeader, names: Sequence[str]) -> dict[str, int]:
    return {name: find_named_column(header.names, name, flag=ROUTING_FLAGS, by_position=False) for name in names}


def _decisive(columns: Mapping[str, int], filtering: FilterColumns, shape: RecordShape) -> frozenset[int]:
    """Return the indices of the columns in the header that decide who is invited.

    ``columns`` maps each role to its column, and ``filtering`` are the columns in rules.
    """
    deciding = {*(index for role, index in columns.items() if role not in _NAMES), *filtering.columns.values()}
    return frozenset(index for index in deciding if index < shape.names)


def _chosen(
    header: TableHeader, records: Sequence[Sequence[str]], email_column: str | None, options: ColumnOptions
) -> ColumnChoice:
    """Return the columns by role, as the user and the job chose them.

    A table without a header is a list of addresses in its first column.
    """
    if header.at is None and email_column is None:
        return ColumnChoice({Role.EMAIL: 0})
    return column_choice(header.names, records, email_column=email_column, labels=header.labels, options=options)


def find_header(
    rows: Sequence[Sequence[str]], *, email_column: str | None = None, merged: Sequence[Merged] = ()
) -> TableHeader | None:
    """Return the header among the first rows of a table, or ``None`` if all rows are blank.

    ``email_column`` is the name of the column of addresses in the header; ``None`` if the user named no column.
    ``merged`` are the cells that are merged within a row.

    The function accepts a table without a header only if each row contains one address and no other cell. Raises
    ``Unreadable`` for other tables without a header, since the job would have to guess whose addresses these are.
    """
    filled = [index for index, row in enumerate(rows) if not is_blank(row)]
    if not filled:
        return None
    before = list(takewhile(lambda index: not any(map(looks_like_address, rows[index])), filled[:HEADER_WITHIN]))
    if not before:
        return _without_header(rows, filled)
    at = _header_row(rows, before, email_column)
    if joined := _joined_header(rows, before, at, merged):
        return joined
    names = tuple(name.strip(BLANK) for name in rows[at])
    second = at + 1 if at + 1 in before and _repeats(rows[at + 1], names) else None
    first_record = (at if second is None else second) + 1
    return TableHeader(names, at, second, tuple(map(tuple, rows[at:first_record])), first_record)


def _joined_header(
    rows: Sequence[Sequence[str]], before: Sequence[int], at: int, merged: Sequence[Merged]
) -> TableHeader | None:
    """Return the header that the row ``at`` and a neighbouring row form together, or ``None`` if they form no header.

    ``before`` are the indices of the rows that may be a header. ``merged`` are the cells that are merged within a row.
    """
    for top in (at - 1, at):
        if top in before and top + 1 in before:
            spans = [(left, right) for row, left, right in merged if row == top]
            if names := joined_names(rows[top], rows[top + 1], spans, header_is_below=top < at):
                both = (tuple(rows[top]), tuple(rows[top + 1]))
                return TableHeader(tuple(names), top, top + 1, both, top + 2, is_joined=True)
    return None


def _header_row(rows: Sequence[Sequence[str]], before: Sequence[int], email_column: str | None) -> int:
    if email_column is not None:
        wanted = plain_words(email_column)
        for index in before:
            if any(plain_words(cell) == wanted for cell in _possible_names(rows[index])):
                return index
    known = {index: count_known_names(_possible_names(rows[index])) for index in before}
    if any(known.values()):
        return max(before, key=lambda index: (known[index], len(_possible_names(rows[index]))))
    # The job knows none of the names. A title fills one cell, so the header is the first row with more cells.
    return next((index for index in before if len(_possible_names(rows[index])) > 1), before[0])


def _repeats(row: Sequence[str], names: Sequence[str]) -> bool:
    """Say whether a row repeats the header above it.

    At least half of the row's cells, and at least two cells, must be known names of columns or names in the header
    (``names``). In a row of a single cell, this cell must be a known name or in ``names``. The function ignores cells
    that are too long for a name.
    """
    above = {compact_name(name) for name in _possible_names(names)}
    cells = _possible_names(row)
    alike = sum(count_known_names([cell]) > 0 or compact_name(cell) in above for cell in cells)
    return alike >= max(1, min(2, len(cells))) and 2 * alike >= len(cells)


def _without_header(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> TableHeader:
    if all(looks_like_address(rows[index][0]) and is_blank(rows[index][1:]) for index in filled):
        return TableHeader(("",), None, None, (), 0)
    raise Unreadable(f"row {filled[0] + 1} holds an address where the column names should be; add a header row")


def _possible_names(row: Sequence[str]) -> list[str]:
    return [cell for cell in row[:MAX_COLUMNS] if len(cell) <= LONGEST_NAME and cell.strip(BLANK)]


def _shape(header: TableHeader, records: Sequence[Sequence[str]]) -> RecordShape:
    """Return the shape of the records: the usual number and the usual kinds of cells.

    Raises ``Unreadable`` if most records with an address do not line up with the header.
    """
    shape = shape_of(header.names, records)
    people = [record for record in records if any(map(looks_like_address, record))]
    misfits = Counter(len(record) for record in people if not shape.fits(record))
    if header.at is not None and 2 * misfits.total() > len(people):
        (cells, _), *_ = misfits.most_common(1)
        columns = f"the header in row {header.at + 1} names {shape.names:.0f} columns"
        raise Unreadable(f"most rows have {cells} {'cell' if cells == 1 else 'cells'}, and {columns}; {UNQUOTED}")
    return shape
