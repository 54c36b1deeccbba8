"""Find and mark rows with a repeated address, a shared address, another spelling, or an employee's second address.

The first row with an address stays open, and every later row with the address points at the first row. The module
compares only open rows. Otherwise a record that policy has excluded would make the same person's active record a
duplicate.

Rows are compared as numbers: each row has a record of fingerprints and a position, and ``partitions`` divides the
records by hash. So ten million rows fit in bounded memory. ``repeats`` pairs the rows. The result does not depend on
how the input is cut into frames, or on the order in which hashes are compared.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.addresses import respelled_keys
from onboarding.model.choices import USUAL_FOOTPRINT, USUAL_SUSPICIONS
from onboarding.model.columns import Mask, as_array, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.fingerprints import Seed, fingerprints, glances
from onboarding.model.questions import OTHER_SPELLING
from onboarding.model.rows import TEXT, decide, is_open, mask_of, put_cells, source_spans
from onboarding.model.values import dataclass
from onboarding.preparing.partitions import DividedRecords, Partitions, Records, divide
from onboarding.preparing.repeats import (
    ADDRESS_WIDTH,
    EMPLOYEE_WIDTH,
    SPELLING,
    Positions,
    Repeats,
    RowPairs,
    join_pairs,
    join_shared,
    match_addresses,
    pair_by_employee,
    pair_by_spelling,
    person_codes,
)
from onboarding.preparing.row_ranges import RowRange, ranges_of


@dataclass(frozen=True, slots=True)
class FrameRecords:
    """The records of the open rows of one frame, and the ranges of the frame's rows.

    ``by_address`` has a set of records by address, and perhaps a set of records by other spellings of the address.
    ``by_employee`` has one set of records, or none.
    """

    ranges: tuple[RowRange, ...] = ()
    by_address: tuple[DividedRecords, ...] = ()
    by_employee: tuple[DividedRecords, ...] = ()


@dataclass(frozen=True, slots=True)
class DuplicateRecords:
    """The records of all rows that were added to one finder. Records of several finders can be joined.

    ``by_address`` and ``by_employee`` have one array of records for each of the ``HASH_DIVISIONS`` (``partitions``).
    """

    by_address: tuple[Records, ...]
    by_employee: tuple[Records, ...]
    ranges: tuple[RowRange, ...]


class DuplicateFinder(ExitStack):
    """Record the addresses and employees of a run, frame by frame, and then find the repeated rows.

    A finder is a context manager, because it may have temporary files in the folder ``scratch``. ``budget_bytes`` is
    about the size in bytes of the records that it keeps in memory. Only records of finders with the same ``seed`` can
    be joined. If ``seed`` is None, the finder makes a random seed. ``spellings`` says whether the finder also looks for
    addresses that may be two spellings of one address. ``employees`` says whether it also looks for employees with
    several addresses. ``holds`` are the reasons for which its marker holds rows with the same address.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        budget_bytes: float = USUAL_FOOTPRINT.noted_bytes,
        seed: Seed | None = None,
        spellings: bool = True,
        employees: bool = True,
        holds: Collection[Reason] = USUAL_SUSPICIONS,
    ) -> None:
        super().__init__()
        self._employees = employees
        self._holds = holds
        self._spellings = spellings
        self._seed = seed or Seed.random()
        self._by_address, self._by_employee = (
            self.enter_context(Partitions(width, scratch=scratch, budget_bytes=budget_bytes / 2))
            for width in (ADDRESS_WIDTH, EMPLOYEE_WIDTH)
        )
        self._ranges: list[RowRange] = []

    def records_of(self, frame: pd.DataFrame) -> FrameRecords:
        """Return the records of the open rows of a frame, for the method ``note``.

        The frame has the columns of ``rows.AS_READ`` and the column ``key``. It may contain rows of several exports.
        The method changes nothing in the finder, so several threads may call it at the same time.
        """
        if frame.empty:
            return FrameRecords()
        spans = source_spans(frame)
        ranges = ranges_of(frame, spans)
        is_candidate = is_open(frame).to_numpy()
        candidates = np.flatnonzero(is_candidate)
        positions = frame.index.to_numpy().astype(np.uint64)
        keys = as_array(frame["key"])
        key, rest_of_key = fingerprints(keys, self._seed).T
        (employee,) = fingerprints(employee_keys(as_array(frame["employee_id"])), self._seed.short).T
        person = person_codes(employee, glances(as_array(frame["name"]), self._seed))
        by_address = [divide((key, rest_of_key, person, positions), candidates)]
        if self._spellings:
            by_address += self._spellings_of(keys, key, positions, is_candidate)
        if not self._employees:
            return FrameRecords(ranges, tuple(by_address))
        # Two exports may come from two systems, in which one employee id belongs to two people.
        (exports,) = fingerprints(pa.array([one.name for one in ranges]), self._seed.short).T
        of_export = employee ^ np.repeat(exports, [stop - start for start, stop in spans])
        by_employee = divide((of_export, key, positions), np.flatnonzero(is_candidate & (employee != 0)))
        return FrameRecords(ranges, tuple(by_address), (by_employee,))

    def note(self, records: FrameRecords) -> None:
        """Add the records of a frame. The frame follows the frames of earlier calls in input order.

        Raises ``OSError`` if a temporary file cannot be written.
        """
        for rows in records.ranges:
            if not self._ranges or (self._ranges[-1].name, self._ranges[-1].offset) != (rows.name, rows.offset):
                self._ranges.append(rows)
        for by_address in records.by_address:
            self._by_address.append(by_address)
        for by_employee in records.by_employee:
            self._by_employee.append(by_employee)

    def records(self) -> DuplicateRecords:
        """Return the records of all frames that were added, so that another process can find repeated rows."""
        return DuplicateRecords(
            tuple(self._by_address.divisions()), tuple(self._by_employee.divisions()), tuple(self._ranges)
        )

    def find(self) -> "DuplicateMarker":
        """Find the repeated rows among all added frames. Return an object that marks these rows in a frame."""
        with ThreadPoolExecutor(1, "finding") as thread:
            employees = thread.submit(lambda: join_pairs(map(pair_by_employee, self._by_employee.groups())))
            found = [(*match_addresses(records), pair_by_spelling(records)) for records in self._by_address.groups()]
            addresses, shared, spellings = zip(*found, strict=True)
            repeats = join_pairs(addresses), join_shared(shared), employees.result(), join_pairs(spellings)
            return DuplicateMarker(Repeats(*repeats), self._ranges, self._holds)

    def _spellings_of(
        self, keys: pa.Array, prints: npt.NDArray[np.uint64], positions: npt.NDArray[np.uint64], is_candidate: Mask
    ) -> list[DividedRecords]:
        """Return the records of the open rows whose key differs from its spelling (``addresses.spellings``).

        ``prints`` has half the fingerprint of each key. ``is_candidate`` marks the open rows. The list is empty if no
        key has another spelling.
        """
        is_respelled, spellings = respelled_keys(keys)
        if not spellings:
            return []
        spelling, rest = fingerprints(pa.array(spellings, pa.string()), self._seed).T
        records = spelling, rest, prints[is_respelled], positions[is_respelled] | SPELLING
        return [divide(records, np.flatnonzero(is_candidate[is_respelled]))]


