"""A sheet of a workbook as a ``RecordTable``, with hidden rows, the links of cells, and notes about rows and links.

The module ``workbook_table`` opens workbooks. A child process (``workbook_child``) writes the rows into a temporary
file, the spool.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.name_words import NameWord, name_words
from onboarding.exports.layout.named_columns import column_letter, quoted_names, shortened
from onboarding.exports.record_shape import RecordShape
from onboarding.exports.tables import CellColumns, SheetMarks, TableMetadata
from onboarding.exports.workbook_child import SpooledSheet
from onboarding.model.columns import as_mask, replace_where
from onboarding.model.values import dataclass

HIDDEN_ROWS_FLAG = "--hidden-rows"

_FIRST_ROWS_BYTES = 16 * 2**20
_ROWS_OF_HEADER = 100
_LONGEST_NAME = 200
_NO_ADDRESS = "^[^@\uff20]*$"

_Links = tuple[np.ndarray[tuple[int], np.dtype[np.int64]], pa.Array]
"""The links in a column: the indices of the rows with links, in order, and the addresses to which the links lead."""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet of a workbook as a ``RecordTable``. The child process has written the sheet's rows into the spool.

    ``links`` are the links in columns of addresses, by the column's index (``with_links``).
    """

    sheet: str
    metadata: TableMetadata
    sha256: str
    marks: SheetMarks = field(repr=False)
    reads_hidden: bool
    _spool: pa.Buffer = field(repr=False)
    _batches: range = field(repr=False)
    links: Mapping[int, _Links] = field(default_factory=dict, repr=False)

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the first rows: at most ``limit`` rows, and at most 16 MiB."""
        first: list[list[str]] = []
        size = 0
        for batch in self._rows():
            rows = batch.column(0)
            first += rows[: limit - len(first)].to_pylist()
            size += rows.nbytes
            if len(first) == limit or size > _FIRST_ROWS_BYTES:
                break
        for column, (linked, addresses) in self.links.items():
            for row, address in zip(linked.tolist(), addresses.to_pylist(), strict=True):
                if row < len(first) and not _holds_at(first[row], column):
                    first[row] += [""] * (column + 1 - len(first[row]))
                    first[row][column] = address
        return first

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip ``records_before`` records, and yield the requested columns of all later records.

        Each batch takes a few MiB. ``shape`` says which records line up with the header.
        """
        del shape  # a workbook says to which column each cell belongs
        row = 0
        for batch in self._rows():
            rest = batch.slice(max(0, records_before - row))
            if rest.num_rows:
                rows, first = rest.column(0), row + len(batch) - len(rest)
                yield CellColumns(
                    tuple(self._column(rows, index, first) for index in columns),
                    pc.equal(pc.list_value_length(rows), 0),
                    hidden=None if self.reads_hidden else _any_marked(rest.column(1)),
                )
            row += len(batch)

    def _column(self, rows: pa.ListArray, index: int, first_row: int) -> pa.Array:
        column = column_of(rows, index)
        return with_links(column, self.links[index], first_row) if index in self.links else column

    def _rows(self) -> Iterator[pa.RecordBatch]:
        file = pa.ipc.open_file(self._spool)
        for index in self._batches:
            batch = file.get_batch(index)
            batch.validate(full=True)  # a hostile file may have changed the process that wrote it
            yield batch


def sheet_table(
    sheet: SpooledSheet, spool: pa.Buffer, metadata: TableMetadata, sha256: str, *, reads_hidden: bool
) -> SheetTable:
    """Return a sheet in the spool as a table, with notes about doubtful or missing parts of the table.

    ``metadata`` are the facts about the file, and ``sha256`` is its digest. If ``reads_hidden`` is true, the job reads
    hidden rows like visible rows.
    """
    marks = SheetMarks(tuple((row, left, right) for row, left, right in sheet.merged), dict(sheet.uncalculated))
    stray = f"{column_letter(sheet.stray[1] - 1)}{sheet.stray[0]}" if sheet.stray else ""
    metadata = replace(metadata, stray_cell=stray)
    table = SheetTable(sheet.name, metadata, sha256, marks, reads_hidden, spool, range(sheet.first, sheet.end))
    header = table.first_rows(_ROWS_OF_HEADER)
    table = replace(table, links=_links_of(sheet, header))
    notes = [
        *metadata.notes,
        *_notes_of_rows(sheet.hidden_rows, metadata.format, reads_hidden=reads_hidden),
        *_notes_of_columns(sheet.hidden_columns, max(map(len, header), default=0)),
        *_notes_of_links(table),
    ]
    if stray:
        notes.append(f"The cell {stray}, far below all other cells, was not read.")
    return replace(table, metadata=replace(metadata, notes=tuple(notes)))


