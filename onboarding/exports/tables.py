"""The interface of a table of records, of its parts and of its cells; the error for files that cannot be read.

This error is ``Unreadable``, and ``refusing_unreadable`` turns it into ``InputRefused``. ``TableMetadata`` has what
``summary.json`` says about a table. ``is_blank`` and ``are_empty`` recognise blank records and empty cells.

Four modules implement the interface, each for its own file formats: ``text.text_table``, ``text.address_list``,
``sheet_table`` and ``parquet_table``. The module ``open_tables`` chooses among these modules. The package ``layout``
and the module ``export`` treat all tables alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.record_shape import RecordShape
from onboarding.model.blank import BLANK
from onboarding.model.errors import InputRefused
from onboarding.model.mistyped import Mistyped
from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class CellColumns:
    """A batch of records as columns: the text of each requested column, and a mark for each blank record.

    ``columns`` has the requested columns in the order of the request, as ``pa.string()`` without nulls. An absent cell
    is the empty string. All other arrays are without nulls too, and have one value for each record:

    - ``blank`` (``pa.bool_()``) marks the records in which all cells are empty, even cells that were not requested.
    - ``misfits`` (``pa.int32()``) has the number of cells of each record that does not line up with the header, and 0
      for any other record; ``None`` if all records line up.
    - ``doubtful`` has an array (``pa.bool_()``) for each requested column. The array marks the cells whose letters
      depend on an unsure guess of the encoding. ``doubtful`` is ``None`` if the encoding is no guess.
    - ``hidden`` (``pa.bool_()``) marks the records that are hidden in a workbook; ``None`` if no record is hidden.

    ``no_text`` says what a column holds if its values cannot become text, by the index in ``columns``. The cells of
    this column are then empty.
    """

    columns: tuple[pa.Array, ...] = field(repr=False)
    blank: pa.Array = field(repr=False)
    misfits: pa.Array | None = field(default=None, repr=False)
    doubtful: tuple[pa.Array, ...] | None = field(default=None, repr=False)
    no_text: Mapping[int, str] = field(default_factory=dict)
    hidden: pa.Array | None = field(default=None, repr=False)

    @property
    def has_doubts(self) -> bool:
        """Whether the letters of some cell depend on an unsure guess of the encoding."""
        return any(pc.any(marks).as_py() for marks in self.doubtful or ())

    def slice(self, start: int, length: int) -> "CellColumns":
        """Return the records from the index ``start`` on, at most as many as ``length`` says."""
        columns = tuple(column.slice(start, length) for column in self.columns)
        misfits = None if self.misfits is None else self.misfits.slice(start, length)
        doubtful = None if self.doubtful is None else tuple(marks.slice(start, length) for marks in self.doubtful)
        hidden = None if self.hidden is None else self.hidden.slice(start, length)
        return CellColumns(columns, self.blank.slice(start, length), misfits, doubtful, self.no_text, hidden)

    def select(self, places: Sequence[int]) -> "CellColumns":
        """Return the records with only some of the columns. ``places`` has the indices of these columns."""
        doubtful = None if self.doubtful is None else tuple(self.doubtful[place] for place in places)
        return replace(self, columns=tuple(self.columns[place] for place in places), doubtful=doubtful)

    def pieces(self, rows: int) -> "Iterator[CellColumns]":
        """Cut the batch into batches of at most ``rows`` records."""
        yield from (self.slice(start, rows) for start in range(0, len(self.blank), rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """The form in which a file holds a table, such as its format, encoding and delimiter, and notes about the reading.

    ``ExportFacts`` takes over these fields, and ``summary.json`` has them under the same names. A field that does not
    apply is empty.

    - ``format`` is ``text``, ``xlsx``, ``xlsb``, ``xls``, ``ods`` or ``parquet``.
    - ``compression`` is ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip``.
    - ``encoding`` is the name of Python's codec, and ``guessed`` says that the encoding is a guess.
    - ``delimiter`` separates cells, and ``quote`` stands around a cell that holds the delimiter.
    - ``nuls_dropped`` counts the NUL bytes that the job has left out.
    - ``hidden_sheets`` are the names of the workbook's hidden sheets.
    - ``stray_cell`` is the reference, such as ``AB3``, of a single cell far below all other cells. The job does not
      read this cell.
    - ``notes`` are sentences about choices that the job made without being certain, and about parts of the file that
      it did not read. The notes hold no address and no person's name.
    """

    format: str
    compression: str = ""
    encoding: str = ""
    guessed: bool = False
    delimiter: str = ""
    quote: str = ""
    nuls_dropped: int = 0
    hidden_sheets: tuple[str, ...] = ()
    stray_cell: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetMarks:
    """What a sheet of a workbook says about its cells beyond their text. Rows and columns count from 0.

    ``merged`` has the row, first column and last column of each group of merged cells near the top. ``uncalculated``
    has, by column, the last row with a formula that no program has calculated.
    """

    merged: tuple[tuple[int, int, int], ...] = ()
    uncalculated: Mapping[int, int] = field(default_factory=dict)


NO_MARKS = SheetMarks()


class TablePart(Protocol):
    """The interface of the records that one worker reads: neighbouring records of a table, or all records of the table.

    In this class, a record is what a spreadsheet shows as a row. Titles, the header and blank rows are records too. So
    the record at index ``n`` of the table has the row number ``n + 1``. The first record of a Parquet file is its
    column names.

    The methods raise ``InputRefused`` if the file is gone or changed, and ``Unreadable`` if its content cannot be read
    safely. The field ``records`` of ``Unreadable`` counts from the top of the table.
    """

    @property
    def sheet(self) -> str:
        """The name of the workbook's sheet; empty for other files."""

    @property
    def metadata(self) -> TableMetadata:
        """The form in which the file holds the table. The value is final when ``cells`` has yielded its last batch."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the whole file as the user handed it in.

        The digest may be ``None`` until ``cells`` has yielded its last batch, and it is always ``None`` for a part of a
        table.
        """

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip as many records as ``records_before`` says, and yield all later records in batches of bounded size.

        A part of a table skips no records. There ``records_before`` is the number of the table's records before the
        part. The records come in the table's order. ``columns`` are the indices of the requested columns. ``shape``
        says whether the cells of a record line up with the header. A cell that a record lacks is empty.
        """


class RecordTable(TablePart, Protocol):
    """The interface of a whole table of records: a text file, a sheet of a workbook, or a Parquet file."""

    @property
    def marks(self) -> SheetMarks:
        """What a sheet says about its cells beyond their text; ``NO_MARKS`` if the table is no sheet of a workbook."""

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the text of the first records: at most ``limit`` records, and fewer if the text is too large."""


