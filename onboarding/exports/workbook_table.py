"""Open a workbook (.xlsx, .xlsb, .xls, .ods), read its sheets in a child process, and return the sheets as tables.

A child process reads the workbook (``workbook_child``), since a bad file may end the process that reads it. The parent
process gets only text.

The first child uses the fast library. This library may fail on an ``.xlsx``, or need too much memory, even for a sheet
of two cells at opposite corners. A second child then tries the slow library within the same limits.
"""

import hashlib
import json
import mmap
import shutil
from collections.abc import Sequence
from dataclasses import asdict, field, replace
from enum import StrEnum
from io import BufferedReader
from pathlib import Path
from subprocess import TimeoutExpired  # only the error  # nosec B404
from tempfile import gettempdir
from typing import BinaryIO

import pyarrow as pa

from onboarding.exports import workbook_child
from onboarding.exports.compound_file import has_endless_chain
from onboarding.exports.confined import Confinement, confined_child
from onboarding.exports.layout.named_columns import quoted_names
from onboarding.exports.sheet_table import SheetTable, sheet_table
from onboarding.exports.sources.archives import CSV_ADVICE, ArchiveLimits, members_of
from onboarding.exports.sources.documents import AS_WORKBOOK, STREAMS, refuse_other_open_document
from onboarding.exports.tables import TableMetadata, Unreadable
from onboarding.exports.workbook_child import (
    MOST_COPIES,
    MOST_SHEETS,
    SpoolContents,
    SpooledSheet,
    WorkbookOutcome,
    WorkbookRequest,
)
from onboarding.exports.workbook_readers import WorkbookReader
from onboarding.model.blank import BLANK
from onboarding.model.values import dataclass
from onboarding.runtime.descriptors import can_reopen, reopened_path
from onboarding.runtime.scratch import create_private, private_scratch, unnamed_file

SHEET_FLAG = "--sheet"

_LONGEST_SHEET_NAME = 31
_NAMES_SHOWN = 12
_FIRST_ROWS_BYTES = 16 * 2**20
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_UNREADABLE = "not a workbook that can be read, or a damaged one; save it again as .xlsx or CSV"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The bytes by which the job recognises an ``.xlsx`` with a password.

