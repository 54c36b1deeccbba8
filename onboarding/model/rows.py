"""The columns of frames of rows, and how to find open rows, decide rows, and check a frame's columns.

A row is one record of an export. Rows travel as pandas frames with Arrow-backed text. The frame's index is the row's
*position*: its number over all exports of the run, from 0. The position never changes, and identifies the row in the
plan, the ledger and the report. Absent text is the empty string; frames have no nulls.

==================  =======  ==========================================================================
column              dtype    meaning
==================  =======  ==========================================================================
``source``          TEXT     the export as the operator named it: a path or a URI
``sheet``           TEXT     the workbook's sheet, empty for other files
``row``             int64    the number that a spreadsheet shows for the record (header counted, first row 1)
``employee_id``     TEXT     as given
``name``            TEXT     as given; given and family name joined by a space where they are two columns
``family_name``     TEXT     the end of ``name`` that is the family's, if the export has a column for it
``email_as_given``  TEXT     the cell that holds the address, untouched
``disposition``     TEXT     a ``Disposition``, or empty while the row is open
``reason``          TEXT     a ``Reason``, or empty
``detail``          TEXT     one sentence for a person, or empty
``security_group``  TEXT     the name or the id of the group that the person joins; empty for the usual group
``email``           TEXT     the normalised address, its local part spelt as given; empty where there is none
``key``             TEXT     the form in which addresses are compared; never sent, never shown
``duplicate_of``    TEXT     ``source#row`` (``source#sheet#row`` in a workbook) of the row that was kept
==================  =======  ==========================================================================

A frame as read also has policy columns, which only the policy reads: each of the following columns that the export has.
Their cells are as given, with the dtype TEXT. A second column for one use is called ``status 2``, and so on.

====================  ====================================================================================
column                meaning
====================  ====================================================================================
``status``            the employment as the system words it: ``Active``, ``T``, ``Suspended - …``
``employment_type``   ``Full-Time``, ``Contractor``, …
``starts_on``         the first day of work
``ends_on``           the last day of work
``address_type``      whether the address is the employer's or private: ``W1``, ``H1``, …
``user_type``         in a directory: ``Member``, ``Guest``, ``Bot``, …
``enabled``           in a directory: whether the account may be used
``blocked``           in a directory: whether the account may not be used
``account_control``   in a directory: the bits of ``userAccountControl``
====================  ====================================================================================
"""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import Mask, as_array, as_mask, byte_lengths, contains_any, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys

TEXT = pd.ArrowDtype(pa.string())

AS_READ: Mapping[str, object] = MappingProxyType(
    {
        "source": TEXT,
        "sheet": TEXT,
        "row": "int64",
        "employee_id": TEXT,
        "name": TEXT,
        "family_name": TEXT,
        "email_as_given": TEXT,
        "disposition": TEXT,
        "reason": TEXT,
        "detail": TEXT,
        "security_group": TEXT,
    }
)
"""The columns of a frame as the reader of exports yields it, each with its dtype."""

ROUTING_PREFIX = "by "
"""The prefix of a frame's columns that decide about rows' accounts or groups.

The name of the export's column follows the prefix.
"""

FILTER_PREFIX = "if "
"""The prefix of a frame's columns by which ``--only`` and ``--skip`` choose people.

The operator's name for the column follows the prefix.
"""

UNSURE_LETTER = "\ufffd"
"""The sign that replaces a letter if the letter depends on a guess of the encoding.

The job replaces letters only in the columns with the prefix ``FILTER_PREFIX``.
"""

ACCOUNT_COLUMN = "account"
"""The column with the account of each row, or empty text for a row without a known account.

Only the frames of a run with routes contain this column.
"""

DECIDED: Mapping[str, object] = MappingProxyType({**AS_READ, "email": TEXT, "key": TEXT, "duplicate_of": TEXT})
"""The columns of a frame after its rows were normalised, decided and deduplicated, each with its dtype."""


Where = pd.Series | pd.Index | npt.NDArray[np.bool_] | npt.NDArray[np.int64]
"""Some rows of a frame: a mask of these rows, or their positions."""


def is_open(frame: pd.DataFrame) -> pd.Series:
    """Return a mask (bool) of the rows without a disposition."""
    return pd.Series(byte_lengths(as_array(frame["disposition"])) == 0, frame.index)


