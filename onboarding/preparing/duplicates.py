"""Find and mark the rows that repeat an earlier row's address, and the rows of an employee who has two addresses.

The first row with an address is kept, and every later row with the address points at the first row. Only open rows are
compared: a row that policy has excluded must not make the same person's second, active record a duplicate.

Rows are compared as numbers: each row has a record of fingerprints and a position, and ``partitions`` divides the
records by hash. So ten million rows fit in bounded memory, and numpy sorts them in seconds. The result depends neither
on how the input is cut into frames nor on the order in which hashes are compared.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from onboarding.model.choices import USUAL_FOOTPRINT
from onboarding.model.columns import Mask, as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.rows import TEXT, decide, is_open
from onboarding.preparing.partitions import Partitions, Records

MOST_ADDRESSES = 3
"""The most addresses of one person. An employee id with more is a placeholder, or the id of a department."""

ADDRESS_WIDTH, EMPLOYEE_WIDTH = 4, 3
"""How many numbers a record by address has, and how many a record by employee has.

A record by address has the two halves of the key's fingerprint, the employee, and the position. A record by employee
has the employee, the key, and the position.
"""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowRange:
    """Consecutive rows of one sheet of one export. The row number is the position plus ``offset``.

    ``name`` is what ``duplicate_of`` has before the row number: ``source#``, or ``source#sheet#`` in a workbook.
    """

    first_position: int
    offset: int
    name: str


@dataclass(frozen=True, slots=True)
class DuplicateRecords:
    """The records of the rows that one finder has seen. They can be joined with the records of other finders.

    ``by_address`` and ``by_employee`` have one array of records for each of the ``HASH_DIVISIONS`` (``partitions``).
    """

    by_address: tuple[Records, ...]
    by_employee: tuple[Records, ...]
    ranges: tuple[RowRange, ...]


class DuplicateFinder(ExitStack):
    """Record the addresses and employees of a run, frame by frame, and then find the repeated rows.

    A finder is a context manager, because it may have temporary files in the folder ``scratch``. ``budget_bytes`` is
    about how many bytes of records it holds in memory. Finders must have the same ``seed`` if their records are to be
    joined. If ``seed`` is None, the finder makes a random seed.
    """

    def __init__(
        self, scratch: Path, *, budget_bytes: float = USUAL_FOOTPRINT.noted_bytes, seed: Seed | None = None
    ) -> None:
        super().__init__()
        self._seed = seed or Seed.random()
        self._by_address, self._by_employee = (
            self.enter_context(Partitions(width, scratch=scratch, budget_bytes=budget_bytes / 2))
            for width in (ADDRESS_WIDTH, EMPLOYEE_WIDTH)
        )
        self._ranges: list[RowRange] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Record the open rows of a frame with the columns of ``rows.AS_READ`` and ``key``.

        The frame holds rows of one sheet of one export, and follows the frames of earlier calls in input order.
        """
        if frame.empty:
            return
        name = self._add_range(frame)
        is_candidate = is_open(frame).to_numpy()
        positions = frame.index.to_numpy().astype(np.uint64)
        key, rest_of_key = fingerprints(as_array(frame["key"]), self._seed).T
        (employee,) = fingerprints(employee_keys(as_array(frame["employee_id"])), self._seed.short).T
        self._by_address.append((key, rest_of_key, employee, positions), np.flatnonzero(is_candidate))
        # Two exports may come from two systems, in which one employee id belongs to two people.
        of_export = employee ^ fingerprints(pa.array([name]), self._seed.short)[0, 0]
        self._by_employee.append((of_export, key, positions), np.flatnonzero(is_candidate & (employee != 0)))

    def records(self) -> DuplicateRecords:
        """Return the records of all frames that were added, so that another process can find repeats in them."""
        return DuplicateRecords(
            tuple(self._by_address.divisions()), tuple(self._by_employee.divisions()), tuple(self._ranges)
        )

    def find(self) -> "DuplicateMarker":
        """Return the marker for the repeated rows among all frames that were added."""
        with ThreadPoolExecutor(1, "finding") as thread:
            employees = thread.submit(lambda: join_pairs(map(pair_by_employee, self._by_employee.divisions())))
            addresses = join_pairs(map(pair_by_address, self._by_address.divisions()))
            return DuplicateMarker(Repeats(addresses, employees.result()), self._ranges)

    def _add_range(self, frame: pd.DataFrame) -> str:
        """Note the range of a frame's rows, and return what ``duplicate_of`` has before their row numbers."""
        source, sheet, row = frame.iloc[0][["source", "sheet", "row"]]
        name = f"{source}#{sheet}#" if sheet else f"{source}#"
        first = int(frame.index[0])
        if not self._ranges or (self._ranges[-1].name, self._ranges[-1].offset) != (name, row - first):
            self._ranges.append(RowRange(first, int(row) - first, name))
        return name


