"""Do the sums hold: has every row that was read exactly one fate?"""

from collections import Counter
from collections.abc import Mapping
from typing import Self

import pandas as pd
import pyarrow.compute as pc

from onboarding.model.columns import as_array, constant_value
from onboarding.model.dispositions import Disposition
from onboarding.model.errors import ReconciliationFailed


class Tally:
    """Count the lines of a report by source and disposition."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[Disposition]] = {}

    @classmethod
    def of(cls, by_source: Mapping[str, Counter[Disposition]]) -> Self:
        """Return a tally of what was counted elsewhere."""
        tally = cls()
        tally._counts = dict(by_source)
        return tally

    def add(self, lines: pd.DataFrame) -> None:
        """Count the lines of one frame with the columns ``source`` and ``disposition``."""
        source = as_array(lines["source"])
        dispositions = as_array(lines["disposition"]).dictionary_encode()
        # One source at a time, nearly always the only one: comparing takes a fraction of grouping.
        only = constant_value(source)
        for name in pc.unique(source).to_pylist() if only is None else [only]:
            of_one = dispositions if only == name else dispositions.filter(pc.equal(source, name))
            counted = self._counts.setdefault(name, Counter())
            for count in pc.value_counts(of_one.indices).to_pylist():
                counted[Disposition(dispositions.dictionary[count["values"]].as_py())] += count["counts"]

    def by_source(self) -> dict[str, dict[Disposition, int]]:
        """Return the counts of each source, in the order of the input."""
        return {source: dict(counts) for source, counts in self._counts.items()}

    def total(self) -> dict[Disposition, int]:
        """Return the counts over all sources."""
        return dict(sum(self._counts.values(), Counter()))

    def check(self, rows_read: Mapping[str, int]) -> None:
        """Raise ``ReconciliationFailed`` unless each source has as many lines as rows were read from it."""
        for source in rows_read.keys() | self._counts.keys():
            reported = sum(self._counts.get(source, Counter()).values())
            if reported != (read := rows_read.get(source, 0)):
                raise ReconciliationFailed(f"{source!r}: {read} rows were read, {reported} reported; this is a bug.")