def source_spans(frame: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the spans of neighbouring rows of a frame from the same sheet of the same export.

    A span is two indices in the frame: its first row, and the row after its last row. A span also ends before a gap in
    the row numbers of the export. ``frame`` has the columns of ``AS_READ``, and its index is positions without a gap.
    """
    source, sheet = as_array(frame["source"]), as_array(frame["sheet"])
    offsets = frame["row"].to_numpy() - frame.index.to_numpy()
    is_one = all(column[0] == column[len(frame) - 1] for column in (source, sheet)) if len(frame) else False
    if is_one and (offsets[0] == offsets).all():
        return [(0, len(frame))]
    codes = (column.dictionary_encode().indices.to_numpy() for column in (source, sheet))
    differs = np.logical_or.reduce([np.diff(values) != 0 for values in (*codes, offsets)])
    bounds = [0, *(np.flatnonzero(differs) + 1).tolist(), len(frame)] if len(frame) else []
    return list(pairwise(bounds))


def keys_of_employees(frame: pd.DataFrame) -> pd.Series:
    """Return the key of each row's employee id, or an empty text for a row without an id."""
    return pd.Series(text_array(employee_keys(as_array(frame["employee_id"]))), frame.index)


def joined_rows_detail(rows: int) -> str:
    """Return the detail of the one line that replaces ``rows`` consecutive blank rows in the report."""
    return f"{rows:,} blank rows begin here; this line stands for all of them."


def joined_rows(frame: pd.DataFrame) -> dict[int, int]:
    """Return, for each line of a frame that stands for several blank rows, the number of these blank rows.

    The keys of the result are the indices of these lines. All other lines of the frame are single rows. The frame has
    the columns ``reason`` and ``detail``.
    """
    reason, detail = as_array(frame["reason"]), as_array(frame["detail"])
    if not contains_any(reason, (Reason.BLANK_ROW,)):
        return {}
    is_blank = as_mask(pc.equal(reason, Reason.BLANK_ROW.value))
    lines = np.flatnonzero(is_blank & (byte_lengths(detail) > 0))
    details = detail.take(pa.array(lines)).to_pylist()
    return {
        line: int(said.partition(" ")[0].replace(",", "")) for line, said in zip(lines.tolist(), details, strict=True)
    }


def decide(frame: pd.DataFrame, where: Where, disposition: Disposition, reason: Reason | None = None) -> None:
    """Set the disposition and the reason of some rows of a frame, in place.

    If ``reason`` is None, the reason becomes empty.
    """
    put_cells(frame, mask_of(frame, where), disposition=disposition.value, reason=reason.value if reason else "")


def mask_of(frame: pd.DataFrame, where: Where) -> Mask:
    """Return a mask of some rows of a frame. Raises ``KeyError`` if the frame lacks one of the positions."""
    given = where.to_numpy(bool) if isinstance(where, pd.Series) else np.asarray(where)
    if given.dtype == np.bool_:
        return given
    at = frame.index.get_indexer(pd.Index(given))
    if (at < 0).any():
        raise KeyError(where)
    mask: Mask = np.zeros(len(frame), np.bool_)
    mask[at] = True
    return mask


def put_cells(frame: pd.DataFrame, mask: Mask, **columns: str | pa.Array) -> None:
    """Put texts into the marked rows of some columns of a frame, in place.

    ``columns`` maps a column's name to one text for all marked rows, or to the texts of the marked rows in their order.
    ``frame.loc`` would take several times as long.
    """
    for name, values in columns.items():
        cells = pa.repeat(values, int(mask.sum())) if isinstance(values, str) else values
        frame[name] = text_array(replace_where(as_array(frame[name]), (mask, cells)))


def check_schema(frame: pd.DataFrame, schema: Mapping[str, object]) -> pd.DataFrame:
    """Return the frame unchanged. Raises ``TypeError`` if a column of ``schema`` is missing or has another dtype."""
    dtypes = dict(zip(frame.columns, frame.dtypes, strict=True))
    wrong = [name for name, dtype in schema.items() if name not in dtypes or dtypes[name] != dtype]
    if wrong:
        raise TypeError(f"not a frame of rows: {', '.join(wrong)}")
    return frame
