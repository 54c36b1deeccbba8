"""Pair rows with equal fingerprints: the same address, the same employee, or the same spelling.

``duplicates`` makes the records of rows, and marks the rows of the pairs. A record is a tuple of numbers for a row.
Numpy sorts the records, so ten million rows take seconds.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from onboarding.model.columns import Mask
from onboarding.model.values import dataclass
from onboarding.preparing.partitions import Records

MOST_ADDRESSES = 3
"""The most addresses that one person may have. An id with more addresses is a placeholder or the id of a department."""

FEWEST_SHARING = 3
"""If so many employees share an address, such as ``noemail@example.com``, the address belongs to none of them.

Two employees may share an address, as couples do.
"""

ADDRESS_WIDTH, EMPLOYEE_WIDTH = 4, 3
"""How many numbers a record by address has, and how many a record by employee has.

A record by address has the two halves of the key's fingerprint, the person (``person_codes``), and the position. A
record by employee has the fingerprint of the employee, half the fingerprint of the key, and the position. If a row's
key differs from its spelling, the row also has a record by spelling. This record has the two halves of the spelling's
fingerprint, half the fingerprint of the key, and the position with the mark ``SPELLING``.
"""

SPELLING = np.uint64(1 << 63)
"""The bit that is set in the position of a record by spelling, and in no other record."""

_HALF = np.uint64(32)
_LOWER_HALF = np.uint64(2**32 - 1)
_UPPER_HALF = ~_LOWER_HALF
_NO_NAME = np.uint64(1)

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RowPairs:
    """Pairs of a later row and the first row that it repeats, as positions, sorted by the later row.

    ``row`` has the later row of each pair, and ``first`` the first row. Two masks are about pairs of rows with the same
    address. ``other`` marks pairs with two different employee ids. ``other_name`` marks pairs with two different names,
    or without a name in one row.
    """

    row: Positions
    first: Positions
    other: Mask
    other_name: Mask

    def within(self, frame: pd.DataFrame) -> "RowPairs":
        """Return the pairs whose later row is in a frame."""
        start, stop = np.searchsorted(self.row, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
        here = slice(start, stop)
        return RowPairs(self.row[here], self.first[here], self.other[here], self.other_name[here])


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Rows whose address belongs to at least ``FEWEST_SHARING`` employees, as positions, sorted.

    ``people`` has the number of these employees for each row.
    """

    row: Positions
    people: Positions

    def within(self, frame: pd.DataFrame) -> "SharedRows":
        """Return the shared rows that are in a frame."""
        start, stop = np.searchsorted(self.row, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
        return SharedRows(self.row[start:stop], self.people[start:stop])


@dataclass(frozen=True, slots=True)
class Repeats:
    """The pairs of rows with the same address, with different addresses of one employee, and with the same spelling.

    Two rows with the same spelling have different addresses, which may be two forms of one address. ``shared`` has the
    rows with an address of many employees.
    """

    addresses: RowPairs
    shared: SharedRows
    employees: RowPairs
    spellings: RowPairs


def find_repeats(by_address: Records, by_employee: Records) -> Repeats:
    """Return the repeated rows of one hash division: all rows of the run whose hashes lie in one range.

    The arguments have the records of these rows, in input order.
    """
    return Repeats(*match_addresses(by_address), pair_by_employee(by_employee), pair_by_spelling(by_address))


def join_repeats(repeats: Sequence[Repeats]) -> Repeats:
    """Return the repeated rows of several hash divisions as one set."""
    return Repeats(
        join_pairs(one.addresses for one in repeats),
        join_shared(one.shared for one in repeats),
        join_pairs(one.employees for one in repeats),
        join_pairs(one.spellings for one in repeats),
    )


def person_codes(employees: Records, names: Records) -> Records:
    """Return a number for each row's person, for records by address.

    The upper half of a number comes from the fingerprint of the employee id, and is 0 without an id. The lower half
    comes from the hash of the name, and is 1 without a name.
    """
    codes: Records = (employees & _UPPER_HALF) | (names >> _HALF) | _NO_NAME
    return codes


def match_addresses(records: Records) -> tuple[RowPairs, SharedRows]:
    """Pair each later row with the first row that has the same address, and find the rows with a shared address.

    ``records`` has records by address (``ADDRESS_WIDTH``). The function ignores records by spelling among them.
    """
    records = records[records[:, 3] < SPELLING]
    ordered = _repeated_records(records, keys=2)
    starts = _key_starts(ordered[:, :2])
    first = ordered[_start_of_key(starts)]
    employee, first_employee = ordered[:, 2] >> _HALF, first[:, 2] >> _HALF
    other = (employee != first_employee) & (employee != 0) & (first_employee != 0)
    name, first_name = ordered[:, 2] & _LOWER_HALF, first[:, 2] & _LOWER_HALF
    other_name = (name != first_name) | (name == _NO_NAME)
    return _pairs(ordered[:, 3], first[:, 3], ~starts, other, other_name), _shared_rows(ordered, starts)


def _shared_rows(ordered: Records, starts: Mask) -> SharedRows:
    """Return the rows with a shared address.

    ``ordered`` has the records by address, and ``starts`` marks the first record of each address. Two rows are about
    different people only if both the ids and the names differ, since one person may have several jobs, each with an id.
    If all rows of an address lack the id or the name, only the other column is compared.
    """
    address = np.cumsum(starts) - 1
    large = np.bincount(address, minlength=1)[address] >= FEWEST_SHARING
    address, ordered = address[large], ordered[large]
    name = ordered[:, 2] & _LOWER_HALF
    ids = _count_distinct(address, ordered[:, 2] >> _HALF, least=1)
    names = _count_distinct(address, name, least=int(_NO_NAME) + 1)
    people = np.where((ids == 0) | (names == 0), np.maximum(ids, names), np.minimum(ids, names))
    shared = people >= FEWEST_SHARING
    row, people = ordered[shared, 3].astype(np.int64), people[shared]
    order = np.argsort(row)
    return SharedRows(row[order], people[order])


def _count_distinct(group: npt.NDArray[np.intp], values: Records, *, least: int) -> Positions:
    """Return, for each row, the number of different values in the row's group. Values below ``least`` are left out."""
    counted = values >= least
    group_of, value = group[counted], values[counted]
    order = np.lexsort((value, group_of))
    is_new = _key_starts(np.column_stack([group_of[order].astype(np.uint64), value[order]]))
    counts = np.bincount(group_of[order][is_new], minlength=int(group.max(initial=0)) + 1)
    return counts[group].astype(np.int64)


def pair_by_spelling(records: Records) -> RowPairs:
    """Pair each later row with the first row that has the same spelling, if the two rows have different addresses.

    ``records`` has records by address and records by spelling (``ADDRESS_WIDTH``).
    """
    by_spelling = records[records[:, 3] >= SPELLING]
    same = records[(records[:, 3] < SPELLING) & np.isin(records[:, 0], by_spelling[:, 0])]
    same[:, 2] = same[:, 0]  # the key of these rows is the spelling itself
    by_spelling[:, 3] ^= SPELLING
    ordered = _repeated_records(np.concatenate([by_spelling, same]), keys=2)
    first = ordered[_start_of_key(_key_starts(ordered[:, :2]))]
    differs = ordered[:, 2] != first[:, 2]
    return _pairs(ordered[:, 3], first[:, 3], differs)


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
    return _pairs(ordered[:, 2], first[:, 2], differs & ~shared)


def join_shared(found: Iterable[SharedRows]) -> SharedRows:
    """Return several sets of rows with shared addresses as one set."""
    rows, people = map(np.concatenate, zip(*((one.row, one.people) for one in found), strict=True))
    order = np.argsort(rows)
    return SharedRows(rows[order], people[order])


def join_pairs(found: Iterable[RowPairs]) -> RowPairs:
    """Return several sets of pairs as one set, sorted by the later row. Each later row is in one pair only."""
    columns = ((one.row, one.first, one.other, one.other_name) for one in found)
    rows, *rest = map(np.concatenate, zip(*columns, strict=True))
    order = np.argsort(rows, kind="stable")
    return RowPairs(rows[order], *(column[order] for column in rest))


def _repeated_records(records: Records, *, keys: int) -> Records:
    """Return the records that share their first number with another record, sorted by key and then by position.

    The key consists of the first ``keys`` numbers of a record. The position is the last number.
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


def _pairs(
    row: Records, first: Records, wanted: Mask, other: Mask | None = None, other_name: Mask | None = None
) -> RowPairs:
    """Return the ``wanted`` pairs. If ``other`` and ``other_name`` are left out, the pairs have no marks."""
    unmarked = np.zeros(len(wanted), np.bool_)
    marks = (unmarked if mark is None else mark for mark in (other, other_name))
    return RowPairs(row[wanted].astype(np.int64), first[wanted].astype(np.int64), *(mark[wanted] for mark in marks))
