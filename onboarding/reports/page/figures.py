"""The figures of the page: counts of rows by disposition, reason and domain, and the first rows that need a person.

The figures are collected frame by frame in bounded memory. ``view`` turns them into tables and lists.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import partial
from html import escape
from operator import add

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.addresses import domains_of
from onboarding.model.columns import as_array, cell_bytes
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.news import NEW_COLUMN
from onboarding.model.rows import joined_rows
from onboarding.model.values import dataclass
from onboarding.reports.page.cells import Codes, coded, shortened
from onboarding.reports.words import FOR_A_PERSON

MOST_LISTED_ROWS = 1_000
"""The most rows in the page's list of rows that need a person. People do not read more, and the CSV has all rows."""

LONGEST_SHOWN = 500
"""The most characters of a text that the page shows. A cell may have 128 KiB, and the page may show 1,000 cells."""

MOST_LISTED_BYTES = 700_000
"""The most bytes of the listed rows in HTML, so that the whole page stays below 3 MB."""

ROW_BYTES = 450
"""The bytes of a row without texts in HTML."""

MOST_COUNTED_DOMAINS = 10_000
"""The number of domains that stay in memory after there were more than twice as many.

The domains with the most rows stay. The page forgets the rows of the other domains.
"""

_DISPOSITIONS = tuple(Disposition)
_SHOWN = ("source", "sheet", "row", "employee_id", "name", "email_as_given", "email", "reason", "detail")


@dataclass(frozen=True, slots=True)
class RowForAPerson:
    """A row that needs a person, with the texts of the export. Its ``repr`` has no personal data."""

    source: str
    sheet: str
    row: int
    employee_id: str = field(repr=False)
    name: str = field(repr=False)
    email_as_given: str = field(repr=False)
    email: str = field(repr=False)
    reason: str
    detail: str = field(repr=False)
    is_new: bool


