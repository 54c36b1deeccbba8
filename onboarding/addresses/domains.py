"""What stands before the ``@`` of each address and what after it, without a Python object for each row?

Addresses are not searched one by one: the texts of a column lie side by side in memory, and bounds at each ``@`` too
make them a column of local parts and domains in turn.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from onboarding.model.columns import byte_lengths, cell_bytes

Codes = npt.NDArray[np.int32]


def domains_of(keys: pa.Array) -> tuple[list[str], Codes]:
    """Return the domains of a column of keys, in order of first appearance, and which of them each row has.

    ``keys`` is the column ``key`` of a frame: one ``@`` in each, or empty, which has the domain ``""``. The codes are
    of shape ``(rows,)``.
    """
    halves = _halves(keys)
    encoded = halves.take(pa.array(np.arange(1, len(halves), 2))).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


def halves_of(addresses: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the local parts, each with its ``@``, and the domains of addresses, which have one ``@`` or are empty."""
    halves = _halves(addresses)
    places = np.arange(0, len(halves), 2)
    return halves.take(pa.array(places)), halves.take(pa.array(places + 1))


def _halves(addresses: pa.Array) -> pa.Array:
    text = cell_bytes(addresses)
    lengths = byte_lengths(addresses)
    ends = np.cumsum(lengths, dtype=np.int32)
    bounds = np.zeros(2 * len(ends) + 1, np.int32)
    bounds[2::2] = bounds[1::2] = ends
    bounds[1::2][lengths > 0] = np.flatnonzero(text == ord("@")) + 1
    return pa.StringArray.from_buffers(2 * len(ends), pa.py_buffer(bounds), pa.py_buffer(text))