class DuplicateMarker:
    """Mark the repeated rows of a whole run, frame by frame.

    ``ranges`` has the row ranges of the whole run. If ``holds`` lacks ``shared_address``, rows with an address of many
    employees are duplicates. If it lacks ``same_address_other_employee``, rows with the address of another employee
    are duplicates.
    """

    def __init__(
        self, repeats: Repeats, ranges: Sequence[RowRange], holds: Collection[Reason] = USUAL_SUSPICIONS
    ) -> None:
        self._repeats = repeats
        self._ranges = ranges
        self._holds = frozenset(holds)
        self._starts = np.array([rows.first_position for rows in ranges], np.int64)
        # One sheet may have several ranges.
        _, self._sheets = np.unique(np.array([rows.name for rows in ranges], object), return_inverse=True)

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add the column ``duplicate_of``, make repeated rows ``duplicate`` or ``held``, and return the new frame.

        A finder must have recorded the frame before. A row becomes ``duplicate`` if an earlier row has its address. A
        row becomes ``held`` if its employee has another address in an earlier row of the same sheet. It also becomes
        ``held`` if its address may be another spelling of an earlier row's address, or if the first row with its
        address belongs to another employee of the same sheet. Only a person can tell which address is right. All rows
        with an address that many employees share become ``held``, even the first of these rows.
        """
        repeated, second = self._repeats.addresses.within(frame), self._repeats.employees.within(frame)
        frame, before = frame.assign(duplicate_of=text_array(pa.repeat("", len(frame)))), frame["detail"]
        if len((respelled := self._repeats.spellings.within(frame)).row):
            decide(frame, respelled.row, Disposition.HELD, Reason.LOOK_ALIKE)
            others = self._names(respelled)
            frame.loc[respelled.row, "detail"] = (
                f"{OTHER_SPELLING} " + others + " (such as ss for ß); remove the wrong one."
            )
        if len(second.row):
            decide(frame, second.row, Disposition.HELD, Reason.SAME_EMPLOYEE_OTHER_ADDRESS)
            others = self._names(second)
            frame.loc[second.row, "detail"] = (
                "The employee has another address in " + others + "; remove the wrong one."
            )
        if len(repeated.row):
            put_cells(
                frame,
                mask_of(frame, repeated.row),
                disposition=Disposition.DUPLICATE.value,
                reason=pc.if_else(repeated.other, Reason.SAME_ADDRESS_OTHER_EMPLOYEE.value, Reason.SAME_ADDRESS.value),
                duplicate_of=as_array(self._names(repeated)),
            )
            if len(respelled.row) or len(second.row):
                rows = pd.Index(repeated.row)
                frame.loc[rows, "detail"] = before.loc[rows]  # it may contain HR's answer
            self._ask_about_others(frame, repeated, before)
        return self._hold_shared(frame)

    def _ask_about_others(self, frame: pd.DataFrame, repeated: RowPairs, before: pd.Series) -> None:
        """Write a detail for each duplicate with another employee id than the first row, and hold some duplicates.

        The detail says what to do if the two rows are about two people. A duplicate becomes ``held`` if both rows are
        in one sheet, their names differ, and the run holds rows for this reason. Ids in two sheets prove nothing, since
        each HR system may give its own ids. ``before`` has the details from before the search for duplicates. Such a
        detail may be HR's answer, so it stays at the end of the new detail.
        """
        others = pd.Index(repeated.row[repeated.other])
        if others.empty:
            return
        first = frame.loc[others, "duplicate_of"]
        asked = "Another employee id than in " + first + ". If these are two people, enter each person's own address. "
        put_cells(frame, mask_of(frame, others), detail=as_array((asked + before.loc[others]).str.rstrip()))
        rows_sheets, firsts_sheets = (self._sheets[self._range_of(each)] for each in (repeated.row, repeated.first))
        where = repeated.other & repeated.other_name & (rows_sheets == firsts_sheets)
        if Reason.SAME_ADDRESS_OTHER_EMPLOYEE not in self._holds or not where.any():
            return
        rows = pd.Index(repeated.row[where])
        decide(frame, rows, Disposition.HELD, Reason.SAME_ADDRESS_OTHER_EMPLOYEE)
        owner = "The address is that of another employee in " + frame.loc[rows, "duplicate_of"]
        frame.loc[rows, "detail"] = (owner + "; enter the person's own. " + before.loc[rows]).str.rstrip()
        frame.loc[rows, "duplicate_of"] = ""

    def _hold_shared(self, frame: pd.DataFrame) -> pd.DataFrame:
        shared = self._repeats.shared.within(frame)
        if len(shared.row) and Reason.SHARED_ADDRESS in self._holds:
            decide(frame, shared.row, Disposition.HELD, Reason.SHARED_ADDRESS)
            counts = pd.Series(shared.people, shared.row, dtype="int64[pyarrow]").astype(TEXT)
            frame.loc[shared.row, "detail"] = counts + " employees have this address; enter the one of each person."
            frame.loc[shared.row, "duplicate_of"] = ""
        return frame

    def _names(self, pairs: RowPairs) -> pd.Series:
        """Return the text for ``duplicate_of`` of each pair: the name of its first row, by the later row's position."""
        at = self._range_of(pairs.first)
        numbers = pairs.first + np.array([rows.offset for rows in self._ranges])[at]
        names = pd.Series([rows.name for rows in self._ranges], dtype=TEXT).take(at).set_axis(pairs.row)
        return names + pd.Series(numbers, pairs.row, dtype="int64[pyarrow]").astype(TEXT)

    def _range_of(self, positions: Positions) -> npt.NDArray[np.intp]:
        """Return the index of the row range that contains each position."""
        return np.searchsorted(self._starts, positions, side="right") - 1
