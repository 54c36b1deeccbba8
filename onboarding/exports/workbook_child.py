"""The script that reads the cells of a workbook in a child process, where a hostile file can do no harm.

The parent, ``workbook_table``, starts the script with bounded memory and time (``confined``). Standard input is the
workbook. Standard output is the spool, an Arrow IPC file with batches of rows of text. The last batch of the spool is
empty, and its metadata is the ``SpoolContents``. The exit code is a ``WorkbookOutcome``. The script imports nothing of
the package, and no pandas.
"""

import errno
import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import partial
from itertools import accumulate, chain
from typing import Any, BinaryIO

ROWS = 2**20  # no sheet has more
LONGEST_ROW = 16 * 2**20  # characters
BATCH = 4 * 2**20  # characters and cells
MOST_COPIES = 1_000  # of a row with an address, one after the other; an .ods fills a sheet to its bottom with one row
MOST_SHEETS = 1_000
KEY = b"workbook"  # of the ``SpoolContents``, as JSON, in the metadata of the last batch
STRAY_GAP = 10_000  # blank rows; a last, lone cell after them is stray, such as Excel's Solver leaves at XFD1048576

_SpooledSheet = tuple[str, int, int, tuple[int, int] | None]
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


class WorkbookReader(StrEnum):
    """The library that reads: ``CALAMINE`` is fast; ``OPENPYXL`` is slow, needs less memory, and reads only .xlsx."""

    CALAMINE = "calamine"
    OPENPYXL = "openpyxl"


class WorkbookOutcome(IntEnum):
    """How reading ended: the exit code of the child, but the parent alone decides ``OUT_OF_TIME`` and ``DIED``."""

    READ = 0
    UNREADABLE = 10
    PASSWORD = 11
    TOO_MUCH_MEMORY = 12
    TOO_MUCH_TEXT = 13
    NO_ROOM = 14
    OUT_OF_TIME = 15
    DIED = 16
    FILLED_DOWN = 17
    TOO_MANY_SHEETS = 18


@dataclass(frozen=True, slots=True)
class WorkbookRequest:
    """The parent's request: which workbook and sheet to read, with which library, and within which limits.

    ``path`` leads to standard input; its suffix says the format. ``sheet`` names a sheet, which may be hidden; ``None``
    requests all visible sheets. A row's last cells are left out if they have only characters in ``blank``. ``text``
    is the limit in bytes for all cells.
    """

    path: str
    reader: WorkbookReader
    sheet: str | None
    blank: str
    text: int


@dataclass(frozen=True, slots=True)
class SpoolContents:
    """The table of contents of the spool, and the names of all ``visible`` and all ``hidden`` sheets of the workbook.

    ``sheets`` has a tuple for each sheet that was read: its name, the index of its first batch, the index after its
    last batch, and the row and column of a stray cell far below all other cells, or ``None``.
    """

    sheets: Sequence[_SpooledSheet]
    visible: Sequence[str]
    hidden: Sequence[str]


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """A sheet of a workbook. ``rows`` yields all its rows from row 1 on, with cells as the library returns them."""

    name: str
    visible: bool
    rows: Callable[[], Iterator[list[Any]]]


class _LimitHit(Exception):
    """The error for a workbook that goes beyond a limit. The argument is the ``WorkbookOutcome``."""


def main(argument: str) -> WorkbookOutcome:
    """Read the workbook and write the spool, and return the outcome. ``argument`` is a ``WorkbookRequest`` as JSON."""
    request = WorkbookRequest(**json.loads(argument))
    gc.disable()  # millions of small lists live at once, and none is part of a cycle
    try:
        with sheets_of(request.path, request.reader) as sheets:
            if len(sheets) > MOST_SHEETS:
                return WorkbookOutcome.TOO_MANY_SHEETS
            _spool(request, sheets, sys.stdout.buffer)
    except MemoryError:
        return WorkbookOutcome.TOO_MUCH_MEMORY
    except _LimitHit as error:
        return WorkbookOutcome(error.args[0])
    except OSError as error:
        return WorkbookOutcome.NO_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else WorkbookOutcome.UNREADABLE
    except BaseException as error:  # noqa: BLE001  any error in a reader, even a panic of Rust, is the file's fault
        return WorkbookOutcome.PASSWORD if type(error).__name__ == "PasswordError" else WorkbookOutcome.UNREADABLE
    return WorkbookOutcome.READ


def sheets_of(path: str, reader: WorkbookReader) -> AbstractContextManager[list[WorkbookSheet]]:
    """Return a context with the sheets of a workbook, including hidden sheets, but without sheets of charts."""
    return _calamine(path) if reader == WorkbookReader.CALAMINE else _openpyxl(path)


def texts_of(rows: Iterable[list[Any]], blank: str) -> Iterator[list[str]]:
    """Yield rows with their cells as text. Each row ends with its last cell that is not blank."""
    for row in rows:
        cells = [cell if type(cell) is str else _TEXT[type(cell)](cell) for cell in row]
        while cells and not cells[-1].strip(blank):
            cells.pop()
        yield cells


