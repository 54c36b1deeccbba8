"""Turn cells of a table into a pandas frame (``rows.AS_READ``), ignore rows without a record, and hold doubtful rows.

The module ``layout.ignored`` finds the reason why a row is no record. A row is doubtful if its cells do not line up
with the header, if its addresses differ, if it is hidden, or if its address depends on a guess of the encoding. The
module joins several columns of names or addresses into one name and one address per row.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import keys_of
from onboarding.exports.layout.column_roles import Role
from onboarding.exports.tables import are_empty
from onboarding.model.columns import Mask, as_array, as_mask, contains_any, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.rows import AS_READ, TEXT, UNSURE_LETTER, check_schema, decide, is_open

ADDRESSES_DIFFER = "Two columns of addresses differ in this row; correct the one that is wrong."

HIDDEN = "The row is hidden in the workbook; show it there, or let --hidden-rows read choose all hidden rows."
NAME_LEFT_OUT = "The name is not sent, since it depends on a guess of the encoding; name the encoding with --encoding."
ADDRESS_OF_A_GUESS = "The address depends on a guess of the encoding; name the encoding with --encoding."

_NAMES = (Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME)
_LETTER_BEYOND_ASCII = r"[^\P{L}A-Za-z][^\s<>]*@|@[^\s<>]*[^\P{L}A-Za-z]"
"""The regular expression for a cell with an address of letters beyond ASCII, perhaps beside a person's name."""


_NOTHING: Mapping[str, pa.Array] = MappingProxyType({})

_ROLES_OF_EVERY_FRAME = frozenset(
    {Role.EMAIL, Role.EMAIL_FALLBACK, Role.EMAIL_AGAIN, Role.EMPLOYEE_ID, Role.NAME, Role.GIVEN_NAME, Role.FAMILY_NAME}
)
"""The roles (uses of columns) whose cells become columns of ``rows.AS_READ``.

Each other role adds a column with the role's name to the frame.
"""

_ADDRESSES = frozenset({Role.EMAIL, Role.EMAIL_FALLBACK, Role.EMAIL_AGAIN})
"""The roles of the columns of addresses. The report shows the cells of these columns unchanged."""

_TEXT_FORMULA = r'(?s)^\s*="([^"]*)"\s*$'
"""The regular expression for a formula that is only a text, such as ``="00123"``.

People write this form so that a spreadsheet keeps the zeros.
"""

_PLACE_AND_FATE = frozenset({"source", "sheet", "row", "disposition", "reason", "detail"})
"""The columns that the job adds to a frame, besides the cells of the export."""


def frame_of(
    text: Mapping[str, pa.Array],
    reasons: pa.Array,
    further: Mapping[str, pa.Array] = _NOTHING,
    *,
    source: str,
    sheet: str,
    first_row: int,
) -> pd.DataFrame:
    """Return a frame with the columns of ``rows.AS_READ``, and with the further columns that the job needs.

    ``text`` contains the cells of each role, such as the address or the name. ``reasons`` contains for each row the
    ``Reason`` why the row is no record, or the empty text. Rows that are no records become ``ignored``. Records with
    two different addresses become ``held``. ``further`` contains the cells of each column that a setting names, by the
    column's name in the frame. ``source`` and ``sheet`` are the same for all rows. ``first_row`` is the number that a
    spreadsheet shows for the first row.
    """
    size = len(reasons)
    text = {role: cells if role in _ADDRESSES else _without_formula(cells) for role, cells in text.items()}
    columns = {
        "source": _repeated(source, size),
        "sheet": _repeated(sheet, size),
        "row": pa.array(np.arange(first_row, first_row + size, dtype=np.int64)),
        "employee_id": text.get(Role.EMPLOYEE_ID, _repeated("", size)),
        "name": _name(text, size),
        "family_name": _family_name(text, size),
        "email_as_given": _email(text),
        "disposition": pc.if_else(pc.equal(reasons, ""), "", Disposition.IGNORED.value),
        "reason": reasons,
        "detail": _repeated("", size),
        "security_group": _repeated("", size),
    }
    columns |= {str(role): cells for role, cells in text.items() if role not in _ROLES_OF_EVERY_FRAME}
    columns |= {name: _without_formula(cells) for name, cells in further.items()}
    # Without threads: Arrow copies no cells here, and to start threads takes longer than to make a small frame.
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.string(): TEXT}.get, use_threads=False)
    if Role.EMAIL_AGAIN in text:
        _hold_contradictions(frame, _email(text), text[Role.EMAIL_AGAIN])
    return check_schema(frame, AS_READ)


def _hold_contradictions(frame: pd.DataFrame, email: pa.Array, again: pa.Array) -> None:
    """Hold, in place, each open row with two different addresses.

    ``email`` contains the addresses of the rows, and ``again`` is a second column that should contain the same
    addresses.
    """
    both = pc.and_(pc.match_substring(email, "@"), pc.match_substring(again, "@"))
    suspects = np.flatnonzero(as_mask(pc.and_(pc.not_equal(email, again), both)) & is_open(frame))
    keys = (keys_of(cells.take(pa.array(suspects)).to_pylist()) for cells in (email, again))
    contradicting = suspects[[one != other for one, other in zip(*keys, strict=True)]]
    decide(frame, contradicting, Disposition.HELD, Reason.CONTRADICTING_ADDRESSES)
    frame.loc[frame.index[contradicting], "detail"] = ADDRESSES_DIFFER


