"""Prepare columns of a report for the page: shorten long texts, and replace repeated words by codes."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import byte_lengths

Codes = npt.NDArray[np.int32]


def coded(column: pa.Array) -> tuple[list[str], Codes]:
    """Return the distinct words of a column, and for each row the index of its word."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int32, copy=False)


def shortened(column: pa.Array, longest: int) -> pa.Array:
    """Return a column with at most ``longest`` characters of each text. The sign ``…`` ends a text that was cut."""
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    if not pa.types.is_string(column.type) or byte_lengths(column).max(initial=0) <= longest:
        return column
    start = pc.utf8_slice_codeunits(column, 0, longest)
    return pc.if_else(pc.equal(start, column), column, pc.binary_join_element_wise(start, "…", ""))
