"""What does the hand-off workbook say when it comes back from HR?

Its sheets of people all have a column "Address as given"; one of them also had a column "Corrected address" when it
left. Where somebody has filled that in, the row is a record like any other. Where nobody has, the row is not a record
to invite again: it still waits for an address, and is told so, with the address that was wrong.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout import aliases
from onboarding.exports.layout.aliases import compact_name
from onboarding.exports.tables import Unreadable
from onboarding.model.columns import as_array, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import BLANK
from onboarding.model.rows import is_open

NOT_CORRECTED = "No corrected address yet; enter one."

_NEUTRALISED = "^'('*(?:[=+\\-@\t\n＝＋－＠]|<r>))"
"""How a cell begins that the workbook has made harmless."""


class NotCorrectable(Unreadable):
    """A sheet of the hand-off workbook has no column of corrections, or has it ``twice``."""

    def __init__(self, *, twice: bool) -> None:
        column = '"Corrected address"'
        super().__init__(
            f"a sheet of the hand-off workbook has the column {column} twice; delete the one that is not meant"
            if twice
            else f"the hand-off workbook has no column {column} any more; put it back beside the people it is about"
        )
        self.twice = twice


def is_correction_column(name: str) -> bool:
    """Say whether a column is the one for corrections."""
    return compact_name(name) == aliases.CORRECTED


def correction_columns(header: Sequence[str], *, wanted: str | None) -> tuple[int, int] | None:
    """Return the index of the column of corrections and that of what was wrong, or ``None`` in any other header.

    ``wanted`` is the name of the column of addresses in all exports, if there is one: where it is another one of this
    header, the user wants that. Raises ``NotCorrectable``.
    """
    names = [compact_name(name) for name in header]
    is_overruled = wanted is not None and not is_correction_column(wanted) and compact_name(wanted) in names
    if aliases.AS_GIVEN not in names or is_overruled:
        return None
    if names.count(aliases.CORRECTED) != 1:
        raise NotCorrectable(twice=aliases.CORRECTED in names)
    return names.index(aliases.CORRECTED), names.index(aliases.AS_GIVEN)


def without_neutralising(cells: pa.Array) -> pa.Array:
    """Return a column of text without what made it harmless in the workbook."""
    return pc.replace_substring_regex(cells, _NEUTRALISED, r"\1")


def reject_uncorrected(frame: pd.DataFrame, given: pa.Array | None) -> pd.DataFrame:
    """Return a frame of ``rows.AS_READ`` with its rows that nobody has corrected ``rejected``.

    They show the address that was wrong, if the file still has those, ``given``.
    """
    corrected = as_array(frame["email_as_given"])
    waiting = is_open(frame).to_numpy() & (pc.utf8_trim(corrected, BLANK).to_numpy(zero_copy_only=False) == "")
    size = int(waiting.sum())
    columns = {
        "disposition": pa.repeat(Disposition.REJECTED.value, size),
        "reason": pa.repeat(Reason.MISSING.value, size),
        "detail": pa.repeat(NOT_CORRECTED, size),
    }
    if given is not None:
        columns["email_as_given"] = given.filter(pa.array(waiting))
    return frame.assign(
        **{
            name: text_array(replace_where(as_array(frame[name]), (waiting, values)))
            for name, values in columns.items()
        }
    )