@dataclass(frozen=True, slots=True)
class RowPairs:
    """Pairs of a later row and the first row that it repeats, as positions, sorted by the later row.

    ``row`` has the later row of each pair, and ``first`` the first row. Among pairs with the same address, ``other``
    marks the pairs of two employees.
    """

    row: Positions
    first: Positions
    other: Mask

    def within(self, frame: pd.DataFrame) -> "RowPairs":
        """Return the pairs that have their later row in a frame."""
        start, stop = np.searchsorted(self.row, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
        return RowPairs(self.row[start:stop], self.first[start:stop], self.other[start:stop])


@dataclass(frozen=True, slots=True)
class Repeats:
    """The pairs of rows with the same address, and the pairs of rows of one employee with different addresses."""

    addresses: RowPairs
    employees: RowPairs


def find_repeats(by_address: Records, by_employee: Records) -> Repeats:
    """Return the repeated rows of one hash division.

    The arguments have the records that all ``DuplicateRecords`` have in this hash division, in input order.
    """
    return Repeats(pair_by_address(by_address), pair_by_employee(by_employee))


def join_repeats(repeats: Sequence[Repeats]) -> Repeats:
    """Join the repeated rows of different hash divisions."""
    return Repeats(join_pairs(one.addresses for one in repeats), join_pairs(one.employees for one in repeats))


class DuplicateMarker:
    """Mark the repeated rows of a whole run, frame by frame."""

    def __init__(self, repeats: Repeats, ranges: Sequence[RowRange]) -> None:
        self._repeats = repeats
        self._ranges = ranges

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the column ``duplicate_of``, and with its repeated rows as ``duplicate`` or ``held``.

        A finder must have recorded the frame before. A row becomes ``held`` if its employee has another address in an
        earlier row of the same export. Only a person can tell which of the two addresses is right.
        """
        repeated, second = self._repeats.addresses.within(frame), self._repeats.employees.within(frame)
        frame = frame.assign(duplicate_of=text_array(pa.repeat("", len(frame))))
        if len(second.row):
            decide(frame, second.row, Disposition.HELD, Reason.SAME_EMPLOYEE_OTHER_ADDRESS)
            others = self._names(second)
            frame.loc[second.row, "detail"] = (
                "The employee has another address in " + others + "; remove the wrong one."
            )
        if len(repeated.row):
            decide(frame, repeated.row, Disposition.DUPLICATE, Reason.SAME_ADDRESS)
            frame.loc[repeated.row[repeated.other], "reason"] = Reason.SAME_ADDRESS_OTHER_EMPLOYEE.value
            frame.loc[repeated.row, "detail"] = ""
            frame.loc[repeated.row, "duplicate_of"] = self._names(repeated)
        return frame

    def _names(self, pairs: RowPairs) -> pd.Series:
        """Return ``source#row`` of the first row of each pair, indexed by the position of the later row."""
        at = np.searchsorted([rows.first_position for rows in self._ranges], pairs.first, side="right") - 1
        numbers = pairs.first + np.array([rows.offset for rows in self._ranges])[at]
        names = pd.Series([rows.name for rows in self._ranges], dtype=TEXT).take(at).set_axis(pairs.row)
        return names + pd.Series(numbers, pairs.row, dtype="int64[pyarrow]").astype(TEXT)


def pair_by_address(records: Records) -> RowPairs:
    """Pair each row with the first row that has its address.

    A record has the two halves of the key's fingerprint, the employee, and the position.
    """
    ordered = _repeated_records(records, keys=2)
    starts = _key_starts(ordered[:, :2])
    first = ordered[_start_of_key(starts)]
    other = (ordered[:, 2] != first[:, 2]) & (ordered[:, 2] != 0) & (first[:, 2] != 0)
    return _pairs(ordered[:, 3], first[:, 3], other, ~starts)


def pair_by_employee(records: Records) -> RowPairs:
    """Pair each row with the first row of its employee, if the two rows have different addresses.

    A record has the employee, the key, and the position. Employees with more than ``MOST_ADDRESSES`` get no pairs.
    """
    ordered = _repeated_records(records, keys=1)
    first = ordered[_start_of_key(_key_starts(ordered[:, :1]))]
    differs = ordered[:, 1] != first[:, 1]
    addresses = np.unique(ordered[differs, :2], axis=0)[:, 0]
    employees, others = np.unique(addresses, return_counts=True)
    shared = np.isin(ordered[:, 0], employees[others >= MOST_ADDRESSES])
    return _pairs(ordered[:, 2], first[:, 2], differs, differs & ~shared)


def join_pairs(found: Iterable[RowPairs]) -> RowPairs:
    """Join several sets of pairs, and sort the pairs by the later row. No two pairs have the same later row."""
    rows, firsts, others = map(np.concatenate, zip(*((one.row, one.first, one.other) for one in found), strict=True))
    order = np.argsort(rows, kind="stable")
    return RowPairs(rows[order], firsts[order], others[order])


def _repeated_records(records: Records, *, keys: int) -> Records:
    """Return the few records that share their first number with another record, sorted by key and then by position.

    The key is the first numbers of a record, as many as ``keys`` says. The position is the last number.
    """
    order = np.argsort(records[:, 0])
    is_repeated = ~_key_starts(records[order, :1])
    is_repeated[:-1] |= is_repeated[1:]
    few = records[order[is_repeated]]
    return few[np.lexsort((few[:, -1], *few[:, :keys].T[::-1]))]


def _key_starts(keys: Records) -> Mask:
    """Mark each record that has another key than the record before."""
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return starts


def _start_of_key(starts: Mask) -> npt.NDArray[np.intp]:
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def _pairs(row: Records, first: Records, other: Mask, wanted: Mask) -> RowPairs:
    return RowPairs(row[wanted].astype(np.int64), first[wanted].astype(np.int64), other[wanted])
