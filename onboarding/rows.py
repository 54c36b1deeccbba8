"""What is a row, and what may become of it?

A row is one record of an export. Rows travel as pandas frames with Arrow-backed text; the frame's index is the
row's *position*: its ordinal over all exports of the run, from 0, which never changes and identifies the row
everywhere (plan, ledger, report). Absent text is the empty string; there are no nulls.

=================  =======  ==========================================================================
column             dtype    meaning
=================  =======  ==========================================================================
``source``         TEXT     the export as its user named it: a path or an URI
``sheet``          TEXT     the workbook's sheet, empty for other files
``row``            int64    the number that a spreadsheet shows for the record (header counted, first row 1)
``employee_id``    TEXT     as given
``name``           TEXT     as given; given and family name joined by a space where they are two columns
``email_as_given`` TEXT     the cell that holds the address, untouched
``disposition``    TEXT     a ``Disposition``, or empty while the row's fate is open
``reason``         TEXT     a ``Reason``, or empty
``detail``         TEXT     one sentence for a person, or empty
``email``          TEXT     the normalised address in its first spelling; empty where there is none
``key``            TEXT     what two spellings of one address have in common; never sent, never shown
``duplicate_of``   TEXT     ``source#row`` (``source#sheet#row`` in a workbook) of the row that was kept
=================  =======  ==========================================================================
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import pandas as pd
import pyarrow as pa

TEXT = pd.ArrowDtype(pa.string())

AS_READ: Mapping[str, object] = MappingProxyType(
    {
        "source": TEXT,
        "sheet": TEXT,
        "row": "int64",
        "employee_id": TEXT,
        "name": TEXT,
        "email_as_given": TEXT,
        "disposition": TEXT,
        "reason": TEXT,
        "detail": TEXT,
    }
)
"""The columns of a frame as an export yields it."""

DECIDED: Mapping[str, object] = MappingProxyType({**AS_READ, "email": TEXT, "key": TEXT, "duplicate_of": TEXT})
"""The columns of a frame whose rows were normalised, decided and deduplicated."""


class Disposition(StrEnum):
    """What became of a row. Every row after the header has exactly one."""

    INVITED = "invited"
    ALREADY = "already"
    DUPLICATE = "duplicate"
    EXCLUDED = "excluded"
    REJECTED = "rejected"
    HELD = "held"
    IGNORED = "ignored"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DEFERRED = "deferred"
    PLANNED = "planned"


class Reason(StrEnum):
    """Why a row has its disposition."""

    INVITED_EARLIER = "invited_earlier"
    SAME_ADDRESS = "same_address"
    SAME_ADDRESS_OTHER_EMPLOYEE = "same_address_other_employee"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    MISSING = "missing"
    INVALID_SYNTAX = "invalid_syntax"
    SEVERAL_ADDRESSES = "several_addresses"
    BLANK_ROW = "blank_row"


def text(values: Iterable[str] | pa.Array) -> pd.arrays.ArrowExtensionArray:
    """Return values as a column of dtype ``TEXT``."""
    return pd.arrays.ArrowExtensionArray(values if isinstance(values, pa.Array) else pa.array(values, pa.string()))


def is_open(frame: pd.DataFrame) -> pd.Series:
    """Mark the rows whose fate is still open (shape ``(rows,)``, bool)."""
    return frame["disposition"] == ""


def decide(frame: pd.DataFrame, where: pd.Series, disposition: Disposition, reason: Reason | None = None) -> None:
    """Give the marked rows their disposition and reason, in place."""
    frame.loc[where, "disposition"] = disposition.value
    frame.loc[where, "reason"] = reason.value if reason else ""


def check(frame: pd.DataFrame, schema: Mapping[str, object]) -> pd.DataFrame:
    """Return the frame unchanged, or raise ``TypeError`` naming every column that is missing or of another dtype."""
    wrong = [name for name, dtype in schema.items() if name not in frame or frame[name].dtype != dtype]
    if wrong:
        raise TypeError(f"not a frame of rows: {', '.join(wrong)}")
    return frame
