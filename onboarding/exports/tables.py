"""The interface of a table of records in any kind of file, and the error ``Unreadable`` for a file that cannot be read.

``text``, ``workbook_table`` and ``parquet_table`` each open a ``Source`` of one kind of file and return its tables.
``layout`` and ``export`` then treat all tables alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.employees import BLANK
from onboarding.model.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Cells:
    """Records as columns: the text of each requested column, in the order requested, and which records are ``blank``.

    All arrays have the same length. ``columns`` are ``pa.string()`` without nulls: an absent cell is the empty string.
    ``blank`` (``pa.bool_()``, no nulls) marks the records in which every cell is empty, requested or not.
    """

    columns: tuple[pa.Array, ...] = field(repr=False)
    blank: pa.Array = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """How a file holds a table, for ``summary.json``. Fields that do not apply are empty.

    ``format`` is ``text``, ``xlsx``, ``xlsb``, ``xls``, ``ods`` or ``parquet``; ``compression`` is ``gzip`` or ``zip``.
    ``guessed`` says that the encoding is a guess. ``nuls_dropped`` counts the NUL bytes that were left out.
    ``hidden_sheets`` of the workbook were not read. ``stray_cell`` is the reference of a single cell far below all
    other cells; it was not read either.
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


class TablePart(Protocol):
    """Records of one table, which may be all of them.

    A record is what a spreadsheet shows as a row, from the very top: titles, header and blank rows are records too,
    so that the row number of the record at index ``n`` is ``n + 1``. (The first record of a Parquet file is its column
    names.) Methods raise ``InputRefused``, and ``Unreadable`` with ``records`` counted from the very top.
    """

    @property
    def sheet(self) -> str:
        """The name of the workbook's sheet; empty for other files."""

    @property
    def metadata(self) -> TableMetadata:
        """How the file holds the table; final once ``cells`` has come to its end."""

    @property
    def sha256(self) -> str | None:
        """The digest of the whole file as the user handed it in; ``None`` until ``cells`` has come to its end."""

    def cells(self, after: int, columns: Sequence[int], width: int) -> Iterator[Cells]:
        """Yield all records after the first ``after`` ones, in order, in batches of bounded size.

        ``columns`` are the indices of the requested cells; ``width`` is the number of cells that most records have,
        which helps some readers. A cell that a record does not have is empty.
        """


class Table(TablePart, Protocol):
    """A whole table of records: a delimited text file, a sheet of a workbook, a Parquet file."""

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return at most ``limit`` records from the very top as text; fewer where that would need too much memory."""


class Unreadable(Exception):
    """A file cannot be read safely; ``why`` says in plain words what is wrong. ``refusing`` adds the file's name.

    ``records`` is how many whole records the reader read before the bad record, or ``None`` where the fault is not in
    one record. The words never hold an address or a person's name.
    """

    def __init__(self, why: str, *, records: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.records = records


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Turn ``Unreadable`` into ``InputRefused`` that names the file and, where it is known, the row."""
    try:
        yield
    except Unreadable as error:
        row = "" if error.records is None else f"row {error.records + 1}: "
        raise InputRefused(f"{name}: {row}{error.why}") from error


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether every cell is empty, which makes the record blank."""
    return not "".join(cells).strip(BLANK)


def are_empty(column: pa.Array) -> pa.Array:
    """Return for each cell of a column of text whether it is empty, as ``pa.bool_()``."""
    return pc.equal(pc.utf8_trim(column, BLANK), "")
