"""The cells of the hand-off workbook: texts and moments in a form that is safe in a workbook.

An export may contain any text. First, the workbook must always open, although XML does not allow all characters and
Excel limits the length of a cell. Second, if Excel saves the workbook as a CSV file, this file must be as harmless as
``reconciliation.csv``. So cells that begin like a formula are neutralised by the same rule.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_array
from onboarding.model.neutralising import neutralise

MOST_UTF16_UNITS = 32_767
"""The most UTF-16 units in a cell of Excel."""

CUT = "…"
"""The sign at the end of a cell that was cut because it was too long."""

LEFT_OUT = "…/"
"""The sign that replaces the first folders in a long path."""

_ILLEGAL = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\ufffe\uffff]"
_REPLACEMENT = "\ufffd"

_FIRST_DAY = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_YEAR = 1901
"""The first year in which Excel counts days correctly, since Excel treats 1900 as a leap year."""


def safe_texts(column: pd.Series) -> list[str]:
    """Return the cells of a column of text, or of an Arrow dictionary, in a form that is safe in a workbook."""
    array = as_array(column)
    if pa.types.is_dictionary(array.type):
        distinct = _safe(array.dictionary)
        return [distinct[index] for index in array.indices.to_pylist()]
    return _safe(array)


def safe_text(cell: str) -> str:
    """Return a single text, such as the name of a file, in a form that is safe in a workbook."""
    # The name of a file may contain bytes that are no text. The workbook shows such bytes like all other reports.
    return _safe(pa.array([cell.encode("utf-8", "backslashreplace").decode()], pa.string()))[0]


@lru_cache(maxsize=1024)
def short_place(place: str, most: int) -> str:
    """Return the name of a file, or of a row in a file. Leave out the first folders of a name longer than ``most``.

    The part of the name after the last folder is never cut.
    """
    while len(place) > most and "/" in place.removeprefix(LEFT_OUT):
        place = LEFT_OUT + place.removeprefix(LEFT_OUT).partition("/")[2]
    return place


def excel_moments(column: pd.Series) -> list[float | str | None]:
    """Return ISO-8601 texts, or moments, as Excel's days since 1899-12-30, in UTC.

    If a text is no moment with a time zone, or a moment before 1901, the result has the text itself. An empty text
    becomes None.
    """
    texts = column.astype("string[pyarrow]").fillna("")
    return [_excel_moment(cell) for cell in safe_texts(texts)]


def excel_days(moment: datetime) -> float:
    """Return a moment as Excel's days since 1899-12-30, in UTC, to the second."""
    return (moment.astimezone(UTC).replace(microsecond=0) - _FIRST_DAY) / timedelta(days=1)


@lru_cache(maxsize=1024)
def _excel_moment(cell: str) -> float | str | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return cell or None
    if moment.tzinfo is None or moment.year < _FIRST_YEAR:
        return cell
    return excel_days(moment)


def _safe(column: pa.Array) -> list[str]:
    if _any(column, "\r"):
        column = pc.replace_substring_regex(column, "\r\n?", "\n")
    if _any(column, _ILLEGAL):
        column = pc.replace_substring_regex(column, _ILLEGAL, _REPLACEMENT)
    column = neutralise(column)
    cells: list[str] = column.to_pylist()
    if (pc.max(pc.binary_length(column)).as_py() or 0) > MOST_UTF16_UNITS:
        return [_cut(cell) for cell in cells]
    return cells


def _any(column: pa.Array, expression: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, expression)).as_py())


def _cut(cell: str) -> str:
    units = cell.encode("utf-16-le")
    if len(units) <= 2 * MOST_UTF16_UNITS:
        return cell
    return units[: 2 * (MOST_UTF16_UNITS - len(CUT))].decode("utf-16-le", "ignore") + CUT
