"""TODO."""

import pyarrow as pa
import pyarrow.compute as pc

PLACEHOLDERS = frozenset(
    {"", "-", "--", "—", "–", "_", ".", "n/a", "#n/a", "na", "n.a.", "none", "null", "nil", "(blank)"}
)
"""What systems and people write where there is nothing to say, in lower case."""

NO_ID = PLACEHOLDERS | {"0", "no_manager", "no_hr", "unknown", "tbd"}
"""What stands in a column of employee ids and is nobody's id, in lower case."""

BLANK = " \t\n\v\f\r\x1a\u00a0\u200b\ufeff"
"""Characters around a word that are no part of it. A cell that holds nothing else is empty."""


def person_id(employee_id: str) -> str:
    """Return an employee id as single ones are compared, empty if it is nobody's."""
    return "" if (compared := employee_id.strip().lower()) in NO_ID else compared


def id_key(employee_ids: pa.Array) -> pa.Array:
    """Return employee ids as they are compared: text, without outer space and case."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(employee_ids))


def _person(employee_ids: pa.Array) -> pa.Array:
    """Return employee ids as they are compared, empty where the cell is a placeholder and nobody's id."""
    ids = pc.ascii_lower(pc.ascii_trim_whitespace(employee_ids))
    return pc.if_else(pc.is_in(ids, pa.array(sorted(NO_ID), pa.string())), "", ids)
