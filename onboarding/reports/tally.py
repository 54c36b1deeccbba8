"""Do the sums hold: has every row that was read exactly one fate?"""

from collections import Counter
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.errors import OnboardingError
from onboarding.rows import Disposition


class BooksDoNotBalance(OnboardingError):
    """Rows read and rows reported differ. That is a bug, and worth stopping for."""


class Tally:
    """Count the lines of a report by source and disposition."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Disposition]] = {}

    def add(self, lines: pd.DataFrame) -> None:
        """Count the lines of one frame with the columns ``source`` and ``disposition``."""
        sources, dispositions = (pa.array(lines[name].array) for name in ("source", "disposition"))
        # One source at a time, nearly always the only one: comparing takes a fraction of grouping.
        for source in pc.unique(sources).to_pylist():
            counted = self._counts.setdefault(source, Counter())
            for count in pc.value_counts(dispositions.filter(pc.equal(sources, source))).to_pylist():
                counted[Disposition(count["values"])] += count["counts"]

    def by_source(self) -> dict[str, dict[Disposition, int]]:
        """Return the counts of each source, in the order of the input."""
        return {source: dict(counts) for source, counts in self._counts.items()}

    def total(self) -> dict[Disposition, int]:
        """Return the counts over all sources."""
        return dict(sum(self._counts.values(), Counter()))

    def check(self, rows_read: Mapping[str, int]) -> None:
        """Raise ``BooksDoNotBalance`` unless each source has as many lines as rows were read from it."""
        for source in rows_read.keys() | self._counts.keys():
            reported = sum(self._counts.get(source, Counter()).values())
            if reported != (read := rows_read.get(source, 0)):
                raise BooksDoNotBalance(f"{source!r}: {read} rows were read, {reported} reported; this is a bug.")
