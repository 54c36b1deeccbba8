"""Keys for the comparison of employee ids, and the placeholder words that mean an empty cell."""

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.blank import ASCII_BLANK, BLANK, INVISIBLE
from onboarding.model.columns import as_mask, contains_any, replace_where

PLACEHOLDERS = frozenset(
    {"", "-", "--", "—", "–", "_", ".", "n/a", "#n/a", "na", "n.a", "n.a.", "none", "null", "nil", "(blank)"}
)
"""The texts that systems and people write into a cell instead of leaving it empty, in lower case."""

NO_ADDRESS = PLACEHOLDERS | {"tbd", "unknown"}
"""The texts that people write in place of an address, in lower case.

The ``PLACEHOLDERS`` lack the word ``unknown``, since it is a real answer in a column of statuses.
"""

NO_PERSON_IDS = frozenset({"NO_MANAGER", "NO_HR"})
"""The employee ids of two records in SAP SuccessFactors that belong to no person."""

NO_ID = NO_ADDRESS | {"0", "no_manager", "no_hr"}
"""The texts that people write in place of an employee id, in lower case."""


def employee_keys(employee_ids: pa.Array) -> pa.Array:
    """Return the key of each employee id, or empty text for a cell without an id.

    All spellings of an id lead to the same key. A key is in lower case, without outer space and invisible characters,
    in the usual form of each character (Unicode's NFKC). A key keeps zeros and signs, so ``042`` is not ``42``. A key
    leaves out the signs that spreadsheets add: the key of ``="042"`` and ``'042`` is ``042``, and the key of ``42.0``
    is ``42``. Ids and keys are columns of text without nulls.
    """
    # Every row contains an id, and nearly all ids are ASCII. Arrow's kernels for ASCII take a fraction of the time.
    keys = pc.ascii_lower(pc.ascii_trim(employee_ids, ASCII_BLANK))
    is_odd = ~as_mask(pc.string_is_ascii(employee_ids))
    if is_odd.any():
        odd = pc.replace_substring_regex(employee_ids.filter(pa.array(is_odd)), f"[{INVISIBLE}]", "")
        odd = pc.utf8_lower(pc.utf8_normalize(odd, "NFKC"))
        keys = replace_where(keys, (is_odd, pc.utf8_trim(pc.utf8_normalize(odd, "NFKC"), BLANK)))
    if contains_any(keys, "\"'."):
        for expression in _ADDED:
            keys = pc.replace_substring_regex(keys, expression, r"\1")
    return pc.if_else(pc.is_in(keys, _NO_ID), "", keys)


_ADDED = (
    f"(?s)^(?:=?[\"'][{BLANK}]*)+(.*?)[{BLANK}\"']*$",
    r"^([0-9]+)\.0+$",
)
"""Two regular expressions for ids with signs that a spreadsheet has added: for a text, and for a number.

The only group of each expression matches the id.
"""

_NO_ID = pa.array(sorted(NO_ID), pa.string())