def hold_misfits(frame: pd.DataFrame, misfits: pa.Array, *, names: int) -> pd.DataFrame:
    """Hold the rows whose cells do not line up with the header, and return the new frame.

    ``frame`` has the columns of ``rows.AS_READ``. ``misfits`` contains the number of cells of each row that does not
    line up, and 0 for all other rows. ``names`` is the number of names in the header. The cells of a held row become
    empty, since they may belong to other columns. Rows that already have a disposition do not change.
    """
    counts = misfits.to_numpy()
    where = pd.Series(counts > 0, frame.index) & is_open(frame)
    frame = frame.copy()
    decide(frame, where, Disposition.HELD, Reason.MISALIGNED_ROW)
    frame.loc[where, [name for name in frame if name not in _PLACE_AND_FATE]] = ""
    advice = f"and the header names {names}; put a cell that holds the delimiter in quotes, or mend the row."
    frame.loc[where, "detail"] = text_array([f"The row has {count} cells, {advice}" for count in counts[where]])
    return frame


def _without_formula(cells: pa.Array) -> pa.Array:
    """In place of each formula that is only a text, return the text: ``="00123"`` becomes ``00123``."""
    if not (contains_any(cells, "=") and contains_any(cells, '"')):
        return cells
    return pc.replace_substring_regex(cells, _TEXT_FORMULA, r"\1")


def hold_guesses(frame: pd.DataFrame, doubtful: Mapping[str, pa.Array]) -> pd.DataFrame:
    """Remove names that depend on a guess of the encoding, hold rows with a doubtful address, and return the new frame.

    ``doubtful`` contains a mask for each role: the cells whose letters depend on the guess (``CellColumns``). If the
    address is ASCII, the function removes only the doubtful name. It holds each open row with an address of letters
    beyond ASCII, since a wrong letter may lead to another person.
    """
    names = _any_of(doubtful, _NAMES, frame)
    letters = are_beyond_ascii(as_array(frame["email_as_given"]))
    signs = as_mask(pc.match_substring_regex(as_array(frame["email_as_given"]), "[^\\x00-\\x7f]"))
    unsure = letters | (signs & _any_of(doubtful, _ADDRESSES, frame))
    frame = frame.copy()
    still_open = is_open(frame)
    decide(frame, still_open & unsure, Disposition.HELD, Reason.GUESSED_ENCODING)
    frame.loc[names, ["name", "family_name"]] = ""
    frame.loc[still_open & names, "detail"] = NAME_LEFT_OUT
    frame.loc[still_open & unsure, "detail"] = ADDRESS_OF_A_GUESS
    return frame


def mark_unsure_letters(cells: pa.Array, doubtful: pa.Array) -> pa.Array:
    """Replace letters beyond ASCII with ``UNSURE_LETTER`` in the cells of the mask ``doubtful``; return the cells."""
    return pc.if_else(doubtful, pc.replace_substring_regex(cells, "[^\\x00-\\x7f]", UNSURE_LETTER), cells)


def are_beyond_ascii(addresses: pa.Array) -> Mask:
    """Return a mask of the cells with an address of letters beyond ASCII."""
    return as_mask(pc.match_substring_regex(addresses, _LETTER_BEYOND_ASCII))


def _any_of(doubtful: Mapping[str, pa.Array], roles: Iterable[Role], frame: pd.DataFrame) -> Mask:
    """Return a mask of the rows of ``frame`` in which a cell of the given roles is doubtful.

    ``doubtful`` contains a mask of the doubtful cells of each role.
    """
    rows: Mask = np.zeros(len(frame), np.bool_)
    for role in roles:
        if role in doubtful:
            rows |= as_mask(doubtful[role])
    return rows


def hold_hidden(frame: pd.DataFrame, hidden: pa.Array) -> pd.DataFrame:
    """Hold the open rows of the mask ``hidden``, and return the new frame.

    A person may have hidden these rows with a filter, to leave out the people in the rows.
    """
    where = pd.Series(as_mask(hidden), frame.index) & is_open(frame)
    frame = frame.copy()
    decide(frame, where, Disposition.HELD, Reason.HIDDEN_ROW)
    frame.loc[where, "detail"] = HIDDEN
    return frame


def _email(text: Mapping[str, pa.Array]) -> pa.Array:
    """Return the column of addresses. If the export contains a fallback column, fill empty cells from that column."""
    email = text[Role.EMAIL]
    if Role.EMAIL_FALLBACK not in text:
        return email
    return pc.if_else(are_empty(email), text[Role.EMAIL_FALLBACK], email)


def _name(text: Mapping[str, pa.Array], size: int) -> pa.Array:
    if Role.NAME in text:
        return text[Role.NAME]
    parts = [text[role] for role in (Role.GIVEN_NAME, Role.FAMILY_NAME) if role in text]
    return pc.ascii_trim(pc.binary_join_element_wise(*parts, " "), " ") if parts else _repeated("", size)


def _family_name(text: Mapping[str, pa.Array], size: int) -> pa.Array:
    """Return the family names. All are empty if the export lacks family names, or contains a column of whole names.

    ``text`` contains the cells of each role, and ``size`` is the number of rows.
    """
    is_used = Role.NAME not in text and Role.FAMILY_NAME in text
    return pc.ascii_trim(text[Role.FAMILY_NAME], " ") if is_used else _repeated("", size)


def _repeated(value: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), size)