class PageFigures:
    """The counts of lines by disposition, reason and domain, and the first lines that need a person."""

    def __init__(self) -> None:
        self.reasons: Counter[tuple[Disposition, str]] = Counter()
        self.domains = DomainCounts()
        self._new: dict[Disposition, list[RowForAPerson]] = {disposition: [] for disposition in FOR_A_PERSON}
        self._rows: dict[Disposition, list[RowForAPerson]] = {disposition: [] for disposition in FOR_A_PERSON}

    def add(self, lines: pd.DataFrame) -> None:
        """Add the lines of one frame, which ``reconcile`` has returned."""
        if not len(lines):
            return
        words, codes = coded(as_array(lines["disposition"]))
        # A dictionary may contain words that no line has, even the empty word.
        found = np.array([_DISPOSITIONS.index(Disposition(word)) if word else 0 for word in words], np.int32)[codes]
        self._count_reasons(found, as_array(lines["reason"]))
        for rows in joined_rows(lines).values():
            self.reasons[Disposition.IGNORED, Reason.BLANK_ROW] += rows - 1
        self.domains.add(found, as_array(lines["email"]))
        self._keep(found, lines)

    def rows(self) -> Mapping[Disposition, list[RowForAPerson]]:
        """Return the first rows that need a person, by disposition: at most ``MOST_LISTED_ROWS`` rows in all.

        If there are more rows, each disposition gets the same number of rows, or all its rows if it has fewer. If the
        rows need more than ``MOST_LISTED_BYTES``, each disposition gets fewer rows. Rows that no earlier run has
        reported come first.
        """
        left, shown = MOST_LISTED_ROWS, {}
        kept = {disposition: self._new[disposition] + self._rows[disposition] for disposition in FOR_A_PERSON}
        by_number = sorted(FOR_A_PERSON, key=lambda disposition: len(kept[disposition]))
        for groups_left, disposition in zip(range(len(by_number), 0, -1), by_number, strict=True):
            shown[disposition] = kept[disposition][: left // groups_left]
            left -= len(shown[disposition])
        part = min(1.0, MOST_LISTED_BYTES / max(sum(_bytes_of(row) for rows in shown.values() for row in rows), 1))
        return {each: shown[each][: math.ceil(part * len(shown[each]))] for each in FOR_A_PERSON}

    def _count_reasons(self, found: Codes, column: pa.Array) -> None:
        if pa.types.is_string(column.type) and not cell_bytes(column).size:
            return
        words, codes = coded(column)
        for at, number in enumerate(np.bincount(found * len(words) + codes).tolist()):
            if number and words[at % len(words)]:
                self.reasons[_DISPOSITIONS[at // len(words)], words[at % len(words)]] += number

    def _keep(self, found: Codes, lines: pd.DataFrame) -> None:
        is_new = lines[NEW_COLUMN].to_numpy() if NEW_COLUMN in lines else np.zeros(len(lines), np.bool_)
        for rows, mask in ((self._new, is_new), (self._rows, ~is_new)):
            for disposition, kept in rows.items():
                if len(kept) < MOST_LISTED_ROWS:
                    here = np.flatnonzero((found == _DISPOSITIONS.index(disposition)) & mask)
                    where = here[: MOST_LISTED_ROWS - len(kept)]
                    kept.extend(_rows_at(where, lines, is_new=rows is self._new) if len(where) else ())


class DomainCounts:
    """The counts of rows by the domain of their address and by disposition.

    If there are very many domains, the domains with the fewest rows are dropped from time to time. ``is_rough`` is True
    after a domain was dropped. From then on, the counts may be too low.
    """

    def __init__(self) -> None:
        self.is_rough = False
        self.rows = 0
        """The number of rows with an address."""
        self._counts: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, found: Codes, emails: pa.Array) -> None:
        """Count rows by domain and disposition.

        For each row, ``found`` has the index of the row's disposition in ``Disposition``. ``emails`` has the row's
        address with a single ``@``, or an empty text.
        """
        domains, codes = domains_of(emails.dictionary_decode() if pa.types.is_dictionary(emails.type) else emails)
        width = len(_DISPOSITIONS)
        # 64 bits, since the number of domains in one frame times the number of dispositions must fit.
        counts = np.bincount(codes.astype(np.int64) * width + found, minlength=len(domains) * width)
        counts = counts.reshape(len(domains), width)
        counts[[at for at, domain in enumerate(domains) if not domain]] = 0
        sums = counts.sum(axis=1)
        self.rows += int(sums.sum())
        most = np.argsort(-sums, kind="stable")[: min(2 * MOST_COUNTED_DOMAINS, np.count_nonzero(sums))]
        self.is_rough |= len(most) < int(np.count_nonzero(sums))
        for at, of_domain in zip(most.tolist(), counts[most].tolist(), strict=True):
            before = self._counts.get(domains[at])
            self._counts[domains[at]] = list(map(add, before, of_domain)) if before else of_domain
        if len(self._counts) > 2 * MOST_COUNTED_DOMAINS:
            self.is_rough = True
            self._counts = dict(self._ordered()[:MOST_COUNTED_DOMAINS])

    def largest(self, number: int) -> dict[str, dict[Disposition, int]]:
        """Return the domains with the most rows, at most ``number`` domains, each with its rows by disposition."""
        return {
            domain: {_DISPOSITIONS[at]: count for at, count in enumerate(counts) if count}
            for domain, counts in self._ordered()[:number]
        }

    def _ordered(self) -> list[tuple[str, list[int]]]:
        return sorted(self._counts.items(), key=lambda item: (-sum(item[1]), item[0]))


def _bytes_of(row: RowForAPerson) -> int:
    """Return how many bytes a row needs in HTML. The row's HTML has the name of the export twice."""
    texts = (row.source, row.source, row.sheet, row.employee_id, row.name, row.email_as_given, row.email, row.detail)
    return ROW_BYTES + len(escape("".join(texts)).encode("utf-8", "backslashreplace"))


def _rows_at(where: npt.NDArray[np.int64], lines: pd.DataFrame, *, is_new: bool) -> Iterator[RowForAPerson]:
    columns = (shortened(as_array(lines[name]).take(pa.array(where)), LONGEST_SHOWN).to_pylist() for name in _SHOWN)
    return map(partial(RowForAPerson, is_new=is_new), *columns)
