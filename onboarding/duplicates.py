"""Which row is the first with this address?

The first row in input order is kept, every later one points at it. Only rows whose fate is still open take part:
a row that policy has excluded must not stand in for a colleague's second, active record.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import pandas as pd

from onboarding.rows import Disposition, Reason, is_open, text


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Consecutive rows of one sheet of one export: the row number is the position plus ``offset``."""

    first_position: int
    offset: int
    name: str


class Duplicates:
    """Remember every address key seen so far in a run, with the row that had it first."""

    def __init__(self) -> None:
        self._first: dict[str, int] = {}
        self._employee: dict[int, str] = {}
        self._stretches: list[_Stretch] = []

    def mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with ``duplicate_of``; open rows whose key came earlier become ``duplicate``.

        ``frame`` has the columns of ``rows.AS_READ`` and ``key``, holds rows of one sheet of one export, and follows
        the frames of earlier calls in input order.
        """
        self._note_stretch(frame)
        frame = frame.assign(duplicate_of=text([""] * len(frame)))
        candidates = frame.loc[is_open(frame), ["key", "employee_id"]]
        positions = candidates.index.to_numpy()
        first = np.fromiter(map(self._first.setdefault, candidates["key"], positions.tolist()), "int64", len(positions))
        again = first != positions
        kept = candidates.loc[~again, "employee_id"]
        self._employee.update(zip(kept.index.tolist(), kept.tolist(), strict=True))
        repeats = candidates.index[again]
        frame.loc[repeats, "disposition"] = Disposition.DUPLICATE.value
        frame.loc[repeats, "reason"] = [
            self._reason(self._employee[original], employee)
            for original, employee in zip(first[again].tolist(), candidates.loc[repeats, "employee_id"], strict=True)
        ]
        frame.loc[repeats, "duplicate_of"] = [self._name(original) for original in first[again].tolist()]
        return frame

    @staticmethod
    def _reason(first_employee: str, employee: str) -> str:
        other = first_employee and employee and first_employee != employee
        return (Reason.SAME_ADDRESS_OTHER_EMPLOYEE if other else Reason.SAME_ADDRESS).value

    def _note_stretch(self, frame: pd.DataFrame) -> None:
        if frame.empty:
            return
        source, sheet, row = frame.iloc[0][["source", "sheet", "row"]]
        name = f"{source}#{sheet}#" if sheet else f"{source}#"
        offset = row - frame.index[0]
        if not self._stretches or (self._stretches[-1].name, self._stretches[-1].offset) != (name, offset):
            self._stretches.append(_Stretch(frame.index[0], offset, name))

    def _name(self, position: int) -> str:
        at = bisect_right(self._stretches, position, key=lambda stretch: stretch.first_position) - 1
        return f"{self._stretches[at].name}{position + self._stretches[at].offset}"
