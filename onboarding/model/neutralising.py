"""Neutralise report cells that a spreadsheet may take for formulas, and turn neutralised cells back.

The module writes a ``'`` in front of a cell that begins like a formula, as OWASP advises against CSV injection. Some
spreadsheets also split a file at other signs than the comma. For example, German and French spreadsheets split a file
at each semicolon, even within quotes. So within a cell, the module also writes a ``'`` between each separator and a
text that begins like a formula. If there is a ``'`` already, the module adds a second ``'``. So two different cells
never become equal, and ``read_back`` can return each original cell.

``reconciliation.csv`` and the hand-off workbook follow this rule. So code that reads these reports must call
``read_back`` for their cells.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

SEPARATORS = ",;|\t\r\n"
"""The signs at which a spreadsheet may split a file into rows and cells.

The signs leave out the space, since a ``'`` after spaces would change plain sentences.
"""

FORMULA_SIGNS = "=+\\-@\\x00＝＋－＠"
"""The first signs of formulas after a separator, escaped for the brackets of a regular expression."""

_BETWEEN = f"[{SEPARATORS}]"
_FORMULA = f"[{FORMULA_SIGNS}]"
# xlsxwriter takes a text between <r> and </r> for its own XML, and would write the text as it is.
_LIVE = rf"(?:[{FORMULA_SIGNS}\t\r\n]|<r>)"

NEUTRALISED = f"^''*{_LIVE}|{_BETWEEN}'['\"]*{_FORMULA}"
"""The regular expression for cells that ``read_back`` changes. Both ``re`` and RE2 can read it."""

LEFT_LIVE = f'^{_LIVE}|{_BETWEEN}(?:"[\'"]*)?{_FORMULA}'
"""The regular expression for cells that a spreadsheet may execute. ``neutralise`` never returns such a cell."""

AT_THE_START = f"^('*{_LIVE})"
WITHIN = f"({_BETWEEN})(['\"]*{_FORMULA})"
"""The two regular expressions of ``neutralise``.

The script of the report's page also uses these expressions for its files.
"""

_NEUTRALISED_AT_THE_START = f"^'('*{_LIVE})"
_NEUTRALISED_WITHIN = f"({_BETWEEN})'(['\"]*{_FORMULA})"


def neutralise(cells: pa.Array) -> pa.Array:
    """Return a column of text with a ``'`` before all text that a spreadsheet may take for a formula."""
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, WITHIN, r"\1'\2"), AT_THE_START, r"'\1")


def read_back(cells: pa.Array) -> pa.Array:
    """Return the original column of text, from before ``neutralise``."""
    return pc.replace_substring_regex(
        pc.replace_substring_regex(cells, _NEUTRALISED_AT_THE_START, r"\1"), _NEUTRALISED_WITHIN, r"\1\2"
    )


def read_back_text(cell: str) -> str:
    """Return the original text of one cell, from before ``neutralise``."""
    return re.sub(_NEUTRALISED_WITHIN, r"\1\2", re.sub(_NEUTRALISED_AT_THE_START, r"\1", cell))