class Unreadable(Exception):
    """The error for a file that the job cannot read safely. ``refusing_unreadable`` adds the file's name.

    ``why`` says in plain words what is wrong, and never holds an address or a person's name. ``records`` is the number
    of whole records before the bad record, or ``None`` if the fault is not in a single record. ``mistyped`` is the word
    of the command line that may be the cause, or ``None``.
    """

    def __init__(self, why: str, *, records: int | None = None, mistyped: Mistyped | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.records = records
        self.mistyped = mistyped


@contextmanager
def refusing_unreadable(name: str, *, records_before: int = 0) -> Iterator[None]:
    """Turn an ``Unreadable`` from the ``with`` block into ``InputRefused``, with the file's name and the bad row.

    ``name`` is the file's name in the message. The message names a row only if the fault is in a single row. The error
    may count records from a place further down in the table. Then ``records_before`` is the number of records before
    that place.
    """
    try:
        yield
    except Unreadable as error:
        row = "" if error.records is None else f"row {records_before + error.records + 1}: "
        refused = InputRefused(f"{name}: {row}{error.why}")
        refused.mistyped = error.mistyped
        raise refused from error


def refuse_no_text(cells: CellColumns, columns: Sequence[int], deciding: Mapping[int, str]) -> None:
    """Raise ``Unreadable`` if a column that decides about people holds no text.

    ``columns`` has, for each column of ``cells``, its index in the table. ``deciding`` has the names of the columns
    that decide about people, by their indices in the table.
    """
    for at in sorted(cells.no_text):
        if name := deciding.get(columns[at]):
            raise Unreadable(f'its column "{name}" holds no text ({cells.no_text[at]}); save the rows of people as CSV')


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether a record is blank, because its cells hold only blank characters."""
    return not "".join(cells).strip(BLANK)


def are_empty(column: pa.Array) -> pa.Array:
    """Return an array of ``pa.bool_()`` for a column of text: true for each cell with no text but blank characters."""
    return pc.equal(pc.utf8_trim(column, BLANK), "")
