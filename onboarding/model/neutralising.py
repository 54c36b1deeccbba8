"""Neutralise report cells that a spreadsheet may take for formulas, and turn neutralised cells back.

A cell that begins like a formula gets a leading ``'``, as OWASP advises against CSV injection. Some spreadsheets also
split a file at other signs than the comma: at each semicolon, for example, if their settings are German or French.
Quotes around a cell do not prevent this, since the spreadsheet then finds the quotes in the middle of a cell. So within
a cell, a ``'`` also goes between each separator and text that begins like a formula. If a ``'`` stands there already,
it gets a second ``'``. So no two cells are written alike, and ``read_back`` returns each cell as it was.

``reconciliation.csv`` and the hand-off workbook follow this rule. So code that reads these reports must call
``read_back`` for their cells.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

SEPARATORS = ",;|\t\r\n"
"""The signs at which a spreadsheet may split a file into rows and cells.

The space is not among them: a file that is split at spaces is unreadable from its first line on, and plain sentences
would be altered.
"""

FORMULA_SIGNS = "=+\\-@\\x00＝＋－＠"
"""The signs with which a formula may begin after a separator, escaped for the brackets of a regular expression."""

_BETWEEN = f"[{SEPARATORS}]"
_FORMULA = f"[{FORMULA_SIGNS}]"
# xlsxwriter takes a text between <r> and </r> for its own XML, and would write the text as it is.
_LIVE = rf"(?:[{FORMULA_SIGNS}\t\r\n]|<r>)"

NEUTRALISED = f"^''*{_LIVE}|{_BETWEEN}'['\"]*{_FORMULA}"
"""The regular expression to search for cells that ``read_back`` changes. Both ``re`` and RE2 can read it."""

LEFT_LIVE = f'^{_LIVE}|{_BETWEEN}(?:"[\'"]*)?{_FORMULA}'
"""The regular expression for cells that a spreadsheet may still execute. ``neutralise`` never returns such a cell."""

AT_THE_START = f"^('*{_LIVE})"
WITHIN = f"({_BETWEEN})(['\"]*{_FORMULA})"
"""The two regular expressions of ``neutralise``. The page's script uses them too for the files that it makes."""

_NEUTRALISED_AT_THE_START = f"^'('*{_LIVE})"
_NEUTRALISED_WITHIN = f"({_BETWEEN})'(['\"]*{_FORMULA})"


def neutralise(cells: pa.Array) -> pa.Array:
    """Return a column of text in which a ``'`` stands before all text that a spreadsheet may take for a formula."""
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, WITHIN, r"\1'\2"), AT_THE_START, r"'\1")


def read_back(cells: pa.Array) -> pa.Array:
    """Return a column of text as it was before ``neutralise``."""
    return pc.replace_substring_regex(
        pc.replace_substring_regex(cells, _NEUTRALISED_AT_THE_START, r"\1"), _NEUTRALISED_WITHIN, r"\1\2"
    )


def read_back_text(cell: str) -> str:
    """Return a single text as it was before ``neutralise``."""
    return re.sub(_NEUTRALISED_WITHIN, r"\1\2", re.sub(_NEUTRALISED_AT_THE_START, r"\1", cell))
