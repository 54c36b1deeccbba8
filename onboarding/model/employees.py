"""Keys for the comparison of employee ids; the characters and placeholder words that count as an empty cell."""

import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_mask, contains_any, replace_where

_INVISIBLE_RANGES = (range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2065), range(0x2066, 0x206A))
INVISIBLE = "\u00ad\u034f\u061c\u180e\ufeff" + "".join(chr(code) for codes in _INVISIBLE_RANGES for code in codes)
"""Characters without ink or width: soft hyphens, joiners, marks of direction, BOM."""

_ASCII_BLANK = " \t\n\v\f\r\x1a\x1c\x1d\x1e\x1f"
BLANK = (
    _ASCII_BLANK
    + "\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
    + INVISIBLE
)
"""White space of any script, invisible characters, and the end-of-file sign of DOS.

A cell with only these characters is empty. Comparisons ignore these characters around a word.
"""

PLACEHOLDERS = frozenset(
    {"", "-", "--", "—", "–", "_", ".", "n/a", "#n/a", "na", "n.a", "n.a.", "none", "null", "nil", "(blank)"}
)
"""The texts, in lower case, that systems and people write into a cell to leave it empty."""

NO_ADDRESS = PLACEHOLDERS | {"tbd", "unknown"}
"""What people write in place of an address, in lower case.

``unknown`` is not among the ``PLACEHOLDERS``, since in a column of statuses it is an answer.
"""

NO_PERSON_IDS = frozenset({"NO_MANAGER", "NO_HR"})
"""The employee ids of two records in SAP SuccessFactors that are not about a person."""

NO_ID = NO_ADDRESS | {"0", "no_manager", "no_hr"}
"""What people write in place of an employee id, in lower case."""


def employee_keys(employee_ids: pa.Array) -> pa.Array:
    """Return the key of each employee id, or empty text where the cell holds no id.

    All ways to write an id have the same key. A key is in lower case, without outer space and invisible characters, and
    has the usual form of each character (Unicode's NFKC). Zeros and signs stay: ``042`` is not ``42``. A key leaves out
    what spreadsheets add: ``="042"`` and ``'042`` have the key ``042``, and ``42.0`` has the key ``42``. Ids and keys
    are columns of text without nulls.
    """
    # Every row has an id, and nearly all ids are ASCII: Arrow's kernels for ASCII take a fraction of the time.
    keys = pc.ascii_lower(pc.ascii_trim(employee_ids, _ASCII_BLANK))
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
"""Regular expressions for a text and for a number to which a spreadsheet has added signs.

In each expression, the only group matches the id.
"""

_NO_ID = pa.array(sorted(NO_ID), pa.string())
