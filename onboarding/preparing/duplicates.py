"""Which rows repeat an address that an earlier row had, and which employees have two?

The first row in input order is kept, every later one points at it. Only rows whose fate is still open take part: a row
that policy has excluded must not stand in for a colleague's second, active record.

What must be known of all rows at once is noted as numbers: fingerprints and a position for each row, brought together
by hash. The answer depends neither on how the input is cut into frames nor on the order in which parts are resolved.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from onboarding.model.columns import Mask, as_array, replace_where, text_array
from onboarding.model.dispositions import Disposition, Reason
from onboarding.model.employees import employee_keys
from onboarding.model.fingerprints import Seed, fingerprints
from onboarding.model.rows import is_open
from onboarding.preparing.partitions import Partitions, Records
from onboarding.runtime.memory import USUAL_FOOTPRINT

MOST_ADDRESSES = 3
"""An employee id with more addresses than that is no person's: a placeholder, or a department."""

ADDRESS_WIDTH, EMPLOYEE_WIDTH = 4, 3
"""Numbers in a record: two halves of the key, employee, position; employee, key, position."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive rows of one sheet of one export: the row number is the position plus ``offset``."""

    first_position: int
    offset: int
    name: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What was noted of some rows, to be brought together with what was noted of others.

    ``by_address`` and ``by_employee`` are ``partitions.PARTS`` arrays of records each, divided by hash.
    """

    by_address: tuple[Records, ...]
    by_employee: tuple[Records, ...]
    stretches: tuple[Stretch, ...]


class Duplicates:
    """Note the addresses and employees of a run, frame by frame, and then find who is there twice.

    A context manager, since it may hold temporary files, in the folder ``scratch``. Who notes apart and brings it
    together later must have the same ``seed``.
    """

    def __init__(
        self, scratch: Path, *, budget_bytes: float = USUAL_FOOTPRINT.noted_bytes, seed: Seed | None = None
    ) -> None:
        self._seed = seed or Seed.random()
        self._opened = ExitStack()
        self._by_address = self._opened.enter_context(
            Partitions(ADDRESS_WIDTH, scratch=scratch, budget_bytes=budget_bytes / 2)
        )
        self._by_employee = self._opened.enter_context(
            Partitions(EMPLOYEE_WIDTH, scratch=scratch, budget_bytes=budget_bytes / 2)
        )
        self._stretches: list[Stretch] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._opened.close()

    def note(self, frame: pd.DataFrame) -> None:
        """Take in the open rows of a frame with the columns of ``rows.AS_READ`` and ``key``.

        The frame holds rows of one sheet of one export, and follows the frames of earlier calls in input order.
        """
        if frame.empty:
            return
        self._note_stretch(frame)
        is_candidate = is_open(frame).to_numpy()
        positions = frame.index.to_numpy().astype(np.uint64)
        key, rest_of_key = fingerprints(as_array(frame["key"]), self._seed).T
        (employee,) = fingerprints(employee_keys(as_array(frame["employee_id"])), self._seed.short).T
        self._by_address.append((key, rest_of_key, employee, positions), np.flatnonzero(is_candidate))
        # Two exports may come from two systems, and a number that both gave is two people's.
        here = employee ^ fingerprints(pa.array([self._stretches[-1].name]), self._seed.short)[0, 0]
        self._by_employee.append((here, key, positions), np.flatnonzero(is_candidate & (employee != 0)))

    def noted(self) -> Noted:
        """Return what was noted, for ``pairs_of`` to be told of it."""
        return Noted(tuple(self._by_address.parts()), tuple(self._by_employee.parts()), tuple(self._stretches))

    def find(self) -> "Found":
        """Return who is there twice, over all frames noted."""
        with ThreadPoolExecutor(1, "finding") as thread:
            employees = thread.submit(lambda: _gather(map(_same_employee, self._by_employee.parts())))
            addresses = _gather(map(_same_address, self._by_address.parts()))
            return Found(Pairs(addresses, employees.result()), self._stretches)

    def _note_stretch(self, frame: pd.DataFrame) -> None:
        source, sheet = (str(frame[name].iloc[0]) for name in ("source", "sheet"))
        name = f"{source}#{sheet}#" if sheet else f"{source}#"
        offset = int(frame["row"].to_numpy()[0]) - int(frame.index[0])
        if not self._stretches or (self._stretches[-1].name, self._stretches[-1].offset) != (name, offset):
            self._stretches.append(Stretch(int(frame.index[0]), offset, name))


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Rows and the earlier row that each is paired with, in the order of ``row``; ``other`` marks another employee."""

    row: Positions
    first: Positions
    other: Mask

    def within(self, frame: pd.DataFrame) -> "_Pairs":
        start, stop = np.searchsorted(self.row, (frame.index[0], frame.index[-1] + 1)) if len(frame) else (0, 0)
        return _Pairs(self.row[start:stop], self.first[start:stop], self.other[start:stop])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows whose address, and rows whose employee, an earlier one has had."""

    addresses: _Pairs
    employees: _Pairs


def pairs_of(by_address: Records, by_employee: Records) -> Pairs:
    """Return who is there twice among all rows of some hashes: records of the same place in ``Noted``, in order."""
    return Pairs(_same_address(by_address), _same_employee(by_employee))


def gathered(pairs: Sequence[Pairs]) -> Pairs:
    """Bring together what was found for different hashes."""
    return Pairs(_gather(one.addresses for one in pairs), _gather(one.employees for one in pairs))


class Found:
    """Who is there twice, over a whole run."""

    def __init__(self, pairs: Pairs, stretches: Sequence[Stretch]) -> None:
        self._addresses = pairs.addresses
        self._employees = pairs.employees
        self._stretches = stretches

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame that was noted with ``duplicate_of``, its repeated rows ``duplicate`` or ``held``.

        A row whose employee has had another address in the same export is ``held``: which of the two is right, only
        a person can say.
        """
        repeated, second = self._addresses.within(frame), self._employees.within(frame)
        columns = {name: as_array(frame[name]) for name in ("disposition", "reason", "detail")}
        columns["duplicate_of"] = pa.repeat("", len(frame))
        if len(second.row):
            told = pc.binary_join_element_wise(
                "The employee has another address in ", self._names(second.first), "; remove the wrong one.", ""
            )
            verdict = {"disposition": Disposition.HELD, "reason": Reason.SAME_EMPLOYEE_OTHER_ADDRESS, "detail": told}
            columns |= _replaced(columns, second.row - frame.index[0], verdict)
        if len(repeated.row):
            reason = pc.if_else(repeated.other, Reason.SAME_ADDRESS_OTHER_EMPLOYEE.value, Reason.SAME_ADDRESS.value)
            verdict = {"disposition": Disposition.DUPLICATE, "reason": reason, "detail": ""}
            verdict["duplicate_of"] = self._names(repeated.first)
            columns |= _replaced(columns, repeated.row - frame.index[0], verdict)
        return frame.assign(**{name: text_array(column) for name, column in columns.items()})

    def _names(self, positions: Positions) -> pa.Array:
        """Return ``source#row`` for each position."""
        at = np.searchsorted([stretch.first_position for stretch in self._stretches], positions, side="right") - 1
        rows = positions + np.array([stretch.offset for stretch in self._stretches])[at]
        names = pa.array([stretch.name for stretch in self._stretches], pa.string()).take(pa.array(at))
        return pc.binary_join_element_wise(names, pa.array(rows).cast(pa.string()), "")


