"""Ranges of consecutive rows of one sheet. The ranges give the row number of any position.

The search for duplicates names the first row of an address by its export and its row number. Names need much memory. So
the search keeps positions and ranges, and makes a name only when a detail needs it.
"""

from collections.abc import Sequence

import pandas as pd

from onboarding.model.values import dataclass


@dataclass(frozen=True, slots=True)
class RowRange:
    """Consecutive rows of one sheet of one export. The row number is the position plus ``offset``.

    ``name`` is the text before the row number in ``duplicate_of``: ``source#``, or ``source#sheet#`` in a workbook.
    """

    first_position: int
    offset: int
    name: str


def ranges_of(frame: pd.DataFrame, spans: Sequence[tuple[int, int]]) -> tuple[RowRange, ...]:
    """Return a range of rows for each span of a frame (``source_spans``)."""
    starts = [start for start, _ in spans]
    firsts = [int(frame.index[start]) for start in starts]
    columns = (frame[name].iloc[starts].tolist() for name in ("source", "sheet", "row"))
    return tuple(
        RowRange(first, int(row) - first, f"{source}#{sheet}#" if sheet else f"{source}#")
        for first, source, sheet, row in zip(firsts, *columns, strict=True)
    )
