"""Find addresses that hold a sign which may separate cells, such as ``1001~Ana~ana@example.com``.

The address is valid, but a mail to it reaches nobody: the text consists of several cells of a file with another
delimiter. The module ``suspicious`` holds the rows. Hardly anybody has such a sign in an address.
"""

import pyarrow as pa
import pyarrow.compute as pc

SEPARATING_SIGNS = "#/=^{|}~"
"""The signs that may separate cells and may also stand in an address."""

SEPARATED = f"A sign in the address may separate cells ({' '.join(SEPARATING_SIGNS)}); enter the address alone."
"""The advice for a person about an address that seems to consist of several cells."""

_BEFORE_DOMAIN = r"[#/=^{|}~][^@]*@"


def joined_cells(emails: pa.Array) -> pa.Array:
    """Return a mask of the addresses with one of the ``SEPARATING_SIGNS`` before the domain."""
    return pc.match_substring_regex(emails, _BEFORE_DOMAIN)
