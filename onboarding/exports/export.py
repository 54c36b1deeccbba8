"""What does an export hold, and how was that found out?"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.errors import InputRefused
from onboarding.exports.columns import Role
from onboarding.exports.delimited import Cells, read
from onboarding.exports.layout import HEAD, Layout, layout_of
from onboarding.exports.records import whole_records
from onboarding.exports.sources import File, find
from onboarding.exports.unreadable import Unreadable
from onboarding.rows import AS_READ, TEXT, Disposition, Reason, check

BLOCK = 4 * 2**20
"""Bytes read at a time: some 40,000 rows."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read and what was decided about it, for ``summary.json``.

    ``size`` is in bytes; ``header_row`` counts from 1; ``columns`` has the header's text for each role. ``sha256``
    (of the bytes read) and ``rows`` (after the header) are ``None`` until the export has been read to its end.
    """

    source: str
    size: int
    encoding: str
    delimiter: str
    header_row: int
    columns: Mapping[str, str]
    sha256: str | None = None
    rows: int | None = None


class Export:
    """A file of employee records that was looked at and can be read."""

    def __init__(self, file: File, layout: Layout) -> None:
        self._file = file
        self._layout = layout
        self._facts = Facts(
            source=file.name,
            size=file.version.size,
            encoding=layout.encoding,
            delimiter=layout.delimiter,
            header_row=layout.header_row,
            columns={role.value: layout.header[index] for role, index in layout.columns.items()},
        )

    @property
    def source(self) -> str:
        """The path as its user gave it or would recognise it."""
        return self._file.name

    @property
    def facts(self) -> Facts:
        """What is known so far; complete once ``batches`` has come to its end."""
        return self._facts

    def batches(self, first_position: int) -> Iterator[pd.DataFrame]:
        """Yield every record after the header, in order, as frames of ``rows.AS_READ`` indexed by position.

        Frames hold what stands in some ``BLOCK`` bytes, so that memory stays bounded. Records with nothing in them
        come as ``ignored``, ``blank_row``. Raises ``InputRefused`` naming the row where a record cannot be read
        safely, and if the file changed since it was looked at.
        """
        digest = hashlib.sha256()
        blocks = _after(self._layout.start, self._file.blocks(BLOCK, digest))
        rows = 0
        for cells in _ahead(self._cells(blocks)):
            frame = _frame(cells, self._layout, self.source, self._layout.header_row + 1 + rows)
            frame.index = pd.RangeIndex(first_position + rows, first_position + rows + len(frame))
            rows += len(frame)
            yield check(frame, AS_READ)
        self._facts = replace(self._facts, sha256=digest.hexdigest(), rows=rows)

    def _cells(self, blocks: Iterable[bytes]) -> Iterator[Cells]:
        row = self._layout.header_row + 1
        try:
            for piece in whole_records(blocks, self._layout.delimiter):
                cells = read(piece, self._layout)
                row += len(cells.blank)
                yield cells
        except Unreadable as error:
            raise _refusal(self.source, error, first_row=row) from error


def open_exports(locations: Sequence[str], *, email_column: str | None = None) -> tuple[Export, ...]:
    """Look at every export at the given locations; nothing is read beyond what tells how each is laid out.

    ``sources.find`` says what a location may be. ``email_column`` is the header's text for the address column, in
    every file. Raises ``InputRefused`` naming the file that cannot be read safely.
    """
    return tuple(_look_at(file, email_column) for file in find(locations))


def _look_at(file: File, email_column: str | None) -> Export:
    head = file.head(HEAD)
    try:
        return Export(file, layout_of(head, whole=len(head) == file.version.size, email_column=email_column))
    except Unreadable as error:
        raise _refusal(file.name, error, first_row=1) from error


def _refusal(name: str, error: Unreadable, *, first_row: int) -> InputRefused:
    row = "" if error.records is None else f"row {first_row + error.records}: "
    return InputRefused(f"{name}: {row}{error.why}")


def _after(start: int, blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield block[start:]
        start = max(0, start - len(block))


def _ahead(cells: Iterator[Cells]) -> Iterator[Cells]:
    """Read the next piece in a thread while the last one is worked on; most of the reading needs no interpreter."""
    with ThreadPoolExecutor(1, "reading") as reader:
        coming = reader.submit(next, cells, None)
        while (read_one := coming.result()) is not None:
            coming = reader.submit(next, cells, None)
            yield read_one


def _frame(cells: Cells, layout: Layout, source: str, first_row: int) -> pd.DataFrame:
    size = len(cells.blank)
    text = dict(zip(layout.columns, cells.columns, strict=True))
    columns = {
        "source": _all(source, size),
        "sheet": _all("", size),
        "row": pa.array(np.arange(first_row, first_row + size, dtype=np.int64)),
        "employee_id": text.get(Role.EMPLOYEE_ID, _all("", size)),
        "name": _name(text, size),
        "email_as_given": text[Role.EMAIL],
        "disposition": pc.if_else(cells.blank, Disposition.IGNORED.value, ""),
        "reason": pc.if_else(cells.blank, Reason.BLANK_ROW.value, ""),
        "detail": _all("", size),
    }
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.string(): TEXT}.get)
    return frame


def _name(text: Mapping[Role, pa.Array], size: int) -> pa.Array:
    if Role.NAME in text:
        return text[Role.NAME]
    parts = [text[role] for role in (Role.GIVEN_NAME, Role.FAMILY_NAME) if role in text]
    return pc.utf8_trim(pc.binary_join_element_wise(*parts, " "), " ") if parts else _all("", size)


def _all(value: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), size)
