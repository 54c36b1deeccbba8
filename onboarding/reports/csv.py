"""The writer of ``reconciliation.csv``: fast, in the form of RFC 4180, and without cells that a spreadsheet executes.

``reconcile`` makes the lines. In most of the 21 columns, all lines have the same text. In the other columns, most cells
need no quotes. So this module joins only the cells that differ, with the constant text between them. Arrow's own writer
checks each cell of each column, and needs three times as long for the usual report.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import (
    Mask,
    as_array,
    as_mask,
    byte_lengths,
    cell_bytes,
    constant_value,
    contains_any,
    replace_where,
)
from onboarding.model.neutralising import SEPARATORS, neutralise
from onboarding.reports.folder import Folder
from onboarding.reports.reconcile import COLUMNS
from onboarding.reports.report import RECONCILIATION

STRUCTURE = f'"{SEPARATORS}'
"""The signs that need quotes. A cell with any of these signs gets quotes around it.

RFC 4180 names the quote, the comma and the line ends. LibreOffice would also split a cell at the other separators.
"""

MOST_BYTES = 2**29
"""The most bytes of text that are joined at a time. Quotes may double the length. An Arrow array has room for 2 GiB."""

FRAMES_AHEAD = 2
"""How many frames of lines may wait to be joined or written."""

_MAY_BE_LIVE = np.isin(np.arange(256), list(b"=+-@\t\r\n\0\xef'\"<"))
"""For each of the 256 bytes, whether ``neutralise`` may change a cell that begins with this byte.

