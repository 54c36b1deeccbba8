"""Fast helpers for Arrow columns of text: convert from and to pandas, replace by mask, measure and compare cells.

The helpers are for code that processes every row of a large export. Elsewhere pandas is fast enough, since
``Series.str`` and ``isin`` of an Arrow-backed column call Arrow's own functions. Where possible, the helpers read the
offsets and bytes of cells in memory, and create no Python strings. The module ``model.rows`` lists the columns of rows.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FIRST_BEYOND_ASCII = 0x80
"""The lowest byte beyond ASCII. UTF-8 writes each character beyond ASCII with bytes from this byte on."""

Mask = npt.NDArray[np.bool_]
"""An array with True or False for each row. Its shape is ``(rows,)``."""


def text_array(values: Iterable[str] | pa.Array) -> pd.arrays.ArrowExtensionArray:
    """Return values as a column of dtype ``rows.TEXT``."""
    return pd.arrays.ArrowExtensionArray(values if isinstance(values, pa.Array) else pa.array(values, pa.string()))


def as_array(column: pd.Series) -> pa.Array:
    """Return a pandas column of text as one Arrow array, even if pandas stores the column in several arrays."""
    array = pa.array(column.array)
    return single_chunk(array) if isinstance(array, pa.ChunkedArray) else array


def single_chunk(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of Arrow in one array, from one or more arrays. A single array stays as it is, without a copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def as_mask(answers: pa.Array) -> Mask:
    """Return an Arrow column of booleans, without nulls, as a mask."""
    found: Mask = answers.to_numpy(zero_copy_only=False)
    return found


def replace_where(column: pa.Array, *placed: tuple[Mask, pa.Array]) -> pa.Array:
    """Return the column with new values in some rows.

    Each pair in ``placed`` is a mask of rows, and the new values of these rows in their order. No row may be in two
    masks. One call of Arrow's ``replace_with_mask`` for each pair would take four times as long.
    """
    if len(placed) == 1 and pa.types.is_string(column.type) and not cell_bytes(column).size:
        return _scattered(*placed[0])
    order = np.arange(len(column))
    taken = len(column)
    for where, values in placed:
        order[where] = np.arange(taken, taken + len(values))
        taken += len(values)
    return pa.concat_arrays([column, *(values for _, values in placed)]).take(pa.array(order))


def _scattered(where: Mask, values: pa.Array) -> pa.Array:
    """Return a column of text with the values in the rows of the mask ``where``, and empty text elsewhere.

    The new column shares the bytes of the values.
    """
    lengths = np.zeros(len(where) + 1, np.int32)
    lengths[1:][where] = byte_lengths(values)
    return pa.StringArray.from_buffers(
        len(where), pa.py_buffer(np.cumsum(lengths, dtype=np.int32)), pa.py_buffer(cell_bytes(values))
    )


def contains_any(column: pa.Array, signs: Iterable[str]) -> bool:
    """Say whether any cell of a column of text contains any of the texts, or characters, in ``signs``.

    Python searches all bytes of the column at once, which is many times faster than a search in each cell. A text that
    begins in one cell and ends in the next cell counts, too.
    """
    text = cell_bytes(column).tobytes()
    return any(sign.encode() in text for sign in signs)


def is_ascii(column: pa.Array) -> bool:
    """Return whether all cells of a column of text are ASCII."""
    return bool(cell_bytes(column).max(initial=0) < _FIRST_BEYOND_ASCII)


def byte_lengths(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return the length in bytes of each cell of a column of text without nulls.

    The function reads only the cells' offsets.
    """
    if not len(column):  # Arrow may leave out the buffers of an empty column
        return np.empty(0, np.int32)
    bounds = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    return np.diff(bounds)


def cell_bytes(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all cells of a column of text, cell after cell, without a copy."""
    _, offsets, data = column.buffers()
    if not len(column) or data is None:
        return np.empty(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)
    return np.frombuffer(data, np.uint8)[bounds[column.offset] : bounds[column.offset + len(column)]]


def constant_value(column: pa.Array) -> str | None:
    """Return the text of all cells of a column if they are equal, or None if cells differ or the column is empty."""
    if not len(column):
        return None
    if pa.types.is_dictionary(column.type):
        return column.dictionary[0].as_py() if len(column.dictionary) == 1 else None
    first: str = column[0].as_py()
    # A column of different cells seldom contains as many bytes as a column of equal cells, and to read cells takes
    # time.
    if cell_bytes(column).size != len(first.encode()) * len(column):
        return None
    return first if not first or pc.all(pc.equal(column, first)).as_py() else None
