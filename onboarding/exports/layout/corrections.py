"""Read the corrected addresses in a hand-off workbook that HR returns, and reject rows without a correction.

The package ``reports/handoff`` writes the hand-off workbook. The module ``answer_cells`` reads HR's answers in the
workbook.

All sheets of the workbook that list people contain a column "Address as given". One sheet also contains a column
"Corrected address", which HR fills in. The job treats a row with a correction like a row of any export. A row with
neither a correction nor an answer still waits for HR: the run rejects the row, and the report shows the wrong address.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.exports.layout.answer_cells import read_answers
from onboarding.exports.layout.column_names import CORRECTED, compact_name
from onboarding.exports.tables import Unreadable
from onboarding.model.blank import BLANK
from onboarding.model.columns import Mask, as_mask, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.handoff_words import FILLED_IN, TITLES, HandoffColumn, HandoffLanguage
from onboarding.model.hr_answers import NOT_CORRECTED
from onboarding.model.neutralising import NEUTRALISED, read_back
from onboarding.model.rows import decide, is_open

_COLUMN_OF = {
    language: {compact_name(title): column for column, title in titles.items()} for language, titles in TITLES.items()
}
"""The columns of the hand-off workbook, by language and by the compact title of the column."""

_AS_GIVEN = {compact_name(titles[HandoffColumn.AS_GIVEN]): language for language, titles in TITLES.items()}
"""The language of a hand-off workbook, for each compact title of the column of wrong addresses.

A compact title is in lower case, without accents, spaces and punctuation. All sheets that list people contain this
column.
"""

REPORTED = frozenset({"run_id", "email_as_given", "disposition", "duplicate_of"})
"""The columns by which the job recognises its own reconciliation report.

The job must not read a report as an export, because a report also lists people whom the job must not invite.
"""

UNSURE = (
    "The correction begins with an apostrophe, which a spreadsheet may have lost or added; give it in an own export."
)


class NotCorrectable(Unreadable):
    """The error for a sheet of the hand-off workbook without a column of corrections, or with two such columns.

    ``title`` is the title of the column of corrections.
    """

    def __init__(self, *, title: str, twice: bool = False) -> None:
        super().__init__(
            f'a sheet of the hand-off workbook has the column "{title}" twice; delete the one that is not meant'
            if twice
            else f'the hand-off workbook has no column "{title}" any more; put it back beside the people it is about'
        )
        self.twice = twice


def is_correction_column(name: str) -> bool:
    """Say whether a column with this name is the column of corrections."""
    return compact_name(name) in CORRECTED


def correction_columns(header: Sequence[str], *, wanted: str | None) -> tuple[int, int] | None:
    """Return the indices of two columns of a hand-off workbook: the corrections and the wrong addresses.

    ``wanted`` is the name of the column of addresses that the user chose for all exports, or ``None``. Return ``None``
    if the header lacks the column of wrong addresses. Also return ``None`` if ``wanted`` is another column of this
    header than the column of corrections. Raises ``NotCorrectable`` if the header contains no column of corrections, or
    two such columns.
    """
    names = [compact_name(name) for name in header]
    is_overruled = wanted is not None and not is_correction_column(wanted) and compact_name(wanted) in names
    language = _language(names)
    if language is None or is_overruled:
        return None
    found = _places(names, language)
    if HandoffColumn.CORRECTED not in found:
        raise NotCorrectable(title=TITLES[language][HandoffColumn.CORRECTED])
    for column in (HandoffColumn.CORRECTED, *FILLED_IN):
        if len(found.get(column, ())) > 1:
            raise NotCorrectable(title=TITLES[language][column], twice=True)
    return found[HandoffColumn.CORRECTED][0], found[HandoffColumn.AS_GIVEN][0]


def answer_columns(header: Sequence[str]) -> dict[str, int]:
    """Return the indices of the columns of answers, comments, suggestions and hidden questions in a hand-off workbook.

    ``header`` is the header of a sheet. The keys of the result are members of ``HandoffColumn`` as text. The result
    leaves out columns that the header lacks.
    """
    names = [compact_name(name) for name in header]
    language = _language(names)
    found = _places(names, language) if language else {}
    return {str(column): found[column][0] for column in FILLED_IN if column in found}


def _language(names: Sequence[str]) -> HandoffLanguage | None:
    """Return the language of a hand-off workbook, from the compact names of its columns.

    Return None if the names belong to any other table.
    """
    return next((_AS_GIVEN[name] for name in names if name in _AS_GIVEN), None)


def _places(names: Sequence[str], language: HandoffLanguage) -> dict[HandoffColumn, list[int]]:
    """Return the index of each column of a hand-off workbook in this language, by the kind of the column."""
    found: dict[HandoffColumn, list[int]] = {}
    for index, name in enumerate(names):
        if column := _COLUMN_OF[language].get(name):
            found.setdefault(column, []).append(index)
    return found


def is_neutralised(header: Sequence[str]) -> bool:
    """Say whether a table with this header is a report of this program. Such a report contains neutralised cells.

    A neutralised cell begins with an apostrophe, which tells a spreadsheet that the cell is no formula. ``read_back``
    removes the apostrophe.
    """
    return REPORTED.issubset(header) or any(compact_name(name) in _AS_GIVEN for name in header)


def read_corrections(frame: pd.DataFrame, corrected: pa.Array, given: pa.Array | None) -> pd.DataFrame:
    """Reject the rows without a correction, hold the rows with an unsure correction, and apply HR's answers.

    Return the frame. Only open rows change. ``frame`` has the columns of ``rows.AS_READ``. ``corrected`` and ``given``
    are the columns of corrections and of wrong addresses, as in the sheet. ``given`` is ``None`` if the sheet no longer
    contains the column of wrong addresses. A rejected row shows its wrong address.
    """
    frame = frame.copy()
    waiting = is_open(frame) & (frame["email_as_given"].str.strip(BLANK) == "")
    decide(frame, waiting, Disposition.REJECTED, Reason.MISSING)
    frame.loc[waiting, "detail"] = NOT_CORRECTED
    if given is not None:
        frame.loc[waiting, "email_as_given"] = text_array(read_back(given).filter(pa.array(waiting.to_numpy())))
    unsure = is_open(frame) & _is_unsure(corrected, given)
    decide(frame, unsure, Disposition.HELD, Reason.UNUSUAL_CHARACTERS)
    frame.loc[unsure, "detail"] = UNSURE
    return frame if given is None else read_answers(frame, read_back(given))


def _is_unsure(corrected: pa.Array, given: pa.Array | None) -> Mask:
    """Return a mask of the corrections that begin with an apostrophe which may not belong to the address.

    This program or a person may have added the apostrophe. If a correction equals the wrong address (``given``) in its
    row, HR copied the address, so the apostrophe belongs to the address.
    """
    marked = as_mask(pc.match_substring_regex(corrected, NEUTRALISED))
    return marked if given is None else marked & as_mask(pc.not_equal(corrected, given))
