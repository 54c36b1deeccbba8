"""Join each long run of blank rows of an export into one row, so that a report has one line for the whole run.

A file of a hundred megabytes may hold a hundred million blank rows, and a line of the report takes 150 bytes. Each row
of a short run stays, as people look for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.tables import CellColumns
from onboarding.model.columns import as_mask

LONGEST_SHORT_RUN = 10_000
"""The most blank rows in a row that stay as they are.

Each long run ends a frame, and small frames take time. So the runs that are joined must not be short.
"""


@dataclass(frozen=True, slots=True)
class RecordPiece:
    """Consecutive records of an export, with the reason for each record (``ignored_reasons``).

    ``records_before`` is the number of records of the export before the piece. ``joined`` is 0, or the number of blank
    records for which the only record of the piece stands.
    """

    cells: CellColumns
    reasons: pa.Array
    records_before: int
    joined: int = 0

    @property
    def records(self) -> int:
        """The number of records that the export has for this piece."""
        return self.joined or len(self.reasons)


def join_blank_runs(batches: Iterable[tuple[CellColumns, pa.Array]]) -> Iterator[RecordPiece]:
    """Yield all records of an export in order, and join each run of more than ``LONGEST_SHORT_RUN`` blank records.

    The batches have the records and their reasons. A joined run goes on in the next batch if its batch ends with it.
    """
    before = 0
    run: RecordPiece | None = None
    for cells, reasons in batches:
        for start, stop, is_long in _stretches(as_mask(cells.blank), goes_on=run is not None):
            if is_long and run is not None:
                run = replace(run, joined=run.joined + stop - start)
                continue
            if run is not None:
                yield run
                run = None
            piece = _cut(cells, reasons, start, start + 1 if is_long else stop, before)
            if is_long:
                run = replace(piece, joined=stop - start)
            else:
                yield piece
        before += len(reasons)
    if run is not None:
        yield run


def _stretches(blank: np.ndarray[tuple[int], np.dtype[np.bool_]], *, goes_on: bool) -> Iterator[tuple[int, int, bool]]:
    """Cut a batch at its long runs of blank records: yield where each stretch starts and stops, and if it is a run.

    ``goes_on`` says that the batch before ended with a long run, so that blank records at the start belong to it.
    """
    done = 0
    if goes_on or int(blank.sum()) > LONGEST_SHORT_RUN:
        edges = np.flatnonzero(np.diff(blank.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        is_long = (edges[:, 1] - edges[:, 0] > LONGEST_SHORT_RUN) | (goes_on & (edges[:, 0] == 0))
        for start, stop in edges[is_long].tolist():
            if done < start:
                yield done, start, False
            yield start, stop, True
            done = stop
    if done < len(blank):
        yield done, len(blank), False


def _cut(cells: CellColumns, reasons: pa.Array, start: int, stop: int, before: int) -> RecordPiece:
    if (start, stop) == (0, len(reasons)):
        return RecordPiece(cells, reasons, before)
    columns = tuple(column.slice(start, stop - start) for column in cells.columns)
    part = CellColumns(columns, cells.blank.slice(start, stop - start))
    return RecordPiece(part, reasons.slice(start, stop - start), before + start)


def count_reasons(piece: RecordPiece) -> dict[str, int]:
    """Return how many records of a piece have each reason why they are no records of people."""
    counted = pc.value_counts(piece.reasons).to_pylist()
    return {count["values"]: piece.joined or count["counts"] for count in counted if count["values"]}
