"""Join many consecutive blank rows of an export into one row, which is one line in a report.

A file of 100 MB may contain 100 million blank rows. With a line of 150 bytes for each row, the report would take 15 GB.
The job does not join a few consecutive blank rows, because people look for each of these rows in the report.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.tables import CellColumns
from onboarding.model.columns import as_mask
from onboarding.model.values import dataclass

LONGEST_SHORT_RUN = 10_000
"""The largest number of consecutive blank rows that the job leaves as separate rows.

More consecutive blank rows become a single row in a frame of its own. Many small frames would make the job slow, so the
job joins only so many rows.
"""


@dataclass(frozen=True, slots=True)
class RecordPiece:
    """Consecutive records of an export, or a single record in place of many blank records.

    ``reasons`` has a text for each record: the reason why the job ignores it, or an empty text if it does not.
    ``records_before`` is the number of the export's records before this piece. If the piece is a single record in place
    of blank records, ``joined`` is the number of these blank records, and otherwise 0.
    """

    cells: CellColumns
    reasons: pa.Array
    records_before: int
    joined: int = 0

    @property
    def records(self) -> int:
        """The number of records in the piece. A single record in place of blank records counts as all these records."""
        return self.joined or len(self.reasons)


def join_blank_runs(batches: Iterable[tuple[CellColumns, pa.Array]]) -> Iterator[RecordPiece]:
    """Yield all records of an export in order, and join more than ``LONGEST_SHORT_RUN`` consecutive blank records.

    A batch has some records. For each record, it also has the reason why the job ignores the record, or the empty text
    (``ignored_reasons``). The next batch may begin with more blank records. So the function keeps the blank records at
    the end of a batch until it knows how many follow. The size of the batches does not change the result.
    """
    before = 0
    run: RecordPiece | None = None
    waiting = _Waiting()
    for cells, reasons in batches:
        blank = as_mask(cells.blank)
        lead = len(blank) if blank.all() else int(blank.argmin())
        if waiting.pieces and lead == len(blank) and waiting.tail + lead <= LONGEST_SHORT_RUN:
            waiting = _Waiting((*waiting.pieces, RecordPiece(cells, reasons, before)), waiting.tail + lead)
            before += len(blank)
            continue
        if waiting.pieces:
            is_long = waiting.tail + lead > LONGEST_SHORT_RUN and lead > 0
            run = waiting.run() if is_long else None
            yield from waiting.before_run() if is_long else waiting.pieces
            waiting = _Waiting()
        for start, stop, is_long in _stretches(blank, goes_on=run is not None):
            if is_long and run is not None:
                run = replace(run, joined=run.joined + stop - start)
                continue
            if run is not None:
                yield run
                run = None
            piece = _cut(cells, reasons, start, start + 1 if is_long else stop, before)
            if is_long:
                run = replace(piece, joined=stop - start)
            elif blank[stop - 1] and stop == len(blank):
                waiting = _Waiting((piece,), _trailing(blank[start:stop]))
            else:
                yield piece
        before += len(reasons)
    yield from waiting.pieces
    if run is not None:
        yield run


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Records that wait for the next batch, since they end with blank records, and the next batch may begin with more.

    ``tail`` is the number of blank records at the end. ``pieces`` are the waiting records. All pieces after the first
    piece contain only blank records.
    """

    pieces: tuple[RecordPiece, ...] = ()
    tail: int = 0

    def run(self) -> RecordPiece:
        """Return a single record in place of all blank records at the end."""
        first, at = self.pieces[0], self._records_before_run
        return replace(_cut(first.cells, first.reasons, at, at + 1, first.records_before), joined=self.tail)

    def before_run(self) -> Iterator[RecordPiece]:
        """Yield the records before the blank records at the end, if there are any."""
        first, at = self.pieces[0], self._records_before_run
        if at:
            yield _cut(first.cells, first.reasons, 0, at, first.records_before)

    @property
    def _records_before_run(self) -> int:
        return sum(piece.records for piece in self.pieces) - self.tail


def _trailing(blank: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Return the number of blank records at the end. ``blank`` is a mask of the blank records."""
    return len(blank) if blank.all() else int(blank[::-1].argmin())


def _stretches(blank: np.ndarray[tuple[int], np.dtype[np.bool_]], *, goes_on: bool) -> Iterator[tuple[int, int, bool]]:
    """Cut a batch into stretches. A stretch is many consecutive blank records, or the records between such stretches.

    ``blank`` is a mask of the blank records. For each stretch, yield its start, its stop, and whether it is a stretch
    of blank records. If ``goes_on`` is true, the previous batch ended with many blank records. Then the blank records
    at the start of this batch belong to the same stretch.
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
    return RecordPiece(cells.slice(start, stop - start), reasons.slice(start, stop - start), before + start)


def count_reasons(piece: RecordPiece) -> dict[str, int]:
    """Return the number of ignored records in ``piece``, by the reason why the job ignores the records."""
    counted = pc.value_counts(piece.reasons).to_pylist()
    return {count["values"]: piece.joined or count["counts"] for count in counted if count["values"]}
