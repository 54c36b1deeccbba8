"""The rows that people can look up on the page: the first rows of the run, as one compact JSON document.

The document consists of columns. A column that repeats words has each word once, and a number for each row.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import as_array
from onboarding.model.dispositions import Disposition
from onboarding.model.neutralising import AT_THE_START, WITHIN
from onboarding.reports.page.cells import coded, shortened
from onboarding.reports.words import ORDER, explain_disposition, label_of, meaning_of

MOST_ROWS = 20_000
"""How many rows people can look up on the page if not all rows of the run fit."""

MOST_COLLECTED = 40_000
"""If a run has at most this number of rows, and their texts are not too long, people can look up all rows."""

MOST_BYTES = 2_200_000
"""The most bytes of the document. With this limit, the whole page stays below 3 MB."""

LONGEST_CELL = 200
"""The most characters of a cell in the document of rows to look up."""

_PLAIN = ("employee_id", "name", "email_as_given")
_COLLECTED = (*_PLAIN, "email", "disposition", "reason", "detail", "duplicate_of", "source", "sheet", "row")
_SEPARATOR = "\x1f"


class RowsToLookUp:
    """The rows that people can look up: the first lines of a report, collected frame by frame.

    After ``MOST_COLLECTED`` lines, further lines are only counted.
    """

    def __init__(self) -> None:
        self._parts: list[dict[str, pa.Array]] = []
        self._rows = self.lines = 0

    def add(self, lines: pd.DataFrame) -> None:
        """Add the lines of one frame, which ``reconcile`` has returned."""
        self.lines += len(lines)
        here = min(len(lines), MOST_COLLECTED - self._rows)
        if here <= 0:
            return
        where = pa.array(np.arange(here))  # a slice would keep the whole frame in memory
        self._parts.append({name: shortened(as_array(lines[name]).take(where), LONGEST_CELL) for name in _COLLECTED})
        self._rows += here

    def document(self, names: Mapping[str, str]) -> tuple[str, int]:
        """Return the document of the rows as JSON text, and the number of rows in it.

        ``names`` has the short name of each source.
        """
        columns = {name: pa.chunked_array([part[name] for part in self._parts]) for name in _COLLECTED if self._parts}
        columns = {name: column.combine_chunks() for name, column in columns.items()}
        rows = self._rows if self.lines == self._rows else min(self._rows, MOST_ROWS)
        while True:
            text = _as_json({name: column[:rows] for name, column in columns.items()}, rows, names)
            size = len(text.encode("utf-8", "backslashreplace"))
            if size <= MOST_BYTES or not rows:
                return text, rows
            # Texts differ in length, so this leaves out a few rows more than the sizes require.
            rows = min(rows - 1, MOST_ROWS, int(0.95 * rows * MOST_BYTES / size))


def _as_json(columns: Mapping[str, pa.Array], rows: int, names: Mapping[str, str]) -> str:
    document: dict[str, object] = {
        "rows": rows,
        "fates": [{"key": fate, "label": label_of(fate), "meaning": meaning_of(fate)} for fate in ORDER],
        "live": [WITHIN, AT_THE_START],
    }
    if rows:
        fates, codes = coded(columns["disposition"])
        places = [ORDER.index(Disposition(fate)) if fate else 0 for fate in fates]
        source = _column(columns["source"])
        document |= {
            **{name: _column(columns[name]) for name in (*_PLAIN, "duplicate_of", "sheet")},
            "email": _other_addresses(columns["email_as_given"], columns["email"]),
            "fate": np.array(places)[codes].tolist(),
            "why": _explanations(columns),
            "source": source,
            "short": [names.get(word, word) for word in _words(source)],
            "row": columns["row"].to_pylist(),
        }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # In HTML, only the sign "<" could end the element with the document.
    return text.replace("<", "\\u003c")


def _column(column: pa.Array) -> object:
    """Return a column as a list of texts, or as distinct words and a code for each row, if this is shorter."""
    words, codes = coded(column)
    if len(words) == 1:
        return {"words": words}
    if 2 * len(words) > len(column):
        return column.to_pylist()
    return {"words": words, "codes": codes.tolist()}


def _words(column: object) -> Sequence[str]:
    return column["words"] if isinstance(column, dict) else column if isinstance(column, list) else ()


def _other_addresses(given: pa.Array, emails: pa.Array) -> Mapping[str, str]:
    """Return the addresses that differ from their cells, apart from letter case and outer blanks.

    The keys are the indices of the rows, as text.
    """
    differs = pc.not_equal(pc.utf8_lower(pc.utf8_trim_whitespace(given)), pc.utf8_lower(emails))
    where = np.flatnonzero(pc.and_(differs, pc.greater(pc.binary_length(emails), 0)).to_numpy(zero_copy_only=False))
    return dict(zip(map(str, where.tolist()), emails.take(pa.array(where)).to_pylist(), strict=True))


def _explanations(columns: Mapping[str, pa.Array]) -> object:
    """Return the explanation of each row's disposition: the distinct explanations, and a code for each row."""
    texts = [shortened(columns[name], LONGEST_CELL) for name in ("disposition", "reason", "detail")]
    words, codes = coded(pc.binary_join_element_wise(*texts, _SEPARATOR))
    return {"words": [explain_disposition(*word.split(_SEPARATOR, 2)) for word in words], "codes": codes.tolist()}
