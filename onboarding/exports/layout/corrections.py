"""Read the corrected addresses in a hand-off workbook that comes back from HR, and reject rows without a correction.

``reports/handoff`` writes the hand-off workbook.

All sheets of people in that workbook have a column "Address as given". One sheet also has a column "Corrected
address", which HR fills in. A row with a correction is a record like any other. A row without a correction still waits
for an address: the run rejects the row, and the report shows the wrong address.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.column_names import CORRECTED, compact_name
from onboarding.exports.tables import Unreadable
from onboarding.model.columns import text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import BLANK
from onboarding.model.rows import decide, is_open

NOT_CORRECTED = "No corrected address yet; enter one."

_AS_GIVEN = "addressasgiven"
"""The compact name of the column of wrong addresses, which all sheets of people have."""

_NEUTRALISED = "^'('*(?:[=+\\-@\t\n＝＋－＠]|<r>))"
"""The beginning of a cell that the hand-off workbook neutralised, so that no spreadsheet takes it for a formula."""


class NotCorrectable(Unreadable):
    """The error for a sheet of the hand-off workbook without a column of corrections, or with two (``twice``)."""

    def __init__(self, *, twice: bool) -> None:
        column = '"Corrected address"'
        super().__init__(
            f"a sheet of the hand-off workbook has the column {column} twice; delete the one that is not meant"
            if twice
            else f"the hand-off workbook has no column {column} any more; put it back beside the people it is about"
        )
        self.twice = twice


def is_correction_column(name: str) -> bool:
    """Say whether a column with this name is the column of corrections."""
    return compact_name(name) == CORRECTED


def correction_columns(header: Sequence[str], *, wanted: str | None) -> tuple[int, int] | None:
    """Return the indices of the columns of corrections and of wrong addresses, or ``None`` for any other header.

    ``wanted`` is the name of the column of addresses that the user chose for all exports, or ``None``. The user's
    choice counts if this header has the chosen column and the chosen column is not the column of corrections. The
    function then returns ``None``. Raises ``NotCorrectable``.
    """
    names = [compact_name(name) for name in header]
    is_overruled = wanted is not None and not is_correction_column(wanted) and compact_name(wanted) in names
    if _AS_GIVEN not in names or is_overruled:
        return None
    if names.count(CORRECTED) != 1:
        raise NotCorrectable(twice=CORRECTED in names)
    return names.index(CORRECTED), names.index(_AS_GIVEN)


def without_neutralising(cells: pa.Array) -> pa.Array:
    """Return a column of text as it was before the workbook neutralised its cells."""
    return pc.replace_substring_regex(cells, _NEUTRALISED, r"\1")


def reject_uncorrected(frame: pd.DataFrame, given: pa.Array | None) -> pd.DataFrame:
    """Return the frame with each open row ``rejected`` that has no correction.

    ``frame`` has the columns of ``rows.AS_READ``. ``given`` is the column of wrong addresses, or ``None`` if the
    workbook no longer has that column. The rejected rows show the wrong address from ``given``.
    """
    frame = frame.copy()
    waiting = is_open(frame) & (frame["email_as_given"].str.strip(BLANK) == "")
    decide(frame, waiting, Disposition.REJECTED, Reason.MISSING)
    frame.loc[waiting, "detail"] = NOT_CORRECTED
    if given is not None:
        frame.loc[waiting, "email_as_given"] = text_array(given.filter(pa.array(waiting.to_numpy())))
    return frame
