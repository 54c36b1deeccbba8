"""What is a table of records, whatever kind of file it stands in?

Three kinds of file hold tables: delimited text (``text``), workbooks (``workbook``) and Parquet (``parquet``). Each has
one function that opens a ``Source`` and gives its tables; from there on ``layout`` and ``export`` treat all alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from onboarding.model.employees import BLANK


@dataclass(frozen=True, slots=True)
class Cells:
    """Records as columns: the text of each asked one, in the order asked, and which records are ``blank``.

    All arrays have the same length. ``columns`` are ``pa.string()`` without nulls: an absent cell is the empty string.
    ``blank`` (``pa.bool_()``, no nulls) marks the records with nothing in any cell, asked for or not.
    """

    columns: tuple[pa.Array, ...] = field(repr=False)
    blank: pa.Array = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """How a table is written down, for ``summary.json``. What does not apply is empty.

    ``format`` is ``text``, ``xlsx``, ``xlsb``, ``xls``, ``ods`` or ``parquet``; ``compression`` is ``gzip`` or ``zip``;
    ``guessed`` says that the encoding is one; ``nuls_dropped`` counts NUL bytes in a text. ``hidden_sheets`` of the
    workbook were not read; ``stray_cell`` is the reference of a lone cell far below everything else, which was not
    read either.
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


class Table(Protocol):
    """One table of records: a delimited text file, a sheet of a workbook, a Parquet file.

    A record is what a spreadsheet shows as a row, from the very top: titles, header and blank ones are records too,
    so that the row number of the record at index ``n`` is ``n + 1``. (A Parquet file's first record is its column
    names.) Both methods raise ``Unreadable``, whose ``records`` counts from the very top, and ``InputRefused``.
    """

    @property
    def sheet(self) -> str:
        """The name of the workbook's sheet; empty for other files."""

    @property
    def metadata(self) -> TableMetadata:
        """What is known of how it is written; final once ``cells`` has come to its end."""

    @property
    def sha256(self) -> str | None:
        """The digest of the whole file as handed in; ``None`` until ``cells`` has come to its end."""

    def first_rows(self, limit: int) -> list[list[str]]:
        """Return at most ``limit`` records from the very top as text; fewer where that would need too much memory."""

    def cells(self, after: int, columns: Sequence[int], width: int) -> Iterator[Cells]:
        """Yield all records after the first ``after`` ones, in order, in batches of bounded size.

        ``columns`` are the indices of the wanted cells; ``width`` is the number of cells that most records have, for
        readers whom it helps. A cell that a record does not have is empty.
        """


def is_blank(cells: Iterable[str]) -> bool:
    """Say whether every cell is empty, which makes the record blank."""
    return not "".join(cells).strip(BLANK)


class Unreadable(Exception):
    """Say in plain words why a file is refused; whoever knows the file's name turns it into ``InputRefused``.

    ``records`` is the number of whole records before the bad one in what was being read, or ``None`` where the
    trouble is not one record's. The words never hold an address or a person's name.
    """

    def __init__(self, why: str, *, records: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.records = records
