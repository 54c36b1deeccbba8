"""The reader of a ``reconciliation.csv`` that a run wrote, for a later run that invites people from it.

A spreadsheet that opens and saves a report may change anything: separators, letters that its encoding lacks, zeros
before a number, apostrophes. So the reader accepts a report only in the form in which ``csv`` writes reports. It
returns each cell without the apostrophe that the report added.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import BinaryIO

from onboarding.model.errors import InputRefused
from onboarding.model.neutralising import LEFT_LIVE, read_back_text
from onboarding.reports.csv import STRUCTURE
from onboarding.reports.reconcile import COLUMNS

LONGEST_LINE_BYTES = 2**22
"""The most bytes of a line that are read at a time. No cell of a line may have more than 128 KiB."""

_NEEDS_QUOTES = re.compile(f"[{STRUCTURE}]")
_LEFT_LIVE = re.compile(LEFT_LIVE)
_RUN_ID = re.compile(r"[0-9A-Za-z-]{1,40}")
_HEADER = ",".join(COLUMNS).encode() + b"\n"


def read_reconciliation(name: str, file: BinaryIO) -> Iterator[dict[str, str]]:
    """Yield the lines of a reconciliation: the cells by column, in the form before they were neutralised.

    To neutralise a cell, a report adds an apostrophe, so that no spreadsheet executes the cell as a formula.

    ``name`` is the name of the file for messages. Raises ``InputRefused`` for a file that is no reconciliation, or that
    was changed after a run wrote it. The error may come after the last line, so the caller must not act on any line
    before the end.
    """
    _check_header(name, file.readline(LONGEST_LINE_BYTES))
    found, expected = sha256(), sha256()
    run_id = ""
    try:
        for cells in csv.reader(_decoded_lines(file, found.update), strict=True):
            expected.update(_line(cells))
            run_id = run_id or cells[0]
            lines = zip(COLUMNS, cells, strict=True)
            yield {column: read_back_text(cell) for column, cell in lines}
    except (ValueError, csv.Error):
        raise _changed(name, run_id) from None
    if found.digest() != expected.digest():
        raise _changed(name, run_id)


def _check_header(name: str, header: bytes) -> None:
    if header == _HEADER:
        return
    # A spreadsheet may have set another separator, quotes or a byte order mark, or have written UTF-16.
    if all(column.encode() in header.replace(b"\0", b"") for column in COLUMNS):
        raise _changed(name, "")
    raise InputRefused(f"{name}: --move-from takes an account, or a reconciliation.csv of one.")


def _decoded_lines(file: BinaryIO, update: Callable[[bytes], None]) -> Iterator[str]:
    for line in iter(lambda: file.readline(LONGEST_LINE_BYTES), b""):
        update(line)
        yield line.decode()


def _line(cells: Sequence[str]) -> bytes:
    """Return the line that a report has for these cells. Return no bytes if a report would change a cell."""
    if any(_LEFT_LIVE.search(cell) for cell in cells):
        return b""  # the writer would have neutralised such a cell
    quoted = ('"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in cells)
    return f"{','.join(quoted)}\n".encode()


def _changed(name: str, run_id: str) -> InputRefused:
    again = f'write it again with "onboard report {run_id}"' if _RUN_ID.fullmatch(run_id) else "write it again"
    return InputRefused(
        f"{name}: the report is not as the run wrote it, so a spreadsheet may have changed addresses in it; "
        f"{again}, or list the addresses in a file of your own."
    )