An ``.xlsx`` with a password is a compound file, like an ``.xls``.
"""


class WorkbookFormat(StrEnum):
    """The format of a workbook. Each value is the usual suffix of files in this format."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """The limits on memory, text and time to read a workbook.

    ``memory`` is the limit for the child process, and ``text`` the limit for the text of all cells, both in bytes.
    ``seconds`` is the most time for each library. ``archive`` are the limits to unpack the workbook.

    For a sheet of 1,000,000 rows and 10 columns, the fast library needs 1.2 GiB and 13 s. The slow library needs 0.6
    GiB and 60 s.
    """

    archive: ArchiveLimits = field(default_factory=ArchiveLimits)
    memory: int = 2 * 2**30
    text: int = 4 * 2**30
    seconds: int = 600


def open_workbook(
    path: Path, *, wanted: Sequence[str] = (), reads_hidden: bool = False, limits: WorkbookLimits | None = None
) -> tuple[SheetTable, ...]:
    """Return the visible sheets of a workbook in their order, or the sheets that ``wanted`` names.

    ``wanted`` are names and patterns. A named sheet may be hidden. A pattern means visible sheets; it means hidden
    sheets only if no visible sheet matches. For a file that is no workbook, the result is empty. If ``reads_hidden`` is
    true, the job reads hidden rows like visible rows. ``None`` as ``limits`` means the default.

    The child writes all sheets to a private temporary file without a name, so no sheet is in memory. The caller checks
    that the workbook does not change while the child reads it (``Source.as_file``). Raises ``Unreadable`` if the
    workbook is damaged, needs a password, exceeds a limit, or contains none of the wanted sheets.
    """
    limits = limits or WorkbookLimits()
    try:
        with path.open("rb") as workbook:
            workbook_format = _format_of(workbook, limits.archive)
            if workbook_format is None:
                return ()
            if workbook_format is WorkbookFormat.XLS and has_endless_chain(workbook):
                raise Unreadable(_UNREADABLE)
            workbook.seek(0)
            sha256 = hashlib.file_digest(workbook, "sha256").hexdigest()
            spool = pa.py_buffer(_spooled(workbook, workbook_format, wanted, limits))
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or 'input/output error'}") from error
    metadata = TableMetadata(format=workbook_format.value)
    return _tables(spool, metadata, sha256, wanted, reads_hidden=reads_hidden)


def _format_of(file: BinaryIO, limits: ArchiveLimits) -> WorkbookFormat | None:
    """Return the format of a workbook by its content, or ``None`` for a file that is no workbook.

    Raises ``Unreadable`` for a bad archive, and for an OpenDocument file that is no spreadsheet.
    """
    start = file.read(len(_OLE))
    if start == _OLE:
        return WorkbookFormat.XLS
    if not start.startswith(_ZIP):
        return None
    names = {member.filename.replace("\\", "/").lower() for member in members_of(file, limits)}
    if "xl/workbook.bin" in names:
        return WorkbookFormat.XLSB
    if any(member.startswith("xl/") for member in names):
        return WorkbookFormat.XLSX
    if not {"mimetype", "content.xml"} <= names:
        return None
    refuse_other_open_document(file)
    return WorkbookFormat.ODS


def _tables(
    spool: pa.Buffer, metadata: TableMetadata, sha256: str, wanted: Sequence[str], *, reads_hidden: bool
) -> tuple[SheetTable, ...]:
    file = pa.ipc.open_file(spool)
    last = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    found = SpoolContents(**json.loads(last.custom_metadata[workbook_child.KEY]))
    if not found.sheets:
        raise Unreadable(_why_no_sheet(found, wanted))
    metadata = replace(metadata, hidden_sheets=tuple(found.hidden), notes=() if wanted else _note_of_hidden(found))
    sheets = (SpooledSheet(**sheet) for sheet in found.sheets)
    return tuple(sheet_table(sheet, spool, metadata, sha256, reads_hidden=reads_hidden) for sheet in sheets)


def _spooled(
    workbook: BufferedReader, suffix: WorkbookFormat, wanted: Sequence[str], limits: WorkbookLimits
) -> mmap.mmap:
    """Return the spool, a temporary file of rows, from the first library that can read the workbook.

    Raises ``Unreadable`` if no library can read the workbook.
    """
    outcome = WorkbookOutcome.DIED
    readers = list(WorkbookReader) if suffix is WorkbookFormat.XLSX else [WorkbookReader.CALAMINE]
    with private_scratch(Path(gettempdir())) as folder:
        path = folder / f"workbook.{suffix}"
        _place(workbook, path)
        for reader in readers:
            request = WorkbookRequest(str(path), reader, wanted, BLANK, limits.text)
            with unnamed_file() as spool:
                outcome = _outcome(request, Confinement(limits.memory, limits.seconds), workbook, spool)
                if outcome is WorkbookOutcome.READ:
                    return mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)
            if outcome not in (WorkbookOutcome.DIED, WorkbookOutcome.UNREADABLE, WorkbookOutcome.TOO_MUCH_MEMORY):
                break
    if outcome is WorkbookOutcome.UNREADABLE and _holds(workbook, _ENCRYPTED):
        outcome = WorkbookOutcome.PASSWORD
    if outcome is WorkbookOutcome.UNREADABLE and suffix is WorkbookFormat.XLS:
        for stream, what in STREAMS:
            if _holds(workbook, stream):
                raise Unreadable(f"this is {what}; {AS_WORKBOOK}")
    raise Unreadable(_why(outcome, limits))


def _place(workbook: BufferedReader, path: Path) -> None:
    """Make the file ``path``, by which the child opens the workbook.

    ``path`` ends with the suffix of the workbook's format.
    """
    if can_reopen():
        path.symlink_to(reopened_path(0))  # the child's standard input
        return
    workbook.seek(0)
    with open(create_private(path), "wb") as copy:  # noqa: PTH123 - a descriptor is no path
        shutil.copyfileobj(workbook, copy)


def _outcome(request: WorkbookRequest, limits: Confinement, workbook: BinaryIO, spool: BinaryIO) -> WorkbookOutcome:
    argument = json.dumps(asdict(request))
    with confined_child(workbook_child.__file__, argument, limits, stdin=workbook, stdout=spool) as child:
        try:
            ended = child.wait(limits.seconds)
        except TimeoutExpired:
            return WorkbookOutcome.OUT_OF_TIME
    return WorkbookOutcome(ended) if ended in list(WorkbookOutcome) else WorkbookOutcome.DIED


def _why(outcome: WorkbookOutcome, limits: WorkbookLimits) -> str:
    too_much_memory = f"reading it fails, or takes more than {limits.memory:,} bytes of memory; {CSV_ADVICE}"
    too_much_text = f"more or longer rows than a sheet has, or more than {limits.text:,} bytes of text; {CSV_ADVICE}"
    too_many_sheets = f"it has more than {MOST_SHEETS:,} sheets, and so many are not read; {CSV_ADVICE}"
    filled_down = f"a row with an address is there more than {MOST_COPIES:,} times in a row; delete its copies and save"
    return {
        WorkbookOutcome.PASSWORD: "protected by a password; save it without one",
        WorkbookOutcome.UNREADABLE: _UNREADABLE,
        WorkbookOutcome.TOO_MUCH_MEMORY: too_much_memory,
        WorkbookOutcome.DIED: too_much_memory,
        WorkbookOutcome.TOO_MUCH_TEXT: too_much_text,
        WorkbookOutcome.FILLED_DOWN: filled_down,
        WorkbookOutcome.TOO_MANY_SHEETS: too_many_sheets,
        WorkbookOutcome.NO_ROOM: f"its cells need more room than there is in {gettempdir()}; make room or set TMPDIR",
    }.get(outcome, f"not read within {limits.seconds} s; {CSV_ADVICE}")


def _why_no_sheet(found: SpoolContents, wanted: Sequence[str]) -> str:
    names = [*map(_quoted, found.visible), *(f"{_quoted(name)} (hidden)" for name in found.hidden)]
    listed = ", ".join(names[:_NAMES_SHOWN]) + (" and others" if len(names) > _NAMES_SHOWN else "")
    if not names:
        return "the workbook has no sheet of cells"
    if not wanted:
        return f"all its sheets are hidden: {listed}; name the right one with {SHEET_FLAG}"
    return f"no sheet {' or '.join(map(_quoted, wanted))} ({SHEET_FLAG}); it has {listed}"


def _note_of_hidden(found: SpoolContents) -> tuple[str, ...]:
    if not found.hidden:
        return ()
    names = [" ".join(name.split())[:_LONGEST_SHEET_NAME] for name in found.hidden]
    return (f"Hidden sheets were not read: {quoted_names(names)}.",)


def _quoted(name: str) -> str:
    return f'"{" ".join(name.split())[:_LONGEST_SHEET_NAME]}"'


def _holds(file: BufferedReader, words: bytes) -> bool:
    file.seek(0)
    before = b""
    while block := file.read(2**20):
        if words in before + block:
            return True
        before = block[-len(words) :]
    return False
