"""What of ten million lines does the page keep, in memory that does not grow with them?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import add

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array, cell_bytes
from onboarding.model.dispositions import Disposition
from onboarding.reports.words import FOR_A_PERSON

MOST_LISTED_ROWS = 1_000
"""How many rows for a person the page lists; more are no reading matter, and the CSV has them."""

MOST_COUNTED_DOMAINS = 10_000
"""Of how many domains the rows are counted apart, once there are twice as many: those that have the most rows."""

DispositionCodes = npt.NDArray[np.int32]

_DISPOSITIONS = tuple(Disposition)
_SHOWN = ("source", "sheet", "row", "name", "email_as_given", "reason", "detail")


@dataclass(frozen=True, slots=True)
class RowForAPerson:
    """A row that somebody has to see to, as the export has it. What is personal is not in its ``repr``."""

    source: str
    sheet: str
    row: int
    name: str = field(repr=False)
    email_as_given: str = field(repr=False)
    reason: str
    detail: str = field(repr=False)


class PageFigures:
    """Count lines of the report by what is said of them, and keep the first ones that need a person."""

    def __init__(self) -> None:
        self.reasons: Counter[tuple[Disposition, str]] = Counter()
        self.domains = DomainCounts()
        self._rows: dict[Disposition, list[RowForAPerson]] = {disposition: [] for disposition in FOR_A_PERSON}

    def add(self, lines: pd.DataFrame) -> None:
        """Take in the lines of one frame, as ``reconcile`` returns them."""
        if not len(lines):
            return
        words, codes = _coded(as_array(lines["disposition"]))
        # A dictionary may name what no line has, the empty word included.
        found = np.array([_DISPOSITIONS.index(Disposition(word)) if word else 0 for word in words], np.int32)[codes]
        self._count_reasons(found, as_array(lines["reason"]))
        self.domains.add(found, as_array(lines["email"]))
        self._keep(found, lines)

    def rows(self) -> Mapping[Disposition, list[RowForAPerson]]:
        """Return the first ``MOST_LISTED_ROWS`` rows for a person; each disposition gets a fair part of them."""
        left, shown = MOST_LISTED_ROWS, {}
        by_number = sorted(FOR_A_PERSON, key=lambda disposition: len(self._rows[disposition]))
        for kinds_left, disposition in zip(range(len(by_number), 0, -1), by_number, strict=True):
            shown[disposition] = self._rows[disposition][: left // kinds_left]
            left -= len(shown[disposition])
        return {disposition: shown[disposition] for disposition in FOR_A_PERSON}

    def _count_reasons(self, found: DispositionCodes, column: pa.Array) -> None:
        if pa.types.is_string(column.type) and not cell_bytes(column).size:
            return
        words, codes = _coded(column)
        for at, number in enumerate(np.bincount(found * len(words) + codes).tolist()):
            if number and words[at % len(words)]:
                self.reasons[_DISPOSITIONS[at // len(words)], words[at % len(words)]] += number

    def _keep(self, found: DispositionCodes, lines: pd.DataFrame) -> None:
        for disposition, kept in self._rows.items():
            if len(kept) < MOST_LISTED_ROWS:
                where = np.flatnonzero(found == _DISPOSITIONS.index(disposition))[: MOST_LISTED_ROWS - len(kept)]
                kept.extend(_rows_at(where, lines) if len(where) else ())


class DomainCounts:
    """Count rows by the domain of their address and what became of them.

    Of very many domains, those with the fewest rows are dropped from time to time; ``is_rough`` tells that this
    happened, and that what is told may be too low.
    """

    def __init__(self) -> None:
        self.is_rough = False
        self.rows = 0
        """With an address, of whatever domain."""
        self._counts: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, found: DispositionCodes, emails: pa.Array) -> None:
        """Count rows whose dispositions have these numbers; ``emails`` have one ``@`` or are empty."""
        domains, codes = domains_of(emails.dictionary_decode() if pa.types.is_dictionary(emails.type) else emails)
        kinds = len(_DISPOSITIONS)
        # In 64 bits, since the domains of one frame times the kinds of fate must fit.
        counts = np.bincount(codes.astype(np.int64) * kinds + found, minlength=len(domains) * kinds)
        counts = counts.reshape(len(domains), kinds)
        counts[[at for at, domain in enumerate(domains) if not domain]] = 0
        sums = counts.sum(axis=1)
        self.rows += int(sums.sum())
        most = np.argsort(-sums, kind="stable")[: min(2 * MOST_COUNTED_DOMAINS, np.count_nonzero(sums))]
        self.is_rough |= len(most) < int(np.count_nonzero(sums))
        for at, of_one in zip(most.tolist(), counts[most].tolist(), strict=True):
            before = self._counts.get(domains[at])
            self._counts[domains[at]] = list(map(add, before, of_one)) if before else of_one
        if len(self._counts) > 2 * MOST_COUNTED_DOMAINS:
            self.is_rough = True
            self._counts = dict(self._ordered()[:MOST_COUNTED_DOMAINS])

    def largest(self, number: int) -> dict[str, dict[Disposition, int]]:
        """Return the domains with the most rows and how many of these have which disposition."""
        return {
            domain: {_DISPOSITIONS[at]: count for at, count in enumerate(counts) if count}
            for domain, counts in self._ordered()[:number]
        }

    def _ordered(self) -> list[tuple[str, list[int]]]:
        return sorted(self._counts.items(), key=lambda item: (-sum(item[1]), item[0]))


def _coded(column: pa.Array) -> tuple[list[str], DispositionCodes]:
    """Return the words of a column and which of them each row has."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int32, copy=False)


def _rows_at(where: npt.NDArray[np.int64], lines: pd.DataFrame) -> Iterator[RowForAPerson]:
    columns = (as_array(lines[name]).take(pa.array(where)).to_pylist() for name in _SHOWN)
    return (RowForAPerson(*cells) for cells in zip(*columns, strict=True))