def column_of(rows: pa.ListArray, index: int) -> pa.Array:
    """Return the column at ``index`` of rows of different lengths. A missing cell becomes empty."""
    offsets = rows.offsets.to_numpy()
    at = offsets[:-1] + index
    absent = at >= offsets[1:]
    return pc.fill_null(rows.values.take(pa.array(at, mask=absent)), "")


def with_links(column: pa.Array, links: _Links, first_row: int) -> pa.Array:
    """Return the column, with the link's address in each cell that contains a link and no address.

    ``first_row`` is the index in the sheet of the column's first row.
    """
    linked, addresses = links
    start, stop = np.searchsorted(linked, [first_row, first_row + len(column)])
    rows = linked[start:stop] - first_row
    is_used = as_mask(pc.match_substring_regex(column.take(pa.array(rows)), _NO_ADDRESS))
    if not is_used.any():
        return column
    where = np.zeros(len(column), np.bool_)
    where[rows[is_used]] = True
    return replace_where(column, (where, addresses.slice(start, stop - start).filter(pa.array(is_used))))


def _links_of(sheet: SpooledSheet, header: Sequence[Sequence[str]]) -> Mapping[int, _Links]:
    """Return the links of each column of addresses.

    A column of addresses is a column with a name for mail, such as ``E-mail``, above its first link. The function
    ignores links in other columns, such as links of people's names, since these cells must keep the names.
    """
    found: dict[int, dict[int, str]] = {}
    for row, column, address in sheet.links:
        found.setdefault(column, {})[row] = address
    links = {}
    for column, addresses in found.items():
        above = [row[column] for row in header[: min(addresses)] if column < len(row)]
        if any(len(cell) <= _LONGEST_NAME and NameWord.MAIL in name_words(cell) for cell in above):
            rows = sorted(addresses)
            links[column] = (np.array(rows, np.int64), pa.array([addresses[row] for row in rows], pa.string()))
    return links


def _holds_at(row: Sequence[str], column: int) -> bool:
    return column < len(row) and ("@" in row[column] or "\uff20" in row[column])


def _any_marked(marks: pa.Array) -> pa.Array | None:
    return pc.not_equal(marks, 0) if pc.max(marks).as_py() else None


def _notes_of_rows(hidden: int | None, kind: str, *, reads_hidden: bool) -> list[str]:
    if hidden is None:
        return [
            f"Rows that are hidden cannot be recognised in this .{kind} workbook, so they are read like the others."
        ]
    if not hidden:
        return []
    rows = "1 row is" if hidden == 1 else f"{hidden:,} rows are"
    fate = f"read, as {HIDDEN_ROWS_FLAG} says" if reads_hidden else f"held; {HIDDEN_ROWS_FLAG} read reads hidden rows"
    return [f"{rows} hidden, by a filter or by hand, and {fate}."]


def _notes_of_columns(hidden: Sequence[tuple[int, int]], width: int) -> list[str]:
    letters = [column_letter(index) for left, right in hidden for index in range(left, min(right + 1, width))]
    if not letters:
        return []
    return [f"Hidden columns are read like the others: {quoted_names(sorted(set(letters), key=letters.index))}."]


def _notes_of_links(table: SheetTable) -> list[str]:
    if not table.links:
        return []
    plain = replace(table, links={})
    columns = sorted(table.links)
    shape = RecordShape(1)
    used = dict.fromkeys(columns, 0)
    for mine, theirs in zip(table.cells(0, columns, shape), plain.cells(0, columns, shape), strict=True):
        for at, column in enumerate(columns):
            used[column] += pc.sum(pc.not_equal(mine.columns[at], theirs.columns[at])).as_py() or 0
    return [
        f"In column {shortened(column_letter(column))}, {count:,} addresses come from links behind the cells."
        for column, count in used.items()
        if count
    ]
