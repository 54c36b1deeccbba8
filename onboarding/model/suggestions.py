"""Find the suggested address in a row's ``detail``, for a separate cell that people can copy or accept.

This module loads no pandas.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_MEANT = re.compile(r"\bDid you mean (\S+?)\?(?=\s|$)")


def suggested_address(detail: str, email_as_given: str) -> str:
    """Return the address that ``detail`` suggests, or the empty text if ``detail`` suggests no address.

    If ``detail`` suggests only a domain, the function takes the local part from the address as given.
    """
    found = _MEANT.search(detail)
    if not found:
        return ""
    meant, given = found[1], email_as_given.strip()
    if "@" in meant:
        return meant
    return f"{given.partition('@')[0]}@{meant}" if given.count("@") == 1 else ""


def suggestions_of(lines: "pd.DataFrame") -> list[str]:
    """Return the address that the job suggests for each row, or an empty text.

    ``lines`` has the columns ``detail``, ``email`` and ``email_as_given``.
    """
    columns = (lines[name].tolist() for name in ("detail", "email", "email_as_given"))
    return [suggested_address(detail, email or given) for detail, email, given in zip(*columns, strict=True)]