def _replaced(columns: dict[str, pa.Array], at: Positions, verdict: dict[str, object]) -> dict[str, pa.Array]:
    """Return the verdict's columns with its values at some places."""
    where = np.zeros(len(columns["disposition"]), np.bool_)
    where[at] = True
    return {
        name: replace_where(
            columns[name], (where, values if isinstance(values, pa.Array) else pa.repeat(str(values), len(at)))
        )
        for name, values in verdict.items()
    }


def _same_address(records: Records) -> _Pairs:
    """Pair each row with the first that has its address. Records: key, second half of key, employee, position."""
    ordered = _together(records, keys=2)
    starts = _starts(ordered[:, :2])
    first = ordered[_start_of_each(starts)]
    other = (ordered[:, 2] != first[:, 2]) & (ordered[:, 2] != 0) & (first[:, 2] != 0)
    return _pairs(ordered[:, 3], first[:, 3], other, ~starts)


def _same_employee(records: Records) -> _Pairs:
    """Pair each row with the first of its employee if their addresses differ. Records: employee, key, position."""
    ordered = _together(records, keys=1)
    first = ordered[_start_of_each(_starts(ordered[:, :1]))]
    differs = ordered[:, 1] != first[:, 1]
    addresses = np.unique(ordered[differs, :2], axis=0)[:, 0]
    employees, others = np.unique(addresses, return_counts=True)
    shared = np.isin(ordered[:, 0], employees[others >= MOST_ADDRESSES])
    return _pairs(ordered[:, 2], first[:, 2], differs, differs & ~shared)


def _together(records: Records, *, keys: int) -> Records:
    """Return the few records whose first number another one has too, equal keys together and in the input's order.

    The first ``keys`` numbers are the key, the last is the position.
    """
    order = np.argsort(records[:, 0])
    is_repeated = ~_starts(records[order, :1])
    is_repeated[:-1] |= is_repeated[1:]
    few = records[order[is_repeated]]
    return few[np.lexsort((few[:, -1], *few[:, :keys].T[::-1]))]


def _starts(keys: Records) -> Mask:
    """Mark where another key begins."""
    starts = np.ones(len(keys), np.bool_)
    starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return starts


def _start_of_each(starts: Mask) -> npt.NDArray[np.intp]:
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def _pairs(row: Records, first: Records, other: Mask, wanted: Mask) -> _Pairs:
    return _Pairs(row[wanted].astype(np.int64), first[wanted].astype(np.int64), other[wanted])


def _gather(parts: Iterable[_Pairs]) -> _Pairs:
    parts = list(parts)
    row = np.concatenate([part.row for part in parts])
    order = np.argsort(row, kind="stable")
    first = np.concatenate([part.first for part in parts])
    other = np.concatenate([part.other for part in parts])
    return _Pairs(row[order], first[order], other[order])
