"""How do the cells of a table become a frame of rows?"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.columns import Role
from onboarding.model.dispositions import Disposition
from onboarding.model.employees import BLANK
from onboarding.model.rows import AS_READ, ROUTING_PREFIX, TEXT, check_schema

_NOTHING: Mapping[str, pa.Array] = MappingProxyType({})

WHO = frozenset({Role.EMAIL, Role.EMAIL_FALLBACK, Role.EMPLOYEE_ID, Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME})
"""The roles that every frame has columns for. Any other comes as a column of its own, named by the role."""


def frame_of(
    text: Mapping[Role, pa.Array],
    reasons: pa.Array,
    also: Mapping[str, pa.Array] = _NOTHING,
    *,
    source: str,
    sheet: str,
    first_row: int,
) -> pd.DataFrame:
    """Return a frame of ``rows.AS_READ`` and one column more for each role beyond ``WHO``, as text.

    ``text`` has the cells of each role, ``reasons`` why a row is no record, or the empty string. ``also`` are columns
    that rows are routed by, by their names in the export.
    """
    size = len(reasons)
    columns = {
        "source": _all(source, size),
        "sheet": _all(sheet, size),
        "row": pa.array(np.arange(first_row, first_row + size, dtype=np.int64)),
        "employee_id": text.get(Role.EMPLOYEE_ID, _all("", size)),
        "name": _name(text, size),
        "email_as_given": _email(text),
        "disposition": pc.if_else(pc.equal(reasons, ""), "", Disposition.IGNORED.value),
        "reason": reasons,
        "detail": _all("", size),
    }
    others = {role.value: cells for role, cells in text.items() if role not in WHO}
    others |= {ROUTING_PREFIX + name: cells for name, cells in also.items()}
    frame: pd.DataFrame = pa.table(columns | others).to_pandas(types_mapper={pa.string(): TEXT}.get)
    return check_schema(frame, AS_READ)


def _email(text: Mapping[Role, pa.Array]) -> pa.Array:
    """Take the second column of addresses row by row where the first is empty."""
    email = text[Role.EMAIL]
    if Role.EMAIL_FALLBACK not in text:
        return email
    return pc.if_else(pc.equal(pc.utf8_trim(email, BLANK), ""), text[Role.EMAIL_FALLBACK], email)


def _name(text: Mapping[Role, pa.Array], size: int) -> pa.Array:
    if Role.NAME in text:
        return text[Role.NAME]
    parts = [text[role] for role in (Role.GIVEN_NAME, Role.FAMILY_NAME) if role in text]
    return pc.utf8_trim(pc.binary_join_element_wise(*parts, " "), " ") if parts else _all("", size)


def _all(value: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), size)
