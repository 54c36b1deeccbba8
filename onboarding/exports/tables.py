"""The interface of a table of records, of its parts and of its cells; the error for files that cannot be read.

The error is ``Unreadable``, and ``refusing_unreadable`` turns it into ``InputRefused``. ``TableMetadata`` contains the
facts about a table for ``summary.json``. ``is_blank`` and ``are_empty`` recognise blank records and empty cells.

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
    """A batch of records as columns: the text of each requested column, and a mask of blank records.

    ``columns`` are the requested columns in the order of the request, as ``pa.string()`` without nulls. A missing cell
    is the empty text. All other arrays contain one value for each record, and no nulls:

    - ``blank`` (``pa.bool_()``) is true for records whose cells are all empty, even the cells that were not requested.
    - ``misfits`` (``pa.int32()``) is the number of cells of each record that does not line up with the header, and 0
      for all other records; ``None`` if all records line up.
    - ``doubtful`` contains a mask (``pa.bool_()``) for each requested column: the cells whose letters depend on an
      unsure guess of the encoding. ``doubtful`` is ``None`` if the encoding is no guess.
    - ``hidden`` (``pa.bool_()``) is true for records that are hidden in a workbook; ``None`` if no record is hidden.

    Some columns have values that cannot become text, such as lists. ``no_text`` describes the values of each such
    column, by the index in ``columns``. The cells of such a column are empty.
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
        """Return the records from the index ``start`` on, at most ``length`` records."""
        columns = tuple(column.slice(start, length) for column in self.columns)
        misfits = None if self.misfits is None else self.misfits.slice(start, length)
        doubtful = None if self.doubtful is None else tuple(marks.slice(start, length) for marks in self.doubtful)
        hidden = None if self.hidden is None else self.hidden.slice(start, length)
        return CellColumns(columns, self.blank.slice(start, length), misfits, doubtful, self.no_text, hidden)

    def select(self, places: Sequence[int]) -> "CellColumns":
        """Return the records with only some of the columns. ``places`` are the indices of these columns."""
        doubtful = None if self.doubtful is None else tuple(self.doubtful[place] for place in places)
        return replace(self, columns=tuple(self.columns[place] for place in places), doubtful=doubtful)

    def pieces(self, rows: int) -> "Iterator[CellColumns]":
        """Cut the batch into batches of at most ``rows`` records."""
        yield from (self.slice(start, rows) for start in range(0, len(self.blank), rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """The form of a table in its file, such as format, encoding and delimiter, and notes about the reading.

    ``ExportFacts`` and ``summary.json`` contain the same fields under the same names. A field that does not apply is
    empty.

    - ``format`` is ``text``, ``xlsx``, ``xlsb``, ``xls``, ``ods`` or ``parquet``.
    - ``compression`` is ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip``.
    - ``encoding`` is the name of Python's codec, and ``guessed`` says that the encoding is a guess.
    - ``delimiter`` separates cells, and ``quote`` surrounds a cell that contains the delimiter.
    - ``nuls_dropped`` is the number of NUL bytes that the job has left out.
    - ``hidden_sheets`` are the names of the workbook's hidden sheets.
    - ``stray_cell`` is the reference, such as ``AB3``, of a single cell far below all other cells. The job does not
      read this cell.
    - ``notes`` are sentences about uncertain choices, and about parts of the file that the job did not read. The notes
      contain no address and no person's name.
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
    """Facts about the cells of a workbook's sheet beyond their text. Numbers of rows and columns begin at 0.

    ``merged`` contains the row, first column and last column of each group of merged cells near the top.
    ``uncalculated`` maps a column to the last row with a formula that no program has calculated.
    """

    merged: tuple[tuple[int, int, int], ...] = ()
    uncalculated: Mapping[int, int] = field(default_factory=dict)


NO_MARKS = SheetMarks()


class TablePart(Protocol):
    """The interface of the records that one worker reads: neighbouring records of a table, or all records of the table.

    In this class, each row of a spreadsheet is a record, and so are titles, the header and blank rows. So the record at
    index ``n`` of the table has the row number ``n + 1``. The first record of a Parquet file is its column names.

    The methods raise ``InputRefused`` if the file is gone or changed, and ``Unreadable`` if its content cannot be read
    safely. The field ``records`` of ``Unreadable`` is the index of the record in the whole table.
    """

    @property
    def sheet(self) -> str:
        """The name of the workbook's sheet; empty for other files."""

    @property
    def metadata(self) -> TableMetadata:
        """The form in which the file contains the table. The value is final after the last batch of ``cells``."""

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the whole file.

        The digest may be ``None`` until the last batch of ``cells``, and is always ``None`` for a part of a table.
        """

    def cells(self, records_before: int, columns: Sequence[int], shape: RecordShape) -> Iterator[CellColumns]:
        """Skip ``records_before`` records, and yield all later records in batches of bounded size, in their order.

        A part of a table skips no records; its ``records_before`` is the number of the table's records before the part.
        ``columns`` are the indices of the requested columns. ``shape`` says whether the cells of a record line up with
        the header. A missing cell becomes empty.
        """


class RecordTable(TablePart, Protocol):
    """The interface of a whole table of records: a text file, a sheet of a workbook, or a Parquet file."""

    @property
    def marks(self) -> SheetMarks:
        """Facts about the cells beyond their text; ``NO_MARKS`` if the table is no sheet of a workbook."""

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return the text of the first records: at most ``limit`` records, and fewer if the text is too large."""


class Unreadable(Exception):
    """The error for a file that the job cannot read safely. ``refusing_unreadable`` adds the file's name.

    ``why`` describes the fault in plain words, without an address or a person's name. ``records`` is the number of
    whole records before the bad record, or ``None`` if the fault is not in a single record. ``mistyped`` is the word of
    the command line that may be the cause, or ``None``.
    """

    def __init__(self, why: str, *, records: int | None = None, mistyped: Mistyped | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.records = records
        self.mistyped = mistyped


@contextmanager
def refusing_unreadable(name: str, *, records_before: int = 0) -> Iterator[None]:
    """Turn an ``Unreadable`` from the ``with`` block into ``InputRefused``, with the file's name and the bad row.

    ``name`` is the file's name in the message. The message names a row only if the fault is in a single row. If the
    error counts records from a later place in the table, ``records_before`` is the number of records before that place.
    """
    try:
        yield
    except Unreadable as error:
        row = "" if error.records is None else f"row {records_before + error.records + 1}: "
        refused = InputRefused(f"{name}: {row}{error.why}")
        refused.mistyped = error.mistyped
        raise refused from error


def refuse_no_text(cells: CellColumns, columns: Sequence[int], deciding: Mapping[int, str]) -> None:
    """Raise ``Unreadable`` if a column that decides about people contains no text.

    ``columns`` has an index for each column of ``cells``: the index of the same column in the whole table. ``deciding``
    are the names of the columns that decide about people, by their indices in the whole table.
    """
    for at in sorted(cells.no_text):
        if name := deciding.get(columns[at]):
            raise Unreadable(f'its column "{name}" holds no text ({cells.no_text[at]}); save the rows of people as CSV')


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether a record is blank: its cells contain only blank characters."""
    return not "".join(cells).strip(BLANK)


def are_empty(column: pa.Array) -> pa.Array:
    """Return a mask (``pa.bool_()``) of the cells in a column of text that contain only blank characters."""
    return pc.equal(pc.utf8_trim(column, BLANK), "")