def _spool(request: WorkbookRequest, sheets: Sequence[WorkbookSheet], spool: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415  here, where memory is bounded

    schema = pa.schema([("rows", pa.list_(pa.string()))])
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    spooled: list[_SpooledSheet] = []
    text = written = 0
    with pa.ipc.new_file(spool, schema, options=options) as file:
        for sheet in _chosen(sheets, request.sheet):
            first, rows = written, _Trimmed(texts_of(sheet.rows(), request.blank))
            for batch in _batches(rows):
                # Flat lists take a quarter of the time that nested lists take.
                ends = pa.array(accumulate(map(len, batch), initial=0), pa.int32())
                cells = pa.ListArray.from_arrays(ends, pa.array(list(chain.from_iterable(batch)), pa.string()))
                text += cells.nbytes
                if text > request.text:
                    raise _LimitHit(WorkbookOutcome.TOO_MUCH_TEXT)
                file.write_batch(pa.record_batch([cells], schema))
                written += 1
            spooled.append((sheet.name, first, written, rows.stray))
        visible, hidden = ([sheet.name for sheet in sheets if sheet.visible is it] for it in (True, False))
        said = json.dumps(asdict(SpoolContents(spooled, visible, hidden)))
        file.write_batch(pa.record_batch([pa.array([], schema.field(0).type)], schema), custom_metadata={KEY: said})
    spool.flush()


@contextmanager
def _calamine(path: str) -> Iterator[list[WorkbookSheet]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    def rows(index: int) -> Iterator[list[Any]]:
        sheet = book.get_sheet_by_index(index)
        # Rows begin at the very top, but cells only at the first column that is not empty.
        before: list[Any] = [""] * (sheet.start[1] if sheet.start else 0)
        return (before + row for row in sheet.iter_rows())

    with CalamineWorkbook.from_path(path) as book:
        yield [
            WorkbookSheet(sheet.name, sheet.visible == SheetVisibleEnum.Visible, partial(rows, index))
            for index, sheet in enumerate(book.sheets_metadata)
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]


@contextmanager
def _openpyxl(path: str) -> Iterator[list[WorkbookSheet]]:
    from openpyxl import load_workbook  # noqa: PLC0415

    def rows(sheet: Any) -> Iterator[list[Any]]:
        sheet.reset_dimensions()  # a file may be wrong about its own size
        for row in sheet.iter_rows(values_only=True):
            yield [None if cell in _ERRORS else cell for cell in row]

    with closing(load_workbook(path, read_only=True, data_only=True, keep_links=False)) as book:
        yield [WorkbookSheet(it.title, it.sheet_state == "visible", partial(rows, it)) for it in book.worksheets]


def _chosen(sheets: Sequence[WorkbookSheet], wanted: str | None) -> list[WorkbookSheet]:
    if wanted is None:
        return [sheet for sheet in sheets if sheet.visible]
    return [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()][:1]


def _number(number: float) -> str:
    # Numbers of a sheet are floats, also where a reader returns int. Adding 0.0 removes the sign of minus zero.
    return repr(float(number) + 0.0).removesuffix(".0")


def _moment(moment: datetime) -> str:
    # A moment is stored as a fraction of a day, so its seconds are a little off. The year 9999 cannot be rounded up.
    whole = (moment + timedelta(milliseconds=500 if moment.year < 9999 else 0)).replace(microsecond=0)  # noqa: PLR2004
    return (whole.date() if whole.time() == time() else whole).isoformat()


_TEXT: Mapping[type, Callable[[Any], str]] = {
    float: _number,
    int: _number,
    bool: lambda truth: str(truth).upper(),
    datetime: _moment,
    date: date.isoformat,
    time: lambda moment: moment.isoformat("seconds"),
    timedelta: str,
    type(None): lambda _: "",
}
"""The function that turns a cell into text, by the type of the cell's value. Errors of formulas become empty cells."""


class _Trimmed:
    """The rows of a sheet up to the last filled row, without a stray cell; ``stray`` is that cell's row and column."""

    def __init__(self, rows: Iterable[list[str]]) -> None:
        self._rows = rows
        self.stray: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[list[str]]:
        pending: list[list[str]] = []  # blank rows and perhaps a lone cell; they count only if more rows follow
        before, copies = [""], 0
        for number, row in enumerate(self._rows, 1):
            before, copies = row, copies + 1 if row == before else 0
            if number > ROWS or (copies > MOST_COPIES and "@" in "".join(row)):
                raise _LimitHit(WorkbookOutcome.TOO_MUCH_TEXT if number > ROWS else WorkbookOutcome.FILLED_DOWN)
            if row and (len(pending) < STRAY_GAP or self.stray or any(row[:-1]) or "@" in row[-1]):
                yield from (*pending, row)
                pending, self.stray = [], None
                continue
            pending.append(row)
            if row:
                self.stray = (number, len(row))


def _batches(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    batch: list[list[str]] = []
    size = 0
    for row in rows:
        length = 1 + len(row) + sum(map(len, row))
        if length > LONGEST_ROW:
            raise _LimitHit(WorkbookOutcome.TOO_MUCH_TEXT)
        batch.append(row)
        size += length
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
