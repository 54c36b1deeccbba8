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

A frame as read also has those of the following columns that its export has, as given, dtype TEXT. Policy understands
them; nothing after it sees them.

====================  ====================================================================================
column                meaning
====================  ====================================================================================
``status``            what the system says of the employment: ``Active``, ``T``, ``Suspended - …``
``lifecycle_status``  a second such column
``employment_type``   ``Full-Time``, ``Contractor``, …
``starts_on``         the first day
``ends_on``           the last day
``address_type``      whether the address is the employer's or private: ``W1``, ``H1``, …
``user_type``         in a directory: ``Member``, ``Guest``, ``Bot``, …
``enabled``           in a directory: whether the account may be used
``blocked``           in a directory: whether it may not
====================  ====================================================================================
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pd.ArrowDtype(pa.string())

Marks = npt.NDArray[np.bool_]
"""One answer for each row, shape ``(rows,)``."""

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

BY_POLICY = (
    "status",
    "lifecycle_status",
    "employment_type",
    "starts_on",
    "ends_on",
    "address_type",
    "user_type",
    "enabled",
    "blocked",
)
"""The columns that only some exports have, all of dtype ``TEXT``."""

ROUTED_BY = "by "
"""Before the name that a column has in the export, where rows are routed to accounts by it."""

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
    """Why a row has its disposition; ``AGAIN``, while its fate is open, why it is to be invited all the same."""

    AGAIN = "again"
    INVITED_EARLIER = "invited_earlier"
    PENDING = "pending"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    SAME_ADDRESS = "same_address"
    SAME_ADDRESS_OTHER_EMPLOYEE = "same_address_other_employee"
    SAME_EMPLOYEE_OTHER_ADDRESS = "same_employee_other_address"
    NOT_A_PERSON = "not_a_person"
    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    PRIVATE_ADDRESS = "private_address"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    ON_EXCLUSION_LIST = "on_exclusion_list"
    MISSING = "missing"
    INVALID_SYNTAX = "invalid_syntax"
    SEVERAL_ADDRESSES = "several_addresses"
    CONTRADICTING_STATUS = "contradicting_status"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_ADDRESS_TYPE = "unknown_address_type"
    UNREADABLE_DATE = "unreadable_date"
    NO_ACCOUNT = "no_account"
    UNUSUAL_CHARACTERS = "unusual_characters"
    LOOK_ALIKE = "look_alike"
    MIXED_SCRIPT = "mixed_script"
    DISPOSABLE_DOMAIN = "disposable_domain"
    ROLE_ADDRESS = "role_address"
    NEAR_MISS_DOMAIN = "near_miss_domain"
    BLANK_ROW = "blank_row"
    FOOTER = "footer"
    REPEATED_HEADER = "repeated_header"
    EXAMPLE_ROW = "example_row"


def text(values: Iterable[str] | pa.Array) -> pd.arrays.ArrowExtensionArray:
    """Return values as a column of dtype ``TEXT``."""
    return pd.arrays.ArrowExtensionArray(values if isinstance(values, pa.Array) else pa.array(values, pa.string()))


def as_array(column: pd.Series) -> pa.Array:
    """Return a column of text as one Arrow array; one of a frame that was put together comes in chunks."""
    array = pa.array(column.array)
    return whole(array) if isinstance(array, pa.ChunkedArray) else array


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in chunks as one array; a single chunk as it is, of which Arrow would make a copy."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def put(column: pa.Array, *placed: tuple[Marks, pa.Array]) -> pa.Array:
    """Return the column with other values at the marked rows, in their order; no row is marked twice.

    Several calls of Arrow's ``replace_with_mask`` would say the same, in four times the time.
    """
    if len(placed) == 1 and pa.types.is_string(column.type) and not bytes_of(column).size:
        return _scattered(*placed[0])
    order = np.arange(len(column))
    taken = len(column)
    for where, values in placed:
        order[where] = np.arange(taken, taken + len(values))
        taken += len(values)
    return pa.concat_arrays([column, *(values for _, values in placed)]).take(pa.array(order))


def _scattered(where: Marks, values: pa.Array) -> pa.Array:
    """Return a column of text that has the values at the marked rows, and nothing elsewhere: no cell is moved."""
    lengths = np.zeros(len(where) + 1, np.int32)
    lengths[1:][where] = lengths_of(values)
    return pa.StringArray.from_buffers(
        len(where), pa.py_buffer(np.cumsum(lengths, dtype=np.int32)), pa.py_buffer(bytes_of(values))
    )


def mentions(column: pa.Array, sign: str) -> bool:
    """Say whether an ASCII character occurs anywhere in a column; a fraction of the time of asking each row."""
    return bool((bytes_of(column) == ord(sign)).any())


def marks(answers: pa.Array) -> Marks:
    """Return an Arrow column of yes and no, without nulls, as marks."""
    found: Marks = answers.to_numpy(zero_copy_only=False)
    return found


def lengths_of(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return how many bytes each cell of a column of text without nulls has; where cells lie says it, none is read."""
    if not len(column):  # Arrow may leave out the buffers of an empty column
        return np.empty(0, np.int32)
    bounds = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    return np.diff(bounds)


def bytes_of(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Return the bytes of all cells of a column of text, one after the other, as a view."""
    _, offsets, data = column.buffers()
    if not len(column) or data is None:
        return np.empty(0, np.uint8)
    bounds = np.frombuffer(offsets, np.int32)
    return np.frombuffer(data, np.uint8)[bounds[column.offset] : bounds[column.offset + len(column)]]


def said_by_all(column: pa.Array) -> str | None:
    """Return what each cell of a column of text says if all say the same, else ``None``; also of an empty column."""
    if not len(column):
        return None
    if pa.types.is_dictionary(column.type):
        return column.dictionary[0].as_py() if len(column.dictionary) == 1 else None
    first: str = column[0].as_py()
    # Columns of different cells hardly ever are as long as one of equal ones, and reading their cells takes time.
    if bytes_of(column).size != len(first.encode()) * len(column):
        return None
    return first if pc.all(pc.equal(column, first)).as_py() else None


def are_open(frame: pd.DataFrame) -> Marks:
    """Mark the rows whose fate is still open."""
    found: Marks = lengths_of(as_array(frame["disposition"])) == 0
    return found


def is_open(frame: pd.DataFrame) -> pd.Series:
    """Mark the rows whose fate is still open, as a column of the frame (bool)."""
    return pd.Series(are_open(frame), frame.index)


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
