"""Find addresses that hold a sign which may separate cells, such as ``1001~Ana~ana@example.com``.

Such an address is valid, but a mail to it reaches nobody. The text consists of several cells of a file with another
delimiter. ``suspicious`` holds the rows. Hardly anybody has one of these signs in an address.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import cell_bytes

SEPARATING_SIGNS = "#/=^{|}~"
"""The signs that may separate cells and may also stand in an address."""

SEPARATED = f"A sign in the address may separate cells ({' '.join(SEPARATING_SIGNS)}); enter the address alone."
"""The advice for a person about such an address."""

_BRACE = ord("{")
_FOLLOWING = 3
_BEFORE_DOMAIN = r"[#/=^{|}~][^@]*@"


def joined_cells(emails: pa.Array) -> pa.Array:
    """Return a mask of the addresses with one of the ``SEPARATING_SIGNS`` before the domain. Few exports have any."""
    used = cell_bytes(emails)
    after_brace = used - np.uint8(_BRACE)  # the bytes of the signs ``{|}~`` follow one another
    if (after_brace <= _FOLLOWING).any() or any((used == ord(sign)).any() for sign in "#/=^"):
        return pc.match_substring_regex(emails, _BEFORE_DOMAIN)
    return pa.array(np.zeros(len(emails), np.bool_))
