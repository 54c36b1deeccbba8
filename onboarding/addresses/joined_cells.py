"""Find addresses that contain a separator of cells, such as the ``~`` in ``1001~Ana~ana@example.com``.

A text with a separator is a valid address, but probably consists of several cells of a file with another delimiter. A
mail to this address would reach nobody. The module ``suspicious`` holds the rows.
"""

import pyarrow as pa
import pyarrow.compute as pc

SEPARATING_SIGNS = "#/=^{|}~"
"""The signs that may separate cells, and are also valid in an address."""

SEPARATED = f"A sign in the address may separate cells ({' '.join(SEPARATING_SIGNS)}); enter the address alone."
"""The advice for a person about an address that seems to consist of several cells."""

_BEFORE_DOMAIN = r"[#/=^{|}~][^@]*@"


def joined_cells(emails: pa.Array) -> pa.Array:
    """Return a mask of the addresses with one of the ``SEPARATING_SIGNS`` before the domain."""
    return pc.match_substring_regex(emails, _BEFORE_DOMAIN)
