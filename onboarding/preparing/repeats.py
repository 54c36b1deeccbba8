"""Pair rows with equal fingerprints: rows with the same address, of the same employee, or with the same spelling.

``duplicates`` makes the records of rows, and marks the rows of the pairs. A record is a tuple of numbers for a row.
Numpy sorts the records, so ten million rows take seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from onboarding.model.columns import Mask
from onboarding.preparing.partitions import Records

MOST_ADDRESSES = 3
"""The most addresses that one person may have. An id with more addresses is a placeholder, or that of a department."""

ADDRESS_WIDTH, EMPLOYEE_WIDTH = 4, 3
"""How many numbers a record by address has, and how many a record by employee has.

A record by address has the two halves of the key's fingerprint, the employee's fingerprint, and the position. A record
by employee has the fingerprint of the employee, half the fingerprint of the key, and the position. A row whose key
differs from its spelling also has a record by spelling, beside its record by address: the two halves of the spelling's
fingerprint, half the fingerprint of the key, and the position with the mark ``SPELLING``.
"""

SPELLING = np.uint64(1 << 63)
"""The bit that is set in the position of a record by spelling, and in no other record."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowPairs:
    """Pairs of a later row and the first row that it repeats, as positions, sorted by the later row.

    ``row`` has the later row of each pair, and ``first`` the first row. Among pairs of rows with the same address,
    ``other`` marks the pairs whose rows belong to two employees.
    """

    row: Positions
    first: Positions
    other: Mask

    def within(self, frame: pd.DataFrame) -> "RowPairs":
        """Return the pairs whose later row is in a frame."""
        start, stop = np.searchsorted(self.row, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
        return RowPairs(self.row[start:stop], self.first[start:stop], self.other[start:stop])


@dataclass(frozen=True, slots=True)
class Repeats:
    """The pairs of rows with the same address, with different addresses of one employee, and with the same spelling.

    Two rows with the same spelling have different addresses, which may be two ways to write one address.
    """

    addresses: RowPairs
    employees: RowPairs
    spellings: RowPairs


def find_repeats(by_address: Records, by_employee: Records) -> Repeats:
    """Return the repeated rows of one hash division.

    The arguments have all records of the run in this hash division, in input order.
    """
    return Repeats(pair_by_address(by_address), pair_by_employee(by_employee), pair_by_spelling(by_address))


def join_repeats(repeats: Sequence[Repeats]) -> Repeats:
    """Return the repeated rows of several hash divisions together."""
    return Repeats(
        join_pairs(one.addresses for one in repeats),
        join_pairs(one.employees for one in repeats),
        join_pairs(one.spellings for one in repeats),
    )


def pair_by_address(records: Records) -> RowPairs:
    """Pair each later row with the first row that has the same address.

    ``records`` has records by address (``ADDRESS_WIDTH``). The function ignores records by spelling among them.
    """
    records = records[records[:, 3] < SPELLING]
    ordered = _repeated_records(records, keys=2)
    starts = _key_starts(ordered[:, :2])
    first = ordered[_start_of_key(starts)]
    other = (ordered[:, 2] != first[:, 2]) & (ordered[:, 2] != 0) & (first[:, 2] != 0)
    return _pairs(ordered[:, 3], first[:, 3], other, ~starts)


def pair_by_spelling(records: Records) -> RowPairs:
    """Pair each later row with the first row that has the same spelling, if the two rows have different addresses.

    ``records`` has records by address and records by spelling (``ADDRESS_WIDTH``).
    """
    by_spelling = records[records[:, 3] >= SPELLING]
    same = records[(records[:, 3] < SPELLING) & np.isin(records[:, 0], by_spelling[:, 0])]
    same[:, 2] = same[:, 0]  # a spelling that is an address has the key of its rows
    by_spelling[:, 3] ^= SPELLING
    ordered = _repeated_records(np.concatenate([by_spelling, same]), keys=2)
    first = ordered[_start_of_key(_key_starts(ordered[:, :2]))]
    differs = ordered[:, 2] != first[:, 2]
    return _pairs(ordered[:, 3], first[:, 3], differs, differs)


def pair_by_employee(records: Records) -> RowPairs:
    """Pair each later row with the first row of the same employee, if the two rows have different addresses.

    ``records`` has records by employee (``EMPLOYEE_WIDTH``). An employee with more addresses than ``MOST_ADDRESSES``
    gets no pairs.
    """
    ordered = _repeated_records(records, keys=1)
    first = ordered[_start_of_key(_key_starts(ordered[:, :1]))]
    differs = ordered[:, 1] != first[:, 1]
    addresses = np.unique(ordered[differs, :2], axis=0)[:, 0]
    employees, others = np.unique(addresses, return_counts=True)
    shared = np.isin(ordered[:, 0], employees[others >= MOST_ADDRESSES])
    return _pairs(ordered[:, 2], first[:, 2], differs, differs & ~shared)


def join_pairs(found: Iterable[RowPairs]) -> RowPairs:
    """Return several sets of pairs as one set, sorted by the later row. No two pairs have the same later row."""
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
    """Return a mask of the records whose key differs from the key of the record before."""
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return starts


def _start_of_key(starts: Mask) -> npt.NDArray[np.intp]:
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def _pairs(row: Records, first: Records, other: Mask, wanted: Mask) -> RowPairs:
    return RowPairs(row[wanted].astype(np.int64), first[wanted].astype(np.int64), other[wanted])
