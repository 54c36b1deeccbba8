"""The shape of a table's records: whether the cells of a record line up with the names in the header.

If a comma in a name is not quoted, or a cell was lost, all later cells of the record move to a neighbouring column. A
reader that takes cells by position then takes the private address for the work address. So the cells of a record must
line up:

- A record lines up if it has as many cells as the header has names. Empty cells after the last name do no harm.
- A record without any address invites nobody, so it lines up too.
- A record with a filled cell beyond the last name does not line up.
- A record with fewer cells may lack its last cells, as spreadsheets leave out empty cells at the end, or it may have
  lost a cell in the middle. It lines up if each of its cells looks like the other cells of its column, if it lacks no
  cell that decides who is invited and is filled in all whole records, and if no gap in the middle would explain the
  record as well and move such a cell.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from onboarding.addresses import looks_like_address
from onboarding.model.employees import BLANK


class CellKind(Enum):
    """What a cell looks like: empty, an address, digits and signs only (as in a date), or any other text."""

    EMPTY = auto()
    ADDRESS = auto()
    DIGITS = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The shape of a table's records.

    ``width`` is the number of cells that most records have, but at least ``names``. ``names`` is the number of columns
    up to the last name in the header. ``kinds`` has the kinds of cells in each column. ``decisive`` has the indices of
    the columns that decide who is invited.
    """

    width: int
    names: float = inf
    kinds: tuple[frozenset[CellKind], ...] = ()
    decisive: frozenset[int] = frozenset()

    def fits(self, record: Sequence[str]) -> bool:
        """Say whether the cells of a record line up with the header, by the rules of the module."""
        cells = len(record)
        if cells == self.names or self.names is inf or not _has_address("".join(record)):
            return True
        if _filled(record) > self.names:
            return False
        if cells == self.width:
            return True
        kinds = [kind_of(cell) for cell in record[: len(self.kinds)]]
        as_usual = all(kind in usual for kind, usual in zip(kinds, self.kinds, strict=False))
        may_lack = all(CellKind.EMPTY in self.kinds[index] for index in self.decisive if index >= cells)
        return as_usual and may_lack and (cells > self.names or not self._may_have_lost_a_cell(kinds))

    def _may_have_lost_a_cell(self, kinds: Sequence[CellKind]) -> bool:
        """Say whether a gap within a short record explains it too, and would move a cell that decides.

        The gap is as long as the record is short. The cells after the gap then belong to columns further right.
        """
        missing = len(self.kinds) - len(kinds)
        for gap in reversed(range(len(kinds))):
            if kinds[gap] not in self.kinds[gap + missing]:
                return False  # this cell cannot stand further right, so no gap is before it
            may_be_empty = all(CellKind.EMPTY in usual for usual in self.kinds[gap : gap + missing])
            if may_be_empty and any(index >= gap for index in self.decisive):
                return True
        return False


def shape_of(names: Sequence[str], records: Sequence[Sequence[str]]) -> RecordShape:
    """Return the shape of the records below a header, from the first records; no column is decisive yet.

    ``names`` are the names in the header. Without any name, every record fits.
    """
    named = _filled(names)
    usual = Counter(map(len, records)).most_common(1)
    width = max(usual[0][0] if usual else 1, named, 1)
    if not named:
        return RecordShape(width)
    whole = [record for record in records if len(record) >= named >= _filled(record) > 0]
    kinds = tuple(frozenset(kind_of(record[index]) for record in whole) for index in range(named))
    return RecordShape(width, named, kinds)


def kind_of(cell: str) -> CellKind:
    """Return what a cell looks like."""
    if not cell.strip(BLANK):
        return CellKind.EMPTY
    if looks_like_address(cell):
        return CellKind.ADDRESS
    return CellKind.TEXT if _LETTER.search(cell) else CellKind.DIGITS


def _has_address(text: str) -> bool:
    return "@" in text or "\uff20" in text


_LETTER = re.compile(r"[^\W\d_]")


def _filled(record: Sequence[str]) -> int:
    """Return the number of cells up to the last filled cell."""
    return next((index for index in range(len(record), 0, -1) if record[index - 1].strip(BLANK)), 0)
