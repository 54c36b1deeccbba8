"""The script that reads the cells of a workbook in a child process, where a hostile file can do no harm.

The parent, ``workbook_table``, starts the script with bounded memory and time (``confined``). The script reads the
workbook from standard input, and writes the spool to standard output. The spool is an Arrow IPC file with batches of
rows of text. The last batch of the spool is empty, and its metadata is the ``SpoolContents``. The exit code is a
``WorkbookOutcome``. The script imports no pandas, and only the modules ``workbook_readers``, ``sheet_xml`` and
``ods_xml`` of the package.
"""

import errno
import gc
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import IntEnum
from fnmatch import fnmatchcase
from itertools import accumulate, chain
from typing import Any, BinaryIO
from zipfile import BadZipFile

from onboarding.exports.ods_xml import OpenDocumentXml
from onboarding.exports.sheet_xml import ROWS, SheetFindings, SheetXmlTooLong, WorkbookXml
from onboarding.exports.workbook_readers import MergedCells, WorkbookReader, WorkbookSheet, sheets_of, texts_of

LONGEST_ROW = 16 * 2**20  # characters
BATCH = 4 * 2**20  # characters and cells
MOST_COPIES = 1_000  # of a row with an address, one after another; an .ods may fill a whole sheet with one row
MOST_SHEETS = 1_000
KEY = b"workbook"  # of the ``SpoolContents``, as JSON, in the metadata of the last batch
STRAY_GAP = 10_000  # blank rows; a last, lone cell after them is stray, such as Excel's Solver writes at XFD1048576


class WorkbookOutcome(IntEnum):
    """The end of the reading: the exit code of the child. Only the parent sets ``OUT_OF_TIME`` and ``DIED``."""

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
    """The parent's request: which workbook and sheets to read, with which library, and within which limits.

    ``path`` is a path of standard input, with the suffix of the workbook's format. ``wanted`` are names of sheets and
    patterns (``_chosen``). If ``wanted`` is empty, the child reads all visible sheets. The child leaves out a row's
    last cells if they contain only characters in ``blank``. ``text`` is the limit in bytes for the text of all cells.
    """

    path: str
    reader: WorkbookReader
    wanted: Sequence[str]
    blank: str
    text: int


@dataclass(frozen=True, slots=True)
class SpooledSheet:
    """A sheet in the spool.

    The sheet's batches begin at the index ``first`` and end before the index ``end``. ``stray`` is the row and column
    of a stray cell far below all other cells. ``merged`` are the merged cells within a single row. ``hidden_rows`` is
    the number of hidden rows that are not blank, or ``None`` if the job cannot find the hidden rows.
    ``hidden_columns``, ``links`` (row, column and address) and ``uncalculated`` (column and last row) are values of
    ``SheetFindings``.
    """

    name: str
    first: int
    end: int
    stray: tuple[int, int] | None
    merged: Sequence[MergedCells]
    hidden_rows: int | None
    hidden_columns: Sequence[tuple[int, int]]
    links: Sequence[tuple[int, int, str]]
    uncalculated: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SpoolContents:
    """The table of contents of the spool (the file of rows), and the names of all ``visible`` and ``hidden`` sheets.

    ``sheets`` are the ``SpooledSheet`` of all sheets that the child has read, as dictionaries.
    """

    sheets: Sequence[dict[str, Any]]
    visible: Sequence[str]
    hidden: Sequence[str]


class _LimitHit(Exception):
    """The error for a workbook that exceeds a limit. The error's argument is the ``WorkbookOutcome``."""


def main(argument: str) -> WorkbookOutcome:
    """Read the workbook, write the spool, and return the exit code. ``argument`` is a ``WorkbookRequest`` as JSON."""
    request = WorkbookRequest(**json.loads(argument))
    gc.disable()  # millions of small lists exist at once, and none is part of a cycle
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


def _spool(request: WorkbookRequest, sheets: Sequence[WorkbookSheet], spool: BinaryIO) -> None:
    import pyarrow as pa

    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    schema = pa.schema([("rows", pa.list_(pa.string())), ("hidden", pa.uint8())])
    chosen = _chosen(sheets, request.wanted)
    spooled: list[dict[str, Any]] = []
    with pa.ipc.new_file(spool, schema, options=options) as file, ThreadPoolExecutor(1) as pool:
        writer = _SpoolWriter(file, schema, request.text)
        # A thread searches the XML while the library reads the same sheet.
        findings = _findings(request.path, chosen, pool)
        for sheet, future in zip(chosen, findings, strict=True):
            spooled.append(asdict(writer.write(sheet, future, request.blank)))
        visible, hidden = ([sheet.name for sheet in sheets if sheet.visible is it] for it in (True, False))
        said = json.dumps(asdict(SpoolContents(spooled, visible, hidden)))
        empty = [pa.array([], field.type) for field in schema]
        file.write_batch(pa.record_batch(empty, schema), custom_metadata={KEY: said})
    spool.flush()


