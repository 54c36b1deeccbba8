"""How is the reconciliation written as CSV: fast, RFC 4180, and with no cell that a spreadsheet would execute?

Of a line's twenty cells most are the same in all lines, and most others are written as they are. So lines are joined
from the cells that differ and from what stands between them. Arrow's own writer goes over every cell of every column;
on the usual report it takes three times as long.
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
    as_array,
    as_mask,
    byte_lengths,
    cell_bytes,
    constant_value,
    contains_character,
    replace_where,
)
from onboarding.reports.folders import Folder
from onboarding.reports.reconcile import COLUMNS

RECONCILIATION = "reconciliation.csv"

NEUTRALISED = "^[=+\\-@\t\r\n\\x00＝＋－＠]"
"""Cells that a spreadsheet may take for a formula get a leading ``'``, after the advice of OWASP on CSV injection."""

STRUCTURE = '",;\t\r\n'
"""What stands only in cells that are enclosed in quotes: the signs of RFC 4180, and those at which LibreOffice would
split a cell, so that a formula in its middle came to stand at the beginning of one."""

MOST_BYTES = 2**29
"""Of text that is joined at a time; quotes may double it, and an array of Arrow's holds 2 GiB."""

UNDER_WAY = 2
"""How many frames of lines may wait to be written, in one form or another."""

_MAY_BE_LIVE = np.isin(np.arange(256), list(b"=+-@\t\r\n\0\xef"))
"""The bytes with which such a cell begins; 0xEF is the first of every full-width sign."""

_FATE = ("disposition", "reason", "detail", "duplicate_of")

Cells: TypeAlias = "pa.Array | str"
"""A column's cells as they are written, or the one that all lines have."""


class ReconciliationCsv:
    """Append lines to the report. While frames of lines are made, one is put together and one is on its way to disk.

    ``most_bytes`` of text are joined at a time.
    """

    def __init__(self, file: BinaryIO, joining: Executor, writing: Executor, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._joining = joining
        self._writing = writing
        self._under_way: deque[Future[None]] = deque([writing.submit(file.writelines, [",".join(COLUMNS).encode()])])

    def append(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them. Raises what writing earlier ones raised."""
        if len(self._under_way) == UNDER_WAY:
            self._under_way.popleft().result()
        texts = self._joining.submit(lambda: list(map(_text_of, _in_parts(lines, self._most_bytes))))
        self._under_way.append(self._writing.submit(lambda: self._file.writelines(texts.result())))

    def finish(self, summary: object) -> None:
        """Do nothing: a line for each row is all there is."""

    def complete(self) -> None:
        """Wait until all is written, and raise what that raised."""
        for written in self._under_way:
            written.result()
        self._file.write(b"\n")


@contextmanager
def open_reconciliation(folder: Folder, *, most_bytes: int = MOST_BYTES) -> Iterator[ReconciliationCsv]:
    """Open the report for writing; it appears when the block ends well. Raises ``ReportNotWritten``."""
    with (
        folder.atomic_write(RECONCILIATION) as file,
        ThreadPoolExecutor(1, "writing") as writing,
        ThreadPoolExecutor(1, "joining") as joining,
    ):
        report = ReconciliationCsv(file, joining, writing, most_bytes)
        yield report
        report.complete()


def _in_parts(lines: pd.DataFrame, most_bytes: int) -> Iterator[pd.DataFrame]:
    """Yield lines that together have no more text than that, or one line alone."""
    middle = len(lines) // 2
    if not middle or sum(_size(as_array(lines[name])) for name in COLUMNS) <= most_bytes:
        yield lines
    else:
        yield from _in_parts(lines.iloc[:middle], most_bytes)
        yield from _in_parts(lines.iloc[middle:], most_bytes)


def _size(column: pa.Array) -> int:
    """Return how many bytes the cells of a column have, or a little more."""
    if pa.types.is_dictionary(column.type):
        return len(column) * int(byte_lengths(column.dictionary).max(initial=0))
    return int(cell_bytes(column).size) if pa.types.is_string(column.type) else column.nbytes


def _text_of(lines: pd.DataFrame) -> memoryview:
    """Return the lines, each with the line end before it, so that it needs none after its last cell."""
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
    """Yield the cells of the report's columns, in their order; those of a row's fate come as one."""
    for name in COLUMNS:
        column = as_array(lines[name])
        if name == _FATE[0]:
            yield _fates(lines)
        elif name not in _FATE:
            yield _cells(column)


def _fates(lines: pd.DataFrame) -> pa.Array:
    """Return the cells that tell the rows' fates, joined. Most rows have a disposition, and nothing is said of it."""
    disposition, *told = (as_array(lines[name]) for name in _FATE)
    disposition, told = disposition.dictionary_encode(), [_decoded(column) for column in told]
    of_few = np.add.reduce([byte_lengths(column) for column in told]) > 0
    words = pc.binary_join_element_wise(disposition.dictionary, "," * len(told), "")
    where = disposition.indices.to_numpy().copy()
    where[of_few] = np.arange(len(words), len(words) + of_few.sum())
    few = [_written(column.filter(pa.array(of_few))) for column in (_decoded(disposition), *told)]
    return pa.concat_arrays([words, pc.binary_join_element_wise(*few, ",")]).take(pa.array(where))


def _cells(column: pa.Array) -> Cells:
    if pa.types.is_integer(column.type):
        return "" if column.null_count == len(column) else pc.fill_null(column.cast(pa.string()), "")
    same = constant_value(column)
    return _written(_decoded(column)) if same is None else _written(pa.array([same], pa.string()))[0].as_py()


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _written(column: pa.Array) -> pa.Array:
    """Return cells as they are written: neutralised, and enclosed in quotes where they need it."""
    if _may_be_live(column):
        live = as_mask(pc.match_substring_regex(column, NEUTRALISED))
        column = replace_where(column, (live, pc.binary_join_element_wise("'", column.filter(pa.array(live)), "")))
    if any(contains_character(column, sign) for sign in STRUCTURE):
        where = as_mask(pc.match_substring_regex(column, f"[{STRUCTURE}]"))
        doubled = pc.replace_substring(column.filter(pa.array(where)), '"', '""')
        column = replace_where(column, (where, pc.binary_join_element_wise('"', doubled, '"', "")))
    return column


def _may_be_live(column: pa.Array) -> bool:
    """Look at the first byte of each cell alone: four times as fast as the expression, and nearly always enough."""
    lengths = byte_lengths(column)
    starts = np.cumsum(lengths) - lengths
    return bool(_MAY_BE_LIVE[cell_bytes(column)[starts[lengths > 0]]].any())
