"""Neutralise report cells that a spreadsheet may take for formulas, and turn neutralised cells back.

A cell that begins like a formula gets a leading ``'``, as OWASP advises against CSV injection. If a cell has a ``'``
before such a beginning already, it gets a second ``'``. So no two cells are written alike, and ``read_back`` returns
each cell as it was.

``reconciliation.csv`` and the hand-off workbook follow this rule. So code that reads these reports must call
``read_back`` for their cells.
"""

import pyarrow as pa
import pyarrow.compute as pc

# xlsxwriter takes a text between <r> and </r> for its own XML, and would write the text as it is.
_LIVE = r"(?:[=+\-@\t\r\n\x00＝＋－＠]|<r>)"

NEUTRALISABLE = f"^('*{_LIVE})"
"""The regular expression for the cells that ``neutralise`` changes. Both ``re`` and RE2 can read it."""

NEUTRALISED = f"^'('*{_LIVE})"
"""The regular expression for the cells that ``neutralise`` has changed."""


def neutralise(cells: pa.Array) -> pa.Array:
    """Return a column of text with a leading ``'`` in each cell that ``NEUTRALISABLE`` matches."""
    return pc.replace_substring_regex(cells, NEUTRALISABLE, r"'\1")


def read_back(cells: pa.Array) -> pa.Array:
    """Return a column of text as it was before ``neutralise``."""
    return pc.replace_substring_regex(cells, NEUTRALISED, r"\1")