Full-width signs begin with 0xEF.
"""

_RESULT = ("disposition", "reason", "detail", "duplicate_of")

Cells: TypeAlias = "pa.Array | str"
"""The cells of a column in the form of the file, or a single text if all lines have the same cell."""


class ReconciliationCsv:
    """The reconciliation as a report in CSV.

    Two threads write the report: the thread of ``joining`` joins the lines of a frame, and the thread of ``writing``
    writes joined lines to the disk. ``most_bytes`` is the most text, in bytes, that is joined at a time.
    """

    def __init__(self, file: BinaryIO, joining: Executor, writing: Executor, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._joining = joining
        self._writing = writing
        self._under_way: deque[Future[None]] = deque([writing.submit(file.writelines, [",".join(COLUMNS).encode()])])

    def append(self, lines: pd.DataFrame) -> None:
        """Add the lines of one frame, which ``reconcile`` has returned.

        The lines are written later. If earlier lines could not be written, this method raises ``ReportNotWritten`` now.
        """
        if len(self._under_way) == FRAMES_AHEAD:
            self._under_way.popleft().result()
        texts = self._joining.submit(lambda: list(map(_text_of, _in_parts(lines, self._most_bytes))))
        self._under_way.append(self._writing.submit(lambda: self._file.writelines(texts.result())))

    def finish(self, summary: object) -> None:
        """Do nothing, since the file contains only lines and no figure of the summary."""

    def complete(self) -> None:
        """Wait until all lines are written, and write the line end of the last line.

        If lines could not be written, this method raises that error.
        """
        for written in self._under_way:
            written.result()
        self._file.write(b"\n")


@contextmanager
def open_reconciliation(folder: Folder, *, most_bytes: int = MOST_BYTES) -> Iterator[ReconciliationCsv]:
    """Open the reconciliation for writing. The folder shows the file only if the block ends without an error.

    Raises ``ReportNotWritten``.
    """
    with (
        folder.atomic_write(RECONCILIATION) as file,
        ThreadPoolExecutor(1, "writing") as writing,
        ThreadPoolExecutor(1, "joining") as joining,
    ):
        report = ReconciliationCsv(file, joining, writing, most_bytes)
        yield report
        report.complete()


def _in_parts(lines: pd.DataFrame, most_bytes: int) -> Iterator[pd.DataFrame]:
    """Yield the lines as one or more frames. Each frame has at most ``most_bytes`` bytes of text, or a single line."""
    middle = len(lines) // 2
    if not middle or sum(_size(as_array(lines[name])) for name in COLUMNS) <= most_bytes:
        yield lines
    else:
        yield from _in_parts(lines.iloc[:middle], most_bytes)
        yield from _in_parts(lines.iloc[middle:], most_bytes)


def _size(column: pa.Array) -> int:
    """Return an upper bound of the bytes in the cells of a column."""
    if pa.types.is_dictionary(column.type):
        return len(column) * int(byte_lengths(column.dictionary).max(initial=0))
    return int(cell_bytes(column).size) if pa.types.is_string(column.type) else column.nbytes


def _text_of(lines: pd.DataFrame) -> memoryview:
    """Return the text of the lines. Each line begins with a line end, so that no text follows the last cell."""
    return cell_bytes(_joined(_cells_of(lines)) if len(lines) else pa.array([], pa.string())).data


def _joined(columns: Iterable[Cells]) -> pa.Array:
    pieces: list[Cells] = []
    for cells in columns:
        if pieces and isinstance(cells, str) and isinstance(pieces[-1], str):
            pieces[-1] += f",{cells}"
        else:
            pieces.append(cells)
    first, *others = pieces
    return pc.binary_join_element_wise(pc.binary_join_element_wise("\n", first, ""), *others, ",")


def _cells_of(lines: pd.DataFrame) -> Iterator[Cells]:
    """Yield the cells of each column in order.

    The four columns in ``_RESULT`` are joined into a single column.
    """
    for name in COLUMNS:
        column = as_array(lines[name])
        if name == _RESULT[0]:
            yield _results(lines)
        elif name not in _RESULT:
            yield _cells(column)


def _results(lines: pd.DataFrame) -> pa.Array:
    """Return the cells of the columns in ``_RESULT``, joined for each line.

    Most lines have a disposition and three empty cells. For these lines, the function joins the cells only once for
    each disposition.
    """
    disposition, *explanations = (as_array(lines[name]) for name in _RESULT)
    disposition, explanations = disposition.dictionary_encode(), [_decoded(column) for column in explanations]
    explained = np.add.reduce([byte_lengths(column) for column in explanations]) > 0
    words = pc.binary_join_element_wise(disposition.dictionary, "," * len(explanations), "")
    where = disposition.indices.to_numpy().copy()
    where[explained] = np.arange(len(words), len(words) + explained.sum())
    few = [csv_cells(_decoded(column.filter(pa.array(explained)))) for column in (disposition, *explanations)]
    return pa.concat_arrays([words, pc.binary_join_element_wise(*few, ",")]).take(pa.array(where))


def _cells(column: pa.Array) -> Cells:
    if pa.types.is_integer(column.type):
        if column.null_count == len(column):
            return ""
        cells = column.cast(pa.string())
        return pc.fill_null(cells, "") if column.null_count else cells
    same = constant_value(column)
    return csv_cells(_decoded(column)) if same is None else csv_cells(pa.array([same], pa.string()))[0].as_py()


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def csv_cells(column: pa.Array) -> pa.Array:
    """Return cells in the form of the file: neutralised, and with quotes around them where needed."""
    has_structure = np.zeros(len(column), np.bool_)
    if contains_any(column, STRUCTURE):
        has_structure = as_mask(pc.match_substring_regex(column, f"[{STRUCTURE}]"))
    # ``neutralise`` changes no other cell, but would need long to find this out.
    may_be_live = _may_begin_live(column) | has_structure
    if may_be_live.any():
        column = replace_where(column, (may_be_live, neutralise(column.filter(pa.array(may_be_live)))))
    if has_structure.any():
        doubled = pc.replace_substring(column.filter(pa.array(has_structure)), '"', '""')
        column = replace_where(column, (has_structure, pc.binary_join_element_wise('"', doubled, '"', "")))
    return column


def _may_begin_live(column: pa.Array) -> Mask:
    """Return a mask of the cells that begin with a byte for which ``neutralise`` may change the cell.

    The comparison of first bytes is nearly always enough. A regular expression takes four times as long.
    """
    lengths, text = byte_lengths(column), cell_bytes(column)
    if not text.size:
        return lengths > 0
    starts = np.cumsum(lengths) - lengths
    # An empty cell at the end has no first byte.
    begins: Mask = _MAY_BE_LIVE[text[np.minimum(starts, text.size - 1)]] & (lengths > 0)
    return begins