class _SpoolWriter:
    """The writer of sheets into the spool, a file of rows.

    Raises ``_LimitHit`` if the sheets' text exceeds the limit in bytes.
    """

    def __init__(self, file: Any, schema: Any, limit: int) -> None:
        self._file, self._schema = file, schema
        self._text_left = limit
        self._written = 0

    def write(self, sheet: WorkbookSheet, future: "Future[SheetFindings | None]", blank: str) -> SpooledSheet:
        """Write the rows of a sheet, and return the entry of the sheet in the table of contents.

        ``future`` will return the facts about the sheet in its XML. ``blank`` are the blank characters
        (``WorkbookRequest``).
        """
        import pyarrow as pa

        first, at, hidden_rows = self._written, 0, 0
        rows = _Trimmed(texts_of(sheet.rows(), blank))
        findings = future.result()
        hidden_marks = findings.hidden_rows if findings else b""
        for batch in _batches(rows):
            # Flat lists take a quarter of the time of nested lists.
            ends = pa.array(accumulate(map(len, batch), initial=0), pa.int32())
            cells = pa.ListArray.from_arrays(ends, pa.array(list(chain.from_iterable(batch)), pa.string()))
            self._text_left -= cells.nbytes
            if self._text_left < 0:
                raise _LimitHit(WorkbookOutcome.TOO_MUCH_TEXT)
            marks = bytes(hidden_marks[at : at + len(batch)]).ljust(len(batch), b"\0")
            hidden_rows += sum(1 for row, mark in zip(batch, marks, strict=True) if mark and row) if any(marks) else 0
            hidden = pa.Array.from_buffers(pa.uint8(), len(batch), [None, pa.py_buffer(marks)])
            self._file.write_batch(pa.record_batch([cells, hidden], self._schema))
            self._written, at = self._written + 1, at + len(batch)
        found = findings or SheetFindings()
        return SpooledSheet(
            sheet.name,
            first,
            self._written,
            rows.stray,
            sheet.merged,
            None if findings is None else hidden_rows,
            found.hidden_columns,
            [(row, column, address) for (row, column), address in found.links.items()],
            list(found.uncalculated.items()),
        )


def _findings(
    path: str, sheets: Sequence[WorkbookSheet], pool: ThreadPoolExecutor
) -> "list[Future[SheetFindings | None]]":
    """Start to search the XML of each sheet, and return the future results.

    A result is ``None`` if the XML cannot be searched. If a row of the XML is too long, the future raises
    ``_LimitHit``.
    """
    failures = (LookupError, ValueError, OSError, RuntimeError, EOFError, BadZipFile, zlib.error)
    try:
        xml = OpenDocumentXml(path) if path.endswith(".ods") else WorkbookXml(path)
    except failures:
        return [pool.submit(lambda: None) for _ in sheets]

    def search(index: int) -> SheetFindings | None:
        try:
            return xml.findings(index)
        except SheetXmlTooLong:
            raise _LimitHit(WorkbookOutcome.TOO_MUCH_TEXT) from None
        except failures:
            return None

    return [pool.submit(search, sheet.index) for sheet in sheets]


def _chosen(sheets: Sequence[WorkbookSheet], wanted: Sequence[str]) -> list[WorkbookSheet]:
    """Return the wanted sheets. A name means its sheet, even if the sheet is hidden.

    A pattern means the visible sheets that match. If no visible sheet matches, the pattern means the hidden sheets that
    match.
    """
    if not wanted:
        return [sheet for sheet in sheets if sheet.visible]
    plain = [(sheet, sheet.name.strip().casefold()) for sheet in sheets]
    found = set()
    for text in (text.strip().casefold() for text in wanted):
        named = [sheet.index for sheet, name in plain if name == text][:1]
        fitting = [sheet for sheet, name in plain if fnmatchcase(name, text)]
        found.update(named or [it.index for it in fitting if it.visible] or [it.index for it in fitting])
    return [sheet for sheet in sheets if sheet.index in found]


class _Trimmed:
    """The rows of a sheet up to the last filled row, without a stray cell (``stray`` is its row and column).

    The iteration raises ``_LimitHit`` for too many rows, or for too many copies of a row with an address.
    """

    def __init__(self, rows: Iterable[list[str]]) -> None:
        self._rows = rows
        self.stray: tuple[int, int] | None = None

    def __iter__(self) -> Iterator[list[str]]:
        pending: list[list[str]] = []  # blank rows and perhaps a lone cell, to yield only if more rows follow
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
